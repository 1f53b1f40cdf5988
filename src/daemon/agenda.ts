/**
 * Who waits for what moment. Time is a field (`due`) on each entry and there is one timer, for the
 * nearest: nothing to cancel, no stale callbacks, and no wake-up when nothing is due.
 *
 * The moments are kept in a heap, so that a thousand programs that are due one after the other do not
 * cost a thousand looks at each. A moment that moves away leaves its place as it is: when that comes up,
 * the entry is asked again.
 */
import type { Clock } from "../system/clock.ts";

export interface Entry {
  /** Monotonic milliseconds, or null for "nothing". */
  readonly due: number | null;
  /** Called when `due` has come; expected to change it. */
  wake(): void;
}

/** A place in the heap; of an entry only the nearest counts. */
interface Place {
  readonly at: number;
  /** Of equal moments the one that was known first comes first. */
  readonly order: number;
  readonly entry: Entry;
}

export class Agenda {
  readonly #clock: Clock;
  /** Each entry with its place, null while it waits for nothing. */
  readonly #entries = new Map<Entry, Place | null>();
  /** Each place is no later than those at twice its index, plus one and two. */
  readonly #heap: Place[] = [];
  #order = 0;
  #next = Number.POSITIVE_INFINITY;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  add(entry: Entry): void {
    if (!this.#entries.has(entry)) this.#entries.set(entry, null);
    this.changed(entry);
  }

  delete(entry: Entry): void {
    this.#entries.delete(entry);
  }

  /** To be called when an entry's `due` may have come nearer. */
  changed(entry: Entry): void {
    const place = this.#place(entry);
    if (place !== null && place.at < this.#next) this.#arm(place.at);
  }

  #arm(at: number): void {
    this.#next = at;
    this.#clock.wakeAt(Number.isFinite(at) ? at : null, () => this.#wake());
  }

  #wake(): void {
    const now = this.#clock.now();
    // While entries are woken, `changed` must not arm the timer again and again.
    this.#next = Number.NEGATIVE_INFINITY;
    const asked: Entry[] = [];
    for (let first = this.#heap[0]; first !== undefined && first.at <= now; first = this.#heap[0]) {
      this.#removeFirst();
      if (this.#entries.get(first.entry) !== first) continue;
      this.#entries.set(first.entry, null);
      asked.push(first.entry);
    }
    try {
      for (const entry of asked) if (this.#entries.has(entry) && entry.due !== null && entry.due <= now) entry.wake();
    } finally {
      for (const entry of asked) this.#place(entry);
      this.#arm(this.#heap[0]?.at ?? Number.POSITIVE_INFINITY);
    }
  }

  /** Gives an entry a place; null when it needs none, or has one that is early enough. */
  #place(entry: Entry): Place | null {
    const { due } = entry;
    const old = this.#entries.get(entry);
    if (due === null || old === undefined || (old !== null && old.at <= due)) return null;
    const place = { at: due, order: this.#order++, entry };
    this.#entries.set(entry, place);
    let index = this.#heap.length;
    while (index > 0) {
      const above = (index - 1) >> 1;
      const other = this.#heap[above] as Place;
      if (!earlier(place, other)) break;
      this.#heap[index] = other;
      index = above;
    }
    this.#heap[index] = place;
    return place;
  }

  #removeFirst(): void {
    const last = this.#heap.pop() as Place;
    const count = this.#heap.length;
    if (count === 0) return;
    let index = 0;
    for (;;) {
      let below = 2 * index + 1;
      if (below >= count) break;
      if (below + 1 < count && earlier(this.#heap[below + 1] as Place, this.#heap[below] as Place)) below++;
      if (!earlier(this.#heap[below] as Place, last)) break;
      this.#heap[index] = this.#heap[below] as Place;
      index = below;
    }
    this.#heap[index] = last;
  }
}

const earlier = (a: Place, b: Place): boolean => a.at < b.at || (a.at === b.at && a.order < b.order);
