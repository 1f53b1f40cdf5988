/**
 * How much processor time a changing set of processes has spent, from looks at it now and then.
 *
 * The kernel keeps two figures for each process: what it has spent itself, and what those of its
 * descendants had spent that have ended and been waited for. So the time of one that ends is seen a second
 * time, in the figure of whoever waited for it, and must be taken off there; of one that nobody waited for it
 * is never seen again, and what was seen of it stays counted. The total never falls.
 *
 * A look is not of one moment: one may go after its parent was looked at and before it was itself, or be missed
 * while it changes parents. So what is gone is remembered for one more look.
 */

/** One process as it was seen. Times in any unit, as long as it is one. */
export interface Spender {
  readonly pid: number;
  readonly parent: number;
  /** Tells it from another process that was given the same pid later. */
  readonly startTicks: number;
  readonly ownTicks: number;
  /** Of descendants that have ended and been waited for. */
  readonly waitedTicks: number;
}

export interface Ledger {
  readonly totalTicks: number;
  readonly entries: ReadonlyMap<number, Entry>;
}

interface Entry {
  readonly spender: Spender;
  /** What was seen of descendants that went between the last two looks, and that it had not waited for then. */
  readonly owed: number;
  /** Not seen in the last look. */
  readonly missed: boolean;
}

export const emptyLedger: Ledger = { totalTicks: 0, entries: new Map() };

export function account(before: Ledger, seen: readonly Spender[]): Ledger {
  const now = new Map(seen.map((spender) => [spender.pid, spender]));
  const gone = [...before.entries.values()].filter(({ spender, missed }) => !missed && !isIn(now, spender));
  const entries = new Map<number, Entry>(gone.map((entry) => [entry.spender.pid, { ...entry, missed: true }]));
  const owing = owedTicks(gone, before.entries, now);
  let { totalTicks } = before;
  for (const spender of now.values()) {
    const known = before.entries.get(spender.pid);
    const earlier = known?.spender.startTicks === spender.startTicks ? known : null;
    const waited = spender.waitedTicks - (earlier?.spender.waitedTicks ?? 0);
    const newlyOwed = owing.get(spender.pid) ?? 0;
    const owed = newlyOwed + (earlier?.owed ?? 0);
    totalTicks += Math.max(0, spender.ownTicks - (earlier?.spender.ownTicks ?? 0)) + Math.max(0, waited - owed);
    entries.set(spender.pid, { spender, owed: Math.min(newlyOwed, Math.max(0, owed - waited)), missed: false });
  }
  return { totalTicks, entries };
}

/** By the nearest ancestor that lives on: what was seen of descendants that have gone. */
function owedTicks(
  gone: readonly Entry[],
  entries: Ledger["entries"],
  now: ReadonlyMap<number, Spender>,
): Map<number, number> {
  const sums = new Map<number, number>();
  for (const { spender, owed } of gone) {
    const heir = heirOf(spender, entries, now);
    if (heir !== null) sums.set(heir, (sums.get(heir) ?? 0) + spender.ownTicks + spender.waitedTicks + owed);
  }
  return sums;
}

function heirOf(gone: Spender, entries: Ledger["entries"], now: ReadonlyMap<number, Spender>): number | null {
  let { parent } = gone;
  // Parents make no circle; but what is read of living processes is not of one moment.
  for (let steps = 0; steps <= entries.size; steps++) {
    const entry = entries.get(parent);
    if (entry === undefined) return null;
    if (isIn(now, entry.spender)) return parent;
    parent = entry.spender.parent;
  }
  return null;
}

const isIn = (now: ReadonlyMap<number, Spender>, { pid, startTicks }: Spender): boolean =>
  now.get(pid)?.startTicks === startTicks;
