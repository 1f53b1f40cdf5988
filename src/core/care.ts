/**
 * The nouns beyond supervisord's: limits, health, order, restarts, hooks. One `CareSettings` belongs to a
 * section and is shared by all its processes. Durations in milliseconds, sizes in bytes; null = not asked for.
 */

type ProgramType = "simple" | "oneshot";

/** What another program must have come to: be RUNNING, be healthy (or ready), or have done its work as a oneshot. */
export type Condition = "started" | "healthy" | "completed";

export interface Dependency {
  /** Name of a program or a group, or `group:name`; all processes of it are meant. */
  readonly on: string;
  readonly condition: Condition;
}

export type HealthTest =
  /** Passes with a status of 200 to 399. */
  | { readonly type: "http"; readonly url: string }
  | { readonly type: "tcp"; readonly host: string; readonly port: number }
  /** Passes with exit code 0; split like `command`, no shell. */
  | { readonly type: "command"; readonly command: string }
  /** Passes while the file was changed less than `maxAgeMs` ago: a heartbeat. */
  | { readonly type: "file"; readonly path: string; readonly maxAgeMs: number };

export interface HealthSettings {
  readonly test: HealthTest;
  readonly intervalMs: number;
  readonly timeoutMs: number;
  /** Failures in a row that make it unhealthy. */
  readonly retries: number;
  /** After its start; failures in it do not count. */
  readonly startPeriodMs: number;
  readonly action: "restart" | "kill" | "none";
}

/** How a program says that it is ready, if it does so by itself. */
export type ReadySignal =
  /** A line of stdout or stderr that this regular expression finds something in. */
  | { readonly type: "log"; readonly pattern: string }
  /** A newline on this descriptor, 3 to 9, which we open for it; the convention of s6. */
  | { readonly type: "fd"; readonly fd: number };

/** Bytes over the whole process tree. */
export interface MemorySettings {
  /** Over it for two samples: graceful `action`. */
  readonly limitBytes: number | null;
  /** Over it once: SIGKILL. */
  readonly hardBytes: number | null;
  readonly action: "restart" | "stop" | "none";
}

export interface CpuSettings {
  /** Of one core: 150 = one and a half. */
  readonly percent: number;
  /** Restart after that long over it; null = only slowed down, where a cgroup is writable. */
  readonly forMs: number | null;
}

export interface RuntimeSettings {
  readonly maxMs: number;
  /** A fraction of `maxMs`, 0 to 1: each life is shorter by a random part of it. */
  readonly jitter: number;
}

/** `null` = without limit. */
export interface RlimitSettings {
  /** As in `rlimits` of `core/rlimits.ts`: "nofile". */
  readonly name: string;
  readonly soft: number | null;
  /** undefined = left as it is, or raised to `soft` where it is lower. */
  readonly hard?: number | null;
}

/** What the kernel holds a program to. */
export interface KernelSettings {
  readonly rlimits: readonly RlimitSettings[];
  readonly nice: number | null;
  readonly oomScoreAdj: number | null;
  /** Whether memory, cpu and pids are limited by a cgroup where one is writable. */
  readonly cgroup: "auto" | "off";
  /** Processes and threads at most; kept by a cgroup only. */
  readonly pids: number | null;
}

/** How one that ends by itself comes back; see `core/restart.ts`. */
export interface RestartSettings {
  /** null = the reference's: at once after RUNNING, one second per failed try. */
  readonly delayMs: number | null;
  readonly delayMaxMs: number;
  readonly backoff: "linear" | "exponential" | "none";
  /** That many unexpected exits within that time are given up. */
  readonly crashloop: { readonly exits: number; readonly withinMs: number } | null;
  /** Tried again that long after it was given up; null = never. */
  readonly retryAfterMs: number | null;
}

/** Commands around a life, split like `command`; null = none. See `daemon/hooks.ts`. */
export interface HookSettings {
  readonly preStart: string | null;
  readonly postStart: string | null;
  readonly preStop: string | null;
  readonly postStop: string | null;
}

export interface WatchSettings {
  /** Absolute. */
  readonly paths: readonly string[];
  /** Globs, matched against the path and against each name in it. */
  readonly ignore: readonly string[];
  readonly debounceMs: number;
}

export interface ScheduleSettings {
  /** Five fields, or six with seconds first. */
  readonly cron: string;
  /** IANA name; null = local time. */
  readonly timezone: string | null;
  /** What a moment does that comes while a oneshot still runs. */
  readonly overlap: "skip" | "queue";
}

/** A variable whose value is the content of a file, without a last newline. */
export interface Secret {
  readonly name: string;
  readonly path: string;
}

/** What supervisord does not know. Read once per section, and the same object for all its processes. */
export interface CareSettings {
  readonly type: ProgramType;
  readonly dependsOn: readonly Dependency[];
  /** How long a start waits for what it depends on. */
  readonly startTimeoutMs: number;
  readonly health: HealthSettings | null;
  readonly ready: ReadySignal | null;
  readonly memory: MemorySettings | null;
  readonly cpu: CpuSettings | null;
  readonly maxRuntime: RuntimeSettings | null;
  readonly kernel: KernelSettings;
  readonly restart: RestartSettings;
  readonly onExit: "ignore" | "shutdown";
  readonly onFatal: "ignore" | "shutdown";
  readonly hooks: HookSettings | null;
  /** Read at each start, later ones over earlier ones and [supervisord]'s variables, under the program's `environment`. */
  readonly envFiles: readonly string[];
  /** Read at each start, over everything else. */
  readonly secrets: readonly Secret[];
  readonly watch: WatchSettings | null;
  readonly schedule: ScheduleSettings | null;
  /** What becomes of descendants that outlive the program. */
  readonly orphans: "end" | "keep";
}

/** What a list means that has none of our keys: the reference's behaviour, and no orphan. */
export const plainCare: CareSettings = {
  type: "simple",
  dependsOn: [],
  startTimeoutMs: 300_000,
  health: null,
  ready: null,
  memory: null,
  cpu: null,
  maxRuntime: null,
  kernel: { rlimits: [], nice: null, oomScoreAdj: null, cgroup: "auto", pids: null },
  restart: { delayMs: null, delayMaxMs: 60_000, backoff: "linear", crashloop: null, retryAfterMs: null },
  onExit: "ignore",
  onFatal: "ignore",
  hooks: null,
  envFiles: [],
  secrets: [],
  watch: null,
  schedule: null,
  orphans: "end",
};
