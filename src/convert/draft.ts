/**
 * What an import makes before it is text: sections of our keys, by their ini names, and beside each what
 * could not be carried over. Values are as a program list has them: `%` in text of others is doubled by
 * `literal`, so that only our own `%(process_num)d` are expanded.
 */
import type { namedSections, singleSections } from "../config/yaml-shape.ts";

export type Value =
  | string
  | number
  | boolean
  | readonly (string | number)[]
  | Readonly<Record<string, string | number>>;

export interface Section {
  readonly keys: Map<string, Value>;
  /** Sentences for comments above the section. */
  readonly notes: string[];
}

export type SingleName = keyof typeof singleSections;
export type NamedName = keyof typeof namedSections;

export interface Draft {
  /** Sentences for comments at the top. */
  readonly notes: string[];
  readonly single: Map<SingleName, Section>;
  readonly named: Map<NamedName, Map<string, Section>>;
}

/** What a conversion may know of the machine it runs on. */
export interface Facts {
  readonly processors: number;
  /** Whether there is such a file or folder; relative ones are meant beside the imported file. */
  readonly exists: (path: string) => boolean;
}

/** Nothing can be made of the file at all: `cannot import x.json: …`. */
export class ImportError extends Error {}

const newSection = (): Section => ({ keys: new Map(), notes: [] });

/**
 * A list for a container: in the foreground, its log on standard output, a socket for spacectl. That and the pid file are where
 * whoever runs it may write, so neither is named.
 */
export function newDraft(): Draft {
  const supervisord = newSection();
  supervisord.keys.set("nodaemon", true).set("logfile", "/dev/null").set("logfile_maxbytes", 0);
  return {
    notes: [],
    single: new Map([
      ["supervisord", supervisord],
      ["unix_http_server", newSection()],
    ]),
    named: new Map(),
  };
}

/** The section of that name, a new one if there is none yet. */
export function sectionOf(draft: Draft, kind: NamedName, name: string): Section {
  const sections = draft.named.get(kind) ?? new Map<string, Section>();
  draft.named.set(kind, sections);
  const section = sections.get(name) ?? newSection();
  sections.set(name, section);
  return section;
}

/** A section for a program of that name, or one like it that is allowed and not taken. */
export function newProgram(draft: Draft, wanted: string): { readonly name: string; readonly program: Section } {
  const plain = wanted.replace(/[\s:/]+/g, "-").replaceAll("%", "") || "program";
  const taken = draft.named.get("programs") ?? new Map<string, Section>();
  let name = plain;
  for (let number = 2; taken.has(name); number++) name = `${plain}-${number}`;
  const program = sectionOf(draft, "programs", name);
  if (name !== wanted) program.notes.push(`the name was ${JSON.stringify(wanted)}`);
  return { name, program };
}

/** Text in which nothing is to be expanded. */
export const literal = (text: string): string => text.replaceAll("%", "%%");

export const literals = (texts: readonly string[]): string[] => texts.map(literal);

/** Output on the daemon's own, each line behind the program's name, and in no file. */
export function showOutput({ keys }: Section): void {
  keys.set("log_passthrough", true).set("stdout_logfile", "NONE").set("stderr_logfile", "NONE");
}

/** A path of the imported file's surroundings: relative ones are beside the list. */
export function beside(path: string): string {
  if (/^[/~]/.test(path)) return literal(path);
  const plain = path.replace(/^(\.\/+)+/, "");
  return plain === "" || plain === "." ? "%(here)s" : `%(here)s/${literal(plain)}`;
}

/**
 * A command whose program is looked for where it runs: a relative path is one from the daemon's directory otherwise.
 * `words` are literal, `directory` is as it stands in the list.
 */
export function runIn(directory: string, [program = "", ...args]: readonly string[]): string[] {
  const found = /^[/~]/.test(program) || !program.includes("/");
  return [found ? program : `${directory}/${program.replace(/^(?:\.\/+)+/, "")}`, ...args];
}

/** A duration as people write it. */
export const time = (ms: number): string => (ms % 1000 === 0 ? `${ms / 1000}s` : `${ms}ms`);
