/**
 * The daemon's command line: supervisord's options with its spellings and refusals, one table for
 * parsing and help. A flag beats the same key in the file.
 */
import { homedir } from "node:os";
import type { LogLevel } from "../core/program.ts";
import { repr } from "../core/python.ts";
import { Refusal } from "./complaint.ts";
import { GetoptError, getopt, type ParsedOptions } from "./getopt.ts";
import { Paths } from "./paths.ts";
import { requireInteger } from "./python.ts";
import { bytes, existingDirectory, level, octalNumber, pathInDirectory } from "./values.ts";

/** What the command line says; null and false where it says nothing. */
export interface DaemonFlags {
  /** Path of the program list as given. */
  readonly configuration: string | null;
  readonly nodaemon: boolean;
  readonly silent: boolean;
  /** Name or id, checked only when the file has been read. */
  readonly user: string | null;
  readonly umask: number | null;
  readonly directory: string | null;
  readonly logfile: string | null;
  readonly logfileMaxBytes: number | null;
  readonly logfileBackups: number | null;
  readonly logLevel: LogLevel | null;
  readonly pidfile: string | null;
  readonly identifier: string | null;
  readonly childLogDir: string | null;
  readonly nocleanup: boolean;
  readonly minFds: number | null;
  readonly minProcs: number | null;
  readonly stripAnsi: boolean;
  /** The words behind `--`: a container's main program, in the foreground. */
  readonly command: readonly string[] | null;
}

export const noFlags: DaemonFlags = {
  configuration: null,
  nodaemon: false,
  silent: false,
  user: null,
  umask: null,
  directory: null,
  logfile: null,
  logfileMaxBytes: null,
  logfileBackups: null,
  logLevel: null,
  pidfile: null,
  identifier: null,
  childLogDir: null,
  nocleanup: false,
  minFds: null,
  minProcs: null,
  stripAnsi: false,
  command: null,
};

export type ParsedFlags =
  | { readonly type: "run"; readonly flags: DaemonFlags }
  | { readonly type: "help"; readonly text: string }
  | { readonly type: "version" }
  | { readonly type: "error"; readonly message: string };

/** Who has neither HOME nor an account, as in a container with a user of its own, has no home. */
function home(): string | undefined {
  try {
    return homedir();
  } catch {
    return undefined;
  }
}

type Changes = { -readonly [K in keyof DaemonFlags]?: DaemonFlags[K] };

interface Flag {
  readonly short?: string;
  readonly long?: string;
  /** Name of the value in the help; a flag without one takes none. */
  readonly value?: string;
  readonly help: string;
  /** What the flag sets; throws `Refusal`. Absent: the flag ends parsing, or is accepted and ignored. */
  readonly read?: (text: string) => Changes;
  readonly ends?: "help" | "version";
}

// Flags are read where and by whom the daemon is started: only `~` needs to be known here.
const paths = new Paths({
  env: { HOME: process.env.HOME ?? home() },
  cwd: ".",
  accounts: { user: () => null, group: () => null },
  hostName: "",
  tempDir: "",
});

