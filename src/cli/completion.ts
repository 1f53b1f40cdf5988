/**
 * What TAB offers: commands, then group or process names, as supervisorctl does. Processes are asked
 * for once per command line; without an answer there is nothing to offer.
 */
import { asProcesses, type RemoteProcess } from "../client/replies.ts";
import { importFormats, shells } from "./choices.ts";
import { commands } from "./commands.ts";
import { displayName } from "./names.ts";

interface Completion {
  /** Each with the blank that follows it, in the order of the alphabet. */
  readonly matches: readonly string[];
  /** The part of the line that a match replaces. */
  readonly fragment: string;
}

export type Completer = (line: string) => Promise<Completion>;

/** Ends a word; `:`, `*` and `-` are parts of names. */
const delimiters = /[ \t\n`~!@#$%^&()=+[{\]}\\|;'",<>/?]/;

/** `processes` is asked at most once per call of `completer`, and may fail. */
export function completer(processes: () => Promise<unknown>): Completer {
  return async (line) => {
    const fragment = line.slice([...line].findLastIndex((char) => delimiters.test(char)) + 1);
    const [command = "", ...more] = line.trimStart().split(/\s+/);
    const candidates: readonly string[] =
      more.length === 0 ? ["help", ...commands.keys()] : await argumentsOf(command, fragment, processes);
    const matches = candidates.filter((name) => name.startsWith(fragment)).sort();
    return { matches: matches.map((name) => `${name} `), fragment };
  };
}

async function argumentsOf(command: string, fragment: string, processes: () => Promise<unknown>): Promise<string[]> {
  const kind = command === "help" ? "actions" : (commands.get(command)?.completes ?? "nothing");
  switch (kind) {
    case "nothing":
    case "files":
      return [];
    case "shells":
      return [...shells];
    case "formats":
      return [...importFormats];
    case "actions":
      return ["help", ...commands.keys()];
    case "copies":
    case "groups":
      return [...new Set((await listed(processes)).map(({ group }) => group))];
    case "signals":
    case "channels":
    case "processes":
      return processNames(await listed(processes), fragment);
  }
}

async function listed(processes: () => Promise<unknown>): Promise<readonly RemoteProcess[]> {
  try {
    return nameable(asProcesses(await processes()));
  } catch {
    return [];
  }
}

/** Those whose names can be typed: no blank, and nothing that a terminal or a shell would take for something else. */
export const nameable = (processes: readonly RemoteProcess[]): RemoteProcess[] =>
  processes.filter(({ group, name }) => !/[\p{C}\p{Z}]/u.test(group + name));

/** A process of its own group by its short name, until a colon is typed; others with `group:*` once. */
export function processNames(processes: readonly RemoteProcess[], fragment: string): string[] {
  const names = new Set<string>();
  for (const process of processes) {
    if (process.group === process.name && !fragment.includes(":")) names.add(displayName(process));
    else {
      names.add(`${process.group}:${process.name}`);
      names.add(`${process.group}:*`);
    }
  }
  return [...names];
}
