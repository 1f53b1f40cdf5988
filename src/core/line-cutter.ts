/**
 * Cuts the bytes of a log into lines, each with the offset of its end, across parts and across files: a rotation comes
 * between two writes, and so may come within a line. What goes on for longer than 256 KB is given out in pieces.
 */

import { copy } from "./bytes.ts";

const NEWLINE = 0x0a;

/** A message of 16 KB, the longest that is stamped, takes up to 96 KB as JSON. */
export const longestLine = 256 * 1024;

/** `end`: offset of its newline, or of its last byte where there is none. */
export type TakeCut = (line: Uint8Array, end: number) => void;

const nothing = new Uint8Array(0);

export class LineCutter {
  #rest: Uint8Array[] = [];
  #length = 0;
  #end = 0;

  /** What there is of a line that has no end yet. */
  get begun(): Uint8Array {
    const begun = this.#whole();
    this.#keep(begun, this.#end, () => {});
    return begun;
  }

  /** @param offset of the first byte @param emit gets bytes that are its own to keep */
  push(bytes: Uint8Array, offset: number, emit: TakeCut): void {
    let at = 0;
    while (at < bytes.length) {
      const newline = bytes.indexOf(NEWLINE, at);
      const end = newline < 0 ? bytes.length : newline;
      const piece = bytes.subarray(at, end);
      if (newline < 0) {
        this.#keep(piece, offset + end - 1, emit);
        return;
      }
      if (this.#length === 0) emit(piece, offset + end);
      else {
        this.#keep(piece, offset + end, emit);
        emit(this.#whole(), offset + end);
      }
      at = end + 1;
    }
  }

  /** The line that has no end. */
  end(emit: TakeCut): void {
    if (this.#length > 0) emit(this.#whole(), this.#end);
  }

  #keep(piece: Uint8Array, end: number, emit: TakeCut): void {
    if (piece.length === 0) return;
    this.#rest.push(copy(piece));
    this.#length += piece.length;
    this.#end = end;
    if (this.#length >= longestLine) emit(this.#whole(), end);
  }

  #whole(): Uint8Array {
    const [only = nothing] = this.#rest;
    let whole = only;
    if (this.#rest.length > 1) {
      whole = new Uint8Array(this.#length);
      let at = 0;
      for (const piece of this.#rest) {
        whole.set(piece, at);
        at += piece.length;
      }
    }
    this.#rest = [];
    this.#length = 0;
    return whole;
  }
}
