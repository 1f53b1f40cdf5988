/**
 * What the faces of the daemon (XML-RPC, JSON, web page) need of it. `src/daemon` satisfies this
 * interface; nothing in `src/api` knows more. Requests that cannot be granted reject with a `Fault`.
 */

import type { ContainerUsage } from "../core/container.ts";
import type { HealthView } from "../core/health.ts";
import type { End } from "../core/history.ts";
import type { LogArchive, LogFileEntry } from "../core/log-archive.ts";
import type { LogReader } from "../core/log-reader.ts";
import type { Loss, Stuck } from "../core/loss.ts";
import type { Outlook } from "../core/outlook.ts";
import type { GroupSettings, LineFormat, ProcessSettings } from "../core/program.ts";
import type { Setting } from "../core/setting.ts";
import type { DaemonState, ProcessState } from "../core/states.ts";
import type { Wellness } from "../core/wellness.ts";
import type { Feed } from "./feed.ts";
import type { Counts, LogTargetStatus, Measurements } from "./measurements.ts";

export type { LogReader };

export type Channel = "stdout" | "stderr";

/** A snapshot of one process; times are whole seconds since 1970, 0 = never. */
export interface ProcessInfo {
  readonly group: string;
  readonly name: string;
  readonly state: ProcessState;
  /** It has ended or was given up, and is to be started again by itself at some later moment. */
  readonly returns: boolean;
  readonly pid: number;
  readonly start: number;
  readonly stop: number;
  readonly now: number;
  /** Last exit code, -1 after death by a signal, 0 if unknown. */
  readonly exitStatus: number;
  readonly spawnError: string;
  /** The last column of `status`. */
  readonly description: string;
  /** Path of the log file, or "" for none. */
  readonly stdoutLogfile: string;
  readonly stderrLogfile: string;
  /** For our own clients: the answers of the reference's methods do not have it. */
  readonly health: HealthView;
  readonly wellness: Wellness;
  /** What it has written and its logs have not. */
  readonly losses: readonly Loss[];
  /** What takes nothing of what it writes, so that it has to wait; null = nothing does. */
  readonly stuck: Stuck | null;
}

/** What a process uses, with all that is below it and all that it has left behind. */
export interface Usage {
  readonly memoryBytes: number;
  /** Of one core, lately; at the first look, since its start. */
  readonly cpuPercent: number;
  /** Processor time since its start. */
  readonly cpuMs: number;
  /** How many processes that is. */
  readonly processes: number;
}

/** A living process of a program: its child, something below that, or something left behind. */
export interface LivingProcess {
  readonly pid: number;
  readonly command: string;
  readonly leftBehind: boolean;
  /** Resident, what it shares included; null when it went while it was looked at. */
  readonly memoryBytes: number | null;
  readonly cpuPercent: number | null;
}

/** All that is known of one process: `why` and `describe`. Durations in milliseconds. */
export interface ProcessReport {
  readonly info: ProcessInfo;
  readonly settings: ProcessSettings;
  readonly outlook: Outlook;
  /** When its schedule comes next, in milliseconds since 1970; null = it has none. */
  readonly nextRun: number | null;
  /** How often a child has been spawned since the daemon began. */
  readonly starts: number;
  /** The last ends, latest first. */
  readonly ends: readonly End[];
  /** Why it is being stopped, in words; null when it is not. */
  readonly cause: string | null;
  readonly living: readonly LivingProcess[];
  /** null when it does not run. */
  readonly usage: Usage | null;
}

/**
 * The whole daemon at a glance, in one cheap answer: for screens, pages and metrics that ask once a second.
 * Usage is at most a second old, however many ask. Moments are milliseconds since 1970, 0 = never.
 */
export interface Overview {
  readonly identifier: string;
  readonly version: string;
  readonly state: DaemonState;
  readonly pid: number;
  /** When it was taken. */
  readonly now: number;
  /** When this life of the daemon began: a restart begins another. */
  readonly startedAt: number;
  /** What the daemon itself uses; of one core, since somebody last asked, null at first. */
  readonly own: { readonly memoryBytes: number; readonly cpuPercent: number | null };
  readonly container: ContainerUsage;
  /** In the order of the list. */
  readonly logTargets: readonly LogTargetStatus[];
  /** Sorted by group name, then process name. */
  readonly processes: readonly ProcessOverview[];
}

export interface ProcessOverview {
  readonly info: ProcessInfo;
  readonly settings: ProcessSettings;
  readonly outlook: Outlook;
  readonly startedAt: number;
  readonly endedAt: number;
  /** How often a child has been spawned since the daemon began. */
  readonly starts: number;
  /** How it last ended; null when it has not. */
  readonly lastEnd: End | null;
  /** Why it is being stopped, in words; null when it is not. */
  readonly cause: string | null;
  /** Of its whole tree; null while it has no child, and until it has been looked at. */
  readonly usage: Usage | null;
  readonly counts: Counts;
}

/** A configured process, active or not (`avail`). */
export interface ConfiguredProcess {
  readonly group: GroupSettings;
  readonly process: ProcessSettings;
  readonly inUse: boolean;
  /** These very settings are in use: the program list has not been read again since. */
  readonly isAsActive: boolean;
}

export interface ProcessName {
  readonly group: string;
  readonly name: string;
}

export interface ConfigChanges {
  readonly added: readonly string[];
  readonly changed: readonly string[];
  readonly removed: readonly string[];
}

