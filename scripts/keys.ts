/**
 * The text of docs/keys.md: every key of a program list, from the options table. A test holds the file to
 * it, so a key cannot be added without its line in the manual.
 */
import { careOptions, careTopics } from "../src/config/care-options.ts";
import { logTargetOptions } from "../src/config/log-target-options.ts";
import type { Option, OptionType } from "../src/config/option.ts";
import { optionsOf, type SectionKind, sectionSpelling } from "../src/config/options.ts";
import { namedSections, singleSections } from "../src/config/yaml-shape.ts";

/** How values of a type are written. Those that only one section has are explained by their key. */
export const valueTypes: Readonly<Record<Exclude<OptionType, "choice" | "choices" | "count">, string>> = {
  address: "`9001`, `127.0.0.1:9001` or `*:9001`",
  autorestart: "`true`, `false` or `unexpected`",
  boolean: "`true`, `yes`, `on`, `1` or `false`, `no`, `off`, `0`",
  bytes: "a whole number, or one with KB, MB or GB behind it",
  command: "words as a shell splits them; nothing else of a shell. A list of words in YAML",
  commandline: "as `command`; it may run `sh -c '…'`",
  crashloop: "a number of exits and a duration: `5/60s`",
  cron: "five fields (minute, hour, day of the month, month, weekday), six with seconds first, or `@daily` and the like",
  dependencies: "`NAME:CONDITION` with commas between; a map or a list in YAML",
  directory: "a path that is there",
  duration: "`500ms`, `10s`, `5m`, `1h`, `7d`, `1h30m`; a bare number is seconds",
  endpoint: "`host:port`, or a port of this machine",
  environment: 'NAME="value" with commas between; a map or a list in YAML',
  events: "names of event types with commas between; a list in YAML",
  exitcodes: "numbers with commas between; a list in YAML",
  filename: "a path, `~` allowed",
  filenames: "paths with commas between; a list in YAML",
  globs: "patterns with `*`, `?` and `**` and commas between; a list in YAML",
  integer: "a whole number",
  level: "`critical`, `error`, `warn`, `info`, `debug`, `trace` or `blather`",
  logfile: "a path, `AUTO`, `NONE` or `syslog`",
  logformat: "`text` or `json`",
  names: "names with commas between; a list in YAML",
  octal: "octal digits",
  owner: "`user` or `user:group`",
  path: "a path whose directory is there",
  patterns: "patterns of paths with blanks between; a list in YAML",
  percent: "a number and `%` (one sign is enough, also in ini)",
  regexp: "a regular expression of JavaScript, without slashes",
  rlimit: "`soft` or `soft:hard`, each a number or `unlimited`; limits in bytes may have KB, MB or GB",
  secrets: "`NAME=path` with commas between; a map or a list in YAML",
  signal: "a name, with or without SIG, or a number",
  size: "a number with KB, MB, GB or TB behind it (1024-based); a bare number is bytes",
  text: "any text",
  timezone: "an IANA name",
  url: "an address that begins with http:// or https://",
  user: "a name or a number",
};

/** What the tables cannot say. */
const notes: Readonly<Partial<Record<keyof typeof careTopics, string>>> = {
  "Order of starts": `A dependency is the name of a program or a group, or \`group:process\`; all its processes are meant. \`started\` is RUNNING,
\`healthy\` is what the program's check or its own signal of readiness says, \`completed\` is a oneshot that has ended as expected.
Without a condition \`started\` is meant. What does not depend on each other starts at once; the stop goes the other way round.
Circles, unknown names and conditions that can never be met are refused when the list is read.`,
  "Health and readiness": `A program has one check. It runs as the program's user and in its environment, never twice at a time. An unhealthy process is
restarted, unless \`healthcheck_action\` says otherwise; one that is not ready yet is never restarted for it.`,
  "Memory, processor and time": `Memory and processor time are those of the process and of everything it has started, whatever group or session that has moved to.
Copies of one program are restarted one after the other.`,
  "Limits kept by the kernel": `They are set before the program's first instruction. What the daemon is not permitted to set is an error of the start.`,
  Hooks: `They run as the program's user, in its directory and environment; what they write goes to its log. One before a start may take as
long as \`start_timeout\`, one before a stop shares \`stopwaitsecs\` with the stop itself, one after it has as much again. [hooks.md](hooks.md) has more.`,
  "Environment and secrets": `Read at each start, as the daemon's user: a changed file takes effect with a restart. A variable that is set in several places is taken
from the last of: \`environment\` of \`[supervisord]\`, the env files in their order, \`environment\` of the program, its secrets.`,
};

const introduction = `# Keys of a program list

Every section and every key, made from the table that the daemon reads them by (\`npm run schema\` writes this page).
supervisord's keys mean what they mean there; supervisord ignores ours, so one ini can serve both daemons. Ours are the ones under the
topics of \`[program:x]\`, and a few more that are marked.

In YAML a key may stand under its own name, or nested behind its first word: \`stdout_logfile: x\` is \`stdout: {logfile: x}\`. Where a key
has a place of its own, the tables name it. \`%(here)s\`, \`%(program_name)s\`, \`%(process_num)d\`, \`%(ENV_X)s\` and their like stand in
every value, which YAML wants in quotes if it begins with one. Our keys take an empty value for their default, so \`memory_limit=%(ENV_LIMIT)s\` can be left to the environment.
Paths in our keys are the program's: relative to its \`directory\`, or to where the daemon was started.

\`spacectl check FILE\` says what is wrong with a list, where, and what was probably meant.
`;