const flagTable: readonly Flag[] = [
  { short: "h", long: "help", ends: "help", help: "print this text and exit" },
  { short: "?", ends: "help", help: "the same" },
  {
    short: "c",
    long: "configuration",
    value: "FILE",
    help: "the program list to run, ini or YAML (searched for if not given)",
    read: (text) => ({ configuration: text }),
  },
  { short: "v", long: "version", ends: "version", help: "print the version and exit" },
  { short: "n", long: "nodaemon", help: "stay in the foreground", read: () => ({ nodaemon: true }) },
  { short: "u", long: "user", value: "USER", help: "run as this user (name or id)", read: (text) => ({ user: text }) },
  {
    short: "m",
    long: "umask",
    value: "UMASK",
    help: "file mode mask of the daemon in the background (022)",
    read: (text) => ({ umask: octalNumber(text) }),
  },
  {
    short: "d",
    long: "directory",
    value: "DIRECTORY",
    help: "change to this directory when going into the background",
    read: (text) => ({ directory: existingDirectory(text, paths) }),
  },
  {
    short: "l",
    long: "logfile",
    value: "FILE",
    help: "write the daemon's log to this file",
    read: (text) => ({ logfile: pathInDirectory(text, paths) }),
  },
  {
    short: "y",
    long: "logfile_maxbytes",
    value: "BYTES",
    help: "rotate the daemon's log at this size (50MB)",
    read: (text) => ({ logfileMaxBytes: bytes(text) }),
  },
  {
    short: "z",
    long: "logfile_backups",
    value: "COUNT",
    help: "keep this many rotated daemon logs (10)",
    read: (text) => ({ logfileBackups: requireInteger(text) }),
  },
  {
    short: "e",
    long: "loglevel",
    value: "LEVEL",
    help: "critical, error, warn, info, debug, trace or blather",
    read: (text) => ({ logLevel: level(text) }),
  },
  {
    short: "j",
    long: "pidfile",
    value: "FILE",
    help: "write the daemon's process id to this file",
    read: (text) => ({ pidfile: pathInDirectory(text, paths) }),
  },
  {
    short: "i",
    long: "identifier",
    value: "NAME",
    help: "name of this daemon in events and log names",
    read: (text) => ({ identifier: text }),
  },
  {
    short: "q",
    long: "childlogdir",
    value: "DIRECTORY",
    help: "directory of automatic child logs",
    read: (text) => ({ childLogDir: existingDirectory(text, paths) }),
  },
  {
    short: "a",
    long: "minfds",
    value: "COUNT",
    help: "file descriptors that must be available (1024)",
    read: (text) => ({ minFds: requireInteger(text) }),
  },
  {
    long: "minprocs",
    value: "COUNT",
    help: "processes that must be available (200)",
    read: (text) => ({ minProcs: requireInteger(text) }),
  },
  {
    short: "k",
    long: "nocleanup",
    help: "keep the automatic child logs of earlier runs",
    read: () => ({ nocleanup: true }),
  },
  {
    short: "t",
    long: "strip_ansi",
    help: "remove terminal escape sequences from child logs",
    read: () => ({ stripAnsi: true }),
  },
  {
    long: "profile_options",
    value: "OPTIONS",
    help: "accepted for compatibility; has no effect",
    read: () => ({}),
  },
  {
    short: "s",
    long: "silent",
    help: "do not show the daemon's log on standard output as well",
    read: () => ({ silent: true }),
  },
];

const shortSpec = flagTable.map(({ short, value }) => (short ?? "") + (short && value ? ":" : "")).join("");
const longSpec = flagTable.flatMap(({ long, value }) => (long === undefined ? [] : [value ? `${long}=` : long]));

/**
 * `argv` without the program's name; `program` is what the help calls it. Paths are checked against the
 * file system, as in the reference.
 */
export function parseDaemonFlags(argv: readonly string[], program = "spaced"): ParsedFlags {
  let parsed: ParsedOptions;
  try {
    parsed = getopt(argv, shortSpec, longSpec);
  } catch (error) {
    if (error instanceof GetoptError) return { type: "error", message: error.message };
    throw error;
  }
  const { rest } = parsed;
  const command = rest.length > 0 && argv[argv.length - rest.length - 1] === "--" ? rest : null;
  if (rest.length > 0 && command === null) {
    const given = rest.map(repr).join(", ");
    return { type: "error", message: `positional arguments are not supported: [${given}]` };
  }
  let flags: DaemonFlags = { ...noFlags, command, nodaemon: command !== null };
  const seen = new Set<Flag>();
  for (const [name, text] of parsed.options) {
    const flag = flagTable.find(({ short, long }) => name === `-${short}` || name === `--${long}`);
    if (flag?.ends === "help") return { type: "help", text: helpText(program) };
    if (flag?.ends === "version") return { type: "version" };
    if (flag?.read === undefined) continue;
    try {
      flags = { ...flags, ...flag.read(text) };
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      return { type: "error", message: `invalid value for ${name} ${repr(text)}: ${error.message}` };
    }
    if (seen.has(flag)) return { type: "error", message: `conflicting command line option ${repr(name)}` };
    seen.add(flag);
  }
  return { type: "run", flags };
}

function helpText(program: string): string {
  const rows = flagTable.map(({ short, long, value, help }): [string, string] => {
    const names = [short && `-${short}`, long && `--${long}`].filter(Boolean).join(", ");
    return [names + (value === undefined ? "" : ` ${value}`), help];
  });
  const width = Math.max(...rows.map(([names]) => names.length));
  const lines = rows.map(([names, help]) => `  ${names.padEnd(width)}  ${help}`);
  return [
    `${program} runs the programs of a list, keeps them running, and answers spacectl and supervisorctl.`,
    "",
    `Usage: ${program} [options] [-- command [arguments]]`,
    "",
    ...lines,
    "",
    "An option given here beats the same key in the file. A command behind -- runs in the foreground as one more program,",
    "with a file or without; its end is the end of all, with its exit code.",
    "",
  ].join("\n");
}
