/**
 * A program list as text with positions, before anything is expanded or checked: sections of keys with
 * string values, which is what both spellings (ini and YAML) come down to. Files are read into one
 * `Document` one after the other; later values replace earlier ones.
 */
import type { Place } from "./complaint.ts";

/** Where one physical line of a value of several lines stands. */
export interface ValueLine {
  /** Index into the value of the line's first character. */
  readonly offset: number;
  readonly line: number;
  readonly column: number;
}

export interface Entry {
  readonly key: string;
  readonly value: string;
  readonly file: string;
  /** Where the key stands. */
  readonly line: number;
  readonly column: number;
  readonly keyLength: number;
  /** Where the value begins; same line as the key unless `lines` says otherwise. */
  readonly valueColumn: number;
  readonly lines: readonly ValueLine[] | null;
  /** How much of the value's line it takes up, where the value is not what stands there to the letter (YAML). */
  readonly width?: number;
  /** `environment` written as a map: names and unexpanded values. */
  readonly pairs?: readonly (readonly [name: string, value: string])[];
  /** A list whose items may hold what separates them in `value`, by one character each. */
  readonly items?: readonly string[];
  /** Where the items of a list or a map stand, in the order of `value`. */
  readonly parts?: readonly { readonly text: string; readonly place: Place }[];
  /** Where it stands in YAML: `programs.web.stdout.logfile`. */
  readonly yaml?: string;
  /** In YAML, the keys by which it is written within its section, outermost first: `stdout`, `logfile`. */
  readonly written?: readonly string[];
  /** Who has set it, where no file has. */
  readonly by?: string;
}

export interface Section {
  readonly name: string;
  readonly entries: Map<string, Entry>;
  /** The header; the file is the one that introduced the section. */
  readonly place: Place;
}

export interface Document {
  /** In order of first appearance, which is the order of evaluation. */
  readonly sections: Map<string, Section>;
  /** `[DEFAULT]`: inherited by every section. */
  readonly defaults: Map<string, Entry>;
  /** Every entry set since the list was last emptied: what the file being read has brought. */
  readonly touched: { readonly entries: Map<string, Entry>; readonly key: string }[];
}

export function emptyDocument(): Document {
  return { sections: new Map(), defaults: new Map(), touched: [] };
}

/** The entry of a section or the one it inherits. */
export function entryOf(document: Document, section: Section, key: string): Entry | undefined {
  return section.entries.get(key) ?? document.defaults.get(key);
}

/** Where a key of a section stands, as the ini form names both; null when it is not written. */
export function placeOfKey(document: Document, section: string, key: string): Place | null {
  const found = document.sections.get(section);
  const entry = found === undefined ? undefined : entryOf(document, found, key);
  return entry === undefined ? null : keyPlace(entry);
}

export function keyPlace(entry: Entry): Place {
  return { file: entry.file, line: entry.line, column: entry.column, length: entry.keyLength };
}

/** The place of `entry.value[offset…]`, as far as it stays on its line. */
export function valuePlace(entry: Entry, offset = 0, length?: number): Place {
  if (entry.parts !== undefined && offset > 0) return partPlace(entry.parts, offset) ?? keyPlace(entry);
  const lines = entry.lines ?? [{ offset: 0, line: entry.line, column: entry.valueColumn }];
  let index = lines.findLastIndex((line) => line.offset <= offset);
  if (index < 0) index = 0;
  // An empty first line (`key =` and the value below) has nothing to point at.
  while (offset === 0 && index + 1 < lines.length && lines[index + 1]?.offset === (lines[index]?.offset ?? 0) + 1)
    index++;
  const { line, column, offset: from } = lines[index] ?? { line: entry.line, column: entry.valueColumn, offset: 0 };
  const width = entry.width ?? Number.POSITIVE_INFINITY;
  const inside = Math.min(Math.max(0, offset - from), width - 1);
  const until = entry.value.indexOf("\n", from + inside);
  const rest = Math.min(width, (until < 0 ? entry.value.length : until) - from) - inside;
  return { file: entry.file, line, column: column + inside, length: Math.max(1, Math.min(length ?? rest, rest)) };
}

/** The part that has the character at `offset`, when they are joined by one character. */
function partPlace(parts: NonNullable<Entry["parts"]>, offset: number): Place | undefined {
  let end = 0;
  for (const { text, place } of parts) {
    end += text.length + 1;
    if (offset < end) return place;
  }
  return undefined;
}

/** Where `word` stands in a value, or the whole value when it cannot be found as written. */
export function placeOfWord(entry: Entry, word: string): Place {
  const part = word === "" ? undefined : entry.parts?.find(({ text }) => text.includes(word));
  if (part !== undefined) return part.place;
  const at = word === "" ? -1 : entry.value.toLowerCase().indexOf(word.toLowerCase());
  return at < 0 ? valuePlace(entry) : valuePlace(entry, at, word.length);
}
