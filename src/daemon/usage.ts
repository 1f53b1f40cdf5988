/**
 * The last sample of each process: what its whole tree uses, what it has left behind included. Takes samples
 * when somebody asks: limits, as often as they need to, and clients, at most once a second however many they are.
 */
import type { Usage } from "../api/daemon.ts";
import { isNear, type Sample } from "../core/limits.ts";
import type { Clock } from "../system/clock.ts";
import { type TreeUsage, UsageMeter } from "../system/usage.ts";
import type { Orphans } from "./orphans.ts";
import type { SupervisedProcess } from "./process.ts";

type Look = Usage & Sample & Pick<TreeUsage, "pids">;

/** Whether it matters how much of its memory a tree of `count` processes shares. */
type Precision = (process: SupervisedProcess, bytes: number, count: number) => boolean;

const nearLimit: Precision = ({ settings }, bytes) => isNear(bytes, settings.care);

/** What is known of one life. */
interface Tracked {
  /** Which of its process's lives it is: how many there have been. */
  readonly life: number;
  readonly meter: UsageMeter;
  last: Look | null;
}

/** Percentages over less than that jump, as the kernel counts in ticks of 10 ms. */
const shortestSpanMs = 500;
/** How old may be what clients are told. */
const freshMs = 1000;
/** For how long clients may be told that as much of a tree is shared as was. */
const shareForMs = 15_000;
/** After so long at a stretch others get their turn. */
const stretchMs = 5;

export class UsageRecords {
  readonly #clock: Clock;
  readonly #orphans: Orphans;
  readonly #tracked = new WeakMap<SupervisedProcess, Tracked>();
  #passes: Promise<unknown> = Promise.resolve();
  #refreshed = Number.NEGATIVE_INFINITY;
  #refreshing: Promise<void> | null = null;

  constructor(clock: Clock, orphans: Orphans) {
    this.#clock = clock;
    this.#orphans = orphans;
  }

  /** The last sample of its present life, or of its last one if it is not running. */
  of(process: SupervisedProcess): Look | null {
    const tracked = this.#tracked.get(process);
    return tracked?.life === process.history.starts ? tracked.last : null;
  }

  /** The same while it runs, else null. */
  now(process: SupervisedProcess): Usage | null {
    return process.pid === 0 ? null : this.of(process);
  }

  /** Who lived of it at the last sample; nobody while it does not run. */
  pids(process: SupervisedProcess): readonly number[] {
    return process.pid === 0 ? [] : (this.of(process)?.pids ?? []);
  }

  /** Takes a sample of each that has a child, in one pass; one pass is made after the other. */
  sample(processes: readonly SupervisedProcess[]): Promise<Map<SupervisedProcess, Sample>> {
    return this.#queue(() => this.#pass(processes, nearLimit));
  }

  /** For clients: sees to it that no sample is older than a second. */
  refresh(processes: readonly SupervisedProcess[]): Promise<void> {
    if (this.#clock.now() - this.#refreshed < freshMs) return Promise.resolve();
    this.#refreshing ??= this.#refresh(processes).finally(() => {
      this.#refreshing = null;
    });
    return this.#refreshing;
  }

  async #refresh(processes: readonly SupervisedProcess[]): Promise<void> {
    // People compare with what the container has: what a pool of many shares is not counted for each.
    await this.#queue(() => this.#pass(processes, (_process, _bytes, count) => count > 1, shareForMs));
    this.#refreshed = this.#clock.now();
  }

  #queue<T>(pass: () => Promise<T>): Promise<T> {
    const result = this.#passes.then(pass);
    this.#passes = result.catch(() => null);
    return result;
  }

  async #pass(
    processes: readonly SupervisedProcess[],
    matters: Precision,
    shareForMs = 0,
  ): Promise<Map<SupervisedProcess, Sample>> {
    const samples = new Map<SupervisedProcess, Sample>();
    const left = this.#orphans.leftByEach(processes);
    let begin = this.#clock.now();
    for (const process of processes) {
      const usage = await this.#look(process, left.get(process) ?? [], matters, shareForMs);
      if (usage !== null) samples.set(process, usage);
      if (this.#clock.now() - begin < stretchMs) continue;
      await new Promise(setImmediate);
      begin = this.#clock.now();
    }
    return samples;
  }

  async #look(
    process: SupervisedProcess,
    left: readonly number[],
    matters: Precision,
    shareForMs: number,
  ): Promise<Look | null> {
    const { pid } = process;
    if (pid === 0) return null;
    const tracked = this.#trackedOf(process);
    const at = this.#clock.now();
    const isPrecise = (bytes: number, count: number) => matters(process, bytes, count);
    const used = await tracked.meter.measure([pid, ...left], isPrecise, shareForMs);
    if (process.pid !== pid) return null;
    const before = tracked.last;
    if (before !== null && at - before.at < shortestSpanMs) {
      const { memoryBytes, processes, pids } = used;
      tracked.last = { ...before, memoryBytes, processes, pids };
      return { ...used, at, cpuPercent: before.cpuPercent };
    }
    const spanMs = before === null ? this.#clock.wall() - process.history.startedAt : at - before.at;
    const cpuPercent = spanMs > 0 ? (100 * (used.cpuMs - (before?.cpuMs ?? 0))) / spanMs : 0;
    tracked.last = { ...used, at, cpuPercent };
    return tracked.last;
  }

  #trackedOf(process: SupervisedProcess): Tracked {
    const life = process.history.starts;
    const known = this.#tracked.get(process);
    if (known?.life === life) return known;
    const tracked: Tracked = { life, meter: new UsageMeter(), last: null };
    this.#tracked.set(process, tracked);
    return tracked;
  }
}
