/**
 * What is known of the programs that a command waits for, put together from what the daemon tells, and as lines of a
 * terminal. Pure: moments are milliseconds of any clock, the caller's.
 */

import type { RemoteEvent } from "../../client/events.ts";
import type { RemoteProcess } from "../../client/replies.ts";
import { duration } from "../../core/quantity.ts";
import { onOneLine } from "../../core/terminal-text.ts";
import { displayName, isGlob, type Member, matching, parseName } from "../names.ts";
import type { Colour, Paint } from "../paint.ts";
import type { Goal } from "../progress.ts";
import { clip, take, width } from "./cells.ts";

interface Row extends Member {
  readonly state: string;
  /** What it waits for, or why it is as it is. */
  readonly why: string;
  /** When that changes by itself; null when it does not. */
  readonly due: number | null;
  /** It has changed since the command began. */
  readonly moved: boolean;
  /** It is, or was, not yet as it is to be when somebody looked: who is so from the first is not shown. */
  readonly awaited: boolean;
  /** The command has told its result. */
  readonly told: boolean;
}

export interface Progress {
  readonly goal: Goal;
  /** Those that the command is about; null = whoever moves. */
  readonly meant: ReadonlySet<string> | null;
  /** What our clock says when the daemon's says 0; null = not known yet. */
  readonly clockMs: number | null;
  /** Those and who has moved with them, in the order in which they are shown. */
  readonly rows: ReadonlyMap<string, Row>;
}

const keyOf = ({ group, name }: Member): string => `${group}:${name}`;

const newRow = ({ group, name }: Member, state: string): Row => ({
  ...{ group, name, state },
  why: "",
  due: null,
  moved: false,
  awaited: false,
  told: false,
});

/** `processes` is all that there are, before the command does anything; `names` as it was given them. */
export function begin(goal: Goal, names: readonly string[], processes: readonly RemoteProcess[]): Progress {
  const meant = new Set(names.includes("all") ? processes : names.flatMap((name) => meantBy(name, processes)));
  return {
    goal,
    clockMs: null,
    meant: goal === "change" ? null : new Set([...meant].map(keyOf)),
    rows: new Map(
      [...meant].map((process) => [
        keyOf(process),
        { ...newRow(process, process.stateName), awaited: isConcerned(process.stateName, goal) },
      ]),
    ),
  };
}

function meantBy(text: string, processes: readonly RemoteProcess[]): readonly RemoteProcess[] {
  if (isGlob(text)) return matching(text, processes);
  const { group, name } = parseName(text);
  return processes.filter((process) => process.group === group && (name === null || process.name === name));
}

const running = ["STARTING", "RUNNING", "BACKOFF"];

/** Who is as it is to be already, or cannot be, is told of at once. */
function isConcerned(state: string, goal: Goal): boolean {
  switch (goal) {
    case "start":
      return !running.includes(state);
    case "stop":
    case "roll":
      return running.includes(state);
    case "change":
      return false;
  }
}

/** What has come to be known since the last look. */
export type News =
  | { readonly type: "event"; readonly event: RemoteEvent; readonly now: number }
  /** The command has printed a line, which may tell how one has fared. */
  | { readonly type: "line"; readonly line: string };

export function withNews({ goal, meant, rows, ...before }: Progress, news: readonly News[]): Progress {
  let { clockMs } = before;
  const after = new Map(rows);
  const keys = new Map([...rows].map(([key, row]) => [displayName(row), key]));
  for (const each of news) {
    if (each.type === "event" && each.event.type === "stream") clockMs = each.now - each.event.at;
    const row = each.type === "line" ? ofLine(after, keys, each.line) : ofEvent(after, meant, each, clockMs);
    if (row !== null) after.set(keyOf(row), row);
    if (row !== null) keys.set(displayName(row), keyOf(row));
  }
  for (const [key, row] of after)
    if (row.moved && !row.awaited && !isDone(row, goal)) after.set(key, { ...row, awaited: true });
  return { goal, clockMs, meant, rows: after };
}

/** Who is not meant is shown when somebody who is needs it. */
function ofEvent(
  rows: Progress["rows"],
  meant: Progress["meant"],
  { event, now }: Extract<News, { type: "event" }>,
  clockMs: number | null,
): Row | null {
  const { type, fields } = event;
  const { group, name } = fields;
  if (typeof group !== "string" || typeof name !== "string") return null;
  const key = keyOf({ group, name });
  const known = rows.get(key);
  if (known === undefined && meant?.has(key) === false && fields.cause !== "dependency") return null;
  return moved(known ?? newRow({ group, name }, ""), type, fields, clockMs === null ? now : event.at + clockMs);
}

function ofLine(rows: Progress["rows"], keys: ReadonlyMap<string, string>, line: string): Row | null {
  const name = /^(.+?): (started|stopped|restarted|ERROR)/.exec(line)?.[1] ?? "";
  const row = rows.get(keys.get(name) ?? "");
  return row === undefined ? null : { ...row, told: true };
}

