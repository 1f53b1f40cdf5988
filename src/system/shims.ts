/**
 * Command lines that change something of themselves and then become a program: prlimit(1), nice(1),
 * choom(1), a line of shell; and this runtime where one of them is missing. What the first four cost is
 * a millisecond each, the runtime 35.
 *
 * Each is started by its whole path: the search path is the program's, and may not lead to it.
 */
import { existsSync } from "node:fs";
import { type Image, resourceLimit, resources } from "./libc.ts";
import { becoming } from "./runtime.ts";
import type { Steps } from "./steps.ts";

export type Program = Pick<Image, "file" | "argv">;

const folders = ["/usr/bin", "/bin", "/usr/sbin", "/sbin"];
const known = new Map<string, string | null>();

/** Path of a program of the system, or null; looked for once. */
export function tool(name: string): string | null {
  const before = known.get(name);
  if (before !== undefined) return before;
  const found = folders.map((folder) => `${folder}/${name}`).find((path) => existsSync(path)) ?? null;
  known.set(name, found);
  return found;
}

/** A program started by another one, which looks it up by the first word as posix_spawn would have been told. */
export function behind(path: string, words: readonly string[], program: Program): Program {
  return { file: path, argv: [path, ...words, "--", ...program.argv] };
}

export type Environment = Readonly<Record<string, string>>;

/** What a shell changes of its environment on its own, and does not give on as it was. */
const shellsOwn = /^(?:BASH.*|EUID|GROUPS|HISTCMD|IFS|LINENO|OPTIND|PPID|RANDOM|SECONDS|SHELLOPTS|UID)$/;

/**
 * A line of shell that writes a zero to each file, which is how a process enters a control group. null where there is
 * no shell, or the environment would not get through it: dash drops names that it could not use itself.
 */
export function bySh(files: readonly string[], environment: Environment, program: Program): Program | null {
  const path = tool("sh");
  const names = Object.keys(environment);
  if (path === null || !names.every((name) => /^[A-Za-z_]\w*$/.test(name) && !shellsOwn.test(name))) return null;
  // Every shell has opinions about these two.
  const folders = ["PWD", "OLDPWD"].map((name) => {
    const value = environment[name];
    return value === undefined ? `unset ${name}` : `${name}=${quoted(value)}; export ${name}`;
  });
  const enter = 'for f do shift; [ "$f" = -- ] && break; echo 0 >"$f" || exit 127; done';
  const script = `${enter}; ${folders.join("; ")}; exec "$@"`;
  return behind(path, ["-c", script, "sh", ...files], program);
}

const quoted = (text: string): string => `'${text.replaceAll("'", "'\\''")}'`;

/** The runtime as the last resort. It may raise its soft limit of open files as it starts, so that is put back, too. */
export function byRuntime(steps: Steps, program: Program): Program {
  const { soft, hard } = resourceLimit(0, resources.RLIMIT_NOFILE);
  return becoming({ ...steps, rlimits: [[resources.RLIMIT_NOFILE, soft, hard], ...(steps.rlimits ?? [])] }, program);
}
