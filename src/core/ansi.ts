/**
 * Removes terminal escape sequences from a stream of bytes (`strip_ansi=true`).
 *
 * Removed is `ESC [` and all that follows up to one of `H f A B C D R s u J K h l p m`, the set of
 * supervisord 4.2.5. An escape cut in two by a read is removed all the same, because the state
 * lives from one call to the next. Window titles (`ESC ]`) stay, as they do there.
 */

const ESC = 0x1b;
const BRACKET = 0x5b;
const ends = new Set(Array.from("HfABCDRsuJKhlpm", (letter) => letter.charCodeAt(0)));

/** No real sequence is this long: what follows that many bytes without an end is text. */
const longestSequence = 256;

const nothing = new Uint8Array(0);

/** One per stream: the escape that a read ended in is remembered for the next. */
export class AnsiStripper {
  /** Bytes of the open sequence that have been dropped; 0 = in text. */
  #dropped = 0;
  /** The last read ended in an ESC, which is kept back until its successor is known. */
  #escaped = false;

  /** The visible part of `bytes`: `bytes` itself when nothing is to be removed, else a copy. */
  strip(bytes: Uint8Array): Uint8Array {
    if (bytes.length === 0) return bytes;
    if (this.#dropped === 0 && !this.#escaped && bytes.indexOf(ESC) < 0) return bytes;
    const out = new Uint8Array(bytes.length + 1);
    let length = 0;
    let at = 0;
    if (this.#escaped) {
      this.#escaped = false;
      if (bytes[0] === BRACKET) {
        this.#dropped = 2;
        at = 1;
      } else out[length++] = ESC;
    }
    while (at < bytes.length) {
      if (this.#dropped > 0) {
        at = this.#skip(bytes, at);
        continue;
      }
      const start = bytes.indexOf(ESC, at);
      const textEnd = start < 0 ? bytes.length : start;
      out.set(bytes.subarray(at, textEnd), length);
      length += textEnd - at;
      at = textEnd;
      if (start < 0) break;
      if (start + 1 === bytes.length) {
        this.#escaped = true;
        break;
      }
      if (bytes[start + 1] === BRACKET) {
        this.#dropped = 2;
        at += 2;
      } else {
        out[length++] = ESC;
        at += 1;
      }
    }
    return out.subarray(0, length);
  }

  /** What was kept back, once it is known that no more comes. */
  end(): Uint8Array {
    const rest = this.#escaped ? new Uint8Array([ESC]) : nothing;
    this.#escaped = false;
    this.#dropped = 0;
    return rest;
  }

  /** Index behind the open sequence, or the end of `bytes`. */
  #skip(bytes: Uint8Array, from: number): number {
    for (let at = from; at < bytes.length; at++) {
      this.#dropped++;
      if (ends.has(bytes[at] as number)) {
        this.#dropped = 0;
        return at + 1;
      }
      if (this.#dropped >= longestSequence) {
        this.#dropped = 0;
        return at + 1;
      }
    }
    return bytes.length;
  }
}
