/** Lines of pieces that look differently: measured, cut, filled and joined in columns. */
import { drop, firstCharacter, take, width } from "./cells.ts";
import { type Line, type Role, type Span, span } from "./look.ts";

export const lineWidth = (line: Line): number => line.reduce((sum, { text }) => sum + width(text), 0);

export const lineText = (line: Line): string => line.map(({ text }) => text).join("");

/** Its first so many columns. */
export function takeLine(line: Line, columns: number): Line {
  const taken: Span[] = [];
  let room = columns;
  for (const piece of line) {
    const text = take(piece.text, room);
    if (text !== "") taken.push({ ...piece, text });
    if (text.length < piece.text.length) break;
    room -= width(text);
  }
  return taken;
}

/** What is behind its first so many columns. */
export function dropLine(line: Line, columns: number): Line {
  const rest: Span[] = [];
  let skip = columns;
  for (const piece of line) {
    const own = skip > 0 ? width(piece.text) : 0;
    if (skip >= own && skip > 0) {
      skip -= own;
      continue;
    }
    rest.push(skip > 0 ? { ...piece, text: drop(piece.text, skip) } : piece);
    skip = 0;
  }
  return rest;
}

/** At most so many columns; what is too long ends in an ellipsis. */
export function clipLine(line: Line, columns: number): Line {
  if (lineWidth(line) <= columns) return line;
  if (columns <= 0) return [];
  const taken = takeLine(line, columns - 1);
  return [...taken, span("…", taken.at(-1)?.look ?? "plain")];
}

/** Exactly so many columns. */
export function fillLine(line: Line, columns: number): Line {
  const clipped = clipLine(line, columns);
  const room = columns - lineWidth(clipped);
  return room > 0 ? [...clipped, span(" ".repeat(room))] : clipped;
}

/** One line at the left and one at the right side; when there is no room for both, the left one is cut. */
export function spread(start: Line, end: Line, columns: number): Line {
  const room = columns - lineWidth(end);
  if (room < 2) return fillLine(end, columns);
  return [...fillLine(clipLine(start, room - 1), room), ...end];
}

/** In pieces of so many columns, at most so many of them. */
export function wrapLine(line: Line, columns: number, most = Number.POSITIVE_INFINITY): Line[] {
  const rows: Span[][] = [[]];
  let room = columns;
  for (const piece of line)
    for (let rest = piece.text; rest !== ""; ) {
      // A character that is wider than the place has to go somewhere.
      const text = take(rest, room) || (room === columns ? firstCharacter(rest) : "");
      if (text !== "") rows.at(-1)?.push({ ...piece, text });
      rest = rest.slice(text.length);
      room -= width(text);
      if (rest === "") continue;
      if (rows.length >= most) return rows;
      rows.push([]);
      room = columns;
    }
  return rows;
}

/** A headline: ` title ─────── note `. */
export function rule(title: Line, note: Line, columns: number, look: Role): Line {
  const start: Line = [span("─ ", look), ...title, span(" ", look)];
  const end: Line = note.length === 0 ? [] : [span(" ", look), ...note, span(" ─", look)];
  const room = columns - lineWidth(start) - lineWidth(end);
  if (room < 0) return room + lineWidth(end) >= 0 ? rule(title, [], columns, look) : fillLine(start, columns);
  return [...start, span("─".repeat(room), look), ...end];
}

/** Every place where one of the texts stands gets this look; letters of either case are the same. */
export function highlight(line: Line, wanted: string, look: Role): Line {
  const needle = wanted.toLowerCase();
  const text = lineText(line);
  const haystack = text.toLowerCase();
  // Some letters change their length with their case; then nothing is shown rather than something wrong.
  if (needle === "" || haystack.length !== text.length || !haystack.includes(needle)) return line;
  const marks: boolean[] = new Array(text.length).fill(false);
  for (let at = haystack.indexOf(needle); at !== -1; at = haystack.indexOf(needle, at + needle.length))
    marks.fill(true, at, at + needle.length);
  const pieces: Span[] = [];
  let at = 0;
  for (const piece of line) {
    const end = at + piece.text.length;
    while (at < end) {
      const isMarked = marks[at] === true;
      let to = at;
      while (to < end && marks[to] === isMarked) to++;
      const part = piece.text.slice(piece.text.length - (end - at), piece.text.length - (end - to));
      pieces.push({ text: part, look: isMarked ? look : piece.look });
      at = to;
    }
  }
  return pieces;
}
