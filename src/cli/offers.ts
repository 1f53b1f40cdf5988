/**
 * What may stand at the cursor of a command line in bash, zsh or fish, from the tables of flags, commands and their
 * options. Only names need the daemon, and only where a name may stand is it asked.
 */
import type { RemoteProcess } from "../client/replies.ts";
import { happeningTypes } from "../core/happenings.ts";
import { signalNames } from "../core/signals.ts";
import type { Syntax, SyntaxOption } from "./arguments.ts";
import { importFormats, shells } from "./choices.ts";
import { type Command, commands } from "./commands.ts";
import { processNames } from "./completion.ts";
import { controlFlags } from "./flags.ts";

interface Offer {
  readonly word: string;
  /** "" = it speaks for itself. */
  readonly help: string;
}

export interface Offers {
  readonly words: readonly Offer[];
  /** Whether it is the name of a file. */
  readonly files: boolean;
}

/** Where the answers are that the tables do not have. */
export interface Sources {
  /** Empty when the daemon does not answer; `flags` are the words before the command. */
  processes(flags: readonly string[]): Promise<readonly RemoteProcess[]>;
  syntaxOf(command: string): Promise<Syntax | null>;
}

const nothing: Offers = { words: [], files: false };
const files: Offers = { words: [], files: true };
const plain = (words: Iterable<string>): Offers => ({
  words: [...words].map((word) => ({ word, help: "" })),
  files: false,
});

/** `before`: the words between the program and `current`, in which the cursor is; without quotes. */
export async function offersFor(before: readonly string[], current: string, sources: Sources): Promise<Offers> {
  const { at, open } = flagsAt(before);
  if (open !== null) return open === "FILE" ? files : nothing;
  const [name, ...given] = before.slice(at);
  if (name === undefined) return current.startsWith("-") ? flagOffers(current) : commandOffers();
  const command = commands.get(name);
  if (command === undefined) return name === "help" && given.length === 0 ? commandOffers() : nothing;
  return await argumentOffers(command, given, current, before.slice(0, at), sources);
}

/** How many words are flags and their values; `open`: what the value is called that the last flag still wants. */
function flagsAt(words: readonly string[]): { readonly at: number; readonly open: string | null } {
  let at = 0;
  for (; at < words.length; at++) {
    const word = words[at] ?? "";
    if (word === "--") return { at: at + 1, open: null };
    if (!word.startsWith("-") || word === "-") break;
    const value = wantedBy(word);
    if (value === null) continue;
    at++;
    if (at === words.length) return { at, open: value };
  }
  return { at, open: null };
}

/** What the value of a flag is called, when the next word is that. */
function wantedBy(word: string): string | null {
  if (word.startsWith("--")) return controlFlags.find(({ long }) => word === `--${long}`)?.value ?? null;
  for (const [at, letter] of [...word.slice(1)].entries()) {
    const value = controlFlags.find(({ short }) => short === letter)?.value;
    if (value !== undefined) return at === word.length - 2 ? value : null;
  }
  return null;
}

function flagOffers(current: string): Offers {
  const [name, value] = current.split("=", 2);
  const meant = controlFlags.find(({ long }) => name === `--${long}`);
  if (value !== undefined) return meant?.value === "FILE" ? files : nothing;
  const words = controlFlags.flatMap(({ short, long, help }) => {
    const [first = ""] = help;
    return long === undefined ? [] : [`-${short}`, `--${long}`].map((word) => ({ word, help: first }));
  });
  return { words: words.filter(({ word }) => word.startsWith("--") || current === "-"), files: false };
}

function commandOffers(): Offers {
  const known = [...commands.values()].map(({ name, help }) => ({ word: name, help: summary(help) }));
  return { words: [{ word: "help", help: "Print a list of available actions" }, ...known], files: false };
}

/** What a help text says first, of whichever form of the command. */
export function summary(help: string): string {
  const says = help.split("\n").map((line) => line.split("\t").slice(1).join(" ").trim());
  return (says.find((text) => text !== "") ?? "").replace(/[,.]$/, "");
}

async function argumentOffers(
  command: Command,
  given: readonly string[],
  current: string,
  flags: readonly string[],
  sources: Sources,
): Promise<Offers> {
  const syntax = await sources.syntaxOf(command.name);
  const options = syntax?.options ?? [];
  const wants = (word: string) => options.find(({ names, value }) => value !== null && names.includes(word));
  const open = wants(given.at(-1) ?? "");
  if (open !== undefined) return valueOffers(command, open, current);
  if (current.startsWith("-")) {
    const own = options.flatMap(({ names, help }) => names.map((word) => ({ word, help })));
    const classic = (command.options ?? []).map(([word, help]) => ({ word, help }));
    const asksForHelp = syntax === null ? [] : [{ word: "--help", help: "explain the command" }];
    return { words: [...classic, ...own, ...asksForHelp], files: false };
  }
  const words = given.filter((word, at) => !word.startsWith("-") && wants(given[at - 1] ?? "") === undefined);
  return await plainOffers(command, words, current, () => sources.processes(flags));
}

/** Of a list, what may come behind its last comma. */
function valueOffers({ name }: Command, { names, value }: SyntaxOption, current: string): Offers {
  if (name === "events" && names.includes("--type")) {
    const chosen = current.split(",").slice(0, -1);
    const types = happeningTypes.filter((type) => !chosen.includes(type));
    return plain(types.map((type) => [...chosen, type].join(",")));
  }
  return /file|path/i.test(value ?? "") ? files : nothing;
}

async function plainOffers(
  { name, completes, help }: Command,
  given: readonly string[],
  current: string,
  processes: () => Promise<readonly RemoteProcess[]>,
): Promise<Offers> {
  const first = given.length === 0;
  const all = new RegExp(`^${name} (?:<signal name> )?all\\b`, "m").test(help)
    ? [{ word: "all", help: "everything" }]
    : [];
  const unless = (offers: readonly Offer[]): Offers => ({
    words: offers.filter(({ word }) => !given.includes(word)),
    files: false,
  });
  switch (completes) {
    case "nothing":
      return nothing;
    case "actions":
      return first ? commandOffers() : nothing;
    case "shells":
      return first ? plain(shells) : nothing;
    case "files":
      return first ? files : nothing;
    case "formats":
      return first ? plain(importFormats) : files;
    case "groups": {
      const groups = [...new Set((await processes()).map(({ group }) => group))];
      return unless([...groups.map((word) => ({ word, help: "" })), ...all]);
    }
    case "copies": {
      const copies = Map.groupBy(await processes(), ({ group }) => group);
      const offers = [...copies].map(([group, { length }]) => ({ word: `${group}=`, help: `${length} now` }));
      return current.includes("=") ? nothing : { words: offers, files: false };
    }
    case "signals":
      return first ? plain(signalNames) : unless([...namesOf(await processes(), current), ...all]);
    case "channels":
      if (!first) return given.length === 1 ? plain(["stdout", "stderr"]) : nothing;
      return unless(namesOf(await processes(), current).filter(({ word }) => !word.endsWith(":*")));
    case "processes":
      return unless([...namesOf(await processes(), current), ...all]);
  }
}

function namesOf(processes: readonly RemoteProcess[], current: string): Offer[] {
  const state = new Map(
    processes.flatMap(({ group, name, stateName }) => [
      [`${group}:${name}`, stateName],
      ...(group === name ? [[name, stateName] as const] : []),
    ]),
  );
  return processNames(processes, current).map((word) => ({ word, help: state.get(word) ?? "the whole group" }));
}
