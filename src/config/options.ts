/**
 * The options table: every section of a program list and every key it takes, once. Reading, defaults,
 * unknown-key warnings, the JSON Schema and the documentation all come from here, so a key cannot be
 * known to one of them and not to another. How the text of a type becomes a value: `values.ts`.
 */

import { publicAreas } from "../core/access.ts";
import { careOptions } from "./care-options.ts";
import { channelOptions } from "./channel-options.ts";
import { logTargetOptions } from "./log-target-options.ts";
import { choice, choices, type Option, option, own } from "./option.ts";

const supervisord = {
  logfile: option("path", "supervisord.log", "File of the daemon's own log; `syslog` sends it to syslog instead."),
  logfile_maxbytes: option("bytes", "50MB", "Size at which the daemon's log is rotated; 0 never rotates it."),
  logfile_backups: option("integer", "10", "How many rotated daemon logs are kept."),
  loglevel: option("level", "info", "How much the daemon logs."),
  logformat: option("logformat", "text", "Whether the daemon logs lines of text or of JSON.", { ours: true }),
  pidfile: option("path", "supervisord.pid", "File that holds the daemon's process id while it runs."),
  umask: option("octal", "022", "File mode mask of the daemon, applied when it goes into the background."),
  directory: option("directory", null, "Directory the daemon changes to when it goes into the background."),
  nodaemon: option("boolean", "false", "Stay in the foreground, as a container's first process must."),
  silent: option("boolean", "false", "Do not show the daemon's log on standard output as well."),
  minfds: option("integer", "1024", "File descriptors that must be available; the limit is raised if it is lower."),
  minprocs: option("integer", "200", "Processes that must be available; the limit is raised if it is lower."),
  nocleanup: option("boolean", "false", "Keep the automatic child logs of earlier runs."),
  childlogdir: option("directory", null, "Directory of automatic child logs; the system's temporary one by default."),
  user: option("text", null, "User the daemon becomes at start."),
  identifier: option("text", "supervisor", "Name of this daemon in events and in automatic log names."),
  strip_ansi: option("boolean", "false", "Remove terminal escape sequences from child logs."),
  environment: option("environment", "", "Variables that every child gets."),
  shutdown_timeout: own(
    "duration",
    null,
    "How long a shutdown may take in all; what has not ended by then is killed. As long as it takes by default.",
    { least: 100, example: "25s" },
  ),
  exit_code_from: own(
    "text",
    null,
    "Program or group whose exit code is the daemon's, when some program's on_exit or on_fatal ends it.",
    { example: "web" },
  ),
  drain_delay: own(
    "duration",
    "0s",
    "Time between the moment in which /readyz begins to refuse and the first stop, when the daemon is to end.",
    { example: "5s" },
  ),
  log_budget: own(
    "size",
    null,
    "What all logs of programs may take on disk; above it the oldest rotated files are removed. No limit by default.",
    { least: 1024 * 1024, example: "2GB" },
  ),
  metrics: own("boolean", "true", "Whether the servers have /metrics; it costs nothing while nobody asks for it."),
  watch_config: own("boolean", "false", "Apply changes of the program list's files by itself; bad ones are refused."),
} as const satisfies Record<string, Option>;

const program = {
  command: option(
    "command",
    null,
    "The program and its arguments, split as a shell splits words; nothing else of a shell.",
  ),
  process_name: option("text", "%(program_name)s", "Name of each process; holds %(process_num) if numprocs > 1."),
  numprocs: option("integer", "1", "How many processes of the program are run."),
  numprocs_start: option("integer", "0", "The number of the first process."),
  priority: option("integer", "999", "Lower ones start first and stop last."),
  autostart: option("boolean", "true", "Start with the daemon."),
  autorestart: option(
    "autorestart",
    "unexpected",
    "Start again after an exit: always, never, or when its code is not expected.",
  ),
  startsecs: option("integer", "1", "Seconds a process must stay up to count as started."),
  startretries: option("integer", "3", "How many failed starts in a row are tried again before giving up."),
  exitcodes: option("exitcodes", "0", "Exit codes that are expected."),
  stopsignal: option("signal", "TERM", "Signal that asks the process to end."),
  stopwaitsecs: option("integer", "10", "Seconds between that signal and SIGKILL."),
  stopasgroup: option("boolean", "false", "Send the stop signal to the whole process group."),
  killasgroup: option("boolean", null, "Send SIGKILL to the whole process group; as stopasgroup by default."),
  user: option("user", null, "User the process runs as."),
  directory: option("text", null, "Directory the process starts in."),
  umask: option("octal", null, "File mode mask of the process."),
  environment: option("environment", "", "Variables of the process, over those of the daemon."),
  serverurl: option("text", null, "Value of SUPERVISOR_SERVER_URL; AUTO is the daemon's own address."),
  redirect_stderr: option("boolean", "false", "Send standard error into the log of standard output."),
  log_passthrough: option(
    "boolean",
    "false",
    "Also show each line on the daemon's own output, behind the process's name.",
    {
      yaml: "log.passthrough",
      ours: true,
    },
  ),
  log_format: choice(
    ["raw", "text", "json"],
    "raw",
    "Whether log and passthrough get the bytes as they come, or lines with time, program and stream.",
    { yaml: "log.format", example: "json" },
  ),
  ...channelOptions("stdout", "standard output", "output"),
  ...channelOptions("stderr", "standard error", "errors"),
  ...careOptions,
} as const satisfies Record<string, Option>;

