/** The columns of the table, and what stands in them. */
import type { RemoteProgram } from "../../client/overview.ts";
import { memoryBounds } from "../state/histories.ts";
import { idOf, type Sort, type State } from "../state/state.ts";
import { roleOf, toneOf } from "../state/tone.ts";
import { left, right, width } from "../text/cells.ts";
import { loadRole, sparkline } from "../text/charts.ts";
import { bytes, span as lasting, percent } from "../text/figures.ts";
import { type Role, type Span, span } from "../text/look.ts";

export interface Column {
  readonly title: string;
  readonly columns: number;
  readonly sort?: Sort;
  readonly alignRight?: true;
  /** The higher, the sooner it has to go. */
  readonly luxury: number;
  readonly cell: (program: RemoteProgram, state: State, columns: number) => Span;
  readonly sum?: (members: readonly RemoteProgram[], columns: number) => Span;
}

function stateCell(program: RemoteProgram, { overview }: State, columns: number): Span {
  return span(left(program.state, columns), roleOf[toneOf(program, overview.now)]);
}

function pidCell({ pid }: RemoteProgram, _state: State, columns: number): Span {
  return span(right(pid === 0 ? "" : String(pid), columns), "dim");
}

function healthCell({ health, ready, state, oneshot }: RemoteProgram, _state: State, columns: number): Span {
  if (health !== "none") {
    const look = health === "healthy" ? "good" : health === "unhealthy" ? "bad" : "busy";
    return span(left(health, columns), look);
  }
  return span(
    left(state === "RUNNING" && !ready && !oneshot ? "not ready" : "-", columns),
    state === "RUNNING" && !ready ? "busy" : "dim",
  );
}

function uptimeCell({ pid, startedAt }: RemoteProgram, { overview }: State, columns: number): Span {
  return span(right(pid === 0 || startedAt === 0 ? "" : lasting(overview.now - startedAt), columns));
}

/** Once is as it should be. */
const startsCell = ({ starts, oneshot }: RemoteProgram, _state: State, columns: number): Span =>
  span(right(String(starts), columns), starts > 1 && !oneshot ? "warn" : "dim");

function cpuCell({ usage, limits }: RemoteProgram, _state: State, columns: number): Span {
  if (usage === null) return span(" ".repeat(columns));
  const { cpuPercent } = limits;
  const look = cpuPercent === null ? (usage.cpuPercent >= 90 ? "warn" : "plain") : over(usage.cpuPercent / cpuPercent);
  return span(right(percent(usage.cpuPercent), columns), look);
}

function memoryCell({ usage, limits }: RemoteProgram, _state: State, columns: number): Span {
  if (usage === null) return span(" ".repeat(columns));
  const limit = limits.memoryBytes ?? limits.memoryHardBytes;
  return span(right(bytes(usage.memoryBytes), columns), limit === null ? "plain" : over(usage.memoryBytes / limit));
}

const over = (part: number): Role => {
  const look = loadRole(part);
  return look === "bar" ? "plain" : look;
};

const cpuSum = (members: readonly RemoteProgram[], columns: number): Span =>
  span(right(percent(members.reduce((sum, { usage }) => sum + (usage?.cpuPercent ?? 0), 0)), columns), "dim");

const memorySum = (members: readonly RemoteProgram[], columns: number): Span =>
  span(right(bytes(members.reduce((sum, { usage }) => sum + (usage?.memoryBytes ?? 0), 0)), columns), "dim");

function cpuSpark(program: RemoteProgram, { histories }: State, columns: number): Span {
  const cpu = histories.processes.get(idOf(program))?.cpu.slice(-columns) ?? [];
  return span(sparkline(cpu, columns, 0, Math.max(10, ...cpu)), "accent");
}

function memorySpark(program: RemoteProgram, { histories }: State, columns: number): Span {
  const memory = histories.processes.get(idOf(program))?.memory.slice(-columns) ?? [];
  return span(sparkline(memory, columns, ...memoryBounds(memory)), "accent");
}

/** The memory that may be used, as a bar of ten columns; else the processor time. */
function limitCell({ usage, limits }: RemoteProgram, _state: State, columns: number): Span {
  const memory = limits.memoryBytes ?? limits.memoryHardBytes;
  const limit = memory ?? limits.cpuPercent;
  if (limit === null || usage === null) return span(" ".repeat(columns));
  const part = (memory === null ? usage.cpuPercent : usage.memoryBytes) / limit;
  const text = memory === null ? `${limit}%` : bytes(limit);
  const room = columns - width(text) - 1;
  const filled = Math.round(Math.min(1, part) * room);
  return span(`${"█".repeat(filled)}${"·".repeat(room - filled)} ${text}`, loadRole(part));
}

/** States as supervisorctl calls them; the longest is STARTING. */
export const tableColumns: readonly Column[] = [
  {
    title: "STATE",
    columns: 8,
    sort: "state",
    luxury: 0,
    cell: stateCell,
  },
  { title: "HEALTH", columns: 9, luxury: 5, cell: healthCell },
  {
    title: "PID",
    columns: 7,
    alignRight: true,
    luxury: 4,
    cell: pidCell,
  },
  { title: "UPTIME", columns: 6, sort: "uptime", alignRight: true, luxury: 1, cell: uptimeCell },
  { title: "STARTS", columns: 6, sort: "starts", alignRight: true, luxury: 3, cell: startsCell },
  { title: "CPU%", columns: 5, sort: "cpu", alignRight: true, luxury: 1, cell: cpuCell, sum: cpuSum },
  { title: "", columns: 10, luxury: 7, cell: cpuSpark },
  { title: "MEM", columns: 5, sort: "memory", alignRight: true, luxury: 1, cell: memoryCell, sum: memorySum },
  { title: "", columns: 10, luxury: 8, cell: memorySpark },
  { title: "LIMIT", columns: 12, luxury: 6, cell: limitCell },
];
