/**
 * Memory and processor time of whole process trees, and of single processes for people to look at.
 *
 * Trees are measured from /proc/PID/stat, which the walk that finds them reads anyway: 5 µs per process, and it cannot
 * hang. Resident memory counts what processes share once for each of them, so where the sum comes near a limit
 * the proportional size is asked for, which counts it once (smaps_rollup of proc_pid_smaps(5)): 15 µs and 3 ms per
 * GB. That file waits for a lock of the process it is about, so it is read beside the event loop, with a deadline.
 *
 * Single processes are measured by pidusage: 16 µs per process, a descriptor held for each, two commands started at
 * its first use, and its first percentage of a process is 0. That is for a person who looks, not for a judgement.
 */
import { readFileSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { account, emptyLedger, type Ledger } from "../core/processor-time.ts";
import { isAlive, type ProcessStat, treeStats } from "./process-tree.ts";

export interface TreeUsage {
  /** Proportional where that was asked for and can be read, else resident. */
  readonly memoryBytes: number;
  /** Processor time since the first of them was started; it never falls. */
  readonly cpuMs: number;
  /** That live. */
  readonly processes: number;
  readonly pids: readonly number[];
}

type Matters = (residentBytes: number, processes: number) => boolean;

/** Measures what begins as one process and may become a tree. Its total of processor time is of one life. */
export class UsageMeter {
  #ledger: Ledger = emptyLedger;
  /** The last proportional size of a tree of one, and what was resident then. */
  #known: { readonly of: ProcessStat; readonly bytes: number; uses: number } | null = null;
  /** What part of the resident size of a tree the last proportional one was. */
  #share: { readonly at: number; readonly processes: number; readonly part: number } | null = null;

  /**
   * @param roots with all that is below them
   * @param matters whether it matters what is shared, by the resident size and the number of processes
   * @param shareForMs for how long a tree of as many processes may be taken to share as large a part of its memory
   *   as it did: asking costs many times what all else does
   */
  async measure(roots: Iterable<number>, matters: Matters = () => false, shareForMs = 0): Promise<TreeUsage> {
    const stats = treeStats(roots);
    this.#ledger = account(this.#ledger, stats);
    const living = stats.filter(isAlive);
    const residentBytes = living.reduce((sum, stat) => sum + residentOf(stat), 0);
    const isPrecise = matters(residentBytes, living.length);
    return {
      memoryBytes: isPrecise ? await this.#precise(living, residentBytes, shareForMs) : residentBytes,
      cpuMs: this.#ledger.totalTicks * units().tickMs,
      processes: living.length,
      pids: living.map(({ pid }) => pid),
    };
  }

  async #precise(living: readonly ProcessStat[], residentBytes: number, shareForMs: number): Promise<number> {
    const at = performance.now();
    const share = this.#share;
    if (share !== null && share.processes === living.length && at - share.at < shareForMs)
      return residentBytes * share.part;
    const bytes = await this.#proportional(living);
    this.#share = residentBytes === 0 ? null : { at, processes: living.length, part: bytes / residentBytes };
    return bytes;
  }

  /**
   * One process alone shares little but its libraries: as long as what is resident hardly changes, neither does that.
   * (Of a parent and its children the proportional size grows while the resident one stays, as they write.)
   */
  async #proportional(living: readonly ProcessStat[]): Promise<number> {
    const [only] = living;
    if (only === undefined || living.length > 1) return await proportionalBytes(living);
    const known = this.#known;
    if (known !== null && known.uses < mostUses && isAlike(known.of, only)) {
      known.uses++;
      return Math.min(residentOf(only), known.bytes + residentOf(only) - residentOf(known.of));
    }
    const bytes = await proportionalBytes(living);
    this.#known = { of: only, bytes, uses: 0 };
    return bytes;
  }
}

/** How often a proportional size is used again. */
const mostUses = 10;
/** By how much resident memory may have changed for that. */
const slight = 0.02;

const isAlike = (one: ProcessStat, other: ProcessStat): boolean =>
  one.pid === other.pid &&
  one.startTicks === other.startTicks &&
  Math.abs(one.residentPages - other.residentPages) <= slight * one.residentPages;

const residentOf = ({ residentPages }: ProcessStat): number => residentPages * units().pageBytes;

