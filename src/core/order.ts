/** In which order things are started and stopped. */

interface Prioritised {
  readonly priority: number;
}

/**
 * The steps of an orderly end: highest priority first, everything of one priority at once. A step
 * begins when the one before has ended.
 */
export function stopSteps<T extends Prioritised>(groups: readonly T[]): T[][] {
  const byPriority = Map.groupBy(groups, ({ priority }) => priority);
  return [...byPriority].sort(([a], [b]) => b - a).map(([, step]) => step);
}

/** Ascending by priority; those of equal priority keep their order. */
export function byPriority<T extends Prioritised>(items: readonly T[]): T[] {
  return items.toSorted((a, b) => a.priority - b.priority);
}
