/**
 * Answers the scripts of `completion`: what may stand at the cursor, a line each, behind one that says whether files
 * do, too. Whatever goes wrong there is nothing to say: nobody wants an error in the line that he is writing.
 */
import { Client } from "../client/client.ts";
import { asProcesses, type RemoteProcess } from "../client/replies.ts";
import { nameable } from "./completion.ts";
import { parseFlags } from "./flags.ts";
import { type Offers, offersFor, type Sources } from "./offers.ts";
import { standardOutput } from "./output.ts";
import { exitStatus } from "./session.ts";
import { settingsOf } from "./settings.ts";
import { bashReplies, writtenLine } from "./shell-line.ts";

/** Who waits for TAB waits no longer for a daemon. */
const deadlineMs = 250;

const sources: Sources = {
  processes: async (flags) => {
    const late = new Promise<[]>((resolve) => setTimeout(resolve, deadlineMs, []));
    return await Promise.race([late, listed(flags).catch(() => [])]);
  },
  syntaxOf: async (command) => (await import("./syntax.ts")).syntaxOf(command),
};

async function listed(words: readonly string[]): Promise<readonly RemoteProcess[]> {
  const flags = parseFlags(words.map(atHome));
  if (flags === "help") return [];
  const { serverUrl, username, password } = await settingsOf(flags);
  const login = username === null || password === null ? null : { username, password };
  return nameable(asProcesses(await new Client(serverUrl, login).call("supervisor.getAllProcessInfo", [], deadlineMs)));
}

/** The shell has not read this line yet. */
const atHome = (word: string): string => word.replace(/^~(?=\/)/, process.env.HOME ?? "~");

/** `words`: the shell, then for bash COMP_WORDBREAKS and the line up to the cursor, for others the words up to it. */
export async function offer([shell = "", ...words]: readonly string[]): Promise<number> {
  const answer = shell === "bash" ? await forBash(words) : await forOthers(words);
  standardOutput.write(answer.map((line) => `${line}\n`).join(""));
  return exitStatus.ok;
}

async function forBash([breaks = "", line = ""]: readonly string[]): Promise<string[]> {
  const written = writtenLine(line);
  const offers = await offersFor(written.before.slice(1), written.current, sources);
  return [
    kind(offers),
    ...bashReplies(
      written,
      offers.words.map(({ word }) => word),
      breaks,
    ),
  ];
}

/** They choose among the words and quote them, and show what they mean. */
async function forOthers(words: readonly string[]): Promise<string[]> {
  const offers = await offersFor(words.slice(0, -1), words.at(-1) ?? "", sources);
  return [kind(offers), ...offers.words.map(({ word, help }) => `${word}\t${help.replace(/[\s\p{C}]+/gu, " ")}`)];
}

const kind = (offers: Offers): string => (offers.files ? "files" : "words");
