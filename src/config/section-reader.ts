/**
 * Reads the keys of one section: looks a key up (with `[DEFAULT]` behind), expands it, and turns it into
 * a value by the options table. A value that is refused becomes a complaint at its place, and the key's
 * default stands in for it, so that evaluation can go on and find the next mistake.
 */
import { type Complaints, type Place, Refusal } from "./complaint.ts";
import { type Document, type Entry, entryOf, keyPlace, type Section, valuePlace } from "./document.ts";
import { expand, type Names } from "./expand.ts";
import type { Option, OptionType } from "./option.ts";
import { type options, optionsOf, type SectionKind } from "./options.ts";
import { type Machine, readers, type Values } from "./values.ts";

/** What every part of the evaluation shares. */
export interface Evaluation {
  readonly document: Document;
  readonly complaints: Complaints;
  readonly machine: Machine;
  /** The main file's directory, absolute. */
  readonly here: string;
  readonly hostName: string;
  /** `ENV_X`: the daemon's environment, later also `[supervisord] environment`. */
  readonly environment: Map<string, string>;
  /** `[supervisord] environment`, which every child gets. */
  readonly daemonEnvironment: Map<string, string>;
  /** Lines that the reference writes to its main log. */
  readonly warnings: Set<string>;
  /** Defaults as values, each read once. */
  readonly fallbacks: Map<Option, unknown>;
  /** How many more processes may be configured. */
  room: number;
  /** How many more characters their values may have. */
  textRoom: number;
}

type Table<K extends SectionKind> = (typeof options)[K];
type Key<K extends SectionKind> = keyof Table<K> & string;
type Typed<O, T extends OptionType> = O extends { readonly words: readonly (infer W)[] }
  ? T extends "choices"
    ? readonly W[]
    : W
  : Values[T];
type ValueOf<O> = O extends Option<infer T, infer D> ? (D extends string ? Typed<O, T> : Typed<O, T> | null) : never;

export interface RefusalAbout<K extends string> {
  readonly place?: Place;
  readonly key?: K | null;
  readonly hint?: string | null;
  /** The reference's words, when ours are better. */
  readonly reference?: string;
}

/** `true;always`: of a plain word and a comment that is part of it. */
const gluedComment = /^[\w.-]+;/;
const commentHint = "a comment needs a blank before its ;";

export class SectionReader<K extends SectionKind> {
  readonly section: Section;
  readonly evaluation: Evaluation;
  /** Added to the reference's text of an error: ` in section 'program:x' (file: '…')`. */
  readonly suffix: string;
  /** What values with variables in them have last become, by key. */
  readonly texts = new Map<string, string>();
  readonly #options: Readonly<Record<string, Option>>;
  readonly #names: Names;
  readonly #values = new Map<string, unknown>();

  constructor(kind: K, section: Section, names: Names, evaluation: Evaluation, suffix = "") {
    this.section = section;
    this.evaluation = evaluation;
    this.suffix = suffix;
    this.#options = optionsOf(kind);
    this.#names = names;
  }

  entry(key: Key<K>): Entry | undefined {
    return entryOf(this.evaluation.document, this.section, key);
  }

  /** Whether the value may differ from process to process. */
  varies(key: Key<K>): boolean {
    return this.entry(key)?.value.includes("%") ?? false;
  }

  /** The value of a key, or its default, or null when there is neither. */
  read<N extends Key<K>>(key: N): ValueOf<Table<K>[N]>;
  read(key: Key<K>): unknown {
    if (this.#values.has(key)) return this.#values.get(key);
    const entry = this.entry(key);
    const value = entry === undefined ? this.#fallback(key) : this.#value(key, entry);
    if (entry === undefined || !entry.value.includes("%")) this.#values.set(key, value);
    return value;
  }

  /** The expanded text of a key, null when absent or refused. */
  expanded(key: Key<K>): string | null {
    const entry = this.entry(key);
    if (entry === undefined) return null;
    return this.attempt(key, () => this.#expand(key, entry), null);
  }

  /** Runs a reading of `key`; when it is refused, complains and returns `otherwise`. */
  attempt<T, O>(key: Key<K>, reading: () => T, otherwise: O): T | O {
    try {
      return reading();
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      const entry = this.entry(key);
      const place = entry === undefined ? this.section.place : valuePlace(entry, error.offset);
      const hint = entry !== undefined && gluedComment.test(entry.value) ? commentHint : error.hint;
      this.refuse(error.message, { place, key, hint, reference: error.reference });
      return otherwise;
    }
  }

  /** Complains about a key (at its place if it is there), or about the section. */
  refuse(message: string, about: RefusalAbout<Key<K>> = {}): void {
    const { key = null, hint = null, reference = message } = about;
    const entry = key === null ? undefined : this.entry(key);
    const place = about.place ?? (entry === undefined ? this.section.place : valuePlace(entry));
    this.evaluation.complaints.error(
      message,
      place,
      { section: this.section.name, key, hint },
      reference + this.suffix,
    );
  }

  /** A warning about a key; `logged` when the reference writes it to its main log as well. */
  warn(message: string, key: Key<K>, hint: string | null = null, logged = false): void {
    if (logged) this.evaluation.warnings.add(message);
    const entry = this.entry(key);
    const place = entry === undefined ? this.section.place : keyPlace(entry);
    this.evaluation.complaints.warn(message, place, { section: this.section.name, key, hint });
  }

  /** Keys that are arguments of a plugin have to be expandable, no more. */
  expandOthers(): void {
    const { entries } = this.section;
    const inherited = [...this.evaluation.document.defaults.values()].filter(({ key }) => !entries.has(key));
    for (const entry of [...entries.values(), ...inherited]) {
      if (this.#options[entry.key] !== undefined) continue;
      try {
        this.#expand(entry.key, entry);
      } catch (error) {
        if (!(error instanceof Refusal)) throw error;
        const { message, hint, offset, reference } = error;
        this.refuse(message, { place: valuePlace(entry, offset), hint, reference });
      }
    }
  }

  #expand(key: string, entry: Entry): string {
    const text = this.#expanded(key, entry.value);
    if (entry.value.includes("%")) this.texts.set(key, text);
    return text;
  }

  #expanded(key: string, value: string): string {
    // A percentage is written as people write it, with one sign.
    const text = this.#options[key]?.type === "percent" ? value.replace(/(?<!%)%\s*$/, "%%") : value;
    return expand(text, this.#names, `${this.section.name}.${key}`);
  }

  #value(key: Key<K>, entry: Entry): unknown {
    const option = this.#options[key];
    if (option === undefined) throw new Error(`no option ${key}`);
    return this.attempt(
      key,
      () => {
        const text = this.#expand(key, entry);
        if (option.ours && text.trim() === "") return this.#fallback(key);
        const items = entry.items?.map((item) => this.#expanded(key, item));
        try {
          const written = { option, ...(items === undefined ? {} : { items }) };
          return readers[option.type](text, this.evaluation.machine, written);
        } catch (error) {
          if (!(error instanceof Refusal) || option.refusal === undefined) throw error;
          throw new Refusal(`${option.refusal} ${text}`, error.hint ?? error.message);
        }
      },
      this.#fallback(key),
    );
  }

  #fallback(key: Key<K>): unknown {
    const option = this.#options[key];
    if (option === undefined || option.fallback === null) return null;
    const { fallbacks, machine } = this.evaluation;
    if (!fallbacks.has(option)) fallbacks.set(option, readers[option.type](option.fallback, machine, { option }));
    return fallbacks.get(option);
  }
}
