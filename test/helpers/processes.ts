/**
 * What the kernel says about processes, read from /proc: an observer that does not depend on the
 * daemon under test. A process belongs to a test when its environment holds the test's marker;
 * children inherit it, so nothing that a daemon starts can escape the count, whoever its parent is.
 */
import { readdirSync, readFileSync, readlinkSync } from "node:fs";

/** Name of the environment variable that marks every process of a test. */
export const markerName = "SPACED_TEST_MARKER";

/** Ticks per second in /proc/PID/stat (USER_HZ, 100 on Linux). */
const tickMs = 10;

export interface ProcessFacts {
  readonly pid: number;
  readonly parent: number;
  /** One letter of proc_pid_stat(5): R S D Z T … */
  readonly state: string;
  /** User and system time of all threads, also those that have ended. */
  readonly cpuMs: number;
}

function readProc(path: string): string | null {
  try {
    return readFileSync(`/proc/${path}`, "latin1");
  } catch {
    return null; // gone, or not ours to read
  }
}

/** Ids of all processes. */
function pids(): number[] {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .map(Number);
}

/** Facts of a process (a zombie too), or null when there is none. */
export function facts(pid: number): ProcessFacts | null {
  const stat = readProc(`${pid}/stat`);
  if (stat === null) return null;
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" "); // from field 3 on
  return {
    pid,
    parent: Number(fields[1]),
    state: fields[0] ?? "?",
    cpuMs: (Number(fields[11]) + Number(fields[12])) * tickMs,
  };
}

/** Whether a process exists and is not a zombie. */
export function alive(pid: number): boolean {
  const found = facts(pid);
  return found !== null && found.state !== "Z" && found.state !== "X";
}

/** Living processes (no zombies) whose environment holds the marker, in order of id. */
export function processesWith(marker: string): number[] {
  const wanted = `${markerName}=${marker}\0`;
  return pids().filter((pid) => readProc(`${pid}/environ`)?.includes(wanted) && alive(pid));
}

/** Direct children of a process, zombies included. */
export function childrenOf(pid: number): ProcessFacts[] {
  return pids()
    .map(facts)
    .filter((found) => found !== null && found.parent === pid) as ProcessFacts[];
}

/** Living processes below these, at any depth: also those that have written over their environment, as Redis does. */
export function descendantsOf(roots: readonly number[]): number[] {
  const all = pids().map(facts);
  const found = new Set(roots);
  for (let size = 0; size < found.size; ) {
    size = found.size;
    for (const each of all) if (each !== null && found.has(each.parent)) found.add(each.pid);
  }
  return [...found].filter((pid) => !roots.includes(pid) && alive(pid));
}

/** Ids of the children of `pid` that have died and were not waited for. */
export function zombiesOf(pid: number): number[] {
  return childrenOf(pid)
    .filter((child) => child.state === "Z")
    .map((child) => child.pid);
}

/** Command line of a process with blanks between the words; "" for a zombie or none. */
export function commandLine(pid: number): string {
  return (readProc(`${pid}/cmdline`) ?? "").replaceAll("\0", " ").trim();
}

/** Id of a process in the innermost pid namespace it belongs to: what it calls itself. */
export function innermostPid(pid: number): number {
  return Number(/^NSpid:.*?(\d+)$/m.exec(readProc(`${pid}/status`) ?? "")?.[1] ?? 0);
}

/** Anonymous resident memory (heap, stacks; no files) of one process in bytes; 0 when it is gone. */
export function anonymousBytes(pid: number): number {
  return Number(/^RssAnon:\s+(\d+) kB/m.exec(readProc(`${pid}/status`) ?? "")?.[1] ?? 0) * 1024;
}

/** Number of open file descriptors of a process. */
export function descriptors(pid: number): string[] {
  return readdirSync(`/proc/${pid}/fd`).flatMap((fd) => {
    try {
      return [readlinkSync(`/proc/${pid}/fd/${fd}`)];
    } catch {
      return [];
    }
  });
}

/** Time all living threads of a process have run, in milliseconds with nanosecond resolution (for quiet processes). */
export function runMs(pid: number): number {
  return readdirSync(`/proc/${pid}/task`)
    .map((task) => Number((readProc(`${pid}/task/${task}/schedstat`) ?? "0").split(" ")[0]) / 1e6)
    .reduce((sum, ms) => sum + ms, 0);
}

/** Kills every process with the marker, and what is below it, until none is left; for cleaning up. */
export function killAllWith(marker: string): void {
  for (let round = 0; round < 50; round++) {
    const left = processesWith(marker);
    if (left.length === 0) return;
    for (const pid of [...left, ...descendantsOf(left)]) {
      try {
        process.kill(pid, "SIGKILL");
      } catch {
        // it died meanwhile
      }
    }
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 10);
  }
}
