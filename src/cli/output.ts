/**
 * What the control program prints. Every line leaves at once and in order, as a user watching
 * `start a b c` expects; writing is synchronous because nothing else is to be done meanwhile, except
 * for streams, which must stay interruptible while a pager holds them up.
 *
 * Lines hold names, reasons and last words that come from elsewhere: on a terminal they do it no harm, and colours are
 * all that stays. On a pipe they are as they are.
 */
import { write as writeLater, writeSync } from "node:fs";
import { isatty } from "node:tty";
import { harmless } from "../core/terminal-text.ts";

export interface Output {
  /** A line on standard output. */
  line(text: string): void;
  /** A line on standard error. */
  errorLine(text: string): void;
  /** Text on standard output. */
  write(text: string): void;
  /** The same with what moves a cursor: of our own making alone. */
  raw(text: string): void;
  /** Bytes of a stream on standard output; resolves when they are out, however slow the taker. */
  stream(bytes: Uint8Array): Promise<void>;
}

/** Nobody reads our output any more (`| head` has seen enough): there is nothing left to do, and nothing wrong. */
export class OutputClosed extends Error {
  override readonly name = "OutputClosed";
}

export const standardOutput: Output = {
  line: (text) => writeAll(1, `${shownOn(1, text)}\n`),
  errorLine: (text) => writeAll(2, `${shownOn(2, text)}\n`),
  write: (text) => writeAll(1, shownOn(1, text)),
  raw: (text) => writeAll(1, text),
  stream: async (bytes) => {
    let rest = bytes;
    while (rest.length > 0) rest = rest.subarray(await writeSome(1, rest));
  },
};

/** Lines as they may be put out there. */
export function shownOn(descriptor: number, text: string): string {
  if (!isatty(descriptor)) return text;
  return text
    .split("\n")
    .map((line) => harmless(line, true))
    .join("\n");
}

/** Somebody else may have made the terminal or pipe non-blocking; then it is full now and then. */
const fullRetryMs = 5;
const gone = new Set(["EPIPE", "EIO", "EBADF"]);

function writeAll(descriptor: number, text: string): void {
  let rest = Buffer.from(text, "utf8");
  while (rest.length > 0) {
    try {
      rest = rest.subarray(writeSync(descriptor, rest));
    } catch (error) {
      if (codeOf(error) !== "EAGAIN") throw closedOr(error);
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, fullRetryMs);
    }
  }
}

function writeSome(descriptor: number, bytes: Uint8Array): Promise<number> {
  return new Promise((resolve, reject) => {
    writeLater(descriptor, bytes, 0, bytes.length, null, (error, written) => {
      if (error === null) resolve(written);
      else if (codeOf(error) === "EAGAIN") setTimeout(resolve, fullRetryMs, 0);
      else reject(closedOr(error));
    });
  });
}

const codeOf = (error: unknown): string => (error instanceof Error && "code" in error ? String(error.code) : "");

function closedOr(error: unknown): Error {
  const code = codeOf(error);
  return gone.has(code) ? new OutputClosed() : new Error(`cannot write the output: ${code || String(error)}`);
}
