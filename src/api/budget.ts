/**
 * Bounds the memory of answers under way. One answer may hold megabytes of log, and a client may ask for
 * many at once, in one multicall or over many connections, and then not read them: what does not fit is
 * refused instead of growing the daemon. A single one always fits: the table of 100,000 processes is large.
 */
import { Fault } from "../core/faults.ts";

/** What all requests of a server share. */
export class ReplyBudget {
  readonly #limitBytes: number;
  #freeBytes: number;

  constructor(limitBytes: number) {
    this.#limitBytes = limitBytes;
    this.#freeBytes = limitBytes;
  }

  /** For one request; released when its answer has left. */
  open(): Reservation {
    let held = 0;
    return {
      reserve: (bytes) => {
        if (bytes > this.#freeBytes && this.#freeBytes < this.#limitBytes)
          throw new Fault("FAILED", "too many large replies at once");
        this.#freeBytes -= bytes;
        held += bytes;
      },
      release: () => {
        this.#freeBytes += held;
        held = 0;
      },
    };
  }
}

export interface Reservation {
  /** @throws Fault FAILED when there is no room */
  reserve(bytes: number): void;
  /** Gives all of it back; harmless when done twice. */
  release(): void;
}
