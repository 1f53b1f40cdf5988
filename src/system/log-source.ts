/**
 * Reading the pipe of a child. All pipes share one buffer, so that a hundred silent programs cost
 * nothing; a pipe that is found full again and again is made larger, which spares wake-ups.
 */
import * as fs from "node:fs";
import { Socket } from "node:net";
import { setPipeSize } from "./libc.ts";

const readBytes = 64 * 1024;
/** A read of at least this much, so many times in a row, makes a pipe busy. */
const busyBytes = 32 * 1024;
const busyReads = 8;
/** What an unprivileged process may ask for; pipe(7). */
const busyPipeBytes = 1024 * 1024;

let shared: Buffer | undefined;

/** Why `drain` stopped: the writers are gone, they have nothing more now, or the consumer wants a pause. */
export type Drained = "ended" | "empty" | "paused";

export class PipeReader {
  readonly fd: number;
  readonly #socket: Socket;
  readonly #buffer: Buffer;
  readonly #take: (bytes: Buffer) => boolean;
  #fullReads = 0;

  /**
   * Takes the descriptor over and reads it until it ends or is closed.
   * @param take gets bytes that are valid only during the call; false = pause until `resume`
   * @param ended all writers are gone and everything has been taken
   */
  constructor(fd: number, take: (bytes: Buffer) => boolean, ended: () => void) {
    this.fd = fd;
    this.#take = take;
    shared ??= Buffer.allocUnsafeSlow(readBytes);
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

  pause(): void {
    this.#socket.pause();
  }

  resume(): void {
    this.#socket.resume();
  }

  /** Reads, without waiting, what is in the pipe. `ended` is not called by this. */
  drain(): Drained {
    for (;;) {
      let count: number;
      try {
        count = fs.readSync(this.fd, this.#buffer, 0, readBytes, null);
      } catch (error) {
        return (error as NodeJS.ErrnoException).code === "EAGAIN" ? "empty" : "ended";
      }
      if (count === 0) return "ended";
      if (!this.#take(this.#buffer.subarray(0, count))) return "paused";
    }
  }

  /** `ended` is not called any more. */
  close(): void {
    this.#socket.removeAllListeners("close");
    this.#socket.destroy();
  }

  #arrived(count: number): boolean {
    if (count < busyBytes) this.#fullReads = 0;
    else if (++this.#fullReads === busyReads) setPipeSize(this.fd, busyPipeBytes);
    if (this.#take(this.#buffer.subarray(0, count))) return true;
    // Told to the stream too: else `resume` would find nothing to do.
    this.#socket.pause();
    return false;
  }
}