/** Where one or both channels of processes are kept; processes that share a file share a place. */
export interface LogPlace {
  /** Absolute, or "" where there is no file. */
  readonly path: string;
  readonly users: readonly LogUser[];
  /** Whether its lines tell their time. */
  readonly format: LineFormat | "raw";
  /**
   * null = it is kept in files; else why there is nothing to read: it goes elsewhere (to a pipe or a device, to syslog,
   * with the other channel) or nowhere, or there is no file before the first start.
   */
  readonly missing: "stream" | "syslog" | "redirected" | "none" | "unmade" | null;
  readonly archive: LogArchive | null;
}

export interface LogUser extends ProcessName {
  /** The section's name. */
  readonly program: string;
  readonly channel: Channel;
}

export interface StockedPlace extends LogPlace {
  /** The file that is being written. */
  readonly current: LogFileEntry | null;
  /** Whether there are files that it was rotated to. */
  readonly older: boolean;
}

/** The logs of all processes. */
export interface LogShelf {
  /** The places, with what there is at each. */
  stock(): Promise<readonly StockedPlace[]>;
  /** In the order of `processes()`, stdout first. */
  places(): readonly LogPlace[];
  /**
   * What tells of the log at a path, as it is now; null when no process has one there that can be read. For one request, which
   * may ask for thousands of paths: what is no log costs no more than one look at the places.
   */
  finder(): (path: string) => LogArchive | null;
  /** Resolves when one has been opened or closed since. */
  changed(signal: AbortSignal): Promise<void>;
}

export interface Daemon {
  readonly identifier: string;
  readonly pid: number;
  /** Names of the configured RPC interfaces; without "supervisor" only system.* is served. */
  readonly rpcInterfaces: readonly string[];
  state(): DaemonState;
  /** The latest happenings. */
  readonly feed: Feed;
  /** Whether what starts by itself has been asked to. */
  readonly begun: boolean;

  /** Every process, sorted by group name, then process name. */
  processes(): readonly ProcessInfo[];
  /** One process, or null. Cheaper than `processes()`. */
  process(name: ProcessName): ProcessInfo | null;
  /** Everything about one process, or null. Looks into /proc. */
  report(name: ProcessName): Promise<ProcessReport | null>;
  /** Every key that the program list sets for a process, as it is in force, and where it stands; or null. */
  listed(name: ProcessName): readonly Setting[] | null;
  /** What each running process uses, no older than a second. Looks into /proc. */
  usage(): Promise<readonly (ProcessName & Usage)[]>;
  /**
   * Resolves when all of these processes are as they should be, or when `limitMs` have passed. null = all that
   * are meant to run. Fault: BAD_NAME.
   */
  well(names: readonly ProcessName[] | null, limitMs: number): Promise<void>;
  /** Whether the servers have /metrics. */
  readonly metrics: boolean;
  /** The overview, and what only metrics ask for. Looks into /proc. */
  measure(): Promise<Measurements>;
  /** Everything at a glance. Looks into /proc, at most once a second. */
  overview(): Promise<Overview>;
  /** Names of the processes of an active group in starting order (priority), or null for no such group. */
  group(name: string): readonly ProcessName[] | null;
  /** Names of all processes in starting order: groups by priority, then processes by priority. */
  inStartOrder(): readonly ProcessName[];
  /** Active and not yet active processes, sorted by process name. */
  configured(): readonly ConfiguredProcess[];

  /** Resolves when the process is RUNNING (`wait`) or has been spawned. Faults: BAD_NAME NO_FILE NOT_EXECUTABLE ALREADY_STARTED SPAWN_ERROR ABNORMAL_TERMINATION FAILED. */
  start(name: ProcessName, wait: boolean): Promise<void>;
  /**
   * Resolves when the process has ended (`wait`) or has been signalled; those of `among`, which are asked to stop
   * as well, end before what they depend on. Faults: BAD_NAME NOT_RUNNING FAILED.
   */
  stop(name: ProcessName, wait: boolean, among?: readonly ProcessName[]): Promise<void>;
  /** `signal` is a number that `core/signals` knows. Faults: BAD_NAME NOT_RUNNING FAILED. */
  signal(name: ProcessName, signal: number): void;
  /** Writes to the child's stdin. Faults: BAD_NAME NOT_RUNNING NO_FILE. */
  writeStdin(name: ProcessName, data: Buffer): void;
  /** Publishes a REMOTE_COMMUNICATION event; allowed in every state. */
  sendRemoteEvent(type: string, data: string): void;

  /** Reads the program list again without applying it. Fault: CANT_REREAD. */
  reread(): Promise<ConfigChanges>;
  /** Faults: ALREADY_ADDED BAD_NAME. */
  addGroup(name: string): void;
  /**
   * Brings an active group to what the list says since the last `reread`, touching only processes that
   * have changed. Resolves when what had to stop has stopped. Faults: BAD_NAME FAILED.
   */
  updateGroup(name: string): Promise<void>;
  /**
   * Reads the program list with this many processes of a program, whatever it says, and updates the groups that have
   * it. Faults: BAD_NAME CANT_REREAD FAILED.
   */
  scale(program: string, copies: number): Promise<void>;
  /** Faults: BAD_NAME STILL_RUNNING. */
  removeGroup(name: string): void;

  /** null: the process keeps no log there. Fault: BAD_NAME. */
  log(name: ProcessName, channel: Channel): LogReader | null;
  mainLog(): LogReader | null;
  readonly logs: LogShelf;
  /** Empties both logs of a process. Faults: BAD_NAME FAILED. */
  clearLogs(name: ProcessName): Promise<void>;
  /** Faults: NO_FILE FAILED. */
  clearMainLog(): Promise<void>;

  /** Stops everything and ends, after this call's answer has had time to leave. */
  shutdown(): void;
  /**
   * Stops everything and starts anew with the program list read again, in the same process, after this
   * call's answer has had time to leave. Fault: CANT_REREAD, and everything keeps running.
   */
  restart(): Promise<void>;
}
