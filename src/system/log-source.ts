/**
 * Reading the pipe of a child. All pipes share one buffer, so that a hundred silent programs cost
 * nothing. A pipe that brings bytes again and again is no longer waited for but looked at every few
 * milliseconds: then neither its writer nor this thread is woken for every line. A pipe that is found
 * full even so is a flood, and the consumer is told.
 */
import * as fs from "node:fs";
import { Socket } from "node:net";
import { setPipeSize } from "./libc.ts";

/** pipe(7) */
const defaultPipeBytes = 64 * 1024;
/** Size of busy pipes. Measured: beyond this their pages no longer stay in the processor's cache. */
const busyPipeBytes = 256 * 1024;
/** So many reads within so short a time make a pipe busy. */
const busyReads = 16;
const busyMs = 16;
/** How often a busy pipe is looked at: seldom enough to find much in it, and often enough not to find it full. */
const longestWaitMs = 4;
/** How often in vain before it is waited for again. */
const vainLooks = 8;
/** This much in such a time, through all pipes together, is a flood; a pipe has part in it with that much. */
const floodBytes = 512 * 1024;
const partBytes = 128 * 1024;
const floodMs = 20;
/** After such a time an average says nothing any more. */
const tallyMs = 200;

/** How much comes in `floodMs`, by the last time of at least that length. */
class Tally {
  #sinceMs = 0;
  #bytes = 0;
  rate = 0;

  add(bytes: number, now: number): void {
    this.#bytes += bytes;
    const pastMs = now - this.#sinceMs;
    if (pastMs < floodMs) return;
    this.rate = pastMs < tallyMs ? (this.#bytes * floodMs) / pastMs : 0;
    this.#sinceMs = now;
    this.#bytes = 0;
  }
}

/** Of all pipes. */
const traffic = new Tally();

let shared: Buffer | undefined;

/** Why `drain` stopped: the writers are gone, they have nothing more now, or the consumer wants a pause. */
export type Drained = "ended" | "empty" | "paused";

export class PipeReader {
  readonly fd: number;
  readonly #socket: Socket;
  readonly #buffer: Buffer;
  readonly #take: (bytes: Buffer) => boolean;
  readonly #ended: () => void;
  #pipeBytes = defaultPipeBytes;
  #windowMs = 0;
  #windowReads = 0;
  #tally = new Tally();
  #vain = 0;
  /** While it is looked at: for how long not, and when next. */
  #waitMs = 0;
  dueMs = 0;

  /**
   * Takes the descriptor over; reads from the first `resume` until the pipe ends or is closed.
   * @param take gets bytes that are valid only during the call; false = pause until `resume`
   * @param ended all writers are gone and everything has been taken
   */
  constructor(fd: number, take: (bytes: Buffer) => boolean, ended: () => void) {
    this.fd = fd;
    this.#take = take;
    this.#ended = ended;
    shared ??= Buffer.allocUnsafeSlow(busyPipeBytes);
    this.#buffer = shared;
    this.#socket = new Socket({
      fd,
      readable: true,
      writable: false,
      onread: { buffer: this.#buffer, callback: (count) => this.#arrived(count) },
    });
    // A pipe that cannot be read is one that has ended; its descriptor is closed either way.
    this.#socket.on("error", () => {});
    this.#socket.on("close", ended);
  }

  /** Whether the writer is faster than should be followed from here; asking begins a new tally. */
  takeFlood(): boolean {
    const flood = this.#tally.rate >= partBytes && traffic.rate >= floodBytes;
    if (flood) this.#tally = new Tally();
    return flood;
  }

  pause(): void {
    looked.delete(this);
    this.#socket.pause();
  }

  resume(): void {
    if (!looked.has(this)) this.#socket.resume();
  }

  /** Reads, without waiting, what is in the pipe. `ended` is not called by this. */
  drain(): Drained {
    for (;;) {
      const count = this.#read();
      if (count === null) return "empty";
      if (count === 0) return "ended";
      if (!this.#take(this.#buffer.subarray(0, count))) return "paused";
    }
  }

  /** `ended` is not called any more. */
  close(): void {
    looked.delete(this);
    this.#socket.removeAllListeners("close");
    this.#socket.destroy();
  }

  /** For the timer that all busy pipes share. */
  look(now: number): void {
    const count = this.#read();
    if (count === 0) {
      this.close();
      this.#ended();
      return;
    }
    if (count === null) {
      if (++this.#vain >= vainLooks) this.#watch();
    } else {
      this.#vain = 0;
      if (!this.#deliver(count)) looked.delete(this);
    }
    const share = (count ?? 0) / this.#pipeBytes;
    if (share >= 0.5) this.#waitMs = this.#waitMs > 1 ? this.#waitMs / 2 : 0;
    else if (share < 0.25) this.#waitMs = Math.min(Math.max(this.#waitMs * 2, 1), longestWaitMs);
    this.dueMs = now + this.#waitMs;
  }

  /** From looking back to waiting. */
  #watch(): void {
    looked.delete(this);
    this.#windowReads = 0;
    this.#socket.resume();
  }

  #arrived(count: number): boolean {
    const more = this.#deliver(count);
    const busy = more && this.#isBusy();
    if (busy) {
      this.#enlarge();
      this.#vain = 0;
      this.#waitMs = 1;
      this.dueMs = 0;
      look(this);
    }
    if (more && !busy) return true;
    // Told to the stream too: else `resume` would find nothing to do.
    this.#socket.pause();
    return false;
  }

  #deliver(count: number): boolean {
    const now = performance.now();
    this.#tally.add(count, now);
    traffic.add(count, now);
    return this.#take(this.#buffer.subarray(0, count));
  }

  #isBusy(): boolean {
    if (++this.#windowReads < busyReads) return false;
    const now = performance.now();
    const busy = now - this.#windowMs < busyMs;
    this.#windowMs = now;
    this.#windowReads = 0;
    return busy;
  }

  #enlarge(): void {
    if (this.#pipeBytes === defaultPipeBytes && setPipeSize(this.fd, busyPipeBytes)) this.#pipeBytes = busyPipeBytes;
  }

  /** Bytes read into the buffer; 0 = the end, null = nothing now. */
  #read(): number | null {
    // The descriptor is closed a little before `ended` is called, and its number may be another's by now.
    if (this.#socket.destroyed) return 0;
    try {
      return fs.readSync(this.fd, this.#buffer, 0, this.#buffer.length, null);
    } catch (error) {
      return (error as NodeJS.ErrnoException).code === "EAGAIN" ? null : 0;
    }
  }
}

/** Busy pipes; one timer runs while there are any. */
const looked = new Set<PipeReader>();
let running = false;

function look(reader: PipeReader): void {
  looked.add(reader);
  if (running) return;
  running = true;
  setTimeout(lookAround, 1);
}

function lookAround(): void {
  const now = performance.now();
  let next = Number.POSITIVE_INFINITY;
  for (const reader of [...looked]) {
    if (reader.dueMs <= now && looked.has(reader)) reader.look(now);
    if (looked.has(reader)) next = Math.min(next, reader.dueMs);
  }
  running = looked.size > 0;
  if (!running) return;
  const waitMs = next - performance.now();
  if (waitMs <= 0) setImmediate(lookAround);
  else setTimeout(lookAround, waitMs);
}
