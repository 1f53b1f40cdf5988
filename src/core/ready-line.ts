/**
 * Finds the line of its output by which a program says that it is ready. Output comes in pieces that do
 * not end where lines do, and with colours; lines are handed on whole, as text, the longest of them cut.
 */
import { AnsiStripper } from "./ansi.ts";
import { LineSplitter } from "./log-line.ts";

/** A line is looked at no further than this. */
const longestLookedAt = 2048;

/** One per stream. */
export class ReadyLine {
  readonly #stripper = new AnsiStripper();
  readonly #splitter = new LineSplitter();
  readonly #decoder = new TextDecoder();

  /** The lines that `bytes` completes. */
  lines(bytes: Uint8Array): string[] {
    const lines: string[] = [];
    this.#splitter.push(this.#stripper.strip(bytes), (line) => {
      lines.push(this.#decoder.decode(line.subarray(0, longestLookedAt)).replace(/\r$/, ""));
    });
    return lines;
  }
}
