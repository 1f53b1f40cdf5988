/**
 * Arguments and flags of our own commands and of our own flags on supervisorctl's, with help and
 * "did you mean". Loaded only when one of them is used.
 */
import { Argument, Command, CommanderError, InvalidArgumentError } from "commander";
import { duration } from "../config/duration.ts";
import { happeningTypes } from "../core/happenings.ts";
import { importFormats } from "./choices.ts";
import type { ListingArguments } from "./listing.ts";
import { momentForms, momentOf } from "./logs/moment.ts";

export type Parsed<T> =
  | { readonly type: "parsed"; readonly value: T }
  /** The help that was asked for, for people and for completion. */
  | { readonly type: "shown"; readonly text: string; readonly syntax: Syntax }
  | { readonly type: "refused"; readonly text: string };

export interface Syntax {
  readonly description: string;
  readonly arguments: readonly { readonly name: string; readonly help: string }[];
  readonly options: readonly SyntaxOption[];
}

export interface SyntaxOption {
  /** `-f`, `--follow`. */
  readonly names: readonly string[];
  /** What its value is called; null = it takes none. */
  readonly value: string | null;
  readonly help: string;
}

export interface CheckArguments {
  /** null: the file the daemon would read. */
  readonly file: string | null;
  readonly json: boolean;
}

export interface ImportArguments {
  readonly format: (typeof importFormats)[number];
  readonly files: readonly string[];
  readonly allowExec: boolean;
  readonly env: string | null;
  readonly port: number | null;
  readonly formation: ReadonlyMap<string, number>;
  /** `1..4` as its ends, names otherwise; null = not said. */
  readonly instances: { readonly from: number; readonly to: number } | readonly string[] | null;
}

export interface HealthArguments extends ListingArguments {
  readonly wait: boolean;
  readonly timeoutMs: number;
}

export interface EventsArguments extends ListingArguments {
  readonly follow: boolean;
  /** As the daemon takes it. */
  readonly since: string | null;
  readonly last: number | null;
  readonly types: readonly string[];
}

/** Commands whose arguments are names, and --json. */
export const listings: Readonly<Record<string, string>> = {
  status: "Show the state of processes.",
  avail: "Show every configured process.",
  pid: "Show process ids.",
  reread: "Show what has changed in the daemon's configuration files.",
  why: "Show why programs are as they are: their last ends, and what happens next.",
  describe: "Show everything about programs.",
};

export function parseListing(command: string, words: readonly string[]): Parsed<ListingArguments> {
  const syntax = new Command(command)
    .description(listings[command] ?? "")
    .argument("[names...]", "processes: NAME, GROUP:NAME, GROUP:*, patterns, or all")
    .option("--json", "print JSON", false);
  return parse(syntax, words, () => ({ names: syntax.args, json: syntax.opts<{ json: boolean }>().json }));
}

export function parseHealth(words: readonly string[]): Parsed<HealthArguments> {
  const syntax = new Command("health")
    .description("Show whether programs are ready and healthy; exit with 0 when all are, with 1 when one is not.")
    .argument("[names...]", "processes: NAME, GROUP:NAME, GROUP:*, patterns; without any, all that are meant to run")
    .option("--wait", "wait until all are, also for the daemon to come", false)
    .option("--timeout <time>", "how long to wait at most, as in 500ms or 5m (30s)", readTime, 30_000)
    .option("--json", "print JSON", false);
  return parse(syntax, words, () => {
    const { json, wait, timeout } = syntax.opts<{ json: boolean; wait: boolean; timeout: number }>();
    return { names: syntax.args, json, wait, timeoutMs: timeout };
  });
}

export function parseEvents(words: readonly string[]): Parsed<EventsArguments> {
  const syntax = new Command("events")
    .description("Show what has happened: states, health, limits, hooks, requests, the program list, the daemon.")
    .argument("[names...]", "processes or groups: NAME, GROUP, GROUP:NAME, GROUP:*, patterns; without any, everything")
    .option("-f, --follow", "go on with what happens, until Ctrl-C; begins with the last 10", false)
    .option("-n, --lines <number>", "only so many of the latest", readCount)
    .option("--since <moment>", "from then on: 10m (ago), 14:30, 2026-11-22, 2026-11-22T14:30:00Z, today", readSince)
    .option("--type <list>", `only of these types: ${happeningTypes.join(", ")}`, readTypes)
    .option("--json", "print one JSON object per line, as docs/events.md describes them", false);
  return parse(syntax, words, () => {
    const { follow, lines, since, type, json } = syntax.opts<{
      follow: boolean;
      lines?: number;
      since?: string;
      type?: readonly string[];
      json: boolean;
    }>();
    return { names: syntax.args, json, follow, since: since ?? null, last: lines ?? null, types: type ?? [] };
  });
}

