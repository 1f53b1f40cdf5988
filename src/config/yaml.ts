/**
 * The YAML spelling of a program list, read into the same `Document` as ini: each section and key has
 * one meaning, whatever the file's form. Lists and maps stand where they are natural; `stdout: {logfile:
 * x}` and `stdout_logfile: x` are the same key. Nothing here expands aliases without a bound.
 */
import { Alias, isAlias, isMap, isNode, isPair, isScalar, isSeq, type Node, parse, parseDocument, visit } from "yaml";
import type { Complaints, Place, Subject } from "./complaint.ts";
import type { Document, Entry, Section } from "./document.ts";
import { nearest } from "./nearest.ts";
import type { Option } from "./option.ts";
import { optionsOf, type SectionKind } from "./options.ts";
import { shellQuoted } from "./quoted.ts";
import { listTypes, mapTypes, namedSections, renamedKeys, singleSections, topLevelNames } from "./yaml-shape.ts";

/** Reads `text` into `document`; false after an error, which is then in `complaints`. */
export function readYaml(text: string, file: string, document: Document, complaints: Complaints): boolean {
  const before = complaints.errors;
  try {
    if (nodeCount(text) > nodeLimit) throw new TooMuch(`${file} is too large for YAML`);
    // Line ends are made one, as YAML has it: the library counts only line feeds as such.
    const plain = text.includes("\r") ? text.replace(/\r\n?/g, "\n") : text;
    new YamlReader(plain, file, document, complaints).read();
  } catch (error) {
    const place = { file, line: 1, column: 1, length: 1 };
    if (error instanceof TooMuch) complaints.error(error.message, place);
    else if (error instanceof RangeError) complaints.error(`${file} is nested too deeply`, place);
    else throw error;
  }
  return complaints.errors === before;
}

/** Any YAML or JSON as plain data, for what is not a program list. Throws what is wrong with it. */
export function plainYaml(text: string): unknown {
  if (nodeCount(text) > nodeLimit) throw new TooMuch("it is too large for YAML");
  return parse(text, { maxAliasCount: 1000, logLevel: "error" });
}

class TooMuch extends Error {}

/** The library spends up to 500 bytes on a node; a list of 100 000 programs has a million. */
const nodeLimit = 2_500_000;

/** No fewer than the nodes in `text`, without parsing it. */
function nodeCount(text: string): number {
  let count = 0;
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    // newline , : [ {
    if (code === 10 || code === 44 || code === 58 || code === 91 || code === 123) count++;
  }
  return count;
}

/** Nodes looked at, counting those behind an alias each time: far above any list, far below trouble. */
const visitLimit = 3_000_000;
const depthLimit = 12;

interface Item {
  readonly key: string;
  readonly keyNode: Node;
  readonly value: Node | null;
}

/** What begins with %, @, * … is no plain text in YAML, as in `%(here)s` and `*:9001`. */
const quotes: Subject = { hint: "text that begins so stands in quotes" };

class YamlReader {
  readonly #text: string;
  readonly #file: string;
  readonly #document: Document;
  readonly #complaints: Complaints;
  /** Index of the first character of each line. The library's own count misses some. */
  readonly #lineStarts: readonly number[];
  readonly #targets = new Map<Alias, Node>();
  #visits = 0;

  constructor(text: string, file: string, document: Document, complaints: Complaints) {
    this.#text = text;
    this.#lineStarts = lineStarts(text);
    this.#file = file;
    this.#document = document;
    this.#complaints = complaints;
  }

