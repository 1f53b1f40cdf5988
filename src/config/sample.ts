/**
 * A program list to begin with, printed by `echo_supervisord_conf`: every section and key of supervisord's
 * with its default and what it means; ours are in `docs/keys.md`. It runs as it is, in both daemons; whatever a deployment has
 * to decide stands behind a semicolon.
 *
 * The values that are set, and the names of the sections, are those of the reference's sample: image
 * builds edit it with sed.
 */
import type { Option } from "./option.ts";
import { optionsOf, type SectionKind } from "./options.ts";

interface Sample {
  readonly kind: SectionKind;
  readonly header: string;
  /** Lines of comment above the section. */
  readonly about: readonly string[];
  /** Keys that are in effect. Without any the whole section is a comment. */
  readonly set?: Readonly<Record<string, string>>;
  /** For keys whose default says nothing. */
  readonly examples?: Readonly<Record<string, string>>;
  /** Keys that are left out, because they are shown elsewhere. */
  readonly without?: SectionKind;
  readonly separator?: string;
}

const introduction = [
  "A program list for spaced and for supervisord.",
  "",
  "A line that begins with a semicolon is not in effect: it shows an example, or the default.",
  "Values are taken as they are: no ~, no $VARIABLE, no quotes (but in environment=).",
  "%(ENV_HOME)s is the variable HOME of the daemon, %(here)s the directory of this file,",
  "%% a percent sign. A blank and a semicolon end a value, also within quotes.",
  "",
  "/tmp is there everywhere, but a container wants its files elsewhere: /run and /var/log.",
];

const login = { username: "user", password: "123" };
const account = { user: "nobody", directory: "/tmp", umask: "022" };

const samples: readonly Sample[] = [
  {
    kind: "unix_http_server",
    header: "unix_http_server",
    about: ["Where spacectl and supervisorctl reach the daemon."],
    set: { file: "/tmp/supervisor.sock" },
    examples: { chown: "nobody", ...login },
  },
  {
    kind: "inet_http_server",
    header: "inet_http_server",
    about: [
      "The same, and a web page, on a TCP port. Whoever reaches it may run programs as the",
      "daemon's user: let it listen on this machine only, or ask for a password.",
    ],
    examples: { port: "127.0.0.1:9001", ...login },
  },
  {
    kind: "supervisord",
    header: "supervisord",
    about: ["The daemon itself."],
    set: {
      logfile: "/tmp/supervisord.log",
      logfile_maxbytes: "50MB",
      logfile_backups: "10",
      loglevel: "info",
      pidfile: "/tmp/supervisord.pid",
      nodaemon: "false",
      silent: "false",
      minfds: "1024",
      minprocs: "200",
    },
    examples: { ...account, childlogdir: "/tmp", environment: 'KEY="value"' },
  },
  {
    kind: "rpcinterface",
    header: "rpcinterface:supervisor",
    about: ["Without this section the daemon takes no commands."],
    set: { "supervisor.rpcinterface_factory": "supervisor.rpcinterface:make_main_rpcinterface" },
    separator: " = ",
  },
  {
    kind: "supervisorctl",
    header: "supervisorctl",
    about: ["How spacectl and supervisorctl find the daemon: as one of the servers above says."],
    set: { serverurl: "unix:///tmp/supervisor.sock" },
    examples: { ...login, history_file: "~/.sc_history" },
  },
  {
    kind: "program",
    header: "program:theprogramname",
    about: ["A program to be run, with every key of supervisord's; only command is needed."],
    examples: { ...account, command: "/bin/cat", killasgroup: "false", environment: 'A="1",B="2"', serverurl: "AUTO" },
  },
  {
    kind: "eventlistener",
    header: "eventlistener:theeventlistenername",
    about: ["A program that is told on its standard input what happens; it has every key of a program, and these."],
    examples: { command: "/bin/eventlistener", events: "PROCESS_STATE,TICK_60" },
    without: "program",
  },
  {
    kind: "fcgi-program",
    header: "fcgi-program:thefcgiprogramname",
    about: ["Programs that share a listening socket; with every key of a program, and these."],
    examples: {
      command: "/usr/bin/example.fcgi",
      socket: "unix:///tmp/example.sock",
      socket_backlog: "128",
      socket_owner: "nobody",
      socket_mode: "0700",
    },
    without: "program",
  },
  {
    kind: "group",
    header: "group:thegroupname",
    about: ["Programs that are started, stopped and shown together."],
    examples: { programs: "progname1,progname2" },
  },
  {
    kind: "include",
    header: "include",
    about: ["More files of the same form. What they include themselves is not read."],
    examples: { files: "relative/directory/*.ini" },
    separator: " = ",
  },
];

/** The text of the sample, with a newline at its end. */
export function sampleFile(): string {
  return [comment(introduction), ...samples.map((sample) => comment(sample.about) + section(sample))].join("\n");
}

const comment = (lines: readonly string[]): string => `${lines.map((line) => `; ${line}`.trimEnd()).join("\n")}\n`;

function section(sample: Sample): string {
  const { kind, header, set, without } = sample;
  const shared = without === undefined ? {} : optionsOf(without);
  const shown = Object.entries(optionsOf(kind)).filter(
    ([key, { ours }]) => !ours && (key === "command" || !Object.hasOwn(shared, key)),
  );
  const lines = shown.map(([key, option]) => keyLine(sample, key, option));
  return [`${set === undefined ? ";" : ""}[${header}]`, ...lines, ""].join("\n");
}

const commentColumn = 32;

function keyLine({ set = {}, examples = {}, separator = "=" }: Sample, key: string, option: Option): string {
  const value = set[key] ?? examples[key] ?? option.fallback ?? "";
  const pair = `${Object.hasOwn(set, key) ? "" : ";"}${key}${separator}${value}`;
  return `${pair.padEnd(commentColumn - 1)} ; ${option.help}`;
}
