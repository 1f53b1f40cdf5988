/**
 * The log pane: the last lines of one process, or of all that are shown, and where one looks at them. While it is
 * followed the last line stands at the bottom; who scrolls looks at what was there at that moment, and lines that come
 * meanwhile are kept beside it. Both are bounded, in lines and in characters.
 */
import { cleanText } from "../text/clean.ts";
import { count } from "../text/figures.ts";

export interface LogLine {
  /** Counts up with each line that comes. */
  readonly seq: number;
  /** Of the process. */
  readonly id: string;
  readonly channel: "stdout" | "stderr";
  /** When it came here, or was written, if it was there before we looked; 0 = that is not known. */
  readonly at: number;
  /** As the program wrote it. */
  readonly text: string;
}

/** What is followed. */
export interface LogStream {
  readonly id: string;
  readonly channel: "stdout" | "stderr";
}

export interface LogOptions {
  readonly channel: "stdout" | "stderr" | "both";
  /** All processes that the table shows, instead of the selected one. */
  readonly merged: boolean;
  readonly wrap: boolean;
  readonly times: boolean;
  readonly json: boolean;
}

/** Where one looks: at the end, or so that a row of a line is the last one shown. */
type LogPosition =
  | { readonly type: "end" }
  | { readonly type: "at"; readonly seq: number; readonly row: number; readonly lines: readonly LogLine[] };

export interface LogState {
  readonly lines: readonly LogLine[];
  readonly position: LogPosition;
  readonly options: LogOptions;
  /** What is looked for; "" = nothing. */
  readonly search: string;
  /** Only lines that have this. */
  readonly only: string;
  /** Columns that are cut from the left side, while lines are not wrapped. */
  readonly shift: number;
  /** The line on which the last search stopped. */
  readonly found: number | null;
  /** What its streams are about: when that changes everything begins anew. */
  readonly key: string;
  /** Lines so far, and characters of those that are kept. */
  readonly count: number;
  readonly characters: number;
  /** What cannot be followed, and why. */
  readonly trouble: string | null;
}

const linesKept = 5000;
const charactersKept = 4 * 1024 * 1024;

export const noLog: LogState = {
  lines: [],
  position: { type: "end" },
  options: { channel: "both", merged: false, wrap: false, times: false, json: false },
  search: "",
  only: "",
  shift: 0,
  found: null,
  key: "",
  count: 0,
  characters: 0,
  trouble: null,
};

/** Something else is followed from now on; how one looks at it stays. */
export const restarted = (log: LogState, key: string): LogState => ({
  ...noLog,
  options: log.options,
  search: log.search,
  only: log.only,
  key,
});

/** A line that has come, not yet counted. */
export type FreshLine = Omit<LogLine, "seq">;

/** The oldest lines make room. `skipped`: lines that came before these and were too many to be handed on. */
export function withLines(log: LogState, fresh: readonly FreshLine[], skipped = 0): LogState {
  const from = log.count + skipped;
  const numbered: LogLine[] = fresh.map(({ id, channel, at, text }, index) => ({
    seq: from + index,
    id,
    channel,
    at,
    text,
  }));
  const [first] = numbered;
  if (skipped > 0 && first !== undefined)
    numbered.unshift({ ...first, seq: from - 1, at: 0, text: `── ${count(skipped)} lines are left out here ──` });
  const all = [...log.lines, ...numbered];
  let characters = numbered.reduce((sum, { text }) => sum + text.length, log.characters);
  let begin = Math.max(0, all.length - linesKept);
  for (let at = 0; at < begin; at++) characters -= all[at]?.text.length ?? 0;
  while (characters > charactersKept && begin < all.length - 1) characters -= all[begin++]?.text.length ?? 0;
  return { ...log, lines: begin === 0 ? all : all.slice(begin), characters, count: from + fresh.length };
}

/** Those that there are to look at: of a view that stands still, those of that moment. */
export function visibleLines({ lines, position, only }: LogState): readonly LogLine[] {
  return filtered(position.type === "end" ? lines : position.lines, only);
}

let last: { readonly lines: readonly LogLine[]; readonly only: string; readonly filtered: readonly LogLine[] } | null =
  null;

function filtered(lines: readonly LogLine[], only: string): readonly LogLine[] {
  if (only === "") return lines;
  if (last?.lines === lines && last.only === only) return last.filtered;
  const result = lines.filter(({ text }) => contains(text, only));
  last = { lines, only, filtered: result };
  return result;
}

/** Capital letters count when there are some in what is looked for. */
export function contains(text: string, wanted: string): boolean {
  // Most lines have no escapes; then what is written is what is shown.
  const plain = text.includes("\x1b") || text.includes("\r") ? cleanText(text) : text;
  return wanted === wanted.toLowerCase() ? plain.toLowerCase().includes(wanted) : plain.includes(wanted);
}

/** How many lines have come since the view stands still. */
export const missed = ({ position, count }: LogState): number =>
  position.type === "end" ? 0 : count - 1 - (position.lines.at(-1)?.seq ?? count - 1);

export const atEnd = (log: LogState): LogState =>
  log.position.type === "end" ? log : { ...log, position: { type: "end" } };