export const exampleIni = `[supervisord]
nodaemon=true
shutdown_timeout=25s

[program:db]
command=redis-server --save ""
healthcheck_command=redis-cli ping
healthcheck_interval=5s
on_fatal=shutdown

[program:migrate]
type=oneshot
command=php bin/console migrate
depends_on=db:healthy

[program:web]
command=php-fpm -F
depends_on=db:healthy, migrate:completed
healthcheck_tcp=localhost:9000
rlimit_nofile=65536

[program:worker]
command=php bin/console messenger:consume async
numprocs=3
process_name=%(program_name)s_%(process_num)02d
depends_on=migrate:completed
memory_limit=256MB
memory_limit_hard=512MB
max_runtime=1h
max_runtime_jitter=10%
restart_backoff=exponential
crashloop=5/60s
retry_after=5m
`;

/** The same list twice; a test reads both. */
const example = `## An example

\`\`\`ini
${exampleIni}\`\`\`

\`\`\`yaml
supervisord: { nodaemon: true, shutdown_timeout: 25s }
programs:
  db:
    command: redis-server --save ""
    healthcheck: { command: redis-cli ping, interval: 5s }
    on_fatal: shutdown
  migrate:
    type: oneshot
    command: php bin/console migrate
    depends_on: { db: healthy }
  web:
    command: php-fpm -F
    depends_on: { db: healthy, migrate: completed }
    healthcheck: { tcp: "localhost:9000" }
    rlimit: { nofile: 65536 }
  worker:
    command: php bin/console messenger:consume async
    numprocs: 3
    process_name: "%(program_name)s_%(process_num)02d"
    depends_on: { migrate: completed }
    memory: { limit: 256MB, limit_hard: 512MB }
    max_runtime: 1h
    max_runtime_jitter: 10%
    restart: { backoff: exponential }
    crashloop: 5/60s
    retry_after: 5m
\`\`\`
`;

/** The whole page. */
export function keysPage(): string {
  const care = Object.entries(careTopics).map(([topic, table]) => {
    const note = notes[topic as keyof typeof careTopics];
    return `### ${topic}\n\n${note === undefined ? "" : `${note}\n\n`}${keyTable(table)}`;
  });
  return [
    introduction,
    example,
    `## ${heading("program")}\n\nAlso \`[fcgi-program:x]\` and \`[eventlistener:x]\`: they take all of these.\n`,
    keyTable(without(optionsOf("program"), careOptions)),
    ...care,
    ...kinds.filter((kind) => kind !== "program").map(kindSection),
    typesSection(),
  ].join("\n");
}

/** All kinds of sections, in the order in which they are told: first those of processes. */
export const kinds = [
  "program",
  "fcgi-program",
  "eventlistener",
  "group",
  "supervisord",
  "unix_http_server",
  "inet_http_server",
  "log_target",
  "include",
  "supervisorctl",
] as const satisfies readonly SectionKind[];

type Table = Readonly<Record<string, Option>>;

const without = (table: Table, other: Table): Table =>
  Object.fromEntries(Object.entries(table).filter(([key]) => !Object.hasOwn(other, key)));

function kindSection(kind: SectionKind): string {
  const asProgram = kind === "fcgi-program" || kind === "eventlistener";
  return `## ${heading(kind)}\n\n${keyTable(asProgram ? without(optionsOf(kind), optionsOf("program")) : optionsOf(kind))}`;
}

/** `[program:x]`, in YAML `programs`. */
function heading(kind: SectionKind): string {
  const spelling = sectionSpelling(kind);
  const yaml = Object.entries({ ...singleSections, ...namedSections }).find(([, other]) => other === kind)?.[0] ?? kind;
  return `\`[${spelling}${spelling.endsWith(":") ? "x" : ""}]\`${yaml === spelling ? "" : `, in YAML \`${yaml}\``}`;
}

function keyTable(table: Table): string {
  const rows = Object.entries(table).map(([key, option]) => {
    const { help, fallback, yaml, ours, example } = option;
    const place = yaml === undefined ? "" : `<br>\`${yaml}\``;
    const mark = ours && table !== logTargetOptions && !Object.hasOwn(careOptions, key) ? "*Ours.* " : "";
    const meaning = `${mark}${help}${example === undefined ? "" : ` Example: \`${example}\``}`;
    const cells = [`\`${key}\`${place}`, typeName(option), code(fallback), meaning];
    return `| ${cells.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |`;
  });
  return `| key | type | default | meaning |\n| --- | --- | --- | --- |\n${rows.join("\n")}\n`;
}

const code = (text: string | null): string => (text === null || text === "" ? "" : `\`${text}\``);

function typeName({ type, words = [], least = 0, most }: Option): string {
  if (type === "choice") return words.map(code).join(", ");
  if (type === "choices") return `some of ${words.map(code).join(", ")}`;
  if (type === "count") return most === undefined ? `number from ${least}` : `${least} to ${most}`;
  return `[${type}](#types)`;
}

function typesSection(): string {
  const rows = Object.entries(valueTypes).map(([type, form]) => `| ${type} | ${form} |`);
  return `## Types\n\n| type | written as |\n| --- | --- |\n${rows.join("\n")}\n`;
}
