/**
 * From a path to a whole `Document`: the main file, then what its `[include]` names, in the order of the
 * patterns and sorted within each. Only the main file may include, so there are no loops. Errors and the
 * lines for the main log are the reference's.
 */
import type { Complaints } from "./complaint.ts";
import { Refusal } from "./complaint.ts";
import { type Document, type Entry, emptyDocument, entryOf, keyPlace, valuePlace } from "./document.ts";
import { expand, type Names } from "./expand.ts";
import { glob } from "./glob.ts";
import { readIni } from "./ini.ts";
import { absolutePath, directoryName, type Surroundings } from "./paths.ts";
import { words } from "./python.ts";
import { readSource } from "./source.ts";

export interface Reading {
  readonly document: Document;
  /** Absolute paths in reading order. */
  readonly files: readonly string[];
  /** Absolute patterns of [include]. */
  readonly includes: readonly string[];
  readonly here: string;
  /** Whether the main file is YAML. */
  readonly yaml: boolean;
  /** Lines for the main log, without a place: `No file matches …`, `Included extra file …`. */
  readonly warnings: readonly string[];
  readonly infos: readonly string[];
}

const fileLimit = 10_000;
const totalLimit = 128 * 1024 * 1024;

/** Null when the files cannot be read or parsed; `complaints` says why. */
export async function readFiles(
  file: string,
  environment: ReadonlyMap<string, string>,
  from: Surroundings,
  complaints: Complaints,
): Promise<Reading | null> {
  const path = absolutePath(file, from.cwd);
  const reader = new FileReader(complaints);
  const main = await reader.read(path, file);
  if (main === null) return null;
  const here = directoryName(path);
  const local = new Map([
    ["here", here],
    ["host_node_name", from.hostName],
  ]);
  if (reader.document.sections.has("include")) await reader.include(here, [local, environment]);
  if (complaints.errors > 0) return null;
  const { document, files, includes, warnings, infos } = reader;
  return { document, files, includes, here, yaml: main === "yaml", warnings, infos };
}

class FileReader {
  readonly document = emptyDocument();
  readonly files: string[] = [];
  readonly includes: string[] = [];
  readonly warnings: string[] = [];
  readonly infos: string[] = [];
  readonly #complaints: Complaints;
  #total = 0;

  constructor(complaints: Complaints) {
    this.#complaints = complaints;
  }

  /** What kind of file it is; null after an error. */
  async read(path: string, shown: string): Promise<"ini" | "yaml" | null> {
    this.document.touched.length = 0;
    const source = await readSource(path, shown);
    const place = { file: shown, line: 1, column: 1, length: 1 };
    if (!source.ok) {
      if (this.files.length > 0 && source.kind !== "content") {
        this.#complaints.warn(`the included file ${shown} cannot be read and is skipped`, place);
        return "ini";
      }
      this.#complaints.error(source.message, { ...place, line: source.line });
      return null;
    }
    this.files.push(path);
    this.#total += source.text.length;
    if (this.#total > totalLimit) {
      this.#complaints.error(`the included files are larger than ${totalLimit / 1024 / 1024}MB in all`, place);
      return null;
    }
    return readInto(this.document, source.text, shown, this.#complaints);
  }

  async include(here: string, names: Names): Promise<void> {
    const section = this.document.sections.get("include");
    if (section === undefined) return;
    this.#settleHere(here);
    const entry = entryOf(this.document, section, "files");
    if (entry === undefined) {
      const message = ".ini file has [include] section, but no files setting";
      this.#complaints.error(message, section.place, { section: "include" });
      return;
    }
    const place = valuePlace(entry);
    for (const pattern of this.#patterns(entry, names)) {
      const whole = pattern.startsWith("/") ? pattern : `${here}/${pattern}`;
      this.includes.push(whole);
      const found = glob(whole, fileLimit);
      if (found.length === 0) {
        const warning = `No file matches via include "${whole}"`;
        this.warnings.push(warning);
        this.#complaints.warn(warning, place, { section: "include", key: "files" });
      }
      for (const path of found) {
        if (this.files.length > fileLimit) {
          const message = `[include] names more than ${fileLimit} files`;
          this.#complaints.error(message, place, { section: "include", key: "files" });
          return;
        }
        this.infos.push(`Included extra file "${path}" during parsing`);
        await this.read(path, path);
        this.#settleHere(directoryName(path));
        this.#refuseNested();
      }
    }
  }

  #patterns(entry: Entry, names: Names): string[] {
    try {
      if (entry.items !== undefined) return entry.items.map((item) => expand(item, names, "include.files"));
      return words(expand(entry.value, names, "include.files"));
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      const subject = { section: "include", key: "files", hint: error.hint };
      this.#complaints.error(error.message, valuePlace(entry, error.offset), subject, error.reference);
      return [];
    }
  }

  #refuseNested(): void {
    const nested = this.document.sections.get("include")?.entries;
    for (const { entries, key } of this.document.touched) {
      const entry = entries === nested ? entries.get(key) : undefined;
      if (entry === undefined) continue;
      this.#complaints.warn("an included file cannot include others: this is ignored", keyPlace(entry), {
        section: "include",
        key,
        hint: "name the files in the main file",
      });
    }
  }

  /**
   * Puts the directory of the file just read in place of `%(here)s`, as each file has its own. An inherited
   * key is settled in the section that inherits it, so later changes of `[DEFAULT]` no longer reach it.
   */
  #settleHere(here: string): void {
    const { sections, defaults, touched } = this.document;
    for (const { entries, key } of touched) {
      const entry = entries.get(key);
      if (entries !== defaults && entry !== undefined) entries.set(key, withHere(entry, here));
    }
    for (const entry of defaults.values()) {
      if (!entry.value.includes(hereName)) continue;
      const settled = withHere(entry, here);
      for (const { entries } of sections.values()) if (!entries.has(entry.key)) entries.set(entry.key, settled);
    }
  }
}

const hereName = "%(here)s";

function withHere(entry: Entry, here: string): Entry {
  const settle = (text: string) => text.replaceAll(hereName, () => here);
  const { pairs, items } = entry;
  if (pairs !== undefined) {
    return { ...entry, value: settle(entry.value), pairs: pairs.map(([name, value]) => [name, settle(value)]) };
  }
  if (items !== undefined) return { ...entry, value: settle(entry.value), items: items.map(settle) };
  return entry.value.includes(hereName) ? { ...entry, value: settle(entry.value) } : entry;
}

/** Parses the text of one file into `document`, as what it is; null after an error. */
export async function readInto(
  document: Document,
  text: string,
  file: string,
  complaints: Complaints,
): Promise<"ini" | "yaml" | null> {
  if (!isYaml(file, text)) return readIni(text, file, document, complaints) ? "ini" : null;
  const { readYaml } = await import("./yaml.ts");
  return readYaml(text, file, document, complaints) ? "yaml" : null;
}

const yamlStart =
  /^(?:---|\{|(?:supervisord|supervisorctl|programs|groups|eventlisteners|fcgi_programs|include|unix_http_server|inet_http_server)\s*:(?:\s|$))/;

/** By the name's ending, else by the first line that says something. */
function isYaml(path: string, text: string): boolean {
  if (/\.ya?ml$/i.test(path)) return true;
  if (/\.ini$/i.test(path)) return false;
  const first = /^\s*(?![\s#;])[^\n]*/m.exec(text)?.[0] ?? "";
  return yamlStart.test(first.trim());
}
