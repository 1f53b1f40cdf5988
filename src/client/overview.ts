/** What `spaced.overview` tells. Of a daemon newer or older than us, what is missing is unknown. */
import type { LookedAtTarget } from "../core/diagnosis-targets.ts";
import { asFacts, type HealthFacts } from "./health.ts";
import { asLogTargets } from "./log-targets.ts";
import { list, number, perhaps, type Struct, struct, text } from "./replies.ts";
import { asEnd, inBytes, type RemoteEnd } from "./report.ts";
import { asUsage, type RemoteUsage } from "./usage.ts";

/** Moments are milliseconds since 1970, 0 = never; percentages are of one core. */
export interface RemoteOverview {
  readonly identifier: string;
  readonly version: string;
  /** RUNNING, SHUTDOWN, RESTARTING */
  readonly state: string;
  readonly pid: number;
  readonly now: number;
  readonly startedAt: number;
  readonly own: { readonly memoryBytes: number; readonly cpuPercent: number | null };
  readonly memory: { readonly ofMachine: boolean; readonly usedBytes: number; readonly limitBytes: number };
  readonly cpu: { readonly ofMachine: boolean; readonly usedPercent: number | null; readonly limitPercent: number };
  readonly pids: { readonly used: number; readonly limit: number | null } | null;
  /** Where lines are sent, in the order of the list. */
  readonly logTargets: readonly LookedAtTarget[];
  readonly processes: readonly RemoteProgram[];
  /** As it came, for `--json`. */
  readonly raw: Struct;
}

/** One process of a program. */
export interface RemoteProgram extends HealthFacts {
  readonly group: string;
  readonly name: string;
  readonly program: string;
  readonly oneshot: boolean;
  readonly state: string;
  /** The last column of `status`. */
  readonly description: string;
  readonly pid: number;
  readonly starts: number;
  readonly startedAt: number;
  readonly endedAt: number;
  /** Why its last start or life failed; "" when it did not. */
  readonly failure: string;
  /** Why it is being stopped. */
  readonly cause: string | null;
  /** What comes next, in words that go after its name. */
  readonly next: string;
  readonly dueMs: number | null;
  readonly lastEnd: RemoteEnd | null;
  /** Whether it counts for the health of the whole. */
  readonly wanted: boolean;
  readonly well: boolean;
  /** What it lacks; "" when it is well. */
  readonly why: string;
  readonly usage: RemoteUsage | null;
  readonly limits: {
    readonly memoryBytes: number | null;
    readonly memoryHardBytes: number | null;
    readonly cpuPercent: number | null;
    readonly maxRuntimeMs: number | null;
    readonly pids: number | null;
  };
  /** Since the daemon's process began; null of one that does not tell. */
  readonly counts: RemoteCounts | null;
  /** Which of its channels have a log that can be followed, and whether what it writes on stderr is in that of stdout. */
  readonly logs: { readonly stdout: boolean; readonly stderr: boolean; readonly stderrToStdout: boolean };
}

interface RemoteCounts {
  /** How often it was started again, by reason. */
  readonly restarts: Readonly<Record<string, number>>;
  readonly startFailures: number;
  readonly oomKills: number;
  /** What it has written. */
  readonly stdoutBytes: number;
  readonly stderrBytes: number;
}

/** Throws `BadReply`. */
export function asOverview(value: unknown): RemoteOverview {
  const raw = struct(value);
  return { ...asHead(raw), raw, processes: list(raw.processes).map(asProgram) };
}

/** All but the processes. Throws `BadReply`. */
export function asHead(raw: Struct): Omit<RemoteOverview, "processes" | "raw"> {
  const own = struct(raw.own);
  const container = struct(raw.container);
  const memory = struct(container.memory);
  const cpu = struct(container.cpu);
  const pids = container.pids === undefined ? null : struct(container.pids);
  return {
    identifier: text(raw, "identifier"),
    version: text(raw, "version"),
    state: text(raw, "state"),
    pid: number(raw, "pid"),
    now: moment(raw.now),
    startedAt: moment(raw.startedAt),
    own: { memoryBytes: number(own, "memoryKb") * 1024, cpuPercent: perhaps(own.cpuPercent, "number") },
    memory: {
      ofMachine: memory.of === "machine",
      usedBytes: number(memory, "usedKb") * 1024,
      limitBytes: number(memory, "limitKb") * 1024,
    },
    cpu: {
      ofMachine: cpu.of === "machine",
      usedPercent: perhaps(cpu.usedPercent, "number"),
      limitPercent: number(cpu, "limitPercent"),
    },
    pids: pids === null ? null : { used: number(pids, "used"), limit: perhaps(pids.limit, "number") },
    logTargets: asLogTargets(raw),
  };
}

/** Throws `BadReply`. */
export function asProgram(value: unknown): RemoteProgram {
  const row = struct(value);
  const limits = row.limits === undefined ? {} : struct(row.limits);
  const logs = row.logs === undefined ? {} : struct(row.logs);
  return {
    ...asFacts(row.health === undefined ? {} : struct(row.health)),
    group: text(row, "group"),
    name: text(row, "name"),
    program: text(row, "program"),
    oneshot: row.type === "oneshot",
    state: text(row, "state"),
    description: perhaps(row.description, "string") ?? "",
    pid: number(row, "pid"),
    starts: number(row, "starts"),
    startedAt: moment(row.startedAt),
    endedAt: moment(row.endedAt),
    failure: perhaps(row.failure, "string") ?? "",
    cause: perhaps(row.cause, "string"),
    next: text(row, "next"),
    dueMs: perhaps(row.dueMs, "number"),
    lastEnd: row.lastEnd === undefined ? null : asEnd(row.lastEnd),
    wanted: row.wanted === true,
    well: row.well === true,
    why: perhaps(row.why, "string") ?? "",
    usage: row.usage === undefined ? null : asUsage(struct(row.usage)),
    limits: {
      memoryBytes: inBytes(limits.memoryKb),
      memoryHardBytes: inBytes(limits.memoryHardKb),
      cpuPercent: perhaps(limits.cpuPercent, "number"),
      maxRuntimeMs: perhaps(limits.maxRuntimeMs, "number"),
      pids: perhaps(limits.pids, "number"),
    },
    counts: row.counts === undefined ? null : asCounts(struct(row.counts)),
    logs: {
      stdout: logs.stdout === true,
      stderr: logs.stderr === true,
      stderrToStdout: logs.stderrToStdout === true,
    },
  };
}

function asCounts(row: Struct): RemoteCounts {
  const restarts = row.restarts === undefined ? {} : struct(row.restarts);
  const output = row.outputKb === undefined ? {} : struct(row.outputKb);
  return {
    restarts: Object.fromEntries(
      Object.entries(restarts).filter((entry): entry is [string, number] => typeof entry[1] === "number"),
    ),
    startFailures: perhaps(row.startFailures, "number") ?? 0,
    oomKills: perhaps(row.oomKills, "number") ?? 0,
    stdoutBytes: inBytes(output.stdout) ?? 0,
    stderrBytes: inBytes(output.stderr) ?? 0,
  };
}

function moment(value: unknown): number {
  const at = typeof value === "string" ? Date.parse(value) : Number.NaN;
  return Number.isNaN(at) ? 0 : at;
}
