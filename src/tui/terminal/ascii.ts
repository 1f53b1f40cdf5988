/** The same signs in plain ASCII, for terminals that know nothing else; each as wide as it was. */
import { width } from "../text/cells.ts";

const signs: Readonly<Record<string, string>> = {
  "●": "*",
  "◐": "o",
  "◑": "o",
  "▲": "^",
  "○": ".",
  "✗": "x",
  "◆": "!",
  "▾": "v",
  "▸": ">",
  "┃": "|",
  "│": "|",
  "─": "-",
  "┌": "+",
  "┐": "+",
  "└": "+",
  "┘": "+",
  "…": "~",
  "–": "-",
  "·": ".",
  "↑": "^",
  "↓": "v",
  "▌": "|",
  "█": "#",
  "▁": "_",
  "▂": ".",
  "▃": "-",
  "▄": "-",
  "▅": "=",
  "▆": "=",
  "▇": "#",
  "▏": " ",
  "▎": " ",
  "▍": "-",
  "▋": "=",
  "▊": "=",
  "▉": "#",
};

export const inAscii = (text: string): string =>
  text.replace(/\P{ASCII}/gu, (character) => signs[character] ?? "?".repeat(width(character)));

/** Whether the locale rules out UTF-8. One that says nothing (as in most containers) does not. */
export function knowsOnlyAscii(environment: Readonly<Record<string, string | undefined>>): boolean {
  const locale = environment.LC_ALL || environment.LC_CTYPE || environment.LANG || "";
  return locale !== "" && !/utf-?8/i.test(locale) && !/^(C|POSIX)$/.test(locale);
}