const credentials = {
  username: option("text", null, "Name a client must give."),
  password: option("text", null, "Password a client must give, plain or as {SHA} and the hexadecimal SHA-1 of it."),
} as const satisfies Record<string, Option>;

/** Who may do less than everything; whoever gives these keys wants the rest to be asked a password for. */
const guests = {
  public: choices(publicAreas, "What is answered without a password.", { example: "health, metrics" }),
  metrics_token: own("text", null, "Bearer token that opens /metrics and the health addresses, and nothing else.", {
    example: "%(ENV_METRICS_TOKEN)s",
  }),
  readonly_username: own("text", null, "Name of somebody who may look at everything and change nothing."),
  readonly_password: own("text", null, "Password of that one, plain or as {SHA} and the hexadecimal SHA-1 of it."),
} as const satisfies Record<string, Option>;

export const options = {
  supervisord,
  program,
  "fcgi-program": {
    ...program,
    socket: option("text", null, "Listening socket given to each process: unix:///path or tcp://host:port."),
    socket_backlog: option("integer", null, "Length of the socket's queue, 1 to 65535."),
    socket_owner: option("owner", null, "Owner of a unix socket, user or user:group.", {
      refusal: "Invalid socket_owner value",
    }),
    socket_mode: option("octal", null, "Mode of a unix socket; 0700 by default.", {
      refusal: "Invalid socket_mode value",
    }),
  },
  eventlistener: {
    ...program,
    events: option("events", "", "Types of events the listener receives."),
    buffer_size: option("integer", "10", "How many events wait for a listener before the oldest is dropped."),
    result_handler: option("text", "supervisor.dispatchers:default_handler", "Only the default is supported."),
  },
  group: {
    programs: option("names", "", "Programs whose processes form the group."),
    priority: option("integer", "999", "Lower ones start first and stop last."),
  },
  include: {
    files: option("patterns", null, "Further files, as patterns relative to this file."),
  },
  unix_http_server: {
    file: option("text", null, "Path of the control socket. YAML may leave it out: then it is in the run folder."),
    chmod: option("octal", "0700", "Mode of the socket.", { refusal: "Invalid chmod value" }),
    chown: option("owner", null, "Owner of the socket, user or user:group.", { refusal: "Invalid sockchown value" }),
    ...credentials,
    ...guests,
  },
  inet_http_server: {
    port: option("address", null, "Address to listen on: port, host:port or *:port."),
    allowed_hosts: option(
      "names",
      "",
      "Names with dots under which browsers are answered when there is no password; *.domain for all below one.",
      { ours: true },
    ),
    ...credentials,
    ...guests,
  },
  supervisorctl: {
    serverurl: option("text", "http://localhost:9001", "The daemon to talk to: unix:///path or http://host:port."),
    username: option("text", null, "Name given to the daemon."),
    password: option("text", null, "Password given to the daemon."),
    prompt: option("text", "supervisor", "Prompt of the interactive shell."),
    history_file: option("text", null, "File that keeps the shell's history."),
  },
  rpcinterface: {
    "supervisor.rpcinterface_factory": option("text", null, "Only supervisor.rpcinterface:make_main_rpcinterface."),
  },
  ctlplugin: {
    "supervisor.ctl_factory": option("text", null, "Plugins of supervisorctl are not loaded."),
  },
  log_target: logTargetOptions,
} as const satisfies Record<string, Record<string, Option>>;

export type SectionKind = keyof typeof options;

/** Kinds whose sections are called `kind:name`. */
const named = ["program", "fcgi-program", "eventlistener", "group", "log_target", "rpcinterface", "ctlplugin"] as const;
/** Kinds of which every section that begins with the word is one. */
const prefixed = ["unix_http_server", "inet_http_server"] as const;
const single = ["supervisord", "include", "supervisorctl"] as const;

/** Which kind of section a header names, or null: the reference ignores such a section. */
export function sectionKind(name: string): SectionKind | null {
  return (
    single.find((kind) => name === kind) ??
    named.find((kind) => name.startsWith(`${kind}:`)) ??
    prefixed.find((kind) => name.startsWith(kind)) ??
    null
  );
}

/** How headers of each kind are written, for "did you mean". */
export function sectionSpelling(kind: SectionKind): string {
  return named.some((other) => other === kind) ? `${kind}:` : kind;
}

export function optionsOf(kind: SectionKind): Readonly<Record<string, Option>> {
  return options[kind];
}

/** Sections whose further keys are arguments of somebody else. */
export const takesAnyKey = (kind: SectionKind): boolean => kind === "rpcinterface" || kind === "ctlplugin";

export const logFormats = ["text", "json"] as const;
