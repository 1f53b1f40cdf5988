/**
 * The groups of a program list: `[group:x]`, and every program, fcgi-program and eventlistener that is in
 * none. The four passes and their order are the reference's, since they decide which error comes first.
 */
import { eventTypes } from "../core/events.ts";
import type { FcgiSocket, GroupSettings, ProcessSettings } from "../core/program.ts";
import { shortRepr } from "../core/python.ts";
import { Complaints } from "./complaint.ts";
import { placeOfWord, type Section } from "./document.ts";
import { fcgiSocket } from "./fcgi.ts";
import { didYouMean } from "./nearest.ts";
import { afterColon, processesOf, sectionName } from "./programs.ts";
import { type Evaluation, SectionReader } from "./section-reader.ts";

/** Every group in starting order: by priority, then by name. Groups of one name after the first are dropped. */
export function readGroups(evaluation: Evaluation): GroupSettings[] {
  const { document } = evaluation;
  const sections = [...document.sections.values()];
  const of = (kind: string) => sections.filter(({ name }) => name.startsWith(`${kind}:`));
  const grouped = new Set<Section>();
  const groups: { group: GroupSettings; section: Section }[] = [];
  const add = (section: Section, group: GroupSettings | null) => {
    if (group !== null) groups.push({ section, group });
  };
  for (const section of of("group")) add(section, mixedGroup(section, grouped, evaluation));
  for (const section of of("program")) if (!grouped.has(section)) add(section, programGroup(section, evaluation));
  for (const section of of("eventlistener")) add(section, listenerPool(section, evaluation));
  for (const section of of("fcgi-program")) if (!grouped.has(section)) add(section, fcgiGroup(section, evaluation));
  groups.sort((a, b) => a.group.priority - b.group.priority || compare(a.group.name, b.group.name));
  return distinct(groups, evaluation);
}

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

/** Keys of a section as a whole see no names but `here`. */
const groupNames = (evaluation: Evaluation) => [new Map([["here", evaluation.here]]), evaluation.environment];

function distinct(
  groups: readonly { group: GroupSettings; section: Section }[],
  evaluation: Evaluation,
): GroupSettings[] {
  const byName = new Map<string, GroupSettings>();
  for (const { group, section } of groups) {
    if (!byName.has(group.name)) byName.set(group.name, group);
    else
      evaluation.complaints.warn(
        `there is another group of the name ${group.name}; this one is ignored`,
        section.place,
        {
          section: section.name,
        },
      );
  }
  return [...byName.values()];
}

function mixedGroup(section: Section, grouped: Set<Section>, evaluation: Evaluation): GroupSettings | null {
  const { sections } = evaluation.document;
  const reader = new SectionReader("group", section, groupNames(evaluation), evaluation);
  const name = sectionName(section, reader);
  if (name === null) return null;
  const members = reader.read("programs");
  const priority = reader.read("priority");
  const processes: ProcessSettings[] = [];
  const sockets: [string, FcgiSocket][] = [];
  // The reference names the last section it has read instead of the group.
  let misnamed = section.name;
  for (const member of members) {
    const program = sections.get(`program:${member}`);
    const fcgi = sections.get(`fcgi-program:${member}`);
    const found = program ?? fcgi;
    if (found === undefined || (program !== undefined && fcgi !== undefined)) {
      const trouble =
        found === undefined
          ? ` names unknown program or fcgi-program ${member}`
          : ` name ${member} is ambiguous (exists as program and fcgi-program)`;
      const entry = reader.entry("programs");
      reader.refuse(`[${section.name}]${trouble}`, {
        place: entry === undefined ? section.place : placeOfWord(entry, member),
        key: "programs",
        hint: member === "" ? "a comma too many" : didYouMean(member, programNames(evaluation)),
        reference: `[${misnamed}]${trouble}`,
      });
      continue;
    }
    misnamed = found.name;
    grouped.add(found);
    const own = processesOf(found, name, evaluation, reader);
    for (const process of own) processes.push(process);
    const socket = found === fcgi ? memberSocket(found, evaluation) : null;
    if (socket !== null && own[0] !== undefined) sockets.push([own[0].program, socket]);
  }
  const listed = asListed(processes, section, evaluation);
  return { kind: "program", name, priority, processes: listed, sockets: Object.fromEntries(sockets) };
}

/**
 * The socket of a `[fcgi-program:x]` in a group. The reference forgets about it there and gives its processes a pipe, so
 * what would be refused elsewhere is only warned about.
 */
function memberSocket(section: Section, evaluation: Evaluation): FcgiSocket | null {
  const local = new Map([["here", evaluation.here]]);
  const complaints = new Complaints();
  const alone = { ...evaluation, complaints };
  const reader = new SectionReader("fcgi-program", section, [local, evaluation.environment], alone);
  const socket = fcgiSocket(reader, local, afterColon(section.name));
  const bad = complaints.list.filter(({ key }) => key?.startsWith("socket"));
  for (const complaint of bad)
    evaluation.complaints.warn(`${complaint.message}; its processes get no socket`, complaint, complaint);
  return bad.length === 0 ? socket : null;
}

