/**
 * Bytes on their way to a log, in blocks that are filled, written and used again.
 *
 * A log that is idle holds no block; a few written ones are kept for whoever comes next, so that a
 * flood of output makes no garbage. A first block is small, because most logs get a line at a time.
 */

/** Largest block, hence the longest run of bytes that is never cut between two files. */
export const blockBytes = 128 * 1024;
const smallBytes = 4 * 1024;

/** Written blocks kept for reuse, by size: at most 1 MiB in all. */
const spare = { small: [] as Buffer[], large: [] as Buffer[] };
const keptSmall = 64;
const keptLarge = 6;

interface Block {
  readonly buffer: Buffer;
  end: number;
}

/** What one write takes from the queue; to be given back with `release` when it is over. */
export interface Batch {
  readonly buffers: readonly Buffer[];
  readonly bytes: number;
  readonly blocks: readonly Buffer[];
}

export class ByteQueue {
  readonly #blocks: Block[] = [];
  #bytes = 0;

  get bytes(): number {
    return this.#bytes;
  }

  /** Appends a copy of `bytes`. */
  push(bytes: Uint8Array): void {
    this.#bytes += bytes.length;
    let rest = bytes;
    while (rest.length > 0) {
      let block = this.#blocks.at(-1);
      if (block === undefined || block.end === block.buffer.length) {
        block = { buffer: takeBlock(this.#blocks.length === 0 && rest.length <= smallBytes), end: 0 };
        this.#blocks.push(block);
      }
      const taken = Math.min(rest.length, block.buffer.length - block.end);
      block.buffer.set(taken === rest.length ? rest : rest.subarray(0, taken), block.end);
      block.end += taken;
      rest = rest.subarray(taken);
    }
  }

  /** The oldest bytes, whole blocks of them: at least one block, and no more than `limitBytes` otherwise. */
  take(limitBytes: number): Batch {
    const buffers: Buffer[] = [];
    const blocks: Buffer[] = [];
    let bytes = 0;
    for (let block = this.#blocks[0]; block !== undefined; block = this.#blocks[0]) {
      if (blocks.length > 0 && bytes + block.end > limitBytes) break;
      this.#blocks.shift();
      buffers.push(block.end === block.buffer.length ? block.buffer : block.buffer.subarray(0, block.end));
      blocks.push(block.buffer);
      bytes += block.end;
    }
    this.#bytes -= bytes;
    return { buffers, bytes, blocks };
  }
}

function takeBlock(small: boolean): Buffer {
  return small
    ? (spare.small.pop() ?? Buffer.allocUnsafeSlow(smallBytes))
    : (spare.large.pop() ?? Buffer.allocUnsafeSlow(blockBytes));
}

/** Gives the blocks of a batch back; its buffers must not be used any more. */
export function release(batch: Batch): void {
  for (const block of batch.blocks) {
    const [kept, limit] = block.length === smallBytes ? [spare.small, keptSmall] : [spare.large, keptLarge];
    if (kept.length < limit) kept.push(block);
  }
}
