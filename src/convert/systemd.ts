/**
 * Units of systemd (`.service`) as programs. What a unit says about the machine (sandboxes, targets) is the
 * container's here and named as left out; restarts have systemd's pace and limits, written down.
 * systemd.service(5), systemd.exec(5), systemd.kill(5), systemd.resource-control(5)
 */
import { type Draft, ImportError, literal, newDraft, newProgram, type Section, sectionOf } from "./draft.ts";
import { chained, commandWords, type ExecLine, execLine } from "./systemd-command.ts";
import { setEnvironment, setOutput, setRights } from "./systemd-exec.ts";
import { setLimits } from "./systemd-limits.ts";
import { setRestarts, setStop } from "./systemd-restart.ts";
import { type Specifiers, Unit } from "./systemd-unit.ts";

export interface UnitFile {
  /** `worker@.service` */
  readonly name: string;
  readonly text: string;
}

/** `1..4` as its ends; names otherwise. */
export type Instances = { readonly from: number; readonly to: number } | readonly string[];

export interface Told {
  readonly section: Section;
  readonly unit: Unit;
  readonly specifiers: Specifiers;
  readonly exists: (path: string) => boolean;
}

interface Known {
  readonly file: UnitFile;
  readonly unit: Unit;
  readonly prefix: string;
  /** Names of its programs in the list. */
  readonly programs: string[];
}

export function importSystemd(
  files: readonly UnitFile[],
  instances: Instances | null,
  exists: (path: string) => boolean,
): Draft {
  const draft = newDraft();
  const units = files.map(
    (file): Known => ({
      file,
      unit: new Unit(file.text),
      prefix: file.name.replace(/@?[^@]*$/, "") || file.name.replace(/\.service$/, ""),
      programs: [],
    }),
  );
  for (const known of units) {
    if (!known.unit.has("Service")) throw new ImportError(`${known.file.name} has no section [Service]`);
    addUnit(draft, known, instances, exists);
  }
  for (const known of units) setOrder(draft, known, units);
  for (const { unit, programs } of units) noteUnread(draft, programs, unit);
  return draft;
}

function addUnit(draft: Draft, known: Known, instances: Instances | null, exists: (path: string) => boolean): void {
  const template = /@\.service$/.test(known.file.name);
  const [, fixed] = /@(.+)\.service$/.exec(known.file.name) ?? [];
  const numbers = "from" in (instances ?? {}) ? (instances as { from: number; to: number }) : null;
  if (!template) {
    addProgram(
      draft,
      known,
      fixed === undefined ? known.prefix : `${known.prefix}@${fixed}`,
      literal(fixed ?? ""),
      exists,
    );
  } else if (instances === null || numbers !== null) {
    const { name, section } = addProgram(draft, known, known.prefix, "%(process_num)d", exists);
    const { from, to } = numbers ?? { from: 1, to: 1 };
    section.keys.set("numprocs", to - from + 1).set("numprocs_start", from);
    section.keys.set("process_name", "%(program_name)s@%(process_num)d");
    if (instances === null)
      section.notes.push(`${known.file.name} is a template: --instances 1..4 makes four of ${name}`);
  } else {
    for (const each of instances as readonly string[])
      addProgram(draft, known, `${known.prefix}@${each}`, literal(each), exists);
    sectionOf(draft, "groups", known.prefix).keys.set("programs", [...known.programs]);
  }
}

function addProgram(
  draft: Draft,
  { unit, file, prefix, programs }: Known,
  wanted: string,
  instance: string,
  exists: (path: string) => boolean,
): { name: string; section: Section } {
  const { name, program: section } = newProgram(draft, wanted);
  programs.push(name);
  const user = unit.service("User") ?? "root";
  const specifiers: Specifiers = { unit: file.name, prefix, instance, user };
  const told: Told = { section, unit, specifiers, exists };
  const about = unit.last("Unit", "Description");
  if (about !== null) section.notes.push(about.replace(/\s*%[iI]/g, ""));
  setCommands(told);
  setEnvironment(told);
  setRights(told);
  setRestarts(told);
  setStop(told);
  setLimits(told);
  setOutput(told);
  return { name, section };
}