function programNames({ document }: Evaluation): string[] {
  const names: string[] = [];
  for (const name of document.sections.keys()) {
    if (name.startsWith("program:") || name.startsWith("fcgi-program:")) names.push(afterColon(name));
  }
  return names.length > 10_000 ? [] : names;
}

/** As configured: the reference starts the members of a group in the order of `programs=`. Of several processes of one name the last one counts, at the first one's place. */
function asListed(processes: readonly ProcessSettings[], section: Section, evaluation: Evaluation): ProcessSettings[] {
  const byName = new Map<string, ProcessSettings>();
  for (const process of processes) {
    const earlier = byName.get(process.name);
    if (earlier !== undefined) {
      const owner = earlier.program === process.program ? process.program : `${earlier.program} and ${process.program}`;
      const message = `two processes of the group have the name ${process.name} (${owner}); only the last is run`;
      evaluation.complaints.warn(message, section.place, { section: section.name });
    }
    byName.set(process.name, process);
  }
  return [...byName.values()];
}

function programGroup(section: Section, evaluation: Evaluation): GroupSettings | null {
  const reader = new SectionReader("program", section, groupNames(evaluation), evaluation);
  const name = sectionName(section, reader);
  if (name === null) return null;
  const priority = reader.read("priority");
  const processes = asListed(processesOf(section, name, evaluation), section, evaluation);
  return { kind: "program", name, priority, processes, sockets: {} };
}

function listenerPool(section: Section, evaluation: Evaluation): GroupSettings {
  const reader = new SectionReader("eventlistener", section, groupNames(evaluation), evaluation);
  const name = afterColon(section.name);
  // Listeners come up before what they listen to.
  const priority = reader.entry("priority") === undefined ? -1 : reader.read("priority");
  const bufferSize = reader.read("buffer_size");
  if (bufferSize < 1) {
    reader.refuse(`[${section.name}] section sets invalid buffer_size (${bufferSize})`, { key: "buffer_size" });
  }
  const handler = reader.expanded("result_handler");
  if (handler !== null && !refersTo(handler, "supervisor.dispatchers", "default_handler")) {
    const hint = /stdout/.test(handler)
      ? "plugins are not loaded: remove the section; log_passthrough=true shows what a program writes"
      : "plugins are not loaded: remove the key, the default handler is the only one";
    reader.refuse(importRefusal(handler, section.name), { key: "result_handler", hint });
  }
  const events = [...new Set(reader.read("events"))];
  if (events.length === 0) {
    const hint = "for example events=PROCESS_STATE";
    reader.refuse(`[${section.name}] section requires an "events" line`, { hint });
  }
  for (const event of events) {
    if (eventTypes.includes(event)) continue;
    const entry = reader.entry("events");
    reader.refuse(`Unknown event type ${event} in [${section.name}] events`, {
      place: entry === undefined ? section.place : placeOfWord(entry, event),
      key: "events",
      hint: didYouMean(event, eventTypes),
    });
  }
  if (reader.read("redirect_stderr")) {
    const why = "this is not allowed because it will interfere with the eventlistener protocol";
    reader.refuse(`[${section.name}] section sets redirect_stderr=true but ${why}`, { key: "redirect_stderr" });
  }
  const processes = asListed(processesOf(section, name, evaluation), section, evaluation);
  // They are a set: another order is no change.
  return { kind: "eventlistener", name, priority, processes, events: events.sort(), bufferSize };
}

function fcgiGroup(section: Section, evaluation: Evaluation): GroupSettings | null {
  const local = new Map<string, string>([["here", evaluation.here]]);
  const reader = new SectionReader("fcgi-program", section, [local, evaluation.environment], evaluation);
  const name = sectionName(section, reader);
  if (name === null) return null;
  const priority = reader.read("priority");
  const socket = fcgiSocket(reader, local, name);
  const processes = asListed(processesOf(section, name, evaluation), section, evaluation);
  return socket === null ? null : { kind: "fcgi-program", name, priority, processes, socket };
}

const importable = /^\s*([\w.]+)\s*(?::\s*([\w.]+))?\s*(?:\[.*\])?\s*$/;

/** Whether a Python import path names `module:attribute`: the only plugins there are have these names. */
export function refersTo(spec: string, module: string, attribute: string): boolean {
  const found = importable.exec(spec);
  return found !== null && found[1] === module && found[2] === attribute;
}

/** What the reference says about an import path that leads nowhere. */
export function importRefusal(spec: string, section: string): string {
  if (importable.test(spec)) return `${spec} cannot be resolved within [${section}]`;
  return `("EntryPoint must be in 'name=module:attrs [extras]' format", ${shortRepr(`x=${spec}`)})`;
}
