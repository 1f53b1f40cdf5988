/**
 * Lines that say when they came, from which process and from which of its streams (`log_format=text|json`).
 *
 * A line becomes text: what is no UTF-8 is shown as `\xNN`, so that every reader of the log can read all of it.
 * The carriage return of a line that ends with CR LF goes with its end.
 */
import { LineSplitter, type TakeLine } from "./log-line.ts";
import type { LineFormat } from "./program.ts";

export interface Origin {
  /** The section's name. */
  readonly program: string;
  readonly process: string;
  readonly stream: "stdout" | "stderr";
}

/** Stands at the end of a piece of a line that goes on in the next, in the format of text. */
export const goesOn = "…";

const CR = 0x0d;
const strict = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** One per child and stream. */
export class LineStamper {
  readonly #splitter = new LineSplitter();
  readonly #stamp: Stamp;
  readonly #origin: Origin;

  constructor(format: LineFormat, origin: Origin) {
    this.#stamp = format === "json" ? jsonLine : textLine;
    this.#origin = origin;
  }

  /**
   * The lines that `bytes` complete, each with its newline.
   * @param time as it is shown
   */
  push(bytes: Uint8Array, time: string): StampedLines {
    return this.#collect(time, (take) => this.#splitter.push(bytes, take));
  }

  /** The line that the child has left unfinished, if there is one. */
  end(time: string): StampedLines {
    return this.#collect(time, (take) => this.#splitter.end(take));
  }

  #collect(time: string, each: (take: TakeLine) => void): StampedLines {
    const lines: Line[] = [];
    each((line, partial) => lines.push({ text: visible(withoutReturn(line, partial)), partial }));
    return new StampedLines(lines, time, this.#origin, this.#stamp);
  }
}

interface Line {
  readonly text: string;
  readonly partial: boolean;
}

type Stamp = (line: Line, time: string, origin: Origin, shownName: string) => string;

/** Lines of one moment. */
export class StampedLines {
  readonly #lines: readonly Line[];
  readonly #time: string;
  readonly #origin: Origin;
  readonly #stamp: Stamp;

  constructor(lines: readonly Line[], time: string, origin: Origin, stamp: Stamp) {
    this.#lines = lines;
    this.#time = time;
    this.#origin = origin;
    this.#stamp = stamp;
  }

  get empty(): boolean {
    return this.#lines.length === 0;
  }

  /** @param name of the process as lines of text show it: padded, coloured */
  text(name = this.#origin.process): string {
    let text = "";
    for (const line of this.#lines) text += `${this.#stamp(line, this.#time, this.#origin, name)}\n`;
    return text;
  }
}

const textLine: Stamp = ({ text, partial }, time, { stream }, name) =>
  `${time} ${name} ${stream} | ${text}${partial ? goesOn : ""}`;

const jsonLine: Stamp = ({ text, partial }, time, { program, process, stream }) =>
  JSON.stringify({ time, program, process, stream, message: text, ...(partial ? { partial } : {}) });

function withoutReturn(line: Uint8Array, partial: boolean): Uint8Array {
  return !partial && line.at(-1) === CR ? line.subarray(0, -1) : line;
}

/** The text of bytes, with `\xNN` for those that are none. */
export function visible(bytes: Uint8Array): string {
  try {
    return strict.decode(bytes);
  } catch {
    return escaped(bytes);
  }
}

/** By bytes, and text only at the end: a program that writes what is no text would hold up everything else. */
function escaped(bytes: Uint8Array): string {
  const shown = new Uint8Array(bytes.length * 4);
  let length = 0;
  for (let at = 0; at < bytes.length; ) {
    const end = at + characterLength(bytes, at);
    if (end === at) {
      const byte = bytes[at++] as number;
      shown[length++] = 0x5c;
      shown[length++] = 0x78;
      shown[length++] = hexDigit(byte >> 4);
      shown[length++] = hexDigit(byte & 0xf);
    } else while (at < end) shown[length++] = bytes[at++] as number;
  }
  return strict.decode(shown.subarray(0, length));
}

/** In ASCII. */
const hexDigit = (value: number): number => (value < 10 ? 0x30 : 0x57) + value;

/** Bytes of the character that begins at `at`; 0 when none does. The table of well-formed UTF-8 in Unicode, chapter 3.9. */
function characterLength(bytes: Uint8Array, at: number): number {
  const first = bytes[at] as number;
  if (first < 0x80) return 1;
  const length = first < 0xc2 ? 0 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : first < 0xf5 ? 4 : 0;
  const least = first === 0xe0 ? 0xa0 : first === 0xf0 ? 0x90 : 0x80;
  const most = first === 0xed ? 0x9f : first === 0xf4 ? 0x8f : 0xbf;
  for (let n = 1; n < length; n++) {
    const byte = bytes[at + n] ?? 0;
    if (byte < (n === 1 ? least : 0x80) || byte > (n === 1 ? most : 0xbf)) return 0;
  }
  return length;
}
