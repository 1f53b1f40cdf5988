/** Program lists to begin from: real ones, those of the differential tests, and ones made from the options table. */
import { readFileSync } from "node:fs";
import type { OptionType } from "../../src/config/option.ts";
import { optionsOf, type SectionKind, sectionSpelling } from "../../src/config/options.ts";
import { eventTypes } from "../../src/core/events.ts";
import { signalNames } from "../../src/core/signals.ts";
import { environments, formats, trickyValues } from "../../test/config/corpus/values.ts";
import { corpus } from "../../test/config/corpus.ts";
import type { Random } from "./random.ts";

const file = (path: string): string => readFileSync(new URL(`../../conf.d/${path}`, import.meta.url), "utf8");

export const iniLists: readonly string[] = [
  file("space.ini"),
  ...new Set(corpus.map(({ files }) => files["main.conf"] ?? "").filter((text) => text !== "")),
];

export const yamlLists: readonly string[] = [
  file("demo.yaml"),
  "programs:\n  web:\n    command: [node, server.js]\n    environment: {A: 1, B: two}\n    stdout: {logfile: NONE}\n",
  "x-base: &base\n  autorestart: true\nprograms:\n  a: {<<: *base, command: cat}\n  b:\n    <<: [*base]\n    command: cat\n",
  "supervisord: {nodaemon: true}\ngroups: {g: {programs: [a, b]}}\nprograms: {a: {command: x}, b: {command: y}}\n",
  "include: ['inc/*.conf', more.conf]\nunix_http_server: {file: s.sock}\neventlisteners: {l: {command: x, events: [TICK_5]}}\n",
  "programs:\n  a: {command: x, depends_on: {b: healthy}, memory: {limit: 64MB}, watch: {paths: [s], debounce: 1s}}\n  b: {command: y, ready: {fd: 3}, rlimit: {nofile: 9}, secrets: {K: /k}, env_file: [e]}\n",
  "fcgi_programs:\n  f:\n    command: php\n    socket: tcp://localhost:9000\n    environment:\n      - A=1\n      - B=2\n",
];

const kinds: readonly SectionKind[] = [
  "supervisord",
  "program",
  "fcgi-program",
  "eventlistener",
  "group",
  "include",
  "unix_http_server",
  "inet_http_server",
  "supervisorctl",
  "rpcinterface",
];

export const usual: Readonly<Record<OptionType, readonly string[]>> = {
  address: ["9001", "127.0.0.1:9001", "*:1", ":80"],
  autorestart: ["true", "unexpected", "false"],
  boolean: ["true", "off"],
  bytes: ["0", "1KB", "50MB", "2 gb"],
  choice: ["simple", "oneshot", "restart", "none", "stop", "shutdown", "queue", "keep", "off", "exponential"],
  choices: ["health", "health, metrics", "metrics,health,metrics"],
  command: ["/bin/cat", "sh -c 'exit 1'", "/bin/sleep %(process_num)d"],
  commandline: ["/bin/true", "sh -c 'exit 1'", "/bin/echo %(process_num)d"],
  count: ["3", "5", "-1", "1000"],
  crashloop: ["5/60s", "1 / 1m"],
  cron: ["* * * * *", "*/5 0-3 1,15W L-JAN MON#2", "@daily", "0 30 3 * * +FRI"],
  dependencies: ["a", "b:healthy, c:completed", "a:a:started", "%(program_name)s"],
  directory: ["/tmp", "."],
  duration: ["500ms", "10s", "1h30m", "7", "2d"],
  endpoint: ["localhost:80", "[::1]:5432", "9000"],
  environment: environments,
  events: ["EVENT", ...eventTypes.slice(0, 3), "TICK_5,process_state"],
  exitcodes: ["0", "0,1", "255"],
  filename: ["/tmp/x", "~/x", "x"],
  filenames: ["/tmp/x, y", "a,b", "~"],
  globs: ["*.log, node_modules", "**"],
  integer: ["0", "1", "3", "20", "-1"],
  level: ["info", "debug"],
  logfile: ["AUTO", "NONE", "/tmp/x.log", "syslog"],
  logformat: ["text", "json"],
  names: ["a", "a,b", "b, c"],
  octal: ["022", "0700"],
  owner: ["root", "root:root", "nobody"],
  path: ["/tmp/x", "x"],
  patterns: ["inc/*.conf", "*.conf", "inc/[a-b]*"],
  percent: ["150%", "10%%", "%(process_num)d%"],
  regexp: ["ready", "^port (\\d+)$"],
  rlimit: ["1024", "64MB:unlimited", "unlimited", "1:2"],
  secrets: ["A=/run/secrets/a", "A=/a, B=b"],
  signal: [...signalNames.slice(0, 4), "9"],
  size: ["64KB", "256MB", "1.5GB", "1048576"],
  text: ["word", "%(program_name)s", "unix:///tmp/s.sock", "%(program_name)s_%(process_num)02d"],
  timezone: ["UTC", "Europe/Berlin"],
  url: ["http://localhost:80/x", "https://[::1]/"],
  user: ["root", "0"],
};

/** A value that fits its type, or one that hardly fits any. */
function value(random: Random, type: OptionType): string {
  return random.pick(random.chance(0.85) ? usual[type] : random.chance(0.5) ? trickyValues : formats);
}

/** A list of a few sections in ini. */
export function grammarList(random: Random): string {
  let text = random.chance(0.95) ? "[supervisord]\n" : "";
  for (let sections = 1 + random.size(8); sections > 0; sections--) {
    const kind = random.chance(0.5) ? "program" : random.pick(kinds);
    const spelling = sectionSpelling(kind);
    text += `[${spelling}${spelling.endsWith(":") ? random.pick(["a", "b", "c"]) : ""}]\n`;
    if (kind === "program") text += "command=/bin/cat\n";
    const known = Object.entries(optionsOf(kind));
    for (let keys = random.size(8); keys > 0; keys--) {
      const [key, { type }] = random.pick(known);
      text += `${key}${random.pick(["=", " = ", ":"])}${value(random, type)}\n`;
    }
  }
  return text;
}

/** Pieces of the grammar, for mutation. */
export const listWords: readonly string[] = [
  ...kinds.map((kind) => `\n[${sectionSpelling(kind)}`),
  ...kinds.flatMap((kind) => Object.keys(optionsOf(kind)).map((key) => `\n${key}=`)),
  ...trickyValues,
  ...formats,
  ...environments,
  "\n[DEFAULT]\n",
  "\n  ",
  " ;",
  " #",
  "%(",
  "%%",
  "%(ENV_WORD)s",
  "%(here)s",
  "%(process_num)99999d",
  "%(process_num).300f",
  '"',
  "'",
  ": ",
  "\n- ",
  "*a",
  "&a ",
  "<<: *a",
  "{",
  "[",
  "|\n",
  "!!binary ",
  "? ",
  "---\n",
].filter((word) => word !== "");