function setCommands({ section: { keys, notes }, unit, specifiers }: Told): void {
  const lines = (key: string): ExecLine[] => unit.all("Service", key).map(execLine);
  const starts = lines("ExecStart");
  const type = unit.service("Type") ?? "simple";
  if (type === "oneshot") keys.set("type", "oneshot");
  const [first] = starts;
  if (first === undefined) notes.push("there is no ExecStart: say what to run");
  const command =
    first === undefined
      ? ["true"]
      : starts.length === 1
        ? commandWords(first, specifiers)
        : chained(starts, specifiers);
  keys.set("command", command ?? ["true"]);
  if (first?.ignoresFailure && starts.length === 1) keys.set("exitcodes", [...Array(256).keys()].map(String));
  if (first?.calledAs != null) notes.push(`not carried over: the name ${first.calledAs} that @ gives the program`);
  for (const [key, ours] of hooks) {
    const found = lines(key);
    const hook = chained(found, specifiers);
    if (hook !== null) keys.set(ours, hook);
    if (found.some(({ privileged }) => privileged))
      notes.push(`${key} runs as the program's user here: + and ! are not carried over`);
  }
  if (starts.some(({ privileged }) => privileged))
    notes.push("+ and ! of ExecStart are not carried over: it runs as its user");
  const start = unit.service("TimeoutStartSec") ?? unit.service("TimeoutSec");
  if (start !== null && start !== "infinity" && start !== "0") keys.set("start_timeout", literal(start));
  explain(type, { notes }, unit);
}

const hooks = [
  ["ExecStartPre", "pre_start_command"],
  ["ExecStartPost", "post_start_command"],
  ["ExecStop", "pre_stop_command"],
  ["ExecStopPost", "post_stop_command"],
] as const;

function explain(type: string, { notes }: Pick<Section, "notes">, unit: Unit): void {
  const pidFile = unit.service("PIDFile");
  if (type === "forking")
    notes.push(
      "Type=forking is not carried over: the program must stay in the foreground, by an option such as --foreground or " +
        `--nodaemon${pidFile === null ? "" : `; where it has none: command: pidproxy ${pidFile} …`}`,
    );
  else if (type === "notify" || type === "notify-reload")
    notes.push(
      "Type=notify is not carried over: READY=1 reaches nobody. ready: { log: REGEX } or a healthcheck says when it is ready",
    );
  else if (type === "dbus" || type === "idle")
    notes.push(`Type=${type} is not carried over: it counts as started at once`);
  const reload = unit.service("ExecReload");
  if (reload !== null) notes.push(`not carried over: ExecReload=${reload}; spacectl signal HUP NAME sends a signal`);
  unit.service("RemainAfterExit");
}

const orderKeys = ["After", "Requires", "Wants", "BindsTo", "Requisite", "PartOf"] as const;

/** Order among the units at hand; what else is named is the machine's. */
function setOrder(draft: Draft, known: Known, units: readonly Known[]): void {
  const outside: string[] = [];
  for (const key of [...orderKeys, "Before"] as const) {
    for (const name of known.unit.all("Unit", key).flatMap((value) => value.split(/\s+/))) {
      const other = units.find(
        ({ file, prefix }) => file.name === name || (file.name.includes("@") && name.startsWith(`${prefix}@`)),
      );
      if (other === undefined) outside.push(`${key}=${name}`);
      else if (other !== known && key === "Before") depend(draft, other, known);
      else if (other !== known) depend(draft, known, other);
    }
  }
  if (outside.length > 0)
    noteAll(draft, known.programs, `not carried over, for these are not among the files: ${outside.join(" ")}`);
}

function depend(draft: Draft, who: Known, on: Known): void {
  const condition = on.unit.service("Type") === "oneshot" ? "completed" : "started";
  for (const program of who.programs) {
    const { keys } = sectionOf(draft, "programs", program);
    const before = keys.get("depends_on");
    const others = Object.fromEntries(on.programs.map((name) => [name, condition]));
    keys.set("depends_on", { ...(typeof before === "object" && !Array.isArray(before) ? before : {}), ...others });
  }
}

/** Directives that only describe a unit, or say when systemd starts it. */
const harmless = new Set([
  "Documentation",
  "WantedBy",
  "RequiredBy",
  "Alias",
  "Also",
  "DefaultInstance",
  "SyslogIdentifier",
  "DefaultDependencies",
]);

function noteUnread(draft: Draft, programs: readonly string[], unit: Unit): void {
  const left = unit.unread().filter((key) => !harmless.has(key));
  if (left.length > 0) noteAll(draft, programs, `not carried over: ${left.join(", ")}`);
}

function noteAll(draft: Draft, programs: readonly string[], note: string): void {
  for (const program of programs) sectionOf(draft, "programs", program).notes.push(note);
}
