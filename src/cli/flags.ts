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
  /** Its words, as they were given. */
  readonly words: readonly string[];
}

/** A command line that cannot be. The message is what the user sees after `Error: `. */
export class UsageError extends Error {
  override readonly name = "UsageError";
}

export interface ControlFlag {
  readonly short: string;
  readonly long?: string;
  /** What its value is called; a flag without one takes none. */
  readonly value?: string;
  /** As lines. */
  readonly help: readonly string[];
  readonly sets: keyof Flags | "help";
}

export const controlFlags: readonly ControlFlag[] = [
  {
    short: "c",
    long: "configuration",
    value: "FILE",
    help: [
      "take the address and login from [supervisorctl] in FILE",
      "(default: supervisord.conf where supervisord looks for it)",
    ],
    sets: "configFile",
  },
  {
    short: "s",
    long: "serverurl",
    value: "URL",
    help: ["where the daemon listens: unix:///path or http://host:port", "(default http://localhost:9001)"],
    sets: "serverUrl",
  },
  { short: "u", long: "username", value: "NAME", help: ["log in with this name"], sets: "username" },
  { short: "p", long: "password", value: "PASSWORD", help: ["and this password"], sets: "password" },
  {
    short: "r",
    long: "history_file",
    value: "FILE",
    help: ["keep the history of the shell in FILE"],
    sets: "historyFile",
  },
  {
    short: "i",
    long: "interactive",
    help: ["ask before shutdown and reload; without a command: a shell"],
    sets: "interactive",
  },
  { short: "h", long: "help", help: ["print this and exit"], sets: "help" },
  { short: "?", help: [], sets: "help" },
];

const short = controlFlags.map((flag) => flag.short + (flag.value === undefined ? "" : ":")).join("");
const long = controlFlags.flatMap((flag) => (flag.long ? [flag.long + (flag.value === undefined ? "" : "=")] : []));
const sets = (option: string): ControlFlag["sets"] | undefined =>
  controlFlags.find((flag) => option === `-${flag.short}` || option === `--${flag.long}`)?.sets;

/** "help" when help is asked for. Throws `UsageError`. */
export function parseFlags(argv: readonly string[]): Flags | "help" {
  const { options, rest } = read(argv);
  const given = new Map<keyof Flags, string>();
  for (const [option, value] of options) {
    const name = sets(option);
    if (name === undefined || name === "help") return "help";
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
    words: rest,
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
  const parts = /^[\0- ]*[A-Za-z][A-Za-z0-9+.-]*:(?:\/\/([^/?#]*)|(?!\/\/))/.exec(value);
  const [start = "", host = ""] = parts ?? [];
  let why: string | null = null;
  if (host.includes("[") !== host.includes("]")) why = "Invalid IPv6 URL";
  else if (parts === null || (host === "" && /^(?:[?#]|$)/.test(value.slice(start.length))))
    why = `value ${repr(value)} is not a URL`;
  if (why !== null) throw new UsageError(`invalid value for ${option} ${repr(value)}: ${why}`);
}
