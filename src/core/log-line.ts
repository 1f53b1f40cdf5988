/**
 * Cuts a stream of bytes into lines, for output that is shown line by line next to that of others.
 *
 * A line longer than the limit is shown in pieces, so that a program that never ends its line can
 * neither fill memory nor hold back its text. Pieces end between characters of UTF-8.
 */

const NEWLINE = 0x0a;

/** Longest piece; a docker json-file log entry is cut at the same length. */
export const longestLineBytes = 16 * 1024;

/** Gets a line; `partial` is a piece of one that goes on. */
export type TakeLine = (line: Uint8Array, partial: boolean) => void;

/** Gets whole lines with newlines between them, or a piece of one that goes on. */
export type TakeRun = (lines: Uint8Array, count: number, partial: boolean) => void;

/** A run ends with the line that makes it longer. */
const runBytes = 8 * 1024;

/** One per stream. Lines are handed out without their newline and are valid only during the call. */
export class LineSplitter {
  /** The unfinished line; allocated when first needed. */
  #partial: Uint8Array | null = null;
  #length = 0;

  /** Calls `emit` for each line that `bytes` completes. */
  push(bytes: Uint8Array, emit: TakeLine): void {
    let at = 0;
    while (at < bytes.length) {
      const newline = bytes.indexOf(NEWLINE, at);
      const end = newline < 0 ? bytes.length : newline;
      if (this.#length === 0 && newline >= 0 && end - at <= longestLineBytes) emit(bytes.subarray(at, end), false);
      else {
        this.#keep(bytes.subarray(at, end), emit);
        if (newline >= 0) this.end(emit);
      }
      at = end + 1;
    }
  }

  /** As `push`, but lines that stand one behind the other come together, which costs a fifth. */
  pushRuns(bytes: Uint8Array, emit: TakeRun): void {
    const one: TakeLine = (line, partial) => emit(line, 1, partial);
    let at = 0;
    let from = 0;
    let count = 0;
    const flush = () => {
      if (count > 0) emit(bytes.subarray(from, at - 1), count, false);
      count = 0;
    };
    while (at < bytes.length) {
      const newline = bytes.indexOf(NEWLINE, at);
      const end = newline < 0 ? bytes.length : newline;
      if (this.#length === 0 && newline >= 0 && end - at <= longestLineBytes) {
        if (count++ === 0) from = at;
        at = end + 1;
        if (at - from > runBytes) flush();
      } else {
        flush();
        this.#keep(bytes.subarray(at, end), one);
        if (newline >= 0) this.end(one);
        at = end + 1;
        from = at;
      }
    }
    flush();
  }

  /** Hands out the unfinished line, if there is one. */
  end(emit: TakeLine): void {
    const length = this.#length;
    this.#length = 0;
    if (length > 0 && this.#partial !== null) emit(this.#partial.subarray(0, length), false);
    this.#partial = null;
  }

  #keep(piece: Uint8Array, emit: TakeLine): void {
    let rest = piece;
    while (rest.length > 0) {
      this.#partial ??= new Uint8Array(longestLineBytes);
      const taken = Math.min(rest.length, longestLineBytes - this.#length);
      this.#partial.set(rest.subarray(0, taken), this.#length);
      this.#length += taken;
      rest = rest.subarray(taken);
      if (this.#length < longestLineBytes || rest.length === 0) continue;
      const cut = characterBoundary(this.#partial, rest[0] as number);
      emit(this.#partial.subarray(0, cut), true);
      this.#partial.copyWithin(0, cut);
      this.#length -= cut;
    }
  }
}

const isContinuation = (byte: number): boolean => (byte & 0xc0) === 0x80;

/** Where to cut a full buffer that `next` follows: before a character that would be torn (at most 3 bytes back). */
function characterBoundary(bytes: Uint8Array, next: number): number {
  if (!isContinuation(next)) return bytes.length;
  for (let at = bytes.length - 1; at >= bytes.length - 3; at--) {
    const byte = bytes[at] as number;
    if (!isContinuation(byte)) return byte >= 0xc0 ? at : bytes.length;
  }
  return bytes.length;
}