/** How long a tree may keep us waiting for one proportional size; then resident sizes have to do. */
const patienceMs = 500;

/** Processes that an answer is still awaited of, by pid and start: they are not asked again. */
const unanswered = new Set<string>();

/** One after the other: a tree of hundreds shall not take all the threads that files are written with. */
async function proportionalBytes(stats: readonly ProcessStat[]): Promise<number> {
  let sum = 0;
  let hangs = false;
  for (const stat of stats) {
    const answer: number | "unknown" | "late" = hangs ? "unknown" : await proportionalOf(stat);
    hangs ||= answer === "late";
    sum += typeof answer === "number" ? answer : residentOf(stat);
  }
  return sum;
}

/** `unknown`: it is gone, or not ours to look into (another user's, without CAP_SYS_PTRACE). */
async function proportionalOf({ pid, startTicks }: ProcessStat): Promise<number | "unknown" | "late"> {
  const key = `${pid} ${startTicks}`;
  if (unanswered.has(key)) return "unknown";
  unanswered.add(key);
  const answer: Promise<number | "unknown"> = readFile(`/proc/${pid}/smaps_rollup`, "latin1")
    .then(proportionalIn, () => "unknown" as const)
    .finally(() => unanswered.delete(key));
  const deadline = Promise.withResolvers<"late">();
  const timer = setTimeout(deadline.resolve, patienceMs, "late");
  try {
    return await Promise.race([answer, deadline.promise]);
  } finally {
    clearTimeout(timer);
  }
}

function proportionalIn(smaps: string): number | "unknown" {
  const kilobytes = /^Pss:\s*(\d+) kB/m.exec(smaps)?.[1];
  return kilobytes === undefined ? "unknown" : Number(kilobytes) * 1024;
}

interface Units {
  readonly pageBytes: number;
  readonly tickMs: number;
}

let unitsHere: Units | null = null;

/** What /proc counts in, as the kernel tells every program at its start: getauxval(3), AT_PAGESZ and AT_CLKTCK. */
function units(): Units {
  unitsHere ??= readUnits();
  return unitsHere;
}

function readUnits(): Units {
  const found = new Map<number, number>();
  try {
    const vector = readFileSync("/proc/self/auxv");
    for (let at = 0; at + 16 <= vector.length; at += 16)
      found.set(Number(vector.readBigUInt64LE(at)), Number(vector.readBigUInt64LE(at + 8)));
  } catch {}
  return { pageBytes: found.get(6) ?? 4096, tickMs: 1000 / (found.get(17) ?? 100) };
}

export interface ProcessUsage {
  /** Resident. */
  readonly memoryBytes: number;
  /** Of one core, since somebody last asked if that is not long ago, else over its whole life. */
  readonly cpuPercent: number;
  readonly elapsedMs: number;
}

/** For how long pidusage remembers a process, and keeps a descriptor for it. */
const rememberMs = 10_000;

let pidusage: Promise<typeof import("pidusage")> | null = null;

/** Each of `pids` that lives; one with the pid of another that was asked about a moment ago may be missing. */
export async function processUsage(pids: readonly number[]): Promise<Map<number, ProcessUsage>> {
  if (pids.length === 0) return new Map();
  pidusage ??= loadPidusage();
  const measure = await pidusage;
  // One that has gone is an error, and alone in its list fails the call; among others it is just not there.
  const stats = await measure([...pids], { maxage: rememberMs }).catch(() => ({}));
  return new Map(
    Object.entries(stats).flatMap(([pid, stat]) => {
      if (!stat) return [];
      const { cpu, memory, ctime, elapsed } = stat;
      const cpuPercent = cpu > 0 ? cpu : elapsed > 0 ? (ctime / elapsed) * 100 : 0;
      return [[Number(pid), { memoryBytes: memory, cpuPercent, elapsedMs: elapsed }]];
    }),
  );
}

/** Its first use starts `getconf` twice; where there is none it would say so on our stderr, and knows the usual values. */
async function loadPidusage(): Promise<typeof import("pidusage")> {
  const { default: measure } = await import("pidusage");
  process.env.PIDUSAGE_SILENT = "1";
  await measure(process.pid).catch(() => null);
  delete process.env.PIDUSAGE_SILENT;
  return measure;
}