  read(): void {
    // Keys are checked for repetition below: the library compares each with each.
    const options = { prettyErrors: false, uniqueKeys: false, logLevel: "silent" } as const;
    const parsed = parseDocument(this.#text, options);
    for (const error of parsed.errors.slice(0, 20)) {
      const [start, end] = error.pos;
      const deep = error.code === "RESOURCE_EXHAUSTION";
      const message = deep ? "the list is nested too deeply" : (error.message.split("\n", 1)[0] ?? "");
      this.#complainAt(message, this.#placeAt(start, end), error.code === "BAD_SCALAR_START" ? quotes : {});
    }
    if (parsed.errors.length > 0) return;
    const before = this.#complaints.errors;
    const anchors = new Map<string, Node>();
    visit(parsed, (_key, node) => {
      if (isAlias(node)) {
        const target = anchors.get(node.source);
        if (target !== undefined) this.#targets.set(node, target);
        else this.#complain(`there is no anchor &${node.source} above`, node, quotes);
      } else if (isNode(node) && node.anchor !== undefined) anchors.set(node.anchor, node);
    });
    if (this.#complaints.errors > before || parsed.contents === null || isEmpty(parsed.contents)) return;
    const top = this.#items(parsed.contents, "the top level");
    for (const item of top ?? []) this.#topLevel(item);
  }

  #topLevel({ key, keyNode, value }: Item): void {
    if (Object.hasOwn(singleSections, key)) {
      const kind = singleSections[key as keyof typeof singleSections];
      const section = this.#section(kind, keyNode);
      const target = this.#resolve(value);
      if (kind === "include" && isSeq(target)) this.#keys([{ key: "files", keyNode, value }], kind, section, key);
      else this.#keys(this.#items(value, key), kind, section, key);
    } else if (Object.hasOwn(namedSections, key)) {
      const kind = namedSections[key as keyof typeof namedSections];
      for (const named of this.#items(value, key) ?? []) {
        const section = this.#section(`${kind}:${named.key}`, named.keyNode);
        this.#keys(this.#items(named.value, `${key}.${named.key}`), kind, section, `${key}.${named.key}`);
      }
    } else if (!key.startsWith("x-")) {
      const near = nearest(key, topLevelNames) ?? nearest(`${key}s`, topLevelNames);
      const hint = near === null ? `known here: ${topLevelNames.join(", ")}` : `did you mean ${near}`;
      this.#complaints.warn(`unknown section ${key} is ignored`, this.#place(keyNode), { section: key, hint });
    }
  }

  #section(name: string, keyNode: Node): Section {
    const section = this.#document.sections.get(name) ?? { name, entries: new Map(), place: this.#place(keyNode) };
    this.#document.sections.set(name, section);
    return section;
  }

