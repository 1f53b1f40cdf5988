/** What `spaced.report` tells of one process. Of a daemon newer or older than us, what is missing is unknown. */
import { asFacts, type HealthFacts } from "./health.ts";
import { asProcess, list, number, perhaps, type RemoteProcess, type Struct, struct, text } from "./replies.ts";
import { asUsage, type RemoteUsage } from "./usage.ts";

export interface RemoteEnd {
  /** Milliseconds since 1970. */
  readonly startedAt: number;
  readonly endedAt: number;
  /** Both null: there was no child. */
  readonly code: number | null;
  readonly signal: string | null;
  readonly core: boolean;
  readonly failure: string | null;
  readonly expected: boolean;
  readonly cause: string | null;
  readonly memoryBytes: number | null;
  readonly oomKilled: boolean;
}

/** What a log of it has lost. */
export interface RemoteLoss {
  readonly path: string;
  readonly open: boolean;
  readonly cause: string;
  /** null where lines are counted, and the other way round. */
  readonly bytes: number | null;
  readonly lines: number | null;
  /** Milliseconds since 1970. */
  readonly since: number;
  readonly until: number;
}

/** A process that lives of a program. */
interface RemoteLiving {
  readonly pid: number;
  readonly command: string;
  readonly leftBehind: boolean;
  readonly memoryBytes: number | null;
  readonly cpuPercent: number | null;
}

export interface RemoteReport {
  readonly process: RemoteProcess;
  readonly program: string;
  readonly command: string;
  readonly directory: string | null;
  readonly uid: number | null;
  readonly cause: string | null;
  readonly next: string;
  /** When its schedule comes next, in milliseconds since 1970. */
  readonly nextRun: number | null;
  readonly health: HealthFacts;
  readonly starts: number;
  readonly ends: readonly RemoteEnd[];
  /** null when it does not run, and of a daemon that does not tell. */
  readonly usage: RemoteUsage | null;
  readonly living: readonly RemoteLiving[];
  readonly losses: readonly RemoteLoss[];
  /** What takes nothing of what it writes, and for how long. */
  readonly stuck: { readonly path: string; readonly ms: number } | null;
  readonly redirectStderr: boolean;
  /** Paths of its log files; null = it has none, or the daemon does not tell. */
  readonly logs: { readonly stdout: string | null; readonly stderr: string | null };
  /** As it came, for `--json`. */
  readonly raw: Struct;
}

/** Throws `BadReply`. */
export function asReport(value: unknown): RemoteReport {
  const raw = struct(value);
  return {
    raw,
    process: asProcess(raw.process),
    program: text(raw, "program"),
    command: text(raw, "command"),
    directory: perhaps(raw.directory, "string"),
    uid: perhaps(raw.uid, "number"),
    cause: perhaps(raw.cause, "string"),
    next: text(raw, "next"),
    nextRun: typeof raw.nextRun === "string" ? Date.parse(raw.nextRun) : null,
    health: asFacts(raw.health === undefined ? {} : struct(raw.health)),
    starts: number(raw, "starts"),
    ends: list(raw.ends).map(asEnd),
    usage: raw.usage === undefined ? null : asUsage(struct(raw.usage)),
    living: list(raw.living).map(asLiving),
    losses: raw.losses === undefined ? [] : list(raw.losses).map(asLoss),
    stuck: raw.stuck === undefined ? null : asStuck(struct(raw.stuck)),
    redirectStderr: raw.redirectStderr === true,
    logs: asLogs(struct(raw.process)),
  };
}

function asLogs({ stdout_logfile: stdout, stderr_logfile: stderr }: Struct): RemoteReport["logs"] {
  return { stdout: perhaps(stdout, "string") || null, stderr: perhaps(stderr, "string") || null };
}

const asStuck = (stuck: Struct) => ({ path: text(stuck, "path"), ms: number(stuck, "ms") });

function asLoss(value: unknown): RemoteLoss {
  const loss = struct(value);
  return {
    path: text(loss, "path"),
    open: loss.open === true,
    cause: text(loss, "cause"),
    bytes: inBytes(loss.lostKb),
    lines: perhaps(loss.lostLines, "number"),
    since: Date.parse(text(loss, "since")),
    until: Date.parse(text(loss, "until")),
  };
}

function asLiving(value: unknown): RemoteLiving {
  const living = struct(value);
  return {
    pid: number(living, "pid"),
    command: text(living, "command"),
    leftBehind: living.leftBehind === true,
    memoryBytes: inBytes(living.memoryKb),
    cpuPercent: perhaps(living.cpuPercent, "number"),
  };
}

export function asEnd(value: unknown): RemoteEnd {
  const end = struct(value);
  return {
    startedAt: Date.parse(text(end, "startedAt")),
    endedAt: Date.parse(text(end, "endedAt")),
    code: perhaps(end.code, "number"),
    signal: perhaps(end.signal, "string"),
    core: end.core === true,
    failure: perhaps(end.failure, "string"),
    expected: end.expected === true,
    cause: perhaps(end.cause, "string"),
    memoryBytes: inBytes(end.memoryKb),
    oomKilled: end.oomKilled === true,
  };
}

export const inBytes = (kilobytes: unknown): number | null => (typeof kilobytes === "number" ? kilobytes * 1024 : null);
