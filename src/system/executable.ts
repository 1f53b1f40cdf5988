/**
 * From a command line to a program on disk, before anything is started: the reference's lookup and
 * its words for every way in which there is none.
 */
import { accessSync, constants, type Stats, statSync } from "node:fs";
import { repr } from "../core/python.ts";
import { splitWords } from "../core/words.ts";

export type Executable = { readonly ok: true; readonly file: string; readonly argv: readonly string[] } | Refused;

interface Refused {
  readonly ok: false;
  readonly fault: "NO_FILE" | "NOT_EXECUTABLE";
  readonly why: string;
}

/**
 * Splits `command` into words and finds its program: as given when it holds a slash, else
 * the first existing entry on `path` (colon-separated), executable or not.
 */
export function findExecutable(command: string, path: string): Executable {
  const words = command.length < longCommand ? wordsOf(command) : rememberedWords(command);
  return words.ok ? findProgram(words.argv, path) : words;
}

/** The same for words that have been split already. */
export function findProgram(argv: readonly string[], path: string): Executable {
  const program = argv[0];
  if (program === undefined) return refuse("command is empty");
  if (program.includes("\0")) return refuse(`can't parse command ${repr(argv.join(" "))}: embedded null byte`);
  const found = program.includes("/") ? existing(program) : onPath(program, path);
  if (found === null) return { ok: false, fault: "NO_FILE", why: `can't find command ${repr(program)}` };
  const { file, stats } = found;
  if (stats.isDirectory()) return refuse(`command at ${repr(file)} is a directory`);
  if ((stats.mode & 0o111) === 0) return refuse(`command at ${repr(file)} is not executable`);
  try {
    accessSync(file, constants.X_OK);
  } catch {
    return refuse(`no permission to run command ${repr(file)}`);
  }
  return { ok: true, file, argv };
}

type Words = { readonly ok: true; readonly argv: readonly string[] } | Refused;

/** Splitting takes 0.1 s for a megabyte, so it is done once for a long command, not at every start. In characters. */
const longCommand = 4096;
const rememberedLimit = 8 * 1024 * 1024;
const remembered = new Map<string, Words>();
let rememberedSize = 0;

function rememberedWords(command: string): Words {
  const known = remembered.get(command);
  if (known !== undefined) return known;
  const words = wordsOf(command);
  remembered.set(command, words);
  rememberedSize += command.length;
  for (const oldest of remembered.keys()) {
    if (rememberedSize <= rememberedLimit) break;
    remembered.delete(oldest);
    rememberedSize -= oldest.length;
  }
  return words;
}

function wordsOf(command: string): Words {
  try {
    return { ok: true, argv: splitWords(command) };
  } catch (error) {
    return refuse(`can't parse command ${repr(command)}: ${(error as Error).message}`);
  }
}

const refuse = (why: string): Refused => ({ ok: false, fault: "NOT_EXECUTABLE", why });

interface Entry {
  readonly file: string;
  readonly stats: Stats;
}

/** Whatever stands in the way of looking (no such directory, no permission) counts as not there. */
function existing(file: string): Entry | null {
  try {
    return { file, stats: statSync(file) };
  } catch {
    return null;
  }
}

function onPath(program: string, path: string): Entry | null {
  for (const directory of path.split(":")) {
    const found = existing(directory === "" ? program : `${directory.replace(/\/+$/, "")}/${program}`);
    if (found !== null) return found;
  }
  return null;
}
