/**
 * When the bytes of a log were written: raw lines do not say, so whoever writes the file remembers it, sparsely.
 *
 * A mark says that the bytes from its offset to the next mark's were written between two moments. Writes within 20 ms
 * share a mark. There are at most 512: beyond that neighbours are put together where the difference matters least, which
 * is as a share of their age. So what was written just now is known to 20 ms, and what is old to some percent of
 * its age; a log with fewer than 512 writes is known exactly.
 */

export interface Mark {
  readonly offset: number;
  /** Milliseconds since 1970, both. */
  readonly from: number;
  readonly to: number;
}

interface Growing extends Mark {
  to: number;
}

const stepMs = 20;
export const mostMarks = 512;

export class LogMarks {
  #marks: Growing[] = [];

  get count(): number {
    return this.#marks.length;
  }

  /** The offset of the last mark; -1 when there is none. */
  get last(): number {
    return this.#marks.at(-1)?.offset ?? -1;
  }

  /** Bytes from `offset` on are written now. */
  add(offset: number, now: number): void {
    const last = this.#marks.at(-1);
    if (last !== undefined && now >= last.from && now - last.from <= stepMs) {
      if (now > last.to) last.to = now;
    } else this.addRange(offset, now, now);
  }

  /** Bytes from `offset` on were written between two moments. */
  addRange(offset: number, from: number, to: number): void {
    const last = this.#marks.at(-1);
    if (last?.offset === offset) last.to = Math.max(last.to, to);
    else this.#marks.push({ offset, from, to });
    if (this.#marks.length > mostMarks) this.shrink((mostMarks * 3) / 4, to);
  }

  /** The file has been emptied. */
  clear(): void {
    this.#marks = [];
  }

  /** Puts marks together until there are no more than so many. */
  shrink(most: number, now: number): void {
    for (let share = 1 / 128; this.#marks.length > most; share *= 2) {
      const kept: Growing[] = [];
      for (const mark of this.#marks) {
        const before = kept.at(-1);
        // The last factor brings it to an end also when clocks were moved.
        const toleranceMs = Math.max(stepMs, share * (now - mark.to)) * Math.max(1, share);
        if (before !== undefined && mark.to - before.from <= toleranceMs) before.to = Math.max(before.to, mark.to);
        else kept.push(mark);
      }
      this.#marks = kept;
    }
  }

  /** What says when the bytes of this range were written, and the mark behind it, if there is one. */
  between(from: number, to: number): Mark[] {
    const first = Math.max(0, markAt(this.#marks, from));
    const end = this.#marks.findIndex(({ offset }, index) => index >= first && offset >= to);
    return this.#marks.slice(first, end < 0 ? undefined : end + 1).map((mark) => ({ ...mark }));
  }

  /** Where the first byte is that may have been written at this moment or later; null when that is not known. */
  offsetSince(moment: number): number | null {
    const at = this.#marks.findIndex(({ to }) => to >= moment);
    if (at < 0) return null;
    // What is before the first mark is of unknown age.
    return at === 0 ? null : (this.#marks[at]?.offset ?? null);
  }

  /** Before which all bytes are that may have been written at this moment or earlier; null = there may be some anywhere. */
  offsetUntil(moment: number): number | null {
    const at = this.#marks.findLastIndex(({ from }) => from <= moment);
    return this.#marks[at + 1]?.offset ?? null;
  }
}

/** The index of the mark that says when the byte at `offset` was written; -1 when none does. */
export function markAt(marks: readonly Mark[], offset: number): number {
  let low = 0;
  let high = marks.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((marks[middle]?.offset ?? 0) <= offset) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}
