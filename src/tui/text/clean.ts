/**
 * What a program has written, as lines for screen and page: what is harmless of it (`core/terminal-text.ts`), its colours
 * as looks of ours, tabs as blanks.
 */
import { eachPiece } from "../../core/terminal-text.ts";
import { width } from "./cells.ts";
import type { Line, Look, Span } from "./look.ts";

const tabStop = 8;
const nothing: Look = {};

/** One line, without its end. */
export function clean(text: string): Line {
  const pieces: Span[] = [];
  let look = nothing;
  let column = 0;
  eachPiece(
    // Of settings and commands, which may have several lines.
    text.replaceAll("\n", " "),
    (part) => {
      const piece = expand(part, column);
      column += width(piece);
      pieces.push({ text: piece, look });
    },
    (parameters) => {
      look = changed(look, parameters);
    },
  );
  return pieces;
}

/** The same without looks, for searching. */
export const cleanText = (text: string): string =>
  clean(text)
    .map((piece) => piece.text)
    .join("");

function expand(text: string, column: number): string {
  if (!text.includes("\t")) return text;
  let shown = "";
  for (const [index, part] of text.split("\t").entries()) {
    if (index > 0) shown += " ".repeat(tabStop - ((column + width(shown)) % tabStop));
    shown += part;
  }
  return shown;
}

/** What SGR parameters make of a look. */
function changed(look: Look, parameters: string): Look {
  const codes = parameters.split(/[;:]/).map((code) => (code === "" ? 0 : Number(code)));
  let next: Record<string, unknown> = { ...look };
  for (let at = 0; at < codes.length; at++) {
    const code = codes[at] ?? 0;
    if (code === 0) next = {};
    else if (code === 38 || code === 48) {
      const key = code === 38 ? "fg" : "bg";
      if (codes[at + 1] === 5) next[key] = inRange(codes[at + 2]);
      if (codes[at + 1] === 2) next[key] = nearest(codes[at + 2], codes[at + 3], codes[at + 4]);
      at += codes[at + 1] === 2 ? 4 : 2;
    } else if (code >= 30 && code <= 37) next.fg = code - 30;
    else if (code >= 90 && code <= 97) next.fg = code - 82;
    else if (code >= 40 && code <= 47) next.bg = code - 40;
    else if (code >= 100 && code <= 107) next.bg = code - 92;
    else if (code === 39) delete next.fg;
    else if (code === 49) delete next.bg;
    else if (code === 22) {
      delete next.bold;
      delete next.dim;
    } else if (code > 22 && flags[code - 20] !== undefined) delete next[flags[code - 20] as string];
    else if (flags[code] !== undefined) next[flags[code] as string] = true;
  }
  return next as Look;
}

/** By the code that sets it; twenty more takes it away. */
const flags: Readonly<Record<number, keyof Look>> = { 1: "bold", 2: "dim", 3: "italic", 4: "underline", 7: "inverse" };

const inRange = (colour = 7): number => Math.min(255, Math.max(0, Math.trunc(colour) || 0));

/** Of the 256 colours: the cube of six steps. */
function nearest(red = 0, green = 0, blue = 0): number {
  const step = (value: number): number => Math.round((Math.min(255, Math.max(0, value || 0)) / 255) * 5);
  return 16 + 36 * step(red) + 6 * step(green) + step(blue);
}
