/**
 * Reads the text of one file of a program list, with bounds: whatever the path leads to, be it a
 * directory, a pipe that nobody writes to, an endless device or another program's binary, the outcome is
 * the text or one clear refusal.
 */
import { isUtf8 } from "node:buffer";
import { closeSync, constants, fstatSync, openSync, readFileSync, readSync } from "node:fs";
import { setTimeout as delay } from "node:timers/promises";

export type Source =
  | { readonly ok: true; readonly text: string }
  | {
      readonly ok: false;
      /** `unreadable`: the reference skips such an included file; `content`: it refuses it. */
      readonly kind: "missing" | "unreadable" | "content";
      readonly message: string;
      /** Index into the bytes, as line and column, for trouble inside the file. */
      readonly line: number;
    };

/** Ten times the largest list anybody has shown us. */
const limitBytes = 32 * 1024 * 1024;
const pipePatienceMs = 5000;

/**
 * Regular files are read at once; pipes (`-c <(generate)`) get five seconds to deliver. `shown` is the
 * path as the user gave it, for messages.
 */
export async function readSource(path: string, shown = path): Promise<Source> {
  let fd: number;
  try {
    fd = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  } catch (error) {
    const code = codeOf(error);
    const missing = code === "ENOENT" || code === "ENOTDIR" || code === "ENAMETOOLONG" || code === "ELOOP";
    return missing
      ? { ok: false, kind: "missing", message: `could not find config file ${shown}`, line: 1 }
      : unreadable(shown);
  }
  try {
    const stat = fstatSync(fd);
    if (stat.isDirectory()) return unreadable(shown);
    if (stat.isFile() && stat.size > limitBytes) return tooLarge(shown);
    const bytes = stat.isFile() ? readFileSync(fd) : await drain(fd);
    if (bytes === null || bytes.length > limitBytes) return tooLarge(shown);
    return decode(shown, bytes);
  } catch {
    return unreadable(shown);
  } finally {
    closeSync(fd);
  }
}

const unreadable = (path: string): Source => ({
  ok: false,
  kind: "unreadable",
  message: `could not read config file ${path}`,
  line: 1,
});

const tooLarge = (path: string): Source => ({
  ok: false,
  kind: "content",
  message: `config file ${path} is larger than ${limitBytes / 1024 / 1024}MB`,
  line: 1,
});

/** Everything a pipe or device gives before its end; null when that is too much. */
async function drain(fd: number): Promise<Buffer | null> {
  const chunks: Buffer[] = [];
  const deadline = performance.now() + pipePatienceMs;
  for (let total = 0; total <= limitBytes; ) {
    const chunk = Buffer.allocUnsafe(64 * 1024);
    const length = readNow(fd, chunk);
    if (length === 0) return Buffer.concat(chunks);
    if (length > 0) {
      chunks.push(chunk.subarray(0, length));
      total += length;
    } else if (performance.now() > deadline) throw new Error("nothing came through the pipe");
    else await delay(10);
  }
  return null;
}

/** -1 when there is nothing yet. */
function readNow(fd: number, into: Buffer): number {
  try {
    return readSync(fd, into);
  } catch (error) {
    if (codeOf(error) === "EAGAIN") return -1;
    throw error;
  }
}

function decode(path: string, bytes: Buffer): Source {
  const text = bytes.toString("utf8");
  if (!isUtf8(bytes)) return content(bytes, decodingError(bytes));
  const nul = bytes.indexOf(0);
  if (nul >= 0) return content(bytes.subarray(0, nul), { message: `config file ${path} holds a NUL byte`, at: nul });
  return { ok: true, text };
}

function content(bytes: Buffer, { message, at }: { message: string; at: number }): Source {
  let line = 1;
  for (let from = bytes.indexOf(10); from >= 0 && from < at; from = bytes.indexOf(10, from + 1)) line++;
  return { ok: false, kind: "content", message, line };
}

/** Python's words for the first byte that is no UTF-8. */
function decodingError(bytes: Buffer): { message: string; at: number } {
  for (let at = 0; at < bytes.length; ) {
    const lead = bytes[at] ?? 0;
    const length =
      lead < 0x80
        ? 1
        : lead >= 0xc2 && lead < 0xe0
          ? 2
          : lead >= 0xe0 && lead < 0xf0
            ? 3
            : lead >= 0xf0 && lead < 0xf5
              ? 4
              : 0;
    const hex = `0x${lead.toString(16).padStart(2, "0")}`;
    if (length === 0)
      return { message: `'utf-8' codec can't decode byte ${hex} in position ${at}: invalid start byte`, at };
    for (let next = 1; next < length; next++) {
      const byte = bytes[at + next];
      if (byte !== undefined && continues(lead, next, byte)) continue;
      const reason = byte === undefined ? "unexpected end of data" : "invalid continuation byte";
      const where = next === 1 ? `byte ${hex} in position ${at}` : `bytes in position ${at}-${at + next - 1}`;
      return { message: `'utf-8' codec can't decode ${where}: ${reason}`, at };
    }
    at += length;
  }
  return { message: "'utf-8' codec can't decode the file", at: 0 };
}

/** The second byte has narrower ranges after some lead bytes: no overlong forms, no surrogates, no more than 0x10ffff. */
function continues(lead: number, index: number, byte: number): boolean {
  const low = index !== 1 ? 0x80 : lead === 0xe0 ? 0xa0 : lead === 0xf0 ? 0x90 : 0x80;
  const high = index !== 1 ? 0xbf : lead === 0xed ? 0x9f : lead === 0xf4 ? 0x8f : 0xbf;
  return byte >= low && byte <= high;
}

const codeOf = (error: unknown): string => (error instanceof Error && "code" in error ? String(error.code) : "");
