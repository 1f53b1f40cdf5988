/**
 * supervisord's ini in the YAML spelling, for the same meaning: values stay as they are written, with their
 * `%(ENV_X)s`, and `[DEFAULT]` is settled in each section. Comments are lost; includes stay includes.
 */
import { Complaints } from "../config/complaint.ts";
import { type Entry, emptyDocument, type Section as IniSection } from "../config/document.ts";
import { readIni } from "../config/ini.ts";
import { optionsOf, type SectionKind, sectionKind } from "../config/options.ts";
import { parsePairs } from "../config/shlex-pairs.ts";
import { namedSections, singleSections } from "../config/yaml-shape.ts";
import {
  type Draft,
  ImportError,
  type NamedName,
  type Section,
  type SingleName,
  sectionOf,
  type Value,
} from "./draft.ts";

const ownInterface = "rpcinterface:supervisor";

export function importSupervisord(text: string, file: string): Draft {
  const document = emptyDocument();
  const complaints = new Complaints();
  if (!readIni(text, file, document, complaints)) throw new ImportError(complaints.firstError ?? "it is no ini file");
  const draft: Draft = { notes: [], single: new Map(), named: new Map() };
  if (/^\s*[;#]/m.test(text)) draft.notes.push("the comments of the ini file are not carried over");
  for (const section of document.sections.values()) {
    const target = targetOf(section, draft);
    if (target === null) continue;
    const entries = new Map([...document.defaults, ...section.entries]);
    convert(entries, target.section, target.kind, document.defaults);
  }
  const includes = draft.single.get("include")?.keys.get("files");
  if (Array.isArray(includes))
    draft.notes.push(`included files stay as they are; import them one by one: ${includes.join(" ")}`);
  return draft;
}

function targetOf({ name }: IniSection, draft: Draft): { section: Section; kind: SectionKind } | null {
  const kind = sectionKind(name);
  if (kind === "rpcinterface" || kind === "ctlplugin") {
    if (name !== ownInterface) draft.notes.push(`[${name}] is not carried over: plugins in Python are not loaded`);
    return null;
  }
  const single = (Object.keys(singleSections) as SingleName[]).find((key) => key === name);
  if (single !== undefined && kind !== null) {
    const section: Section = draft.single.get(single) ?? { keys: new Map(), notes: [] };
    draft.single.set(single, section);
    return { section, kind };
  }
  const named = (Object.keys(namedSections) as NamedName[]).find((key) => namedSections[key] === kind);
  if (named === undefined || kind === null) {
    draft.notes.push(
      `[${name}] is not carried over: ${kind === null ? "nobody knows it" : "YAML has one such section"}`,
    );
    return null;
  }
  return { section: sectionOf(draft, named, name.slice(kind.length + 1)), kind };
}

function convert(
  entries: ReadonlyMap<string, Entry>,
  { keys, notes }: Section,
  kind: SectionKind,
  defaults: ReadonlyMap<string, Entry>,
): void {
  const known = optionsOf(kind);
  for (const [key, entry] of entries) {
    if (Object.hasOwn(known, key)) keys.set(key, valueAs(known[key]?.type ?? "text", entry.value));
    else if (!defaults.has(key)) notes.push(`not carried over, for nobody knows the key: ${key}=${entry.value}`);
  }
  for (const stream of ["stdout", "stderr"]) {
    const shown = /^\/dev\/(stdout|stderr|fd\/[12])$/.test(String(keys.get(`${stream}_logfile`)));
    if (shown && !notes.some((note) => note.includes("log_passthrough")))
      notes.push("log_passthrough: true would show each line behind the program's name, and needs no /dev/stdout");
  }
}

/** In the form of a list or a map where nothing that is expanded later could be cut differently. */
function valueAs(type: string, text: string): Value {
  switch (type) {
    case "environment":
      return variables(text);
    case "exitcodes":
      return /^\s*\d{1,3}(\s*,\s*\d{1,3})*\s*$/.test(text) ? text.split(",").map(Number) : text;
    case "events":
    case "names":
      return /%|^$/.test(text) ? text : text.split(",").map((word) => word.trim());
    case "patterns":
      return text.split(/\s+/).filter((word) => word !== "");
    case "autorestart":
    case "boolean":
      return /^(true|yes|on|1)$/i.test(text) ? true : /^(false|no|off|0)$/i.test(text) ? false : text;
    case "bytes":
    case "integer":
    case "count":
      return /^(0|-?[1-9]\d{0,14})$/.test(text) ? Number(text) : text;
    default:
      return text;
  }
}

function variables(text: string): Value {
  try {
    const { pairs, doubts } = parsePairs(text);
    // An expansion outside of quotes may bring commas and quotes of its own, and a doubt is settled as it is.
    const bare = text.replace(/"[^"]*"|'[^']*'/g, "");
    if (doubts.length > 0 || bare.includes("%") || pairs.size === 0) return text;
    return Object.fromEntries(pairs);
  } catch {
    return text;
  }
}
