/**
 * Who descends from whom, as /proc says it: proc_pid_stat(5), proc_tid_children(5), proc_pid_environ(5).
 *
 * Synchronous, bounded and cheap: 5 µs per process (its stat and its list of children) where the kernel
 * lists children (CONFIG_PROC_CHILDREN), however many others there are; elsewhere one walk of /proc, 4 µs
 * for each process of the container. Nothing here throws: what is gone, or hidden from us, is not there.
 * Processes fork and die while one looks, so whoever must be sure that nothing is left looks again.
 */
import { closeSync, openSync, readdirSync, readSync, statSync } from "node:fs";

export interface ProcessStat {
  readonly pid: number;
  readonly parent: number;
  /** Process group, and session. */
  readonly group: number;
  readonly session: number;
  /** `R` running, `S` sleeping, `D` in a system call that cannot be interrupted, `T` stopped, `Z` zombie, … */
  readonly state: string;
  readonly threads: number;
  /** When it was started, in clock ticks since boot: with the pid it names one process for ever. */
  readonly startTicks: number;
  /** Processor time in clock ticks: of all its threads, */
  readonly ownTicks: number;
  /** and of those descendants that have ended and been waited for. */
  readonly waitedTicks: number;
  /** In memory, what it shares with others included. */
  readonly residentPages: number;
}

/** The names that a supervised process was given in its environment, and that its descendants inherit. */
export interface Marker {
  readonly group: string;
  readonly name: string;
}

/** What is read of an environment; the kernel lets one be 6 MiB at most, and ours stand where they are found. */
const environmentBytes = 256 * 1024;
/** What is shown of a command line. */
const commandLineBytes = 4096;
/** For a list of children: a million of them. */
const childrenBytes = 8 * 1024 * 1024;

/** null when there is no such process. */
export function processStat(pid: number): ProcessStat | null {
  const text = read(`/proc/${pid}/stat`, commandLineBytes)?.toString("latin1");
  // The name may hold anything, blanks, line ends and parentheses too; behind it are only numbers.
  const end = text?.lastIndexOf(")") ?? -1;
  if (text === undefined || end < 0) return null;
  const fields = text.slice(end + 2).split(" ", 22); // from field 3 on
  return {
    pid,
    parent: Number(fields[1]),
    group: Number(fields[2]),
    session: Number(fields[3]),
    state: fields[0] ?? "?",
    threads: Number(fields[17]),
    startTicks: Number(fields[19]),
    ownTicks: Number(fields[11]) + Number(fields[12]),
    waitedTicks: Number(fields[13]) + Number(fields[14]),
    residentPages: Number(fields[21]),
  };
}

/** Not a zombie; a process whose first thread has ended looks like one, but lives on in the others. */
export const isAlive = ({ state, threads }: ProcessStat): boolean =>
  (state !== "Z" && state !== "X" && state !== "x") || threads > 1;

/**
 * Our living children: those that we started, and orphans that came to us.
 * @param except what the caller knows already; it costs nothing and is left out
 * @param lists false = by the way for kernels that do not list children
 */
export function ownChildren(except: Pick<ReadonlySet<number>, "has"> = new Set(), lists = listsChildren()): number[] {
  // We start children in our first thread, and orphans come to that one, too.
  const listed = lists ? childrenOf(process.pid, [String(process.pid)]) : everyPid();
  return listed.filter((pid) => {
    const stat = except.has(pid) ? null : processStat(pid);
    return stat !== null && stat.parent === process.pid && isAlive(stat);
  });
}

/**
 * Those of `roots` that live and every living descendant of any of them, parents before their children,
 * none twice. What has lost its parent is a child of the subreaper above it and not found below its old root.
 * @param lists false = by the way for kernels that do not list children
 */
export function tree(roots: Iterable<number>, lists = listsChildren()): number[] {
  return treeStats(roots, lists)
    .filter(isAlive)
    .map(({ pid }) => pid);
}

/** The same, with what /proc says of each, and with those that have ended but not been waited for yet. */
export function treeStats(roots: Iterable<number>, lists = listsChildren()): ProcessStat[] {
  const { statOf, childrenOf } = lists ? { statOf: processStat, childrenOf: listedChildren } : byParents();
  const seen = new Set(roots);
  const found: ProcessStat[] = [];
  // A set is walked in order of insertion, up to those that are added meanwhile.
  for (const pid of seen) {
    const stat = statOf(pid);
    if (stat === null) continue;
    found.push(stat);
    if (isAlive(stat)) for (const child of childrenOf(stat)) seen.add(child);
  }
  return found;
}

/** Whether it certainly has no children: half the price of finding none. */
export function isLeaf(pid: number): boolean {
  return listsChildren() && threads(pid) === 1 && childrenOf(pid, [String(pid)]).length === 0;
}

