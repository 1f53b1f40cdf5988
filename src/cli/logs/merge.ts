/** Lines of several logs in one order, with no more of each in memory than one batch. */
import type { Line } from "./line.ts";

interface Head {
  readonly rank: number;
  readonly batches: AsyncIterator<Line[]>;
  batch: readonly Line[];
  at: number;
}

/** So many lines at a time, or of so many bytes: a single one may have 256 KB. */
const mostLines = 4096;
const mostBytes = 1024 * 1024;

/** Of lines of the same moment, those of the first log come first. */
export async function* merged(logs: readonly AsyncIterable<Line[]>[], atOnce: number): AsyncGenerator<Line[]> {
  const heads = await inTurn(logs, atOnce, async (log, rank) => {
    const head: Head = { rank, batches: log[Symbol.asyncIterator](), batch: [], at: 0 };
    return (await refill(head)) ? head : null;
  });
  const heap = new Heap(heads.filter((head) => head !== null));
  try {
    let out: Line[] = [];
    let bytes = 0;
    for (let head = heap.first; head !== undefined; head = heap.first) {
      // Whoever has come to the next log's first line waits; a log alone is passed on as it is.
      const line = head.batch[head.at++] as Line;
      out.push(line);
      bytes += line.bytes.length;
      if (out.length >= mostLines || bytes >= mostBytes) {
        yield out;
        out = [];
        bytes = 0;
      }
      if (head.at < head.batch.length || (await refill(head))) heap.sink();
      else heap.removeFirst();
    }
    if (out.length > 0) yield out;
  } finally {
    for (const head of heap.all) await head.batches.return?.();
  }
}

async function refill(head: Head): Promise<boolean> {
  const next = await head.batches.next();
  if (next.done === true) return false;
  head.batch = next.value;
  head.at = 0;
  return true;
}

/** Does something for each, for so many at once; the results in the order of what they are of. */
export async function inTurn<T, R>(
  all: readonly T[],
  atOnce: number,
  work: (one: T, index: number) => Promise<R>,
): Promise<R[]> {
  const results: R[] = [];
  let next = 0;
  const worker = async (): Promise<void> => {
    while (next < all.length) {
      const index = next++;
      results[index] = await work(all[index] as T, index);
    }
  };
  await Promise.all(Array.from({ length: Math.min(atOnce, all.length) }, worker));
  return results;
}

const orderOf = ({ batch, at }: Head): number => batch[at]?.order ?? 0;

const isBefore = (a: Head, b: Head): boolean =>
  orderOf(a) < orderOf(b) || (orderOf(a) === orderOf(b) && a.rank < b.rank);

/** The one whose line comes next is the first. */
class Heap {
  readonly all: Head[];

  constructor(heads: Head[]) {
    this.all = heads.sort((a, b) => (isBefore(a, b) ? -1 : 1));
  }

  get first(): Head | undefined {
    return this.all[0];
  }

  removeFirst(): void {
    const last = this.all.pop();
    if (last === undefined || this.all.length === 0) return;
    this.all[0] = last;
    this.sink();
  }

  /** The first may have become a later one. */
  sink(): void {
    const { all } = this;
    for (let at = 0; ; ) {
      let least = at;
      for (const child of [2 * at + 1, 2 * at + 2]) {
        const [a, b] = [all[child], all[least]];
        if (a !== undefined && b !== undefined && isBefore(a, b)) least = child;
      }
      if (least === at) return;
      const [moved, risen] = [all[at] as Head, all[least] as Head];
      all[at] = risen;
      all[least] = moved;
      at = least;
    }
  }
}
