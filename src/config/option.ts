/** What a row of the options table is: a key's type, its default and its words. */

export type OptionType =
  | "address"
  | "autorestart"
  | "boolean"
  | "bytes"
  | "choice"
  | "choices"
  | "command"
  | "commandline"
  | "count"
  | "crashloop"
  | "cron"
  | "dependencies"
  | "directory"
  | "duration"
  | "endpoint"
  | "environment"
  | "events"
  | "exitcodes"
  | "filename"
  | "filenames"
  | "globs"
  | "integer"
  | "level"
  | "logfile"
  | "logformat"
  | "names"
  | "octal"
  | "owner"
  | "path"
  | "patterns"
  | "percent"
  | "regexp"
  | "rlimit"
  | "secrets"
  | "signal"
  | "size"
  | "text"
  | "timezone"
  | "url"
  | "user";

export interface Option<T extends OptionType = OptionType, D extends string | null = string | null> {
  readonly type: T;
  /** As it would be written in the file; null = nothing. */
  readonly fallback: D;
  /** One sentence for the manual and for editors. */
  readonly help: string;
  /** Where the key stands in YAML, if not under its own name: `stdout.logfile`. */
  readonly yaml?: string;
  /** The reference names the key in its own way when it refuses a value. */
  readonly refusal?: string;
  /** A key that only this project knows. */
  readonly ours?: true;
  /** What a `choice` is between, and `choices` are among. */
  readonly words?: readonly string[];
  /** Bounds of a number, in the unit of its value. */
  readonly least?: number;
  readonly most?: number;
  /** A number of bytes, which may have its unit: `64MB`. */
  readonly sized?: true;
  /** A value that somebody might write. */
  readonly example?: string;
}

type Extra = Pick<Option, "yaml" | "refusal" | "ours" | "least" | "most" | "sized" | "example">;

export function option<const T extends OptionType, const D extends string | null>(
  type: T,
  fallback: D,
  help: string,
  extra: Extra = {},
): Option<T, D> {
  return { type, fallback, help, ...extra };
}

/** A key of ours. */
export function own<const T extends OptionType, const D extends string | null>(
  type: T,
  fallback: D,
  help: string,
  extra: Extra = {},
): Option<T, D> {
  return { type, fallback, help, ...extra, ours: true };
}

/** A key of ours whose value is some of a few words. */
export function choices<const W extends string>(
  words: readonly W[],
  help: string,
  extra: Extra = {},
): Option<"choices", ""> & { readonly words: readonly W[] } {
  return { type: "choices", fallback: "", help, ...extra, ours: true, words };
}

/** A key of ours whose value is one of a few words. */
export function choice<const W extends string, const D extends W | null>(
  words: readonly W[],
  fallback: D,
  help: string,
  extra: Extra = {},
): Option<"choice", D> & { readonly words: readonly W[] } {
  return { type: "choice", fallback, help, ...extra, ours: true, words };
}
