/** What stands in front of everything else and takes the keys: a question, a menu, a line to type into. */
import type { Request } from "./effects.ts";

/** A line that is typed into; the cursor is a place in it, in UTF-16 units. */
export interface Input {
  readonly text: string;
  readonly cursor: number;
}

export const typed = (text: string): Input => ({ text, cursor: text.length });

export type Dialog =
  | {
      readonly type: "confirm";
      readonly question: string;
      /** What it is about, one line each. */
      readonly lines: readonly string[];
      readonly request: Request;
    }
  | {
      readonly type: "menu";
      readonly title: string;
      readonly choices: readonly { readonly label: string; readonly request: Request }[];
      readonly chosen: number;
    }
  | {
      readonly type: "prompt";
      readonly purpose: "filter" | "events" | "search" | "only" | "stdin" | "scale";
      readonly label: string;
      readonly input: Input;
      /** What it was before; Escape brings that back. */
      readonly before: string;
    }
  | { readonly type: "palette"; readonly input: Input; readonly chosen: number }
  | { readonly type: "help"; readonly top: number };

/** A key that edits a line; null when it does not. Words are cut at blanks, as shells do. */
export function edited({ text, cursor }: Input, key: string): Input | null {
  const before = text.slice(0, cursor);
  const after = text.slice(cursor);
  switch (key) {
    case "left":
      return { text, cursor: cursor - (lastCharacter(before)?.length ?? 0) };
    case "right":
      return { text, cursor: cursor + (firstCharacter(after)?.length ?? 0) };
    case "home":
    case "ctrl-a":
      return { text, cursor: 0 };
    case "end":
    case "ctrl-e":
      return { text, cursor: text.length };
    case "backspace":
      return joined(before.slice(0, before.length - (lastCharacter(before)?.length ?? 0)), after);
    case "delete":
    case "ctrl-d":
      return joined(before, after.slice(firstCharacter(after)?.length ?? 0));
    case "alt-b":
      return { text, cursor: before.replace(/\S*\s*$/, "").length };
    case "alt-f":
      return { text, cursor: text.length - after.replace(/^\s*\S*/, "").length };
    case "alt-d":
      return joined(before, after.replace(/^\s*\S*/, ""));
    case "ctrl-w":
    case "alt-backspace":
      return joined(before.replace(/\S*\s*$/, ""), after);
    case "ctrl-u":
      return joined("", after);
    case "ctrl-k":
      return joined(before, "");
    default:
      return null;
  }
}

export const inserted = ({ text, cursor }: Input, more: string): Input =>
  joined(text.slice(0, cursor) + more.replace(/\p{Cc}+/gu, " "), text.slice(cursor));

const joined = (before: string, after: string): Input => ({ text: before + after, cursor: before.length });

const segments = (text: string) => [...new Intl.Segmenter(undefined, { granularity: "grapheme" }).segment(text)];
const firstCharacter = (text: string) => segments(text.slice(0, 64))[0]?.segment;
const lastCharacter = (text: string) => segments(text.slice(-64)).at(-1)?.segment;
