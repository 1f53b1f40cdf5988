/**
 * Strings as C takes them: a NULL-terminated `char *[]`, in memory that is used again for the next one. New memory for
 * each would be a collector's work for each child that is started.
 */
import { getRawPointer } from "node:ffi";

export class StringTable {
  #bytes = Buffer.allocUnsafeSlow(4096);
  #start = getRawPointer(this.#bytes);
  #table = new BigUint64Array(128);

  /** Good until the next call. */
  of(words: readonly string[]): BigUint64Array {
    const text = `${words.join("\0")}\0`;
    // No character takes more than three bytes in UTF-8.
    if (text.length * 3 > this.#bytes.length) {
      this.#bytes = Buffer.allocUnsafeSlow(text.length * 6);
      this.#start = getRawPointer(this.#bytes);
    }
    if (words.length >= this.#table.length) this.#table = new BigUint64Array(words.length * 2);
    this.#bytes.write(text);
    let offset = 0;
    for (let n = 0; n < words.length; n++) {
      this.#table[n] = this.#start + BigInt(offset);
      offset = this.#bytes.indexOf(0, offset) + 1;
    }
    this.#table[words.length] = 0n;
    return this.#table;
  }
}
