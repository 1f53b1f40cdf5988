/**
 * The control program's own flags, in the classic spellings. What follows them is the command: its
 * words are joined by one blank and read as one line, so `spacectl 'signal HUP' cat` works.
 */
import { GetoptError, getopt } from "../config/getopt.ts";
import { repr } from "../core/python.ts";

export interface Flags {
  /** null: look for one where the reference does. */
  readonly configFile: string | null;
  readonly interactive: boolean;
  readonly serverUrl: string | null;
  readonly username: string | null;
  readonly password: string | null;
  readonly historyFile: string | null;
  /** null: no command, which means the shell. May be empty. */
  readonly command: string | null;
}

/** A command line that cannot be. The message is what the user sees after `Error: `. */
export class UsageError extends Error {
  override readonly name = "UsageError";
}

const short = "h?c:is:u:p:r:";
const long = ["help", "configuration=", "interactive", "serverurl=", "username=", "password=", "history_file="];

const names: Readonly<Record<string, keyof Flags | "help">> = {
  "-h": "help",
  "-?": "help",
  "--help": "help",
  "-c": "configFile",
  "--configuration": "configFile",
  "-i": "interactive",
  "--interactive": "interactive",
  "-s": "serverUrl",
  "--serverurl": "serverUrl",
  "-u": "username",
  "--username": "username",
  "-p": "password",
  "--password": "password",
  "-r": "historyFile",
  "--history_file": "historyFile",
};

/** "help" when help is asked for. Throws `UsageError`. */
export function parseFlags(argv: readonly string[]): Flags | "help" {
  const { options, rest } = read(argv);
  const given = new Map<keyof Flags, string>();
  for (const [option, value] of options) {
    const name = names[option] as keyof Flags | "help";
    if (name === "help") return "help";
    if (name === "serverUrl") checkUrl(option, value);
    if (given.has(name)) throw new UsageError(`conflicting command line option ${repr(option)}`);
    given.set(name, value);
  }
  return {
    configFile: given.get("configFile") ?? null,
    interactive: given.has("interactive"),
    serverUrl: given.get("serverUrl") ?? null,
    username: given.get("username") ?? null,
    password: given.get("password") ?? null,
    historyFile: given.get("historyFile") ?? null,
    command: rest.length === 0 ? null : rest.join(" "),
  };
}

function read(argv: readonly string[]) {
  try {
    return getopt(argv, short, long);
  } catch (error) {
    throw error instanceof GetoptError ? new UsageError(error.message) : error;
  }
}

/** A scheme and something behind it; which schemes there are shows when a call is made. */
function checkUrl(option: string, value: string): void {
  if (/^[A-Za-z][A-Za-z0-9+.-]*:(?:\/\/|(?!\/\/))[^?#]/.test(value)) return;
  throw new UsageError(`invalid value for ${option} ${repr(value)}: value ${repr(value)} is not a URL`);
}