function readCount(text: string): number {
  if (!/^\d{1,6}$/.test(text)) throw new InvalidArgumentError("Write a number.");
  return Number(text);
}

/** As for `logs`. */
function readSince(text: string): string {
  try {
    return new Date(momentOf(text, Date.now())).toISOString();
  } catch {
    throw new InvalidArgumentError(`Write ${momentForms}.`);
  }
}

function readTypes(text: string): readonly string[] {
  const types = text.split(",").filter((type) => type !== "");
  const unknown = types.find((type) => !happeningTypes.some((known) => known === type));
  if (unknown !== undefined)
    throw new InvalidArgumentError(`There is no type ${unknown}; there are ${happeningTypes.join(", ")}.`);
  return types;
}

export interface RollArguments {
  readonly names: readonly string[];
  readonly timeoutMs: number;
}

export function parseRoll(words: readonly string[], usualTimeoutMs: number): Parsed<RollArguments> {
  const syntax = new Command("roll")
    .description("Restart processes one after the other, each when the one before is ready again.")
    .argument("<names...>", "processes: NAME, GROUP:NAME, GROUP:*, patterns, or all")
    .option("--timeout <time>", "how long to wait for each, as in 500ms or 5m (1m)", readTime, usualTimeoutMs);
  return parse(syntax, words, () => ({ names: syntax.args, timeoutMs: syntax.opts<{ timeout: number }>().timeout }));
}

function readTime(text: string): number {
  try {
    return duration(text);
  } catch {
    throw new InvalidArgumentError("Write 500ms, 30s, 5m or 1h.");
  }
}

export interface LogsArguments {
  readonly names: readonly string[];
  readonly follow: boolean;
  /** Of each process; null = not said. */
  readonly lines: number | "all" | null;
  readonly since: string | null;
  readonly until: string | null;
  readonly grep: string | null;
  readonly ignoreCase: boolean;
  /** null = both. */
  readonly channel: "stdout" | "stderr" | null;
  readonly json: boolean;
  readonly prefix: boolean;
  readonly timestamps: boolean;
  readonly raw: boolean;
  readonly pager: boolean;
}

export function parseLogs(words: readonly string[]): Parsed<LogsArguments> {
  const syntax = new Command("logs")
    .description(
      "Show the output of processes, both channels together in the order of time, from all the files it is kept in. " +
        "Lines of stderr stand behind ! instead of |.",
    )
    .argument("[names...]", "processes: NAME, GROUP:NAME, GROUP:*, patterns; without any, all")
    .option("-f, --follow", "go on with what is written from now on, until Ctrl-C", false)
    .option(
      "-n, --lines <number>",
      "the last lines of each process (10; all with --since, --until or --grep)",
      readLines,
    )
    .option("--since <moment>", "from then on: 10m (ago), 14:30, 2026-11-22, 2026-11-22T14:30:00Z, today")
    .option("--until <moment>", "up to then")
    .option("--grep <regex>", "only lines in which this is found")
    .option("-i, --ignore-case", "--grep takes capitals and small letters for the same", false)
    .option("--stdout", "only stdout", false)
    .option("--stderr", "only stderr", false)
    .option("--json", "print each line as a JSON object", false)
    .option("-t, --timestamps", "show when each line was written; ? = not known, ~ = about", false)
    .option("--no-prefix", "leave out the names")
    .option("--raw", "leave all bytes as they are; otherwise what could harm a terminal is left out", false)
    .option("--no-pager", "do not use $PAGER (less) for what is longer than the screen");
  return parse(syntax, words, () => {
    type Given = Omit<LogsArguments, "names" | "channel"> & { readonly stdout: boolean; readonly stderr: boolean };
    const { stdout, stderr, lines, since, until, grep, ...flags } = syntax.opts<Given>();
    if (stdout && stderr) syntax.error("error: --stdout and --stderr together are what comes without them");
    if (flags.follow && until !== undefined) syntax.error("error: -f does not end by itself, so there is no --until");
    return {
      ...flags,
      names: syntax.args.includes("all") ? [] : syntax.args,
      channel: stdout ? "stdout" : stderr ? "stderr" : null,
      lines: lines ?? null,
      since: since ?? null,
      until: until ?? null,
      grep: grep ?? null,
    };
  });
}

/** They are held in memory until it is known where they begin. */
const mostLines = 100_000;

function readLines(text: string): number | "all" {
  if (text === "all") return text;
  if (!/^\d{1,9}$/.test(text)) throw new InvalidArgumentError("Write a number, or all.");
  if (Number(text) > mostLines) throw new InvalidArgumentError(`Write a number up to ${mostLines}, or all.`);
  return Number(text);
}

