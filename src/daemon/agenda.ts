/**
 * Who waits for what moment. Time is a field (`due`) on each entry and there is one timer, for the
 * nearest: nothing to cancel, no stale callbacks, and no wake-up when nothing is due.
 */
import type { Clock } from "../system/clock.ts";

export interface Entry {
  /** Monotonic milliseconds, or null for "nothing". */
  readonly due: number | null;
  /** Called when `due` has come; expected to change it. */
  wake(): void;
}

export class Agenda {
  readonly #clock: Clock;
  readonly #entries = new Set<Entry>();
  #next = Number.POSITIVE_INFINITY;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  add(entry: Entry): void {
    this.#entries.add(entry);
    this.changed(entry);
  }

  delete(entry: Entry): void {
    this.#entries.delete(entry);
  }

  /** To be called when an entry's `due` may have changed. A later moment needs no new timer: the old one finds nothing. */
  changed(entry: Entry): void {
    if (entry.due === null || entry.due >= this.#next) return;
    this.#arm(entry.due);
  }

  #arm(at: number): void {
    this.#next = at;
    this.#clock.wakeAt(Number.isFinite(at) ? at : null, () => this.#wake());
  }

  #wake(): void {
    const now = this.#clock.now();
    // While entries are woken, `changed` must not arm the timer again and again.
    this.#next = Number.NEGATIVE_INFINITY;
    for (const entry of [...this.#entries]) if (entry.due !== null && entry.due <= now) entry.wake();
    let next = Number.POSITIVE_INFINITY;
    for (const { due } of this.#entries) if (due !== null && due < next) next = due;
    this.#arm(next);
  }
}
