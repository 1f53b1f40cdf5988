/**
 * In which order things are started and stopped. Who depends on others starts after them and stops before
 * them; between those that have nothing to do with each other, priority decides.
 */

interface Prioritised {
  readonly priority: number;
}

/** Ascending by priority; those of equal priority keep their order. */
export function byPriority<T extends Prioritised>(items: readonly T[]): T[] {
  return items.toSorted((a, b) => a.priority - b.priority);
}

/** Who is next to whom: what an item needs, or who needs it. */
export type Neighbours<T> = (item: T) => Iterable<T>;

/**
 * The same items, each after those that it needs, directly or by way of others; as they were where nobody
 * needs anybody. Who needs each other in a circle stays in the order of asking.
 */
export function neededFirst<T>(items: Iterable<T>, needs: Neighbours<T>): T[] {
  const wanted = new Set(items);
  const seen = new Set<T>();
  const ordered: T[] = [];
  for (const item of wanted) {
    const path = seen.has(item) ? [] : [{ item, ahead: needs(item)[Symbol.iterator]() }];
    seen.add(item);
    // Without recursion: a chain may have any length.
    for (let step = path.at(-1); step !== undefined; step = path.at(-1)) {
      const next = step.ahead.next();
      if (next.done) {
        path.pop();
        if (wanted.has(step.item)) ordered.push(step.item);
      } else if (!seen.has(next.value)) {
        seen.add(next.value);
        path.push({ item: next.value, ahead: needs(next.value)[Symbol.iterator]() });
      }
    }
  }
  return ordered;
}

/** All that are next to an item, next to those, and so on; not the item itself, unless it is in a circle. */
export function reached<T>(item: T, neighbours: Neighbours<T>): Set<T> {
  const found = new Set<T>(neighbours(item));
  for (const each of found) for (const next of neighbours(each)) found.add(next);
  return found;
}

/**
 * The order of an end. Nobody goes while somebody that needs it is left; of the others, those of the highest
 * priority go first, all of them at once. Without dependencies these are the reference's steps.
 */
export class StopOrder<T extends Prioritised> {
  readonly #left: Set<T>;
  readonly #needs = new Map<T, T[]>();
  /** How many of those that are left need it. */
  readonly #dependents = new Map<T, number>();
  /** Those that nobody needs any more. */
  readonly #free: Set<T>;

  constructor(items: Iterable<T>, neededBy: Neighbours<T>) {
    this.#left = new Set(items);
    for (const item of this.#left) {
      const dependents = new Set(neededBy(item));
      dependents.delete(item);
      for (const dependent of dependents) {
        if (!this.#left.has(dependent)) continue;
        this.#dependents.set(item, (this.#dependents.get(item) ?? 0) + 1);
        const needs = this.#needs.get(dependent);
        if (needs === undefined) this.#needs.set(dependent, [item]);
        else needs.push(item);
      }
    }
    this.#free = new Set([...this.#left].filter((item) => !this.#dependents.has(item)));
  }

  /** Those that have not gone yet, in the order of asking. */
  get left(): ReadonlySet<T> {
    return this.#left;
  }

  /** Who is to go now, or is going already; to be asked again as soon as one of them has gone. */
  next(): T[] {
    // Only a circle leaves nobody free; then priority alone decides.
    const candidates = this.#free.size === 0 ? this.#left : this.#free;
    let highest = Number.NEGATIVE_INFINITY;
    for (const { priority } of candidates) highest = Math.max(highest, priority);
    return [...candidates].filter(({ priority }) => priority === highest);
  }

  gone(item: T): void {
    this.#left.delete(item);
    this.#free.delete(item);
    for (const needed of this.#needs.get(item) ?? []) {
      const dependents = (this.#dependents.get(needed) ?? 0) - 1;
      this.#dependents.set(needed, dependents);
      if (dependents === 0 && this.#left.has(needed)) this.#free.add(needed);
    }
  }

  /** What `next` would say, again and again, if all that it names went at the same time. */
  steps(): T[][] {
    const order = this.#copy();
    const steps: T[][] = [];
    while (order.left.size > 0) {
      const step = order.next();
      for (const item of step) order.gone(item);
      steps.push(step);
    }
    return steps;
  }

  #copy(): StopOrder<T> {
    const copy = new StopOrder<T>([], () => []);
    for (const item of this.#left) copy.#left.add(item);
    for (const item of this.#free) copy.#free.add(item);
    for (const [item, count] of this.#dependents) copy.#dependents.set(item, count);
    for (const [item, needs] of this.#needs) copy.#needs.set(item, needs);
    return copy;
  }
}

/**
 * How much of the time that is left the first of these steps may take: each gets a part in proportion to what
 * it may take at most, so that it is never less than that when there is time enough for all.
 */
export function partOf<T>(leftMs: number, steps: readonly (readonly T[])[], limitMs: (item: T) => number): number {
  const needed = steps.map((step) => step.reduce((max, item) => Math.max(max, limitMs(item)), 0));
  const all = needed.reduce((sum, each) => sum + each, 0);
  return all === 0 ? leftMs : (leftMs * (needed[0] ?? 0)) / all;
}
