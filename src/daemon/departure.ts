/**
 * How a life of the daemon comes to its end: who asked for what, and what is next. A restart is agreed
 * to only when the new program list can be used; the end of everything always is.
 */
import type { Ms } from "../core/life.ts";
import type { Config } from "../core/program.ts";
import type { DaemonState } from "../core/states.ts";
import type { Verdict } from "../core/verdict.ts";

/** The program that is the reason of it all. */
export interface Culprit extends Verdict {
  readonly name: string;
}

export class Departure {
  readonly #load: () => Promise<Config>;
  readonly #now: () => Ms;
  readonly #begun = Promise.withResolvers<void>();
  readonly #final = Promise.withResolvers<Ms>();
  readonly #hurried = Promise.withResolvers<void>();
  #state: DaemonState = "RUNNING";
  #next: Config | null = null;
  #culprit: Culprit | null = null;

  constructor(load: () => Promise<Config>, now: () => Ms) {
    this.#load = load;
    this.#now = now;
  }

  get state(): DaemonState {
    return this.#state;
  }

  /** The program list of the next life; null when there is none. */
  get next(): Config | null {
    return this.#state === "RESTARTING" ? this.#next : null;
  }

  /** Resolves when the daemon is to stop everything. */
  get begun(): Promise<void> {
    return this.#begun.promise;
  }

  /** Resolves when there is to be no next life, to the moment of that. */
  get final(): Promise<Ms> {
    return this.#final.promise;
  }

  /** Resolves when there is no time for an orderly end. */
  get hurried(): Promise<void> {
    return this.#hurried.promise;
  }

  /** The program whose end is the reason; null when somebody has asked. */
  get culprit(): Culprit | null {
    return this.#culprit;
  }

  /** Also turns a restart that is under way into an end. */
  shutdown(): void {
    this.#state = "SHUTDOWN";
    this.#begun.resolve();
    this.#final.resolve(this.#now());
  }

  /** Whoever asks twice has no time. */
  hurry(): void {
    this.#hurried.resolve();
  }

  /** A program takes the daemon with it, unless that is on its way out already; whether it does. */
  blame(culprit: Culprit): boolean {
    if (this.#state !== "RUNNING") return false;
    this.#culprit = culprit;
    this.shutdown();
    return true;
  }

  /** Rejects with the reason when the program list is bad: then everything keeps running. */
  async restart(): Promise<void> {
    const next = await this.#load();
    if (this.#state !== "RUNNING") return;
    this.#next = next;
    this.#state = "RESTARTING";
    this.#begun.resolve();
  }
}
