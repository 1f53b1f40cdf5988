/**
 * The nouns: what a program list says once it has been read, expanded and checked.
 *
 * Everything here is read-only and already true: `src/config` makes these values and refuses
 * what does not fit; the rest of the code trusts them. Units are in the names.
 */
import type { AccessSettings } from "./access.ts";
import type { CareSettings } from "./care.ts";
import type { LogTargetSettings } from "./log-target.ts";

/** Where one output channel of a process is kept. `auto`: a file of the daemon's choosing in `childlogdir`. */
export type LogDestination =
  | { readonly type: "none" }
  | { readonly type: "auto" }
  | { readonly type: "file"; readonly path: string };

export interface ChannelSettings {
  readonly log: LogDestination;
  /** Rotate when the file is at least this long; 0 = never. */
  readonly maxBytes: number;
  /** How many rotated files (`.1` …) to keep; 0 = none, the file is truncated instead. */
  readonly backups: number;
  /** Size of the PROCESS_COMMUNICATION buffer; 0 = capture mode off. */
  readonly captureMaxBytes: number;
  /** Whether output becomes PROCESS_LOG events. */
  readonly eventsEnabled: boolean;
  readonly syslog: boolean;
  /** How each line is stamped with its time, program and stream; without it bytes are kept as they come. */
  readonly format?: LineFormat;
  /** What becomes of the file with time; without it only its size counts. */
  readonly keeping?: Keeping;
}

/** At least one of them asks for something. */
export interface Keeping {
  /** Begin a new file at local midnight, or at each full hour. */
  readonly rotate: "daily" | "hourly" | null;
  /** Rotated files that were last written longer ago than this are removed. */
  readonly maxAgeMs: number | null;
  /** Rotated files are compressed. */
  readonly compress: boolean;
}

export type LineFormat = "text" | "json";

export type Autorestart = "never" | "unexpected" | "always";

/** One process, fully expanded: `numprocs=3` makes three of these. */
export interface ProcessSettings {
  /** Unique within its group. */
  readonly name: string;
  /** The section's name after the colon. */
  readonly program: string;
  /** Shell words, split at spawn (so that a bad quote is a spawn error, as in the reference). */
  readonly command: string;
  readonly directory: string | null;
  readonly umask: number | null;
  readonly priority: number;
  readonly autostart: boolean;
  readonly autorestart: Autorestart;
  readonly startSeconds: number;
  readonly startRetries: number;
  readonly stopSignal: number;
  readonly stopWaitSeconds: number;
  readonly stopAsGroup: boolean;
  readonly killAsGroup: boolean;
  /** Codes that count as expected; may be empty (then none is). */
  readonly exitCodes: readonly number[];
  readonly redirectStderr: boolean;
  /** `[supervisord] environment` overlaid with the program's own. */
  readonly environment: Readonly<Record<string, string>>;
  /** Names in it that are only those of [supervisord]; said where there are env files, which change them. */
  readonly inherited?: readonly string[];
  /** Numeric user id, or null to stay who the daemon is. */
  readonly uid: number | null;
  /** Overrides SUPERVISOR_SERVER_URL; null = the daemon's own. */
  readonly serverUrl: string | null;
  /** Also show each line on the daemon's own stdout or stderr, with the process's name in front. */
  readonly logPassthrough: boolean;
  readonly stdout: ChannelSettings;
  readonly stderr: ChannelSettings;
  readonly care: CareSettings;
}

/** The listening socket of a `[fcgi-program:x]`, handed to every child as descriptor 0. */
export type FcgiSocket =
  | {
      readonly type: "unix";
      /** As written in the file, for log lines and comparison. */
      readonly url: string;
      readonly path: string;
      readonly mode: number;
      readonly uid: number | null;
      readonly gid: number | null;
      /** null = the system's SOMAXCONN. */
      readonly backlog: number | null;
    }
  | {
      readonly type: "tcp";
      readonly url: string;
      readonly host: string;
      readonly port: number;
      readonly backlog: number | null;
    };

