/**
 * Columns of a terminal, counted without the tables of Unicode: whatever may be wide counts as wide. So nothing is ever
 * longer than it is taken for, which is what painting lines over each other needs.
 */

/** Hangul Jamo, the first that are two columns wide. */
const firstWide = 0x1100;

const widthOf = (character: string): number => ((character.codePointAt(0) ?? 0) < firstWide ? 1 : 2);

/** How many columns a text takes at most. */
export function width(text: string): number {
  let columns = 0;
  for (const character of text) columns += widthOf(character);
  return columns;
}

/** As much of the beginning as certainly fits into so many columns. */
export function take(text: string, columns: number): string {
  let used = 0;
  let length = 0;
  for (const character of text) {
    used += widthOf(character);
    if (used > columns) break;
    length += character.length;
  }
  return text.slice(0, length);
}

/** The same, with a sign that there is more. */
export function clip(text: string, columns: number): string {
  if (width(text) <= columns) return text;
  return columns < width("…") ? take(text, columns) : `${take(text, columns - width("…"))}…`;
}
