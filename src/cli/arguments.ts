/**
 * Arguments and flags of our own commands and of our own flags on supervisorctl's, with help and
 * "did you mean". Loaded only when one of them is used.
 */
import { Command, CommanderError } from "commander";
import type { ListingArguments } from "./listing.ts";

export type Parsed<T> =
  | { readonly type: "parsed"; readonly value: T }
  /** The help that was asked for. */
  | { readonly type: "shown"; readonly text: string }
  | { readonly type: "refused"; readonly text: string };

export interface CheckArguments {
  /** null: the file the daemon would read. */
  readonly file: string | null;
}

export function parseListing(command: string, words: readonly string[]): Parsed<ListingArguments> {
  const described: Readonly<Record<string, string>> = {
    status: "Show the state of processes.",
    avail: "Show every configured process.",
    pid: "Show process ids.",
    reread: "Show what has changed in the daemon's configuration files.",
    why: "Show why programs are as they are: their last ends, and what happens next.",
    describe: "Show everything about programs.",
  };
  const syntax = new Command(command)
    .description(described[command] ?? "")
    .argument("[names...]", "processes: NAME, GROUP:NAME, GROUP:*, patterns, or all")
    .option("--json", "print JSON", false);
  return parse(syntax, words, () => ({ names: syntax.args, json: syntax.opts<{ json: boolean }>().json }));
}

export function parseCheck(words: readonly string[]): Parsed<CheckArguments> {
  const syntax = new Command("check")
    .description("Read a configuration file and list all that is wrong with it.")
    .argument("[file]", "the file; without it, the one given with -c or found where the daemon looks");
  return parse(syntax, words, () => ({ file: syntax.args[0] ?? null }));
}

function parse<T>(syntax: Command, words: readonly string[], value: () => T): Parsed<T> {
  let text = "";
  const write = (more: string): void => {
    text += more;
  };
  syntax.exitOverride().allowExcessArguments(false).configureOutput({ writeOut: write, writeErr: write });
  try {
    syntax.parse(words, { from: "user" });
    return { type: "parsed", value: value() };
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    return error.exitCode === 0 ? { type: "shown", text } : { type: "refused", text: text.trimEnd() };
  }
}
