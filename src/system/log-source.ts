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
/** How often a busy pipe is looked at, and how often in vain before it is waited for again. */
const lookMs = 4;
const vainLooks = 8;
/** A read of at least this much, so many times in a row, makes a flood. */
const fullBytes = 32 * 1024;
const floodReads = 16;

let shared: Buffer | undefined;

/** Why `drain` stopped: the writers are gone, they have nothing more now, or the consumer wants a pause. */
export type Drained = "ended" | "empty" | "paused";

export class PipeReader {
  readonly fd: number;
  readonly #socket: Socket;
  readonly #buffer: Buffer;
  readonly #take: (bytes: Buffer) => boolean;
  readonly #ended: () => void;
  #windowMs = 0;
  #windowReads = 0;
  #fullReads = 0;
  #vain = 0;
  #pipeBytes = defaultPipeBytes;

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

  /** Whether the writer is faster than can be followed from here; asking begins a new count. */
  takeFlood(): boolean {
    if (this.#fullReads < floodReads) return false;
    this.#fullReads = 0;
    return true;
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
  look(): void {
    const count = this.#read();
    if (count === 0) {
      this.close();
      this.#ended();
    } else if (count === null) {
      if (++this.#vain >= vainLooks) this.#wait();
    } else {
      this.#vain = 0;
      const more = this.#take(this.#buffer.subarray(0, count));
      if (!more) looked.delete(this);
      // It fills almost as fast as it is looked at.
      else if (count >= this.#pipeBytes / 2 && looked.has(this)) this.#wait();
    }
  }

  /** From looking back to waiting. */
  #wait(): void {
    looked.delete(this);
    this.#windowReads = 0;
    this.#socket.resume();
  }

  #arrived(count: number): boolean {
    this.#fullReads = count < fullBytes ? 0 : this.#fullReads + 1;
    if (this.#fullReads > 0) this.#enlarge();
    const more = this.#take(this.#buffer.subarray(0, count));
    const busy = more && count < fullBytes && this.#isBusy();
    if (busy) {
      this.#vain = 0;
      look(this);
    }
    if (more && !busy) return true;
    // Told to the stream too: else `resume` would find nothing to do.
    this.#socket.pause();
    return false;
  }

  #isBusy(): boolean {
    if (++this.#windowReads < busyReads) return false;
    const now = performance.now();
    const busy = now - this.#windowMs < busyMs;
    this.#windowMs = now;
    this.#windowReads = 0;
    if (busy) this.#enlarge();
    return busy;
  }

  #enlarge(): void {
    if (this.#pipeBytes === defaultPipeBytes && setPipeSize(this.fd, busyPipeBytes)) this.#pipeBytes = busyPipeBytes;
  }

  /** Bytes read into the buffer; 0 = the end, null = nothing now. */
  #read(): number | null {
    try {
      return fs.readSync(this.fd, this.#buffer, 0, this.#buffer.length, null);
    } catch (error) {
      return (error as NodeJS.ErrnoException).code === "EAGAIN" ? null : 0;
    }
  }
}

/** Busy pipes; one timer runs while there are any. */
const looked = new Set<PipeReader>();
let timer: NodeJS.Timeout | null = null;

function look(reader: PipeReader): void {
  looked.add(reader);
  timer ??= setInterval(() => {
    for (const busy of [...looked]) if (looked.has(busy)) busy.look();
    if (looked.size > 0 || timer === null) return;
    clearInterval(timer);
    timer = null;
  }, lookMs);
}
