/**
 * Warnings about what the reference passes over in silence: sections and keys that nobody knows. One ini
 * can serve both daemons, so these are never errors.
 */
import type { Complaints } from "./complaint.ts";
import { type Document, type Entry, keyPlace } from "./document.ts";
import { didYouMean } from "./nearest.ts";
import { options, optionsOf, type SectionKind, sectionKind, sectionSpelling, takesAnyKey } from "./options.ts";

const kinds = Object.keys(options) as SectionKind[];

export function warnOfUnknown(document: Document, complaints: Complaints): void {
  for (const section of document.sections.values()) {
    const kind = sectionKind(section.name);
    if (kind === null) {
      const hint = sectionHint(section.name);
      complaints.warn(`unknown section [${section.name}] is ignored`, section.place, { section: section.name, hint });
      continue;
    }
    if (takesAnyKey(kind)) continue;
    const known = optionsOf(kind);
    for (const entry of section.entries.values()) {
      if (Object.hasOwn(known, entry.key) || inherited(document, entry)) continue;
      const subject = { section: section.name, key: entry.key, hint: keyHint(entry.key, kind) };
      complaints.warn(`unknown key ${entry.key} is ignored`, keyPlace(entry), subject);
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

/** Whether the entry is one of `[DEFAULT]` that was settled in the section. */
function inherited(document: Document, entry: Entry): boolean {
  const origin = document.defaults.get(entry.key);
  return origin !== undefined && origin.line === entry.line && origin.file === entry.file;
}

/** `[Program:x]`, `[program x]`, `[programs:x]` -> `[program:x]`. */
function sectionHint(name: string): string | null {
  const [word = "", rest = ""] = name.split(/[:\s]+(.*)/s);
  const spellings = kinds.map((kind) => sectionSpelling(kind).replace(/:$/, ""));
  const match = spellings.find((kind) => kind === word) ?? didYouMean(word, spellings)?.replace("did you mean ", "");
  const kind = kinds.find((candidate) => candidate === match);
  if (kind === undefined) return null;
  const spelling = sectionSpelling(kind);
  return `did you mean [${spelling}${spelling.endsWith(":") ? rest.trim() || "NAME" : ""}]`;
}

function keyHint(key: string, kind: SectionKind): string | null {
  const near = didYouMean(key, Object.keys(optionsOf(kind)));
  const other = kinds.find((candidate) => Object.hasOwn(optionsOf(candidate), key));
  if (other === undefined) return near;
  const spelling = sectionSpelling(other);
  return `${key} belongs to [${spelling}${spelling.endsWith(":") ? "x" : ""}]`;
}
