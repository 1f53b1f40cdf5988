/** "Did you mean": the known word that a mistyped one is nearest to. */

/** The nearest of `known`, or null when none is near enough to be what was meant. */
export function nearest(word: string, known: Iterable<string>): string | null {
  if (word.length > 60) return null;
  const wanted = normal(word);
  let best: string | null = null;
  let bestDistance = Math.max(1, Math.floor(word.length / 3)) + 1;
  for (const candidate of known) {
    if (Math.abs(candidate.length - word.length) >= bestDistance) continue;
    const distance = editDistance(wanted, normal(candidate), bestDistance);
    if (distance < bestDistance) [best, bestDistance] = [candidate, distance];
  }
  return best;
}

/** `did you mean X`, or null. */
export function didYouMean(word: string, known: Iterable<string>): string | null {
  const candidate = nearest(word, known);
  return candidate === null || candidate === word ? null : `did you mean ${candidate}`;
}

const normal = (word: string): string => word.toLowerCase().replaceAll("-", "_");

/** Insertions, deletions, substitutions and swaps of neighbours; `limit` once it is known to be no less. */
function editDistance(a: string, b: string, limit: number): number {
  let beforeLast: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    let least = i;
    for (let j = 1; j <= b.length; j++) {
      const same = a[i - 1] === b[j - 1];
      let cost = Math.min((last[j] ?? 0) + 1, (row[j - 1] ?? 0) + 1, (last[j - 1] ?? 0) + (same ? 0 : 1));
      if (!same && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) cost = Math.min(cost, (beforeLast[j - 2] ?? 0) + 1);
      row.push(cost);
      least = Math.min(least, cost);
    }
    if (least >= limit) return limit;
    [beforeLast, last] = [last, row];
  }
  return last[b.length] ?? limit;
}
