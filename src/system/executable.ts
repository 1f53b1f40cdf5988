/**
 * From a command line to a program on disk, before anything is started: the reference's lookup and
 * its words for every way in which there is none.
 */
import { accessSync, constants, type Stats, statSync } from "node:fs";
import { split } from "shlex";
import { repr } from "../core/python.ts";

export type Executable =
  | { readonly ok: true; readonly file: string; readonly argv: readonly string[] }
  | { readonly ok: false; readonly fault: "NO_FILE" | "NOT_EXECUTABLE"; readonly why: string };

/**
 * Splits `command` as a POSIX shell would and finds its program: as given when it holds a slash, else
 * the first existing entry on `path` (colon-separated), executable or not.
 */
export function findExecutable(command: string, path: string): Executable {
  try {
    return findProgram(split(command), path);
  } catch (error) {
    return refuse(`can't parse command ${repr(command)}: ${parseTrouble(error)}`);
  }
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

const refuse = (why: string): Executable => ({ ok: false, fault: "NOT_EXECUTABLE", why });

/** Python's words for what its shlex refuses. */
const parseTrouble = (error: unknown): string =>
  /escape/i.test(String(error)) ? "No escaped character" : "No closing quotation";

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
