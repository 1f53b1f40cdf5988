/**
 * How a life of the daemon comes to its end: who asked for what, and what is next. A restart is agreed
 * to only when the new program list can be used; the end of everything always is.
 */
import type { Config } from "../core/program.ts";
import type { DaemonState } from "../core/states.ts";

export class Departure {
  readonly #load: () => Promise<Config>;
  readonly #begun = Promise.withResolvers<void>();
  #state: DaemonState = "RUNNING";
  #next: Config | null = null;

  constructor(load: () => Promise<Config>) {
    this.#load = load;
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

  /** Also turns a restart that is under way into an end. */
  shutdown(): void {
    this.#state = "SHUTDOWN";
    this.#begun.resolve();
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
