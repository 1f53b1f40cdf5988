/**
 * What outlives the restarts of the daemon within its process, and a program's being taken out of the list and put back:
 * what is counted, for counters that only grow, and the numbers of events. Nothing is kept of who has never ended or
 * written anything.
 */
import type { Counts, Reloads } from "../api/measurements.ts";
import type { Config } from "../core/program.ts";
import { noTally } from "../core/tally.ts";

const nothing: Counts = { tally: noTally, outputBytes: { stdout: 0, stderr: 0 } };

/** The part of a process that this needs. */
interface Counted {
  readonly group: string;
  readonly settings: { readonly name: string };
  readonly counts: Counts;
}

/** Of those that are gone so many are remembered. */
const keptLimit = 1000;

export class Lifetime {
  readonly #gone = new Map<string, Counts>();
  readonly #left = new WeakSet<Counted>();
  #reloads: Reloads;
  #serial = 0;

  /** @param wallNow when the program list was first read, in milliseconds since 1970 */
  constructor(wallNow: number) {
    this.#reloads = { succeeded: 0, failed: 0, ok: true, goodAt: wallNow };
  }

  /** What has been counted of an earlier process of that name. */
  enter(group: string, name: string): Counts {
    return this.#gone.get(keyOf(group, name)) ?? nothing;
  }

  /** To be called for a process that is no longer in the list, before another takes its name; once is enough. */
  leave(process: Counted): void {
    if (this.#left.has(process)) return;
    this.#left.add(process);
    const { tally, outputBytes } = process.counts;
    if (tally === noTally && outputBytes.stdout + outputBytes.stderr === 0) return;
    const key = keyOf(process.group, process.settings.name);
    this.#gone.delete(key);
    this.#gone.set(key, { tally, outputBytes });
    if (this.#gone.size <= keptLimit) return;
    for (const oldest of this.#gone.keys()) {
      this.#gone.delete(oldest);
      break;
    }
  }

  /** The number of an event. */
  nextSerial(): number {
    return this.#serial++;
  }

  /** Reads the program list again with `read`, and counts how that went. */
  async reload(read: () => Promise<Config>, wallNow: () => number): Promise<Config> {
    const { succeeded, failed, goodAt } = this.#reloads;
    try {
      const config = await read();
      this.#reloads = { succeeded: succeeded + 1, failed, ok: true, goodAt: wallNow() };
      return config;
    } catch (error) {
      this.#reloads = { succeeded, failed: failed + 1, ok: false, goodAt };
      throw error;
    }
  }

  get reloads(): Reloads {
    return this.#reloads;
  }
}

/** A group's name has no colon. */
const keyOf = (group: string, name: string): string => `${group}:${name}`;
