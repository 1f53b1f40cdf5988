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
 * Who is to end now, of those that are left: nobody that is left needs them, and nobody that could end now
 * has a higher priority. As soon as one has gone, ask again. Without dependencies these are the reference's
 * steps: all of the highest priority at once, the next when they have gone.
 */
export function nextToStop<T extends Prioritised>(left: ReadonlySet<T>, neededBy: Neighbours<T>): T[] {
  const free = [...left].filter((item) => !any(neededBy(item), (other) => other !== item && left.has(other)));
  // Only a circle leaves nobody free; then priority alone decides.
  const candidates = free.length === 0 ? [...left] : free;
  const highest = candidates.reduce((max, { priority }) => Math.max(max, priority), Number.NEGATIVE_INFINITY);
  return candidates.filter(({ priority }) => priority === highest);
}

/** What `nextToStop` would say, again and again, if all that it names went at the same time. */
export function stopSteps<T extends Prioritised>(items: Iterable<T>, neededBy: Neighbours<T>): T[][] {
  const left = new Set(items);
  const steps: T[][] = [];
  while (left.size > 0) {
    const step = nextToStop(left, neededBy);
    for (const item of step) left.delete(item);
    steps.push(step);
  }
  return steps;
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

function any<T>(items: Iterable<T>, holds: (item: T) => boolean): boolean {
  for (const item of items) if (holds(item)) return true;
  return false;
}