/** Every process of the container that has a marker, with its parent and the daemon's address that it was given. */
export function markedProcesses(): (Marker & { pid: number; parent: number; serverUrl: string | null })[] {
  return everyPid().flatMap((pid) => {
    const names = marker(pid);
    const stat = names === null ? null : processStat(pid);
    if (names === null || stat === null || !isAlive(stat)) return [];
    const environment = read(`/proc/${pid}/environ`, environmentBytes);
    const serverUrl = environment === null ? null : variable(environment, "SUPERVISOR_SERVER_URL");
    return [{ ...names, pid, parent: stat.parent, serverUrl }];
  });
}

/** null when it has none, is gone, or is not ours to look into (another user's, without CAP_SYS_PTRACE). */
export function marker(pid: number): Marker | null {
  const bytes = read(`/proc/${pid}/environ`, environmentBytes);
  if (bytes === null) return null;
  const group = variable(bytes, "SUPERVISOR_GROUP_NAME");
  const name = variable(bytes, "SUPERVISOR_PROCESS_NAME");
  return group === null || name === null ? null : { group, name };
}

/** For people: the words with blanks between them, the name in brackets where there are none, "" when it is gone. */
export function commandLine(pid: number): string {
  const words = read(`/proc/${pid}/cmdline`, commandLineBytes)?.toString("utf8") ?? "";
  const name = words === "" ? read(`/proc/${pid}/comm`, commandLineBytes)?.toString("utf8").replace(/\n$/, "") : null;
  const text = words === "" ? (name ? `[${name}]` : "") : words.replace(/\0+$/, "").replaceAll("\0", " ");
  // Whatever would move a terminal's cursor, change its colours or its title.
  return text.replace(/\p{Cc}/gu, "?");
}

/** The value of one variable in `NAME=value\0…`. */
function variable(environment: Buffer, name: string): string | null {
  const needle = `\0${name}=`;
  const first = environment.indexOf(needle.slice(1)) === 0;
  const at = first ? 0 : environment.indexOf(needle) + 1;
  if (!first && at === 0) return null;
  const end = environment.indexOf(0, at);
  return environment.toString("utf8", at + needle.length - 1, end < 0 ? environment.length : end);
}

let known = false;

/** Whether this kernel lists children; gVisor and some small kernels do not. */
function listsChildren(): boolean {
  known ||= read(`/proc/self/task/${process.pid}/children`, 1) !== null;
  return known;
}

/** A child belongs to the thread that made it. */
const listedChildren = ({ pid, threads }: ProcessStat): number[] =>
  childrenOf(pid, threads > 1 ? names(`/proc/${pid}/task`) : [String(pid)]);

/** A thread is a folder in this one, which makes it a link more than the two of an empty one. */
function threads(pid: number): number {
  try {
    return statSync(`/proc/${pid}/task`).nlink - 2;
  } catch {
    return 0;
  }
}

function childrenOf(pid: number, threads: readonly string[]): number[] {
  return threads.flatMap((thread) => {
    const list = read(`/proc/${pid}/task/${thread}/children`, childrenBytes)?.toString("latin1").trim();
    return list ? list.split(" ").map(Number) : [];
  });
}

/** Of every process that we can see. */
const everyPid = (): number[] =>
  names("/proc")
    .map(Number)
    .filter((pid) => Number.isInteger(pid));

function byParents() {
  const all = everyPid()
    .map(processStat)
    .filter((stat) => stat !== null);
  const byPid = new Map(all.map((stat) => [stat.pid, stat]));
  const byParent = Map.groupBy(all, ({ parent }) => parent);
  return {
    statOf: (pid: number) => byPid.get(pid) ?? null,
    childrenOf: ({ pid }: ProcessStat) => (byParent.get(pid) ?? []).map((child) => child.pid),
  };
}

function names(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

/** Read into again at each call: what is kept of it is copied. */
const scratch = Buffer.allocUnsafeSlow(64 * 1024);

/** At most the first `limitBytes` of a file of /proc, to be used before the next read; null when it cannot be read. */
function read(path: string, limitBytes: number): Buffer | null {
  let fd: number | undefined;
  try {
    fd = openSync(path, "r");
    let bytes = scratch;
    for (let filled = 0; ; ) {
      const count = readSync(fd, bytes, filled, Math.min(bytes.length, limitBytes) - filled, -1);
      filled += count;
      if (count === 0) return bytes.subarray(0, filled);
      if (filled === bytes.length) bytes = Buffer.concat([bytes], 2 * filled);
    }
  } catch {
    return null;
  } finally {
    if (fd !== undefined) closeSync(fd);
  }
}
