/** The detail pane: all that is known of one process, the reason for its state first. */
import type { RemoteProgram } from "../../client/overview.ts";
import type { RemoteEnd, RemoteReport } from "../../client/report.ts";
import { right } from "../text/cells.ts";
import { bar, sparkline } from "../text/charts.ts";
import { cleanText } from "../text/clean.ts";
import { bytes, span as lasting, life, moment, percent, plural, restartsTold } from "../text/figures.ts";
import { clipLine, wrapLine } from "../text/line.ts";
import { type Line, span } from "../text/look.ts";
import { type History, memoryBounds } from "./histories.ts";
import { subjectOf } from "./rows.ts";
import { settingsLines } from "./settings-lines.ts";
import { displayName, idOf, type State } from "./state.ts";
import { toldOf } from "./timeline.ts";
import { toldLine } from "./told-line.ts";
import { howItEnded, isProblem, reasonOf, roleOf, signOf, toneOf } from "./tone.ts";

const labelColumns = 11;
const sparkColumns = 24;
const barColumns = 20;

/** Nothing is selected: no lines. */
export function detailLines(state: State, columns: number): readonly Line[] {
  const program = subjectOf(state.overview, state.table);
  if (program === null) return [];
  const id = idOf(program);
  const known = state.detail.report?.id === id ? state.detail.report : null;
  const now = state.overview.now;
  const history = state.histories.processes.get(id);
  const facts: readonly Line[] = [
    ...sentence(program, now),
    ...usage(program, history),
    ...limits(program),
    ...health(program),
    ...counted(program),
    ...recent(state, program),
    ...(known === null ? [] : told(known.report, now)),
  ];
  const lines = facts.filter((line, index) => line.length > 0 || facts[index - 1]?.length !== 0);
  return [
    ...lines.flatMap((line) => (isFact(line) ? folded(line, columns) : [clipLine(line, columns)])),
    ...settingsLines(known?.settings ?? [], columns),
  ];
}

export const detailTitle = (state: State): string => {
  const program = subjectOf(state.overview, state.table);
  return program === null ? "" : displayName(program);
};

const fact = (label: string, ...rest: Line): Line => [span(label.padEnd(labelColumns), "dim"), ...rest];

const isFact = ([label]: Line): boolean => label?.look === "dim" && label.text.length === labelColumns;

/** What is too long goes on below the values. */
function folded(line: Line, columns: number): Line[] {
  const [label = span(""), ...rest] = line;
  const indent = span(" ".repeat(labelColumns));
  return wrapLine(rest, Math.max(10, columns - labelColumns)).map((part, index) => [
    index === 0 ? label : indent,
    ...part,
  ]);
}

function sentence(program: RemoteProgram, now: number): Line[] {
  const look = roleOf[toneOf(program, now)];
  const since = program.pid === 0 ? program.endedAt : program.startedAt;
  const lines: Line[] = [
    fact(
      "state",
      span(`${signOf(program, now)} ${program.state}`, look),
      span(since === 0 ? "" : ` for ${lasting(now - since)}`),
      span(program.pid === 0 ? "" : `  pid ${program.pid}`, "dim"),
    ),
  ];
  const reason = cleanText(reasonOf(program, now));
  const isWrong = isProblem(program, now);
  if (reason !== "")
    lines.push(fact(isWrong || program.pid === 0 ? "why" : "last end", span(reason, isWrong ? look : "plain")));
  lines.push(fact("next", span(`it ${cleanText(program.next)}`)));
  return lines;
}

function usage({ usage: used }: RemoteProgram, history: History | undefined): Line[] {
  if (used === null) return [];
  const { cpu = [], memory = [] } = history ?? {};
  const spark = (values: readonly number[], low: number, high: number) =>
    span(`  ${sparkline(values, Math.min(sparkColumns, values.length), low, high)}`, "accent");
  return [
    fact("cpu", span(`${right(percent(used.cpuPercent), 5)} %`), spark(cpu, 0, Math.max(5, ...cpu))),
    fact(
      "memory",
      span(`${right(bytes(used.memoryBytes), 6)} `),
      spark(memory, ...memoryBounds(memory)),
      span(used.processes > 1 ? `  in ${plural(used.processes, "process", "processes")}` : "", "dim"),
    ),
  ];
}

