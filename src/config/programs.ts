/**
 * One `[program:x]`, `[fcgi-program:x]` or `[eventlistener:x]` to its processes. Keys are read in the
 * reference's order, which decides what error is reported first: the shared keys once, then for each
 * process those that may name it.
 */
import { plainCare } from "../core/care.ts";
import type { ChannelSettings, LogDestination, ProcessSettings } from "../core/program.ts";
import { repr } from "../core/python.ts";
import { CareSection } from "./care.ts";
import { Refusal } from "./complaint.ts";
import { type Section, valuePlace } from "./document.ts";
import { expand, type Names } from "./expand.ts";
import { keepingKeys, readKeeping } from "./log-keeping.ts";
import { Origins } from "./origins.ts";
import { type Evaluation, SectionReader } from "./section-reader.ts";
import { parsePairs } from "./shlex-pairs.ts";
import { processName, logfile as readLogfile } from "./values.ts";

type Reader = SectionReader<"program">;
type Environment = ReadonlyMap<string, string>;

/** More than this is a slip of the pen, and would take the memory of everything else. */
export const processLimit = 200_000;
/** Characters in the values of all processes: a few bytes of format and a large numprocs make gigabytes. */
export const textLimit = 64 * 1024 * 1024;

/**
 * The processes of a section, sorted as they are started; none after an error in a name. `group`: the section that
 * has it as a member.
 */
export function processesOf(
  section: Section,
  groupName: string,
  evaluation: Evaluation,
  group: SectionReader<"group"> | null = null,
): ProcessSettings[] {
  const local = new Map<string, string | number>();
  const suffix = ` in section ${repr(section.name)} (file: ${repr(section.place.file)})`;
  const reader: Reader = new SectionReader("program", section, [local, evaluation.environment], evaluation, suffix);
  const program = sectionName(section, reader);
  if (program === null) return [];
  local.set("here", evaluation.here);
  local.set("program_name", program);
  local.set("host_node_name", evaluation.hostName);
  local.set("group_name", groupName);

  const shared = sharedSettings(reader, program);
  const { count, first } = shared;
  const processes: ProcessSettings[] = [];
  const environment = new EnvironmentReader(reader, local);
  const origins = new Origins(reader, group);
  const errorsBefore = evaluation.complaints.errors;
  for (let number = first; number < first + count; number++) {
    local.set("process_num", number);
    local.set("numprocs", count);
    const process = oneProcess(reader, shared, environment, [local, evaluation.environment]);
    if (process !== null) {
      evaluation.textRoom -= textOf(process, processes.at(-1)) + origins.remember(process);
      if (evaluation.textRoom < 0) {
        reader.refuse("the values of its processes are too long in all", { key: "numprocs" });
        break;
      }
      processes.push(process);
    }
    // What is wrong with one is wrong with all.
    if (evaluation.complaints.errors > errorsBefore) break;
  }
  return processes.sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0));
}

/** How many characters a process has that the one before it does not share. */
function textOf(process: ProcessSettings, previous: ProcessSettings | undefined): number {
  const { name, command, directory, environment, stdout, stderr, care } = process;
  let count = name.length + command.length + (directory?.length ?? 0);
  if (care !== plainCare && care !== previous?.care) count += JSON.stringify(care).length;
  for (const { log } of [stdout, stderr]) count += log.type === "file" ? log.path.length : 0;
  if (environment === previous?.environment) return count;
  for (const [variable, value] of Object.entries(environment)) count += variable.length + value.length;
  return count;
}

/** What follows the colon of a header, checked; complains and returns null when it is no name. */
export function sectionName(section: Section, reader: { refuse(message: string): void }): string | null {
  try {
    return processName(afterColon(section.name));
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    reader.refuse(error.message);
    return null;
  }
}

export function afterColon(header: string): string {
  return header.slice(header.indexOf(":") + 1);
}

type Shared = ReturnType<typeof sharedSettings>;

