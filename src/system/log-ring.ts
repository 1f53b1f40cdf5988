/**
 * The tail of a log that cannot be read back, because it goes to a pipe, a terminal or a device: the
 * last bytes sent there, kept in memory.
 */
import type { LogReader } from "../core/log-reader.ts";
import { Bell } from "./log-bell.ts";

export const skippedNote = (bytes: number): Buffer => Buffer.from(`==> ${bytes} bytes skipped <==\n`);

/** Most bytes remembered of a log that cannot be read back, and most that wait for one follower of it. */
const ringBytes = 4 * 1024;
const waitingBytes = 64 * 1024;

interface Listener {
  chunks: Buffer[];
  bytes: number;
  skipped: number;
}

/** The last bytes sent to a pipe, terminal or device, so that `tail` has something to show. */
export class StreamHistory implements LogReader {
  readonly #bell = new Bell();
  readonly #listeners = new Set<Listener>();
  #ring = Buffer.alloc(0);
  #modifiedMs = Date.now();
  #closed = false;

  /** These bytes are on their way out. */
  add(buffers: readonly Buffer[]): void {
    this.#modifiedMs = Date.now();
    for (const buffer of buffers) {
      const end = buffer.subarray(Math.max(0, buffer.length - ringBytes));
      const old = this.#ring.subarray(Math.max(0, this.#ring.length + end.length - ringBytes));
      this.#ring = Buffer.concat([old, end]);
      for (const listener of this.#listeners) {
        if (listener.bytes + buffer.length > waitingBytes) listener.skipped += buffer.length;
        else {
          listener.chunks.push(Buffer.from(buffer));
          listener.bytes += buffer.length;
        }
      }
    }
    this.#bell.ring();
  }

  clear(): void {
    this.#ring = Buffer.alloc(0);
  }

  close(): void {
    this.#closed = true;
    this.#bell.ring();
  }

  async size(): Promise<number> {
    return this.#ring.length;
  }

  async modified(): Promise<number> {
    return this.#modifiedMs;
  }

  async read(offset: number, length: number): Promise<Buffer> {
    return Buffer.from(this.#ring.subarray(offset, offset + length));
  }

  async *follow(tailBytes: number, signal: AbortSignal): AsyncGenerator<Buffer> {
    const tail = Buffer.from(this.#ring.subarray(Math.max(0, this.#ring.length - tailBytes)));
    const listener: Listener = { chunks: tail.length > 0 ? [tail] : [], bytes: 0, skipped: 0 };
    this.#listeners.add(listener);
    try {
      while (!signal.aborted) {
        const { chunks, skipped } = listener;
        listener.chunks = [];
        listener.bytes = 0;
        if (chunks.length > 0) yield Buffer.concat(chunks);
        else if (skipped > 0) {
          listener.skipped = 0;
          yield skippedNote(skipped);
        } else if (this.#closed) return;
        else await this.#bell.wait(signal);
      }
    } finally {
      this.#listeners.delete(listener);
    }
  }
}
