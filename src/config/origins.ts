/**
 * Which keys of the list make a process what it is, and where each of them stands. This is kept beside the settings and
 * not in them: they are compared to find what an update has to restart, and a line that has moved restarts nothing.
 *
 * It lives as long as the settings do, and hardly anybody asks for it, so it is small: one flat text for each section,
 * shared by all copies, and for each copy the values that a variable made its own. No value of `environment` gets here.
 */

import { same } from "../core/changes.ts";
import type { ProcessSettings } from "../core/program.ts";
import { withoutCredentials } from "../core/redaction.ts";
import type { Setting } from "../core/setting.ts";
import type { Entry, Section } from "./document.ts";
import { optionsOf, sectionKind } from "./options.ts";
import type { SectionReader } from "./section-reader.ts";

/** Keys of one section in one file; a value that is null is the copy's own. */
type Part = readonly [section: string, source: string, rows: readonly Row[]];
type Row = readonly [key: string, value: string | null, line: number, yaml?: string];

interface Copy {
  /** `Part[]` as JSON. */
  readonly parts: string;
  /** The values that are null there, in their order, but for those that the settings have anyway. */
  readonly values: readonly string[];
}

const copies = new WeakMap<ProcessSettings, Copy>();

/** Every key that is set for a process, in the order of the file. Empty for settings that no list has made. */
export function settingsOf(process: ProcessSettings): readonly Setting[] {
  const copy = copies.get(process);
  if (copy === undefined) return [];
  let own = 0;
  return (JSON.parse(copy.parts) as Part[]).flatMap(([section, source, rows]) =>
    rows.map(([key, value, line, yaml = null]): Setting => {
      const text = value ?? kept[key]?.(process) ?? copy.values[own++] ?? "";
      return { section, key, yaml, value: text, source, line: line === 0 ? null : line };
    }),
  );
}

/** Values that are in the settings as they are written. */
const kept: Readonly<Record<string, (process: ProcessSettings) => string>> = {
  command: ({ command }) => command,
  process_name: ({ name }) => name,
};

/** Of one section, for one copy after the other. */
export class Origins {
  readonly #reader: SectionReader<"program">;
  readonly #parts: string;
  readonly #varying: readonly string[];
  #last: Copy | null = null;

  /** `group`: the section that names the program as its member. */
  constructor(reader: SectionReader<"program">, group: SectionReader<"group"> | null) {
    this.#reader = reader;
    const entries = entriesOf(reader);
    this.#varying = entries
      .filter(({ key, value }) => !Object.hasOwn(kept, key) && (key === "environment" || value.includes("%")))
      .map(({ key }) => key);
    const own = new Set([...this.#varying, ...Object.keys(kept)]);
    const parts = partsOf(reader, entries, ({ key, value }) => (own.has(key) ? null : shown(reader, key, value)));
    const above =
      group === null
        ? []
        : partsOf(group, entriesOf(group), ({ key }) => group.expanded(key as "programs" | "priority") ?? "");
    this.#parts = JSON.stringify([...parts, ...above]);
  }

  /** Of the process that has just been read. Returns how many characters that keeps. */
  remember(process: ProcessSettings): number {
    const { texts } = this.#reader;
    const values = this.#varying.map((key) =>
      // What only the group as a whole reads has not been expanded with the names of its processes.
      shown(this.#reader, key, texts.get(key) ?? this.#reader.expanded(key as "command") ?? ""),
    );
    const isNew = this.#last === null || !same(this.#last.values, values);
    const copy = isNew || this.#last === null ? { parts: this.#parts, values } : this.#last;
    this.#last = copy;
    copies.set(process, copy);
    return isNew ? values.reduce((sum, { length }) => sum + length, 0) : 0;
  }
}

type AnyReader = Pick<SectionReader<"program">, "section" | "evaluation">;

/** Those that mean something there; in `[DEFAULT]` stands what others take as well. */
function entriesOf({ section, evaluation }: AnyReader): Entry[] {
  const known = optionsOf(sectionKind(section.name) ?? "program");
  const entries = [...section.entries.values()];
  for (const entry of evaluation.document.defaults.values()) if (!section.entries.has(entry.key)) entries.push(entry);
  return entries.filter(({ key }) => Object.hasOwn(known, key));
}

function partsOf(reader: AnyReader, entries: readonly Entry[], told: (entry: Entry) => string | null): Part[] {
  const { section, evaluation } = reader;
  const { paths } = evaluation.machine;
  const parts: { section: string; source: string; rows: Row[] }[] = [];
  let [file, path] = ["", ""];
  for (const entry of entries) {
    const owner = ownerOf(section, entry);
    if (entry.file !== file) {
      file = entry.file;
      path = paths.absolute(file);
    }
    const source = entry.by ?? path;
    const last = parts.at(-1);
    const part = last?.section === owner && last.source === source ? last : { section: owner, source, rows: [] };
    if (part !== last) parts.push(part);
    const row = [entry.key, told(entry), entry.by === undefined ? entry.line : 0] as const;
    part.rows.push(entry.yaml === undefined ? row : [...row, entry.yaml]);
  }
  return parts.map(({ section, source, rows }) => [section, source, rows]);
}

const ownerOf = (section: Section, entry: Entry): string => (section.entries.has(entry.key) ? section.name : "DEFAULT");

/** Commands are told as they are everywhere else. */
function shown({ section }: AnyReader, key: string, value: string): string {
  if (!value.includes("@")) return value;
  const type = optionsOf(sectionKind(section.name) ?? "program")[key]?.type;
  return type === "command" || type === "commandline" ? value : withoutCredentials(value);
}