function limits({
  limits: { memoryBytes, memoryHardBytes, cpuPercent, maxRuntimeMs, pids },
  usage: used,
}: RemoteProgram): Line[] {
  const against = (label: string, value: number | undefined, limit: number, text: string): Line => {
    const part = value === undefined ? 0 : value / limit;
    return fact(label, ...bar(part, barColumns), span(` ${Math.round(part * 100)}% of ${text}`));
  };
  return [
    ...(memoryBytes === null ? [] : [against("mem limit", used?.memoryBytes, memoryBytes, bytes(memoryBytes))]),
    ...(memoryHardBytes === null
      ? []
      : [against("mem hard", used?.memoryBytes, memoryHardBytes, bytes(memoryHardBytes))]),
    ...(cpuPercent === null ? [] : [against("cpu limit", used?.cpuPercent, cpuPercent, `${cpuPercent}%`)]),
    ...(maxRuntimeMs === null ? [] : [fact("max age", span(lasting(maxRuntimeMs)))]),
    ...(pids === null ? [] : [fact("pids", span(`at most ${pids}`))]),
  ];
}

function health({ health: status, ready, failures, lastCheck, state }: RemoteProgram): Line[] {
  if (status === "none") return state === "RUNNING" && !ready ? [fact("health", span("not ready yet", "busy"))] : [];
  const look = status === "healthy" ? "good" : status === "unhealthy" ? "bad" : "busy";
  const note = failures > 0 ? `, ${plural(failures, "failed check")}` : "";
  const check = lastCheck === null ? "" : `: ${cleanText(lastCheck.text)} (${lastCheck.tookMs} ms)`;
  return [fact("health", span(status, look), span(note + check))];
}

/** How often it was started again and why, and what it has written. */
function counted({ counts }: RemoteProgram): Line[] {
  if (counts === null) return [];
  const failed = counts.startFailures > 0 ? plural(counts.startFailures, "failed start") : "";
  const starts = [restartsTold(counts.restarts), failed].filter(Boolean).join(", ");
  const written = counts.stdoutBytes + counts.stderrBytes;
  return [
    ...(starts === "" ? [] : [fact("restarts", span(starts))]),
    ...(written === 0
      ? []
      : [fact("written", span(`${bytes(counts.stdoutBytes)} to stdout, ${bytes(counts.stderrBytes)} to stderr`))]),
  ];
}

const recentShown = 8;

function recent({ timeline, overview }: State, program: RemoteProgram): Line[] {
  const lines = toldOf(timeline.told, program, recentShown);
  if (lines.length === 0) return [];
  return [[], [span("recent events", "strong")], ...lines.map((each) => toldLine(each, 0, overview.now)), []];
}

function told(report: RemoteReport, now: number): Line[] {
  const { ends, living, directory, uid } = report;
  return [
    ...(ends.length === 0 ? [] : [[], [span("last ends", "strong")], ...ends.map((end) => endLine(end, now)), []]),
    fact("command", span(cleanText(report.command))),
    ...(directory === null ? [] : [fact("directory", span(cleanText(directory)))]),
    ...(uid === null ? [] : [fact("user id", span(String(uid)))]),
    fact("starts", span(String(report.starts))),
    ...(living.length === 0 ? [] : [[], [span("processes", "strong")], ...living.map(livingLine)]),
  ];
}

function endLine(end: RemoteEnd, now: number): Line {
  const wasAsked = end.cause !== null || end.expected;
  const ran = end.code === null && end.signal === null ? "-" : life(end.endedAt - end.startedAt);
  const memory = end.memoryBytes === null ? "" : `, memory ${bytes(end.memoryBytes)}`;
  return [
    span(`${moment(end.endedAt, now)}  `, "dim"),
    span(`after ${ran.padEnd(7)}`),
    span(cleanText(howItEnded({ lastEnd: end })), wasAsked ? "plain" : "warn"),
    span(memory, "dim"),
  ];
}

const livingLine = ({ pid, command, leftBehind, memoryBytes, cpuPercent }: RemoteReport["living"][number]): Line => [
  span(right(String(pid), 8), "dim"),
  span(right(memoryBytes === null ? "" : bytes(memoryBytes), 6)),
  span(right(cpuPercent === null ? "" : percent(cpuPercent), 6)),
  span(`  ${cleanText(command)}`),
  span(leftBehind ? "  (left behind)" : "", "warn"),
];
