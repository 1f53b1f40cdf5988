/**
 * Lines that wait to be sent, within a bound: when that is reached, the oldest go. What is under way stays counted, and comes
 * back in its place when it was not taken. They are kept in parts of one size that are used again and again, so that a
 * flood leaves nothing behind for the garbage collector.
 */
import type { LineClock, Moment } from "./line-clock.ts";
import type { Labels } from "./log-target.ts";

/** Whose lines these are, to a target: all that have the same labels are one. */
export interface LineStream {
  readonly labels: Labels;
  readonly clock: LineClock;
}

/** Lines of one output that came at once. */
export interface Block {
  readonly stream: LineStream;
  /** Of the first line. */
  readonly at: Moment;
  /** With a newline between two of them. */
  readonly bytes: Uint8Array;
  readonly lines: number;
  /** It is one piece of a line that goes on. */
  readonly partial: boolean;
}

/** More than any block has. */
const partBytes = 64 * 1024;
/** What keeping a block costs beside its bytes. */
const blockBytes = 128;

class Part {
  readonly #memory = new Uint8Array(partBytes);
  #used = 0;
  blocks: Block[] = [];
  lines = 0;

  get bytes(): number {
    return this.#used;
  }

  fits({ bytes }: Block): boolean {
    return this.#used + bytes.length + (this.blocks.length + 1) * blockBytes <= partBytes;
  }

  /** Takes a copy. */
  add(block: Block): void {
    const from = this.#used;
    this.#used += block.bytes.length;
    this.#memory.set(block.bytes, from);
    this.blocks.push({ ...block, bytes: this.#memory.subarray(from, this.#used) });
    this.lines += block.lines;
  }

  empty(): void {
    this.#used = 0;
    this.blocks = [];
    this.lines = 0;
  }
}

export class LineQueue {
  #mostParts: number;
  /** Those that wait, the oldest first. */
  #parts: Part[] = [];
  #taken: Part[] = [];
  /** Empty ones, to be used again. */
  readonly #spare: Part[] = [];
  #waitingBytes = 0;
  #takenBytes = 0;

  constructor(limitBytes: number) {
    this.#mostParts = mostParts(limitBytes);
  }

  /** Of all that wait or are under way. */
  get bytes(): number {
    return this.#waitingBytes + this.#takenBytes;
  }

  /** Whether as much waits as is to be taken at once, or half of the memory is in use: short lines take more than their bytes. */
  holds(batchBytes: number): boolean {
    return this.#waitingBytes >= batchBytes || this.#parts.length * 2 > this.#mostParts;
  }

  /** Whether nothing waits. */
  get empty(): boolean {
    return this.#parts.length === 0;
  }

  /** Another bound; returns how many lines had to go for it. */
  limit(bytes: number): number {
    this.#mostParts = mostParts(bytes);
    return this.#makeRoom(0);
  }

  /** Takes a copy of at most 32 KB. Returns how many lines had to go, the oldest first. */
  push(block: Block): number {
    let lost = 0;
    let part = this.#parts.at(-1);
    if (part === undefined || !part.fits(block)) {
      lost = this.#makeRoom(1);
      part = this.#spare.pop() ?? new Part();
      this.#parts.push(part);
    }
    part.add(block);
    this.#waitingBytes += block.bytes.length;
    return lost;
  }

  /** The oldest blocks, of about so many bytes but at least one; to be settled or restored before there are others. */
  take(limitBytes: number): readonly Block[] {
    let [count, bytes] = [0, 0];
    for (const part of this.#parts) {
      if (count > 0 && bytes + part.bytes > limitBytes) break;
      bytes += part.bytes;
      count++;
    }
    this.#taken = this.#parts.splice(0, count);
    this.#takenBytes = bytes;
    this.#waitingBytes -= bytes;
    return this.#taken.flatMap(({ blocks }) => blocks);
  }

  /** What was taken is done with. Returns how many lines that were. */
  settle(): number {
    const lines = linesOf(this.#taken);
    for (const part of this.#taken) this.#discard(part);
    this.#taken = [];
    this.#takenBytes = 0;
    // One is enough for who writes a line now and then.
    if (this.empty) this.#spare.splice(1);
    return lines;
  }

  /** What was taken is to be taken again. */
  restore(): void {
    this.#parts.unshift(...this.#taken);
    this.#waitingBytes += this.#takenBytes;
    this.#taken = [];
    this.#takenBytes = 0;
  }

  /** Forgets everything. Returns how many lines that were. */
  clear(): number {
    this.restore();
    const lines = linesOf(this.#parts);
    this.#parts = [];
    this.#spare.length = 0;
    this.#waitingBytes = 0;
    return lines;
  }

  #makeRoom(parts: number): number {
    let lost = 0;
    while (this.#parts.length + this.#taken.length + parts > this.#mostParts) {
      const oldest = this.#parts.shift();
      if (oldest === undefined) break;
      lost += oldest.lines;
      this.#waitingBytes -= oldest.bytes;
      this.#discard(oldest);
    }
    return lost;
  }

  #discard(part: Part): void {
    part.empty();
    if (this.#parts.length + this.#taken.length + this.#spare.length < this.#mostParts) this.#spare.push(part);
  }
}

const mostParts = (bytes: number): number => Math.max(2, Math.floor(bytes / partBytes));
const linesOf = (parts: readonly Part[]): number => parts.reduce((sum, { lines }) => sum + lines, 0);