function moved(row: Row, type: string, fields: RemoteEvent["fields"], now: number): Row | null {
  const why = text(fields.why);
  const due = typeof fields.nextMs === "number" ? now + fields.nextMs : null;
  switch (type) {
    case "state": {
      const to = text(fields.to);
      // Why it is stopped is known: somebody has just asked for it.
      return { ...row, state: to, why: to === "STOPPING" || to === "STARTING" ? "" : why, due, moved: true };
    }
    case "waiting":
      return { ...row, state: "waiting", why, moved: true };
    case "spawned":
      return { ...row, state: "STARTING", why: "", due, moved: true };
    case "health":
      return { ...row, why: `${text(fields.to)}: ${why}`, due: null };
    case "killed":
      return { ...row, why: "has been sent SIGKILL", due: null };
    case "orphans":
      return row.state === "STOPPING" ? { ...row, why: "what it left behind is being ended", due: null } : null;
    default:
      return null;
  }
}

const text = (value: unknown): string => (typeof value === "string" ? value : "");

const settled = ["STOPPED", "EXITED", "FATAL", "UNKNOWN"];

function isDone({ state, moved }: Row, goal: Goal): boolean {
  if (goal === "stop") return settled.includes(state);
  // Of these the command waits for more than the state.
  if (goal === "roll") return false;
  return moved && (state === "RUNNING" || state === "BACKOFF" || settled.includes(state));
}

export interface Look {
  readonly columns: number;
  readonly lines: number;
  readonly now: number;
  readonly paint: Paint;
}

/** At most `lines` of at most `columns`; when not all fit, those that are waited for. None when nobody is. */
export function linesOf({ goal, rows }: Progress, { columns, lines, now, paint }: Look): string[] {
  const shown = [...rows.values()].filter(({ told, awaited }) => awaited && !told);
  const pending = shown.filter((row) => !isDone(row, goal));
  if (pending.length === 0 || lines < 1) return [];
  const fits = shown.length <= lines;
  const chosen = fits ? shown : pending.slice(0, lines - 1);
  const widest = Math.max(...shown.map((row) => width(displayName(row))));
  const nameWidth = Math.min(widest, Math.max(8, Math.floor(columns / 2)));
  const texts = chosen.map((row) => lineOf(row, goal, nameWidth, { columns, now, paint }));
  if (fits) return texts;
  const hidden = pending.length - chosen.length;
  const more = hidden > 0 ? [`and ${hidden} more`] : [];
  const done = shown.length - pending.length;
  return [...texts, paint("dim", take([...more, `${done} of ${shown.length} done`].join("; "), columns))];
}

const stateWidth = 8;

function lineOf(row: Row, goal: Goal, nameWidth: number, { columns, now, paint }: Omit<Look, "lines">): string {
  const name = clip(onOneLine(displayName(row)), nameWidth);
  const state = onOneLine(row.state).padEnd(stateWidth);
  const before = `${name}${" ".repeat(nameWidth - width(name))}  `;
  const why = onOneLine(whyOf(row, goal, now));
  const room = columns - width(before) - state.length - 2;
  if (room < 0) return take(`${before}${state}`, columns);
  return `${before}${paint(colourOf(row), state)}  ${paint(isDone(row, goal) ? "dim" : null, clip(why, room))}`.trimEnd();
}

function whyOf({ state, why, due, moved }: Row, goal: Goal, now: number): string {
  const left = due === null ? "" : timeLeft(due - now);
  switch (state) {
    case "STARTING":
      return left === "" ? why : `RUNNING in ${left} (startsecs)`;
    case "waiting":
      return left === "" ? why : `${why}; given up in ${left} (start_timeout)`;
    case "STOPPING":
      return left === "" ? why : `SIGKILL in ${left} (stopwaitsecs)`;
    case "BACKOFF":
      return left === "" ? why : `${why}; next try in ${left}`;
    default:
      if (moved) return state === "RUNNING" && goal === "roll" && why === "" ? "until it is ready" : why;
      return { start: "not started yet", stop: "not asked to stop yet", roll: "waits for its turn", change: "" }[goal];
  }
}

/** Of which the tenths can be seen to go. */
function timeLeft(ms: number): string {
  const tenths = Math.max(0, Math.ceil(ms / 100));
  return tenths < 100 ? `${(tenths / 10).toFixed(1)}s` : duration(tenths * 100);
}

function colourOf({ state, moved }: Row): Colour | null {
  switch (state) {
    case "RUNNING":
      return moved ? "green" : "dim";
    case "STARTING":
    case "waiting":
      return "cyan";
    case "STOPPING":
    case "BACKOFF":
      return "yellow";
    case "FATAL":
    case "UNKNOWN":
      return "red";
    default:
      return "dim";
  }
}