export function parseCheck(words: readonly string[]): Parsed<CheckArguments> {
  const syntax = new Command("check")
    .description("Read a configuration file and list all that is wrong with it.")
    .argument("[file]", "the file; without it, the one given with -c or found where the daemon looks")
    .option("--json", "print JSON", false);
  return parse(syntax, words, () => ({ file: syntax.args[0] ?? null, json: syntax.opts<{ json: boolean }>().json }));
}

export function parseImport(words: readonly string[]): Parsed<ImportArguments> {
  const syntax = new Command("import")
    .description(
      "Print the program list that means the same as another supervisor's file, in YAML. What cannot be carried over " +
        "stands there as comments. Units of systemd may be several files, for the order among them.",
    )
    .addArgument(new Argument("<format>").choices(importFormats))
    .argument("<files...>", "the file")
    .option("--allow-exec", "pm2: evaluate a file in JavaScript, in a process of its own", false)
    .option("--env <name>", "pm2: put the variables of env_NAME over those of env")
    .option("--port <number>", "procfile: PORT of the first line (5000)", readNumber)
    .option("--formation <list>", "procfile: how many of each, as in web=2,worker=3", readFormation)
    .option("--instances <list>", "systemd: instances of a template, as in 1..4 or red,blue", readInstances);
  return parse(syntax, words, () => {
    const { allowExec, env, port, formation, instances } = syntax.opts<
      Partial<Omit<ImportArguments, "allowExec">> & Pick<ImportArguments, "allowExec">
    >();
    const [format, ...files] = syntax.args as [ImportArguments["format"], ...string[]];
    if (format !== "systemd" && files.length > 1) syntax.error(`error: ${format} takes one file`);
    return {
      format,
      files,
      allowExec,
      env: env ?? null,
      port: port ?? null,
      formation: formation ?? new Map(),
      instances: instances ?? null,
    };
  });
}

function readNumber(text: string): number {
  if (!/^\d{1,5}$/.test(text)) throw new InvalidArgumentError("Write a number.");
  return Number(text);
}

function readFormation(text: string): ReadonlyMap<string, number> {
  return new Map(
    text.split(",").map((part) => {
      const [, name = "", number = ""] = /^([\w-]+)=(\d{1,4})$/.exec(part.trim()) ?? [];
      if (name === "") throw new InvalidArgumentError("Write web=2,worker=3.");
      return [name, Number(number)];
    }),
  );
}

function readInstances(text: string): ImportArguments["instances"] {
  const [, from, to] = /^(\d{1,4})(?:\.\.|-)(\d{1,4})$/.exec(text) ?? [];
  if (from === undefined || to === undefined) return text.split(",").filter((name) => name !== "");
  if (Number(to) < Number(from)) throw new InvalidArgumentError("Write 1..4.");
  return { from: Number(from), to: Number(to) };
}

export function parseDoctor(words: readonly string[]): Parsed<{ readonly json: boolean }> {
  const syntax = new Command("doctor")
    .description(
      "Show what this container permits, and what of the program list cannot work in it. Needs no daemon; where one " +
        "answers, the facts are those of its process. Exit status 1: something that is asked for cannot work; 2: the " +
        "program list has errors.",
    )
    .option("--json", "print JSON", false);
  return parse(syntax, words, () => syntax.opts<{ json: boolean }>());
}

function parse<T>(syntax: Command, words: readonly string[], value: () => T): Parsed<T> {
  let text = "";
  const write = (more: string): void => {
    text += more;
  };
  syntax
    .exitOverride()
    .allowExcessArguments(false)
    .helpOption("-h, --help", "print this and exit")
    // Defaults stand in the texts, as people write them.
    .configureHelp({
      commandUsage: (command) => `spacectl ${command.name()} ${command.usage()}`,
      optionDescription: ({ description }) => description,
    })
    .configureOutput({ writeOut: write, writeErr: write });
  try {
    syntax.parse(words, { from: "user" });
    return { type: "parsed", value: value() };
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    return error.exitCode === 0
      ? { type: "shown", text, syntax: dataOf(syntax) }
      : { type: "refused", text: text.trimEnd() };
  }
}

const dataOf = (syntax: Command): Syntax => ({
  description: syntax.description(),
  arguments: syntax.registeredArguments.map((each) => ({ name: each.name(), help: each.description })),
  options: syntax.options.map(({ short, long, flags, description }) => ({
    names: [short, long].filter((name) => name !== undefined),
    value: /[<[](.*)[>\]]/.exec(flags)?.[1] ?? null,
    help: description,
  })),
});
