/** What the screen needs of the daemon beyond the overview, as it follows from the state: logs and a report. */
import type { RemoteProgram } from "../../client/overview.ts";
import { lineWidth } from "../text/line.ts";
import { span } from "../text/look.ts";
import { type Layout, layoutOf, pageOf } from "./layout.ts";
import type { LogState, LogStream } from "./log.ts";
import { type LogShape, logHeight, nameOf } from "./log-rows.ts";
import type { View } from "./log-view.ts";
import { rowsOf, shown, subjectOf } from "./rows.ts";
import { idOf, type State } from "./state.ts";
import { isProblem } from "./tone.ts";

export const layoutFor = (state: State): Layout => layoutOf(state, rowsOf(state.overview, state.table).length);

/** One connection each; the daemon has 512 at most, for everybody. */
const mostStreams = 64;

export interface LogWish {
  /** What it is about: when this changes the pane begins anew. */
  readonly key: string;
  readonly streams: readonly LogStream[];
  /** Streams there would be beyond that. */
  readonly more: number;
}

const nothing: LogWish = { key: "", streams: [], more: 0 };

export function logWish(state: State): LogWish {
  if (layoutFor(state).log === null) return nothing;
  const { channel, merged } = state.log.options;
  const programs = merged ? chosen(state) : subject(state);
  const streams = programs.flatMap((program) => streamsOf(program, channel));
  const key = merged ? `* ${channel}` : `${programs.map(idOf).join()} ${channel}`;
  return { key, streams: streams.slice(0, mostStreams), more: Math.max(0, streams.length - mostStreams) };
}

function subject({ overview, table }: State): readonly RemoteProgram[] {
  const program = subjectOf(overview, table);
  return program === null ? [] : [program];
}

/** Those that are marked, else those that are shown. */
function chosen({ overview, table }: State): readonly RemoteProgram[] {
  const all = shown(overview, table);
  return table.marked.size === 0 ? all : all.filter((program) => table.marked.has(idOf(program)));
}

function streamsOf(program: RemoteProgram, channel: LogState["options"]["channel"]): LogStream[] {
  const { logs } = program;
  const id = idOf(program);
  return (["stdout", "stderr"] as const)
    .filter((each) => logs[each] && (channel === "both" || channel === each))
    .map((each) => ({ id, channel: each }));
}

/** The process whose report the detail pane shows. */
export function reportWish(state: State): string | null {
  if (layoutFor(state).detail === null) return null;
  const program = subjectOf(state.overview, state.table);
  return program === null ? null : idOf(program);
}

export interface WordsWish {
  readonly id: string;
  /** The log that they are in. */
  readonly channel: "stdout" | "stderr";
  /** When it ended: another end has other words. */
  readonly end: number;
}

/** The first process that is not as it should be, once it has ended and may have said why. */
export function wordsWish({ overview }: State): WordsWish | null {
  const first = overview.processes.find((program) => isProblem(program, overview.now));
  if (first === undefined || first.lastEnd === null || first.state === "RUNNING") return null;
  const channel = first.logs.stderrToStdout ? "stdout" : "stderr";
  return first.logs[channel] ? { id: idOf(first), channel, end: first.lastEnd.endedAt } : null;
}

let last: LogShape | null = null;

/** The same object as long as nothing changes: rows are remembered by it. */
export function logShape(state: State): LogShape {
  const { options, search, shift } = state.log;
  const names = options.merged ? chosen(state).map((program) => lineWidth([span(nameOf(idOf(program)))])) : [];
  const shape: LogShape = {
    columns: layoutFor(state).log?.columns ?? state.size.columns,
    nameColumns: Math.min(24, Math.max(0, ...names)),
    bothChannels: options.channel === "both",
    times: options.times,
    wrap: options.wrap,
    json: options.json,
    shift: options.wrap ? 0 : shift,
    search,
  };
  const before = last;
  if (before !== null && (Object.keys(shape) as (keyof LogShape)[]).every((key) => before[key] === shape[key]))
    return before;
  last = shape;
  return shape;
}

export function logView(state: State): View {
  const shape = logShape(state);
  return { page: pageOf(layoutFor(state).log), heightOf: (line) => logHeight(line, shape) };
}
