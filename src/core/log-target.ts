/**
 * Where lines of programs are sent over HTTP (`[log_target:NAME]`): what the list says of it, whose lines it takes, and
 * under which labels.
 */
import { isGlob, type NamePattern, nameExpression } from "./glob.ts";

export interface LogTargetSettings {
  readonly name: string;
  /** Loki's push API, or a JSON object for each line (ndjson.org). */
  readonly type: "loki" | "ndjson";
  readonly url: string;
  /** Names and patterns of programs and groups, those to be left out behind a `-`; empty = all. */
  readonly programs: readonly string[];
  readonly streams: readonly Stream[];
  /** Beside those that every line has, or in their place; an empty one is left out. */
  readonly labels: Readonly<Record<string, string>>;
  readonly headers: Readonly<Record<string, string>>;
  readonly login: Login | null;
  /** Certificates that are trusted instead of the usual ones. */
  readonly caFile: string | null;
  readonly batchBytes: number;
  readonly batchWaitMs: number;
  readonly bufferBytes: number;
  readonly timeoutMs: number;
  readonly compress: boolean;
}

/** Told to nobody. */
export type Secret = { readonly text: string } | { readonly file: string };

export type Login =
  | { readonly type: "basic"; readonly username: string; readonly password: Secret }
  | { readonly type: "bearer"; readonly token: Secret };

/** Whether a text can stand behind `Bearer `: what it is made of, and no blank. */
export const isToken = (text: string): boolean => /^[\x21-\x7e]+$/.test(text);

type Stream = "stdout" | "stderr";

/** One output of one process. */
export interface LineOrigin {
  readonly group: string;
  /** The section's name. */
  readonly program: string;
  readonly process: string;
  readonly stream: Stream;
}

export type Labels = Readonly<Record<string, string>>;

/** What stands in a label for a name that is another one for each process. */
export const nameMarks = {
  program_name: "\u0001program\u0001",
  process_name: "\u0001process\u0001",
  group_name: "\u0001group\u0001",
} as const;

/** Labels that every line has unless the list says otherwise. */
export const lineLabels = ["group", "process", "program", "stream"] as const;

/** Beside the labels; of ndjson. */
export const lineFields: readonly string[] = ["time", "message", "partial"];

/** Whether the target takes the lines of an output. */
export function takes({ programs, streams }: LogTargetSettings, { group, program, stream }: LineOrigin): boolean {
  if (!streams.includes(stream)) return false;
  const chosen = programs.filter((word) => !word.startsWith("-"));
  const isNamed = (word: string) => names(word, program) || names(word, group);
  const wanted = chosen.length === 0 || chosen.some(isNamed);
  return wanted && !programs.some((word) => word.startsWith("-") && isNamed(word.slice(1)));
}

const names = (word: string, name: string): boolean => expressionOf(word).test(name);

/** Whether a word of `programs` is the name of something, or a pattern of names. */
export const expressionOf = (word: string): NamePattern =>
  isGlob(word) ? nameExpression(word) : { test: (name) => name === word };

/** The labels of an output's lines, in the order of their names. */
export function labelsOf({ labels }: LogTargetSettings, origin: LineOrigin): Labels {
  const { group, process, program, stream } = origin;
  const all = { group, process, program, stream, ...labels };
  const filled = Object.entries(all).map(([name, text]) => [name, fill(text, origin)] as const);
  return Object.fromEntries(filled.filter(([, text]) => text !== "").sort(([a], [b]) => (a < b ? -1 : 1)));
}

const fill = (text: string, { group, process, program }: LineOrigin): string =>
  text
    // By functions: a dollar sign in a name stands for itself.
    .replaceAll(nameMarks.program_name, () => program)
    .replaceAll(nameMarks.process_name, () => process)
    .replaceAll(nameMarks.group_name, () => group);

/** Where it goes, as it may be told to everybody: paths and queries have been seen to hold tokens. */
export function shownPlace(url: string): string {
  const unix = /^http:\/\/unix:(\/[^:]*)/.exec(url);
  return unix === null ? new URL(url).origin : `unix:${unix[1]}`;
}
