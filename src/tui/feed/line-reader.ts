/** Makes lines of the bytes of one stream, whatever their portions. */
import { StringDecoder } from "node:string_decoder";

/** A line that goes on for longer is given out in pieces. */
const longest = 64 * 1024;
/** What has no end of line after so long is given out without one. */
const patienceMs = 1000;

export class LineReader {
  #decoder = new StringDecoder("utf8");
  /** The beginning of a line. */
  #rest = "";
  #restSince = 0;
  /** Some bytes have been left out: what comes first is the end of a line that nobody knows. */
  #hasGap = false;

  /** The lines that these bytes complete. */
  read(bytes: Buffer, at: number): string[] {
    let text = this.#decoder.write(bytes);
    if (this.#hasGap) {
      const end = text.indexOf("\n");
      if (end === -1) return [];
      text = text.slice(end + 1);
      this.#hasGap = false;
    }
    const lines = (this.#rest + text).split("\n");
    const rest = lines.pop() ?? "";
    if (rest.length > longest) lines.push(rest);
    this.#rest = rest.length > longest ? "" : rest;
    this.#restSince = at;
    return lines;
  }

  /** A line that has no end yet and seems not to get one; null when there is none. */
  unfinished(now: number): string | null {
    if (this.#rest === "" || now - this.#restSince < patienceMs) return null;
    const text = this.#rest;
    this.#rest = "";
    return text;
  }

  /** Bytes are left out before the next ones. */
  skip(): void {
    this.restart();
    this.#hasGap = true;
  }

  /** What comes next has nothing to do with what came before. */
  restart(): void {
    this.#decoder = new StringDecoder("utf8");
    this.#rest = "";
    this.#hasGap = false;
  }
}
