/**
 * Text as a terminal shows it: in columns, of which a wide character takes two and an accent none. What a user
 * sees as one character is never cut in two.
 */
import stringWidth from "string-width";

const plain = /^[\x20-\x7e]*$/;
let segmenter: Intl.Segmenter | null = null;

/** How many columns a text takes. It must have no control characters. */
export const width = (text: string): number => (plain.test(text) ? text.length : stringWidth(text));

function* graphemes(text: string): Iterable<string> {
  segmenter ??= new Intl.Segmenter(undefined, { granularity: "grapheme" });
  for (const { segment } of segmenter.segment(text)) yield segment;
}

/**
 * Whether the first so many characters are as many columns, and what is behind them no part of the last one. Of a long
 * text no more is looked at.
 */
const isPlainUpTo = (text: string, columns: number): boolean =>
  plain.test(text.slice(0, columns)) && (text.length <= columns || text.charCodeAt(columns) < firstCombining);

const firstCombining = 0x300;

/** The first so many columns of a text, fewer when a wide character would stand across the end. */
export function take(text: string, columns: number): string {
  if (columns <= 0) return "";
  if (isPlainUpTo(text, columns)) return text.slice(0, columns);
  let used = 0;
  let length = 0;
  for (const grapheme of graphemes(text)) {
    used += width(grapheme);
    if (used > columns) break;
    length += grapheme.length;
  }
  return text.slice(0, length);
}

/** The rest behind `take` of so many columns; where a wide character was cut, a blank stands for its second half. */
export function drop(text: string, columns: number): string {
  if (columns <= 0) return text;
  if (isPlainUpTo(text, columns)) return text.slice(columns);
  let used = 0;
  let length = 0;
  for (const grapheme of graphemes(text)) {
    if (used >= columns) break;
    used += width(grapheme);
    length += grapheme.length;
  }
  return " ".repeat(Math.max(0, used - columns)) + text.slice(length);
}

/** Its first character, as a user sees them. */
export const firstCharacter = (text: string): string => {
  const [first = ""] = graphemes(text);
  return first;
};

/** At most so many columns; what is too long ends in an ellipsis. */
export function clip(text: string, columns: number): string {
  if (width(text) <= columns) return text;
  return columns <= 0 ? "" : `${take(text, columns - 1)}…`;
}

/** Exactly so many columns. */
export function left(text: string, columns: number): string {
  const clipped = clip(text, columns);
  return clipped + " ".repeat(Math.max(0, columns - width(clipped)));
}

/** Exactly so many columns, against the right side. */
export function right(text: string, columns: number): string {
  const clipped = clip(text, columns);
  return " ".repeat(Math.max(0, columns - width(clipped))) + clipped;
}
