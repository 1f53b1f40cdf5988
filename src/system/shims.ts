/**
 * Command lines that change something of themselves and then become a program: prlimit(1), nice(1),
 * choom(1), a line of shell; and this runtime where one of them is missing. What the first four cost is
 * a millisecond each, the runtime 35.
 *
 * Each is started by its whole path: the search path is the program's, and may not lead to it.
 */
import { existsSync } from "node:fs";
import { type Image, resourceLimit, resources } from "./libc.ts";

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

/** What the runtime can do in the place of a tool, in this order. */
export interface Steps {
  /** Files to write a zero to: `cgroup.procs`. */
  readonly enter?: readonly string[];
  readonly oomScoreAdj?: number;
  readonly nice?: number;
  readonly groups?: readonly number[];
  readonly gid?: number;
  readonly uid?: number;
  /** Number, soft and hard limit; -1 = infinity. */
  readonly rlimits?: readonly (readonly [resource: number, soft: number, hard: number])[];
}

/** The runtime as the last resort. It raises its soft limit of open files as it starts, so that is put back, too. */
export function byRuntime(steps: Steps, program: Program): Program {
  const { soft, hard } = resourceLimit(0, resources.RLIMIT_NOFILE);
  const rlimits = [[resources.RLIMIT_NOFILE, soft, hard], ...(steps.rlimits ?? [])];
  const words = ["--disable-warning=ExperimentalWarning", "-e", `(${perform.toString()})()`, "--"];
  return {
    file: process.execPath,
    argv: [process.execPath, ...words, JSON.stringify({ ...steps, rlimits }), program.file, ...program.argv],
  };
}

/** Runs in a process of its own: its text is all that it gets. */
function perform(): void {
  const [text = "", file = "", ...argv] = process.argv.slice(1);
  const steps = JSON.parse(text) as Steps;
  const { writeFileSync } = process.getBuiltinModule("node:fs");
  for (const path of steps.enter ?? []) writeFileSync(path, "0");
  if (steps.oomScoreAdj !== undefined) writeFileSync("/proc/self/oom_score_adj", String(steps.oomScoreAdj));
  if (steps.nice !== undefined) process.getBuiltinModule("node:os").setPriority(steps.nice);
  if (steps.groups !== undefined) process.setgroups?.([...steps.groups]);
  if (steps.gid !== undefined) process.setgid?.(steps.gid);
  if (steps.uid !== undefined) process.setuid?.(steps.uid);
  if (steps.rlimits !== undefined) {
    const { dlopen } = process.getBuiltinModule("node:ffi") as typeof import("node:ffi");
    const { functions } = dlopen(null, { prlimit: { arguments: ["i32", "i32", "pointer", "pointer"], return: "i32" } });
    for (const [resource, ...pair] of steps.rlimits) {
      const limits = BigUint64Array.from(pair, (limit) => BigInt.asUintN(64, BigInt(limit)));
      if (functions.prlimit(0, resource, limits, null) < 0) throw new Error(`cannot set resource limit ${resource}`);
    }
  }
  process.execve?.(file, argv, process.env as Record<string, string>);
}