  /** `prefix` is what stands before a nested key: `stdout_`. */
  #keys(
    items: readonly Item[] | null,
    kind: SectionKind,
    section: Section,
    path: string,
    prefix = "",
    outer: readonly string[] = [],
  ): void {
    if (outer.length > depthLimit) throw new TooMuch(`${this.#file} is nested too deeply`);
    const known: Readonly<Record<string, Option>> = optionsOf(kind);
    const renamed = prefix === "" ? null : renamedKeys(known);
    for (const item of items ?? []) {
      const key = renamed?.get(prefix + item.key) ?? prefix + item.key;
      const value = this.#resolve(item.value);
      const option = Object.hasOwn(known, key) ? known[key] : undefined;
      const where = `${path}.${item.key}`;
      const nested = isMap(value) && option?.type !== "environment";
      if (nested && Object.keys(known).some((other) => other.startsWith(`${key}_`))) {
        this.#keys(this.#items(value, where), kind, section, where, `${key}_`, [...outer, item.key]);
      } else if (value !== null && !isEmpty(value)) {
        const content = option === undefined ? { value: "" } : this.#content(option, value, where, section.name, key);
        if (content !== null) this.#set(section, key, item, content, path, [...outer, item.key]);
      }
    }
  }

  #set(section: Section, key: string, item: Item, content: Content, path: string, written: readonly string[]): void {
    const { line, column, length } = this.#place(item.keyNode);
    const value = item.value === null ? { line, column, length } : this.#place(item.value);
    const quoted = /^["']/.test(this.#text.charAt(item.value?.range?.[0] ?? 0)) ? 1 : 0;
    const entry: Entry = {
      key,
      file: this.#file,
      line,
      column,
      keyLength: length,
      valueColumn: value.column + quoted,
      lines: value.line === line ? null : [{ offset: 0, line: value.line, column: value.column + quoted }],
      width: Math.max(1, value.length - quoted),
      yaml: `${path}.${item.key}`,
      written,
      ...content,
    };
    this.#document.touched.push({ entries: section.entries, key });
    section.entries.set(key, entry);
  }

  /** The value of a known key, null after an error. */
  #content(option: Option, node: Node, where: string, section: string, key: string): Content | null {
    const refuse = (message: string, at: Node = node) => {
      this.#complain(message, at, { section, key });
      return null;
    };
    const text = this.#plain(node);
    if (text !== null) return { value: text };
    const colon = mapTypes[option.type];
    if (isMap(node) && option.type === "environment") return this.#pairs(node, where, refuse);
    if (isMap(node) && colon !== undefined) return this.#map(node, colon, where, refuse);
    if (!isSeq(node))
      return refuse(`${where} is a map, but takes ${listTypes.has(option.type) ? "a list or a" : "one"} value`);
    if (!listTypes.has(option.type)) return refuse(`${where} is a list, but takes one value`);
    const items: string[] = [];
    for (const child of node.items) {
      const item = isNode(child) ? this.#plain(this.#resolve(child)) : null;
      if (item === null) return refuse(`${where} is a list of plain values only`, isNode(child) ? child : node);
      items.push(item);
    }
    switch (option.type) {
      case "command":
      case "commandline":
        return { value: items.map(shellQuoted).join(" ") };
      case "patterns":
        return { value: items.join(" "), items };
      case "environment":
        return pairList(items, where, refuse);
      default:
        return { value: items.join(","), items, parts: this.#parts(items, node.items.filter(isNode)) };
    }
  }

  #parts(texts: readonly string[], nodes: readonly Node[]): NonNullable<Entry["parts"]> {
    return nodes.map((node, index) => ({ text: texts[index] ?? "", place: this.#place(node) }));
  }

  /** `{db: healthy}` is the item `db:healthy`; `{db: }` is `db`. */
  #map(node: Node, colon: string, where: string, refuse: Refuse): Content | null {
    const items: string[] = [];
    const nodes: Node[] = [];
    for (const item of this.#items(node, where) ?? []) {
      const value = this.#resolve(item.value);
      const text = value === null || isEmpty(value) ? "" : this.#plain(value);
      if (text === null) return refuse(`${where}.${item.key} is not a plain value`, item.keyNode);
      items.push(text === "" ? item.key : item.key + colon + text);
      nodes.push(item.keyNode);
    }
    return { value: items.join(","), items, parts: this.#parts(items, nodes) };
  }

  #pairs(node: Node, where: string, refuse: Refuse): Content | null {
    const pairs: [string, string][] = [];
    for (const item of this.#items(node, where) ?? []) {
      const value = this.#resolve(item.value);
      const text = value === null || isEmpty(value) ? "" : this.#plain(value);
      if (text === null) return refuse(`${where}.${item.key} is not a plain value`, item.keyNode);
      if (item.key === "" || item.key.includes("="))
        return refuse(`${item.key || '""'} is no name of a variable`, item.keyNode);
      pairs.push([item.key, text]);
    }
    return { value: pairs.map(([, value]) => value).join("\n"), pairs };
  }

  /** The text of a plain value, a number as it is written; null for lists, maps and nothing. */
  #plain(node: Node | null): string | null {
    this.#count();
    if (!isScalar(node)) return null;
    const { value, source } = node;
    if (typeof value === "string") return value;
    if (typeof value === "boolean") return String(value);
    if (typeof value === "number" || typeof value === "bigint") return source ?? String(value);
    return null;
  }

  /** The pairs of a map with merge keys (`<<`) applied; complains and returns null when it is no map. */
  #items(node: Node | null, where: string, depth = 0): Item[] | null {
    if (depth > depthLimit) throw new TooMuch(`${this.#file} is nested too deeply`);
    const map = this.#resolve(node);
    if (map === null || isEmpty(map)) return [];
    if (!isMap(map)) {
      const message = `${where} must be a map`;
      this.#complain(message, node ?? map);
      return null;
    }
    const items = new Map<string, Item>();
    const merged: Item[] = [];
    for (const pair of map.items) {
      this.#count();
      if (!isPair(pair) || !isNode(pair.key)) continue;
      const keyNode = this.#resolve(pair.key);
      const key = this.#plain(keyNode);
      const value = isNode(pair.value) ? pair.value : null;
      if (key === "<<") merged.push(...this.#merged(value, where, depth));
      else if (key === null || items.has(key)) {
        const message = key === null ? `a key of ${where} is no plain word` : `${key} appears twice in ${where}`;
        this.#complain(message, pair.key);
      } else items.set(key, { key, keyNode: pair.key, value });
    }
    for (const item of merged) if (!items.has(item.key)) items.set(item.key, item);
    return [...items.values()];
  }

  #merged(value: Node | null, where: string, depth: number): Item[] {
    const target = this.#resolve(value);
    const sources = isSeq(target) ? target.items.filter(isNode) : target === null ? [] : [target];
    return sources.flatMap((source) => this.#items(source, `<< of ${where}`, depth + 1) ?? []);
  }

  #resolve(node: Node | null): Node | null {
    this.#count();
    return node instanceof Alias ? (this.#targets.get(node) ?? null) : node;
  }

  #count(): void {
    if (++this.#visits > visitLimit) throw new TooMuch(`the aliases of ${this.#file} stand for too much`);
  }

  #complain(message: string, node: Node, subject: Subject = {}): void {
    this.#complainAt(message, this.#place(node), subject);
  }

  /** The reference knows no YAML: the text for its users says where, as a compiler does. */
  #complainAt(message: string, place: Place, subject: Subject = {}): void {
    this.#complaints.error(message, place, subject, `${place.file}:${place.line}:${place.column}: ${message}`);
  }

  #place(node: Node): Place {
    const [start, end] = node.range ?? [0, 0];
    return this.#placeAt(start, end);
  }

  #placeAt(start: number, end: number): Place {
    const line = this.#lineAt(start);
    const from = this.#lineStarts[line - 1] ?? 0;
    const lineEnd = this.#text.indexOf("\n", start);
    const until = Math.min(end, lineEnd < 0 ? this.#text.length : lineEnd);
    return { file: this.#file, line, column: start - from + 1, length: Math.max(1, until - start) };
  }

  #lineAt(offset: number): number {
    let [low, high] = [0, this.#lineStarts.length];
    while (high - low > 1) {
      const middle = (low + high) >> 1;
      if ((this.#lineStarts[middle] ?? 0) <= offset) low = middle;
      else high = middle;
    }
    return low + 1;
  }
}

function lineStarts(text: string): number[] {
  const starts = [0];
  for (let end = text.indexOf("\n"); end >= 0; end = text.indexOf("\n", end + 1)) starts.push(end + 1);
  return starts;
}

type Content = Pick<Entry, "value" | "pairs" | "items" | "parts">;
type Refuse = (message: string, at?: Node) => null;

const isEmpty = (node: Node): boolean => isScalar(node) && (node.value === null || node.value === undefined);

/** `- NAME=value` */
function pairList(items: readonly string[], where: string, refuse: (message: string) => null): Content | null {
  const pairs: [string, string][] = [];
  for (const item of items) {
    const equals = item.indexOf("=");
    if (equals < 1) return refuse(`${where} is a list of NAME=value`);
    pairs.push([item.slice(0, equals), item.slice(equals + 1)]);
  }
  return { value: pairs.map(([, value]) => value).join("\n"), pairs };
}
