/**
 * Ink's last step, from laid out texts to the lines of a frame, in a few string operations. Ink's own takes every cell
 * of the screen apart and together again for each frame, which on a screen of 300×100 is 35 ms of processor time and
 * 60,000 objects; all that our views need of it is that texts stand where they are put, later ones above earlier ones.
 *
 * The bundle has this module in place of `ink/build/output.js` (scripts/build/screen.ts); it exports what that does.
 */
import { drop, take, width } from "../text/cells.ts";

interface Piece {
  readonly x: number;
  readonly text: string;
}

interface Options {
  readonly transformers: readonly ((line: string, index: number) => string)[];
}

export class Output {
  readonly #height: number;
  readonly #rows: Piece[][];

  constructor({ height }: { readonly width: number; readonly height: number }) {
    this.#height = height;
    this.#rows = Array.from({ length: height }, () => []);
  }

  write(x: number, y: number, text: string, { transformers }: Options): void {
    if (text === "") return;
    for (const [index, line] of text.split("\n").entries())
      this.#rows[y + index]?.push({ x, text: transformers.reduce((all, change) => change(all, index), line) });
  }

  /** Our views put nothing where it does not fit. */
  clip(): void {}

  unclip(): void {}

  get(): { output: string; height: number } {
    return { output: this.#rows.map(lineOf).join("\n"), height: this.#height };
  }
}

function lineOf(pieces: readonly Piece[]): string {
  const [first, ...others] = pieces;
  if (first === undefined) return "";
  let line = first.x > 0 ? " ".repeat(first.x) + first.text : first.text;
  for (const { x, text } of others) {
    const columns = shownWidth(line);
    const under = columns > x ? cut(line, 0, x) : line;
    const end = x + shownWidth(text);
    line = under + " ".repeat(x - shownWidth(under)) + text + (columns > end ? cut(line, end, columns) : "");
  }
  return line.trimEnd();
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
const codes = /\x1b\[[\d;]*m/g;

/** Most lines are those of the frame before. The older half is forgotten when there are many. */
let widths = new Map<string, number>();
let widthsBefore = new Map<string, number>();
const mostWidths = 2000;

function shownWidth(text: string): number {
  const known = widths.get(text) ?? widthsBefore.get(text) ?? width(text.replace(codes, ""));
  if (widths.size > mostWidths) {
    widthsBefore = widths;
    widths = new Map();
  }
  widths.set(text, known);
  return known;
}

/** In place of the package `widest-line`. */
export const widestLine = (text: string): number =>
  text.split("\n").reduce((widest, line) => Math.max(widest, shownWidth(line)), 0);

/** Columns of a line, with the codes that they need and none open at the end. */
function cut(line: string, from: number, to: number): string {
  let result = "";
  let open = "";
  let column = 0;
  let at = 0;
  const add = (text: string): void => {
    const columns = width(text);
    if (column + columns > from && column < to) {
      const part = take(drop(text, from - column), to - Math.max(from, column));
      if (part !== "") result += open === "" ? part : `${open}${part}\x1b[0m`;
    }
    column += columns;
  };
  for (const match of line.matchAll(codes)) {
    add(line.slice(at, match.index));
    at = match.index + match[0].length;
    open = match[0] === "\x1b[0m" ? "" : open + match[0];
  }
  add(line.slice(at));
  return result;
}
