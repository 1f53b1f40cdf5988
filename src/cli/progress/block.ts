/**
 * Some lines at the bottom of what has been printed, painted over and over while something goes on, and gone without a
 * trace in the end. What is printed meanwhile comes above them. Nothing of the terminal is changed that would have to be
 * put right again: the cursor is below the lines, and moves up to paint them.
 */
import { stripVTControlCharacters } from "node:util";
import { type Output, shownOn } from "../output.ts";
import { width } from "./cells.ts";

// Line by line: terminals that keep what an application clears would keep the lines if all was cleared below them at once.
const clearLine = "\u001b[2K";
const clearRight = "\u001b[K";
const up = (lines: number): string => (lines === 0 ? "" : `\u001b[${lines}A`);
/** Clears so many lines from this one on, and stays in the first. */
const clear = (lines: number): string => `${`${clearLine}\n`.repeat(lines)}${clearLine}${up(lines)}\r`;

export class Block implements Output {
  readonly #out: Output;
  readonly #columns: () => number;
  /** Told of each line that is printed. */
  readonly #printed: (line: string) => void;
  #shown: readonly string[] = [];

  constructor(out: Output, columns: () => number, printed: (line: string) => void) {
    this.#out = out;
    this.#columns = columns;
    this.#printed = printed;
  }

  line(text: string): void {
    this.#out.raw(`${this.#erasure()}${shownOn(1, text)}\n`);
    this.#printed(text);
  }

  errorLine(text: string): void {
    this.erase();
    this.#out.errorLine(text);
  }

  write(text: string): void {
    this.#out.raw(`${this.#erasure()}${shownOn(1, text)}`);
  }

  raw(text: string): void {
    this.#out.raw(`${this.#erasure()}${text}`);
  }

  stream(bytes: Uint8Array): Promise<void> {
    this.erase();
    return this.#out.stream(bytes);
  }

  /** Paints over what was shown before. */
  show(lines: readonly string[]): void {
    if (lines.length === this.#shown.length && lines.every((line, at) => line === this.#shown[at])) return;
    const painted = lines.map((line) => `${line}${clearRight}\n`).join("");
    const height = this.#height();
    const over = Math.max(0, height - lines.length);
    this.#shown = lines;
    this.#out.raw(`${up(height)}\r${painted}${clear(over)}`);
  }

  erase(): void {
    const erasure = this.#erasure();
    if (erasure !== "") this.#out.raw(erasure);
  }

  #erasure(): string {
    if (this.#shown.length === 0) return "";
    const height = this.#height();
    this.#shown = [];
    return `${up(height)}\r${clear(height)}`;
  }

  /** A terminal that has become narrower has broken them. */
  #height(): number {
    const columns = Math.max(1, this.#columns());
    const rows = this.#shown.map((line) => Math.max(1, Math.ceil(width(stripVTControlCharacters(line)) / columns)));
    return rows.reduce((sum, each) => sum + each, 0);
  }
}
