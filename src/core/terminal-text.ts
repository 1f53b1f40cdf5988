/**
 * What a program has written, so that it can do a terminal no harm: no cursor is moved, no title set, no direction
 * turned, no bell rung, nothing is cleared. Colours (SGR of ECMA-48) may stay; of a line that was overwritten (a progress
 * bar's) the last state is shown.
 */

/**
 * Escape sequences: CSI with its parameters and its last byte; strings (OSC, DCS, SOS, PM, APC) up to their end or that
 * of the line; others of two bytes; and the same in their forms of one character.
 */
const escapes =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
  /(?:\x1b\[|\x9b)([0-?]*)[ -/]*([@-~]?)|(?:\x1b[\]PX^_]|[\x90\x98\x9d-\x9f])[^\x07\x1b\x9c]*(?:\x07|\x1b\\|\x9c)?|\x1b[ -/]*[0-~]?/g;

/** What has no shape, or turns the direction of what follows; a tab is harmless. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
const shapeless = /[\x00-\x08\x0a-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff\ufff9-\ufffb]/g;

/**
 * What is to be shown of one line, piece by piece, and before each the parameters of SGR that change how it looks (`1;31`).
 * Everybody who shows what programs write goes through here.
 */
export function eachPiece(line: string, show: (text: string) => void, look: (parameters: string) => void): void {
  const text = lastState(line).toWellFormed();
  let at = 0;
  const upTo = (end: number): void => {
    if (end > at) show(text.slice(at, end).replace(shapeless, "�"));
  };
  for (const { index, 0: sequence, 1: parameters = "", 2: last } of text.matchAll(escapes)) {
    upTo(index);
    at = index + sequence.length;
    if (last === "m" && /^[\d;:]*$/.test(parameters)) look(parameters);
  }
  upTo(text.length);
}

/** What others have named, within a line of ours: it moves no cursor, turns no direction and begins no line. */
export const onOneLine = (text: string): string => text.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, " ");

/** Nothing in it has to be looked at. */
const plain = /^[\x20-\x7e\t\u00a0-\u0600]*$/;

const off = "\x1b[0m";

/** One line, without its end. @param colours whether its own stay; they end with the line */
export function harmless(line: string, colours: boolean): string {
  if (plain.test(line)) return line;
  let shown = "";
  let coloured = false;
  eachPiece(
    line,
    (text) => {
      shown += text;
    },
    (parameters) => {
      if (!colours) return;
      shown += `\x1b[${parameters}m`;
      coloured = true;
    },
  );
  return coloured ? shown + off : shown;
}

/** What is left of a line when the carriage has returned. */
function lastState(line: string): string {
  if (!line.includes("\r")) return line;
  return line.split("\r").findLast((part) => part !== "") ?? "";
}