function sharedSettings(reader: Reader, program: string) {
  const { evaluation } = reader;
  const priority = reader.read("priority");
  const autostart = reader.read("autostart");
  const autorestart = reader.read("autorestart");
  const startSeconds = reader.read("startsecs");
  const startRetries = reader.read("startretries");
  const stopSignal = reader.read("stopsignal");
  const stopWaitSeconds = reader.read("stopwaitsecs");
  const stopAsGroup = reader.read("stopasgroup");
  const killAsGroup = reader.read("killasgroup") ?? stopAsGroup;
  const exitCodes = reader.read("exitcodes");
  const redirectStderr = reader.read("redirect_stderr");
  let count = Math.max(0, reader.read("numprocs"));
  const first = reader.read("numprocs_start");
  const captures = {
    stdout: {
      captureMaxBytes: reader.read("stdout_capture_maxbytes"),
      eventsEnabled: reader.read("stdout_events_enabled"),
    },
    stderr: {
      captureMaxBytes: reader.read("stderr_capture_maxbytes"),
      eventsEnabled: reader.read("stderr_events_enabled"),
    },
  };
  const url = reader.read("serverurl");
  const serverUrl = url !== null && url.trim().toUpperCase() === "AUTO" ? null : url;
  const uid = reader.read("user");
  const umask = reader.read("umask");
  const entry = reader.entry("process_name");
  const name = reader.attempt("process_name", () => processName(entry?.value ?? "%(program_name)s"), program);
  if (count > 1 && !name.includes("%(process_num)")) {
    const hint = "process_name=%(program_name)s_%(process_num)02d";
    reader.refuse("%(process_num) must be present within process_name when numprocs > 1", {
      key: "process_name",
      hint,
    });
    count = 1;
  }
  if (stopAsGroup && !killAsGroup) {
    reader.refuse("Cannot set stopasgroup=true and killasgroup=false", { key: "killasgroup" });
  }
  if (count > evaluation.room) {
    reader.refuse(`numprocs=${count} is more than can be run (${processLimit} in all)`, { key: "numprocs" });
    count = 1;
  }
  evaluation.room -= count;
  // A key of ours: read after the reference's, so that its errors come first.
  const logPassthrough = reader.read("log_passthrough");
  const format = reader.read("log_format");
  const settings = {
    program,
    umask,
    priority,
    autostart,
    autorestart,
    startSeconds,
    startRetries,
    stopSignal,
    stopWaitSeconds,
    stopAsGroup,
    killAsGroup,
    exitCodes,
    redirectStderr,
    uid,
    serverUrl,
    logPassthrough,
  };
  const care = new CareSection(reader);
  return {
    settings,
    captures,
    format: format === "raw" ? {} : { format },
    name,
    count,
    first,
    care,
    channels: new Map<string, ChannelSettings>(),
    doubled: new Set<string>(),
  };
}

function oneProcess(
  reader: Reader,
  shared: Shared,
  environment: EnvironmentReader,
  names: Names,
): ProcessSettings | null {
  const variables = environment.read(names);
  const directory = reader.read("directory");
  const stdout = channel(reader, "stdout", shared, names);
  const stderr = channel(reader, "stderr", shared, names);
  const command = reader.read("command");
  if (command === null && reader.entry("command") === undefined) {
    reader.refuse(`program section ${reader.section.name} does not specify a command`);
  }
  const name = reader.attempt("process_name", () => boundedName(expand(shared.name, names, "process_name")), null);
  const care = shared.care.read(directory);
  if (command === null || name === null) return null;
  for (const { name: secret } of care.secrets) {
    if (environment.sets(secret) && !shared.doubled.has(secret)) {
      shared.doubled.add(secret);
      reader.warn(`${secret} is set by environment and by secrets: the secret is taken`, "secrets");
    }
  }
  const inherited = care.envFiles.length === 0 ? {} : { inherited: environment.inherited() };
  return { name, ...shared.settings, command, directory, environment: variables, ...inherited, stdout, stderr, care };
}

/** Several times what a file name can hold, which most names become part of. */
const nameLimit = 1000;

function boundedName(name: string): string {
  if (name.length <= nameLimit) return name;
  throw new Refusal(`the name of a process has ${name.length} characters; ${nameLimit} are allowed`);
}

const channelKeys = {
  stdout: ["stdout_logfile", "stdout_logfile_backups", "stdout_logfile_maxbytes", "stdout_syslog"],
  stderr: ["stderr_logfile", "stderr_logfile_backups", "stderr_logfile_maxbytes", "stderr_syslog"],
} as const;

/** The same object for every process when no key names the process. */
function channel(reader: Reader, which: "stdout" | "stderr", shared: Shared, names: Names): ChannelSettings {
  const known = shared.channels.get(which);
  if (known !== undefined) return known;
  const settings = readChannel(reader, which, shared, names);
  if (![...channelKeys[which], ...keepingKeys[which]].some((key) => reader.varies(key)))
    shared.channels.set(which, settings);
  return settings;
}