interface GroupBase {
  readonly name: string;
  readonly priority: number;
  /** In the order in which they are started. */
  readonly processes: readonly ProcessSettings[];
}

export type GroupSettings =
  | (GroupBase & {
      readonly kind: "program";
      /** Of `[fcgi-program:x]` that are members of a `[group:y]`, by program; each shared by its processes. */
      readonly sockets: Readonly<Record<string, FcgiSocket>>;
    })
  | (GroupBase & { readonly kind: "fcgi-program"; readonly socket: FcgiSocket })
  | (GroupBase & {
      readonly kind: "eventlistener";
      /** Event type names in upper case, as subscribed. */
      readonly events: readonly string[];
      readonly bufferSize: number;
    });

/** Verbosity of the main log, most to least severe. */
export const logLevels = ["critical", "error", "warn", "info", "debug", "trace", "blather"] as const;
export type LogLevel = (typeof logLevels)[number];

interface HttpServerBase extends AccessSettings {
  /** Section name without brackets: names the server in log lines. */
  readonly section: string;
}

export type HttpServerSettings =
  | (HttpServerBase & {
      readonly type: "unix";
      readonly path: string;
      readonly mode: number;
      readonly uid: number | null;
      readonly gid: number | null;
    })
  | (HttpServerBase & {
      readonly type: "inet";
      /** Empty = every address. */
      readonly host: string;
      readonly port: number;
      /** Names, `*.domain` or `*`, under which browsers are answered without a password. */
      readonly allowedHosts: readonly string[];
    });

/** `[supervisord]` overlaid with the command line. */
export interface DaemonSettings {
  /** null = keep no main log file. */
  readonly logfile: string | null;
  /** The main log goes to syslog(3) instead of a file (`logfile=syslog`). */
  readonly syslog?: boolean;
  readonly logfileMaxBytes: number;
  readonly logfileBackups: number;
  readonly logLevel: LogLevel;
  readonly logFormat: "text" | "json";
  readonly pidfile: string;
  readonly umask: number;
  readonly directory: string | null;
  readonly nodaemon: boolean;
  readonly silent: boolean;
  readonly minFds: number;
  readonly minProcs: number;
  readonly nocleanup: boolean;
  readonly childLogDir: string;
  /** Drop to this user at start; null = stay. */
  readonly uid: number | null;
  readonly identifier: string;
  readonly stripAnsi: boolean;
  /** Everything has ended by then, by SIGKILL if it must; null = as long as each `stopwaitsecs` takes. */
  readonly shutdownTimeoutMs: number | null;
  /** The program or group whose exit code becomes the daemon's. */
  readonly exitCodeFrom: string | null;
  /** Apply changes of the program list's files by itself. */
  readonly watchConfig: boolean;
  /** Between the moment in which nobody should come any more and the first stop. */
  readonly drainDelayMs: number;
  /** What all logs of programs may take on disk, rotated files included; null = no limit. */
  readonly logBudgetBytes: number | null;
  /** Whether there is /metrics. */
  readonly metrics: boolean;
}

export interface Config {
  /** Absolute path of the main file. */
  readonly file: string;
  /** Every file that was read, the main one first: what a watcher watches. */
  readonly files: readonly string[];
  /** Absolute patterns of `[include]`: where other files may come. */
  readonly includes: readonly string[];
  readonly daemon: DaemonSettings;
  readonly servers: readonly HttpServerSettings[];
  /** Names of `[rpcinterface:x]` sections; without `supervisor` only `system.*` is served. */
  readonly rpcInterfaces: readonly string[];
  /** Sorted by (priority, name): the order of starting. */
  readonly groups: readonly GroupSettings[];
  /** `[log_target:x]`, in the order of the list. */
  readonly logTargets: readonly LogTargetSettings[];
  /** Lines for the main log, in reading order (`Included extra file …`, `No file matches …`, warnings). */
  readonly notes: readonly { readonly level: "info" | "warn" | "critical"; readonly text: string }[];
}
