/**
 * A line while it is written: what each key makes of it, in the words of GNU readline's keys, and what has to go to a
 * terminal that can do no more than print and step back, so that it shows the new line instead of the old. Pure.
 */

export interface Draft {
  /** Its characters. */
  readonly typed: readonly string[];
  /** Where the next one goes. */
  readonly at: number;
}

const limit = 1024 * 1024;

export const emptyDraft: Draft = { typed: [], at: 0 };
export const draftOf = (text: string): Draft => ({ typed: [...text], at: [...text].length });

/** As much of `text` as there is room for goes in. */
export function inserted({ typed, at }: Draft, text: string): Draft {
  const added = [...text].slice(0, Math.max(0, limit - typed.length));
  return { typed: [...typed.slice(0, at), ...added, ...typed.slice(at)], at: at + added.length };
}

type Edit = (draft: Draft) => Draft;

const movedTo = (typed: readonly string[], at: number): Draft => ({
  typed,
  at: Math.min(Math.max(0, at), typed.length),
});
const without = ({ typed }: Draft, from: number, to: number): Draft => ({
  typed: [...typed.slice(0, Math.max(0, from)), ...typed.slice(to)],
  at: Math.max(0, from),
});
const home: Edit = ({ typed }) => movedTo(typed, 0);
const end: Edit = ({ typed }) => movedTo(typed, typed.length);
const left: Edit = ({ typed, at }) => movedTo(typed, at - 1);
const right: Edit = ({ typed, at }) => movedTo(typed, at + 1);
const rubOut: Edit = (draft) => without(draft, draft.at - 1, draft.at);
const remove: Edit = (draft) => without(draft, draft.at, draft.at + 1);

/** By what a terminal sends for a key. */
export const edits: ReadonlyMap<string, Edit> = new Map<string, Edit>([
  ["\x01", home],
  ["\x1b[H", home],
  ["\x1bOH", home],
  ["\x1b[1~", home],
  ["\x05", end],
  ["\x1b[F", end],
  ["\x1bOF", end],
  ["\x1b[4~", end],
  ["\x02", left],
  ["\x1b[D", left],
  ["\x1bOD", left],
  ["\x06", right],
  ["\x1b[C", right],
  ["\x1bOC", right],
  ["\x7f", rubOut],
  ["\b", rubOut],
  ["\x04", remove],
  ["\x1b[3~", remove],
  ["\x0b", (draft) => without(draft, draft.at, draft.typed.length)],
  ["\x15", (draft) => without(draft, 0, draft.at)],
  ["\x17", (draft) => without(draft, wordStart(draft), draft.at)],
]);

/** Of the word before the cursor, as blanks separate them. */
function wordStart({ typed, at }: Draft): number {
  let start = at;
  while (start > 0 && typed[start - 1] === " ") start--;
  while (start > 0 && typed[start - 1] !== " ") start--;
  return start;
}

/** What makes a terminal that shows `before`, with its cursor there, show `after`. */
export function redrawn(before: Draft, after: Draft): string {
  let same = 0;
  while (same < before.typed.length && before.typed[same] === after.typed[same]) same++;
  const steps = before.at - after.at;
  if (same === before.typed.length && same === after.typed.length)
    return steps > 0 ? "\b".repeat(steps) : after.typed.slice(before.at, after.at).join("");
  const from = Math.min(same, before.at);
  const blanks = Math.max(0, before.typed.length - after.typed.length);
  const back = after.typed.length + blanks - after.at;
  return `${"\b".repeat(before.at - from)}${after.typed.slice(from).join("")}${" ".repeat(blanks)}${"\b".repeat(back)}`;
}

/** Words in columns of the same width, filled downwards, as readline lists what TAB may mean. */
export function inColumns(words: readonly string[], width: number): string {
  const widest = Math.max(0, ...words.map((word) => [...word].length)) + 2;
  const fitting = Math.floor(width / widest);
  const across = Math.max(1, fitting > 1 && fitting * widest === width ? fitting - 1 : fitting);
  const rows = Math.ceil(words.length / across);
  return Array.from({ length: rows }, (_, row) =>
    words
      .filter((_word, at) => at % rows === row)
      .map((word) => word.padEnd(widest))
      .join("")
      .trimEnd(),
  ).join("\n");
}