function readChannel(reader: Reader, which: "stdout" | "stderr", shared: Shared, names: Names): ChannelSettings {
  const [logKey, backupsKey, maxBytesKey, syslogKey] = channelKeys[which];
  const target = reader.varies(logKey) ? twiceExpanded(reader, logKey, names) : reader.read(logKey);
  const backups = reader.read(backupsKey);
  const maxBytes = reader.read(maxBytesKey);
  let syslog = reader.read(syslogKey);
  let log: LogDestination;
  if (target.type === "syslog") {
    const advice = `Use ${syslogKey}=true to enable syslog instead.`;
    const text = `For [${reader.section.name}], ${logKey}=syslog but this is deprecated and will be removed.  ${advice}`;
    reader.warn(text, logKey, null, true);
    log = { type: "none" };
    syslog = true;
  } else log = target;
  if (log.type === "auto" && maxBytes === 0) {
    const advice = "set maxbytes > 0 to avoid filling up filesystem unintentionally";
    const text = `For [${reader.section.name}], AUTO logging used for ${logKey} without rollover, ${advice}`;
    reader.warn(text, maxBytesKey, null, true);
  }
  if (which === "stderr" && shared.settings.redirectStderr) {
    if (log.type === "file") {
      const text = `For [${reader.section.name}], redirect_stderr=true but stderr_logfile has also been set to a filename, the filename has been ignored`;
      reader.warn(text, logKey, null, true);
    }
    log = { type: "none" };
  }
  const keeping = readKeeping(reader, which, { log, maxBytes, backups });
  return { log, maxBytes, backups, syslog, ...shared.captures[which], ...shared.format, ...keeping };
}

/** The reference expands names of log files twice, so a literal percent sign takes four of them. */
function twiceExpanded(reader: Reader, key: "stdout_logfile" | "stderr_logfile", names: Names) {
  const once = reader.expanded(key);
  if (once === null) return { type: "auto" } as const;
  const twice = () => {
    const text = expand(once, names, key);
    reader.texts.set(key, text);
    return readLogfile(text, reader.evaluation.machine);
  };
  return reader.attempt(key, twice, { type: "auto" } as const);
}

/** `environment` of one process after another: what it sets can be used by the keys read after it. */
class EnvironmentReader {
  readonly #reader: Reader;
  readonly #local: Map<string, string | number>;
  #own: Environment = new Map();
  #constant: Readonly<Record<string, string>> | null = null;

  constructor(reader: Reader, local: Map<string, string | number>) {
    this.#reader = reader;
    this.#local = local;
  }

  read(names: Names): Readonly<Record<string, string>> {
    if (this.#constant !== null) return this.#constant;
    const { evaluation } = this.#reader;
    // The daemon's variables are back for each process; those that only the last process set stay.
    for (const name of this.#own.keys()) {
      if (evaluation.environment.has(`ENV_${name}`)) this.#local.delete(`ENV_${name}`);
    }
    this.#own = readEnvironment(this.#reader, names);
    for (const [name, value] of this.#own) this.#local.set(`ENV_${name}`, value);
    this.#reader.texts.set("environment", [...this.#own.keys()].join(", "));
    const record = Object.fromEntries([...evaluation.daemonEnvironment, ...this.#own]);
    const entry = this.#reader.entry("environment");
    const varies = entry?.pairs?.some(([, value]) => value.includes("%")) ?? this.#reader.varies("environment");
    if (!varies) this.#constant = record;
    return record;
  }

  /** Whether the last process sets it itself. */
  sets(name: string): boolean {
    return this.#own.has(name);
  }

  /** Names of the last process that are only those of [supervisord]. */
  inherited(): readonly string[] {
    return [...this.#reader.evaluation.daemonEnvironment.keys()].filter((name) => !this.#own.has(name));
  }
}

function readEnvironment(reader: Reader, names: Names): Environment {
  const entry = reader.entry("environment");
  if (entry === undefined) return new Map();
  const read = (): Environment => {
    if (entry.pairs !== undefined) {
      return new Map(entry.pairs.map(([name, value]) => [name, expand(value, names, "environment")]));
    }
    const { pairs, doubts } = parsePairs(expand(entry.value, names, "environment"));
    for (const { message, hint } of doubts) {
      const subject = { section: reader.section.name, key: "environment", hint };
      reader.evaluation.complaints.warn(message, valuePlace(entry), subject);
    }
    return pairs;
  };
  return reader.attempt("environment", read, new Map<string, string>());
}
