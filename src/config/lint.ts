/**
 * Warnings about what the reference passes over in silence: sections and keys that nobody knows. One ini
 * can serve both daemons, so these are never errors.
 */
import type { Complaints } from "./complaint.ts";
import { type Document, type Entry, keyPlace, type Section, valuePlace } from "./document.ts";
import { keyHint, kinds, spelled } from "./key-hint.ts";
import { didYouMean } from "./nearest.ts";
import { options, optionsOf, sectionKind, sectionSpelling, takesAnyKey } from "./options.ts";

export function warnOfUnknown(document: Document, complaints: Complaints): void {
  for (const section of document.sections.values()) {
    const kind = sectionKind(section.name);
    if (kind === null) {
      const hint = sectionHint(section.name);
      complaints.warn(`unknown section [${section.name}] is ignored`, section.place, { section: section.name, hint });
      continue;
    }
    if (kind === "ctlplugin") warnOfPlugin(section, complaints);
    if (takesAnyKey(kind)) continue;
    const known = optionsOf(kind);
    for (const entry of section.entries.values()) {
      if (entry.lines !== null) warnOfContinued(entry, section.name, known, complaints);
      if (Object.hasOwn(known, entry.key) || inherited(document, entry)) continue;
      const subject = { section: section.name, key: entry.key, hint: keyHint(entry, kind) };
      complaints.warn(`unknown key ${spelled(entry)} is ignored`, keyPlace(entry), subject);
    }
  }
  for (const entry of document.defaults.values()) {
    if (kinds.some((kind) => Object.hasOwn(optionsOf(kind), entry.key))) continue;
    const hint = didYouMean(entry.key, Object.keys(options.program));
    complaints.warn(`unknown key ${entry.key} is ignored`, keyPlace(entry), {
      section: "DEFAULT",
      key: entry.key,
      hint,
    });
  }
}

/** Code in Python for the reference's control program; only that can run it. */
function warnOfPlugin({ name, place }: Section, complaints: Complaints): void {
  const hint = "its commands are there only in the supervisorctl that it was written for";
  complaints.warn(`plugins of supervisorctl are not loaded: [${name}] has no effect`, place, { section: name, hint });
}

/** A key or a section that is indented deeper than the key above continues its value, which nobody means. */
function warnOfContinued(
  entry: Entry,
  section: string,
  known: Readonly<Record<string, unknown>>,
  complaints: Complaints,
): void {
  for (const { offset } of entry.lines?.slice(1) ?? []) {
    const line = entry.value.slice(offset, offset + 80);
    const [, key = ""] = /^([a-z_]+)\s*[=:]/.exec(line) ?? [];
    const [header] = /^\[[\w-]+(?::[^\]\n]*)?\]/.exec(line) ?? [];
    if (header !== undefined && sectionKind(header.slice(1, -1)) !== null) {
      complaints.warn(`${header} is part of the value of ${entry.key} here`, valuePlace(entry, offset, header.length), {
        section,
        key: entry.key,
        hint: "an indented line continues the value above: do not indent it",
      });
      // All of it is indented, then.
      return;
    }
    if (!Object.hasOwn(known, key) || entry.key === "environment") continue;
    complaints.warn(`${key} is part of the value of ${entry.key} here`, valuePlace(entry, offset, key.length), {
      section,
      key: entry.key,
      hint: "an indented line continues the value above: do not indent it",
    });
  }
}

/** Whether the entry is one of `[DEFAULT]` that was settled in the section. */
function inherited(document: Document, entry: Entry): boolean {
  const origin = document.defaults.get(entry.key);
  return origin !== undefined && origin.line === entry.line && origin.file === entry.file;
}

/** `[Program:x]`, `[program x]`, `[programs:x]` -> `[program:x]`. */
function sectionHint(name: string): string | null {
  if (name === "program-default") return "what holds for all sections stands in [DEFAULT]";
  const [word = "", rest = ""] = name.split(/[:\s]+(.*)/s);
  const spellings = kinds.map((kind) => sectionSpelling(kind).replace(/:$/, ""));
  const match = spellings.find((kind) => kind === word) ?? didYouMean(word, spellings)?.replace("did you mean ", "");
  const kind = kinds.find((candidate) => candidate === match);
  if (kind === undefined) return null;
  const spelling = sectionSpelling(kind);
  return `did you mean [${spelling}${spelling.endsWith(":") ? rest.trim() || "NAME" : ""}]`;
}
