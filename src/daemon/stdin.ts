/**
 * The writing end of a child's stdin. Small writes go straight into the pipe; what does not fit waits
 * in a bounded queue and is written as the child reads. A write never waits.
 */
import { writeSync } from "node:fs";
import { Socket } from "node:net";
import { closeFd } from "../system/libc.ts";

/** How much may wait for a child that does not read. */
const limitBytes = 4 * 1024 * 1024;

export type WriteOutcome = "written" | "closed" | "full";

export class ChildStdin {
  readonly #fd: number;
  /** Exists from the first write that did not fit; owns the descriptor from then on. */
  #socket: Socket | null = null;
  #closed = false;

  /** Takes ownership of a non-blocking descriptor. */
  constructor(fd: number) {
    this.#fd = fd;
  }

  write(data: Buffer): WriteOutcome {
    // A socket closes its descriptor a little before it says so, and the number may be another's by now.
    if (this.#socket?.destroyed) this.close();
    if (this.#closed || data.length === 0) return this.#closed ? "closed" : "written";
    let rest = data;
    try {
      if (this.#socket === null || this.#socket.writableLength === 0) rest = data.subarray(writeSync(this.#fd, data));
    } catch (error) {
      const code = (error as NodeJS.ErrnoException).code;
      if (code !== "EAGAIN") {
        this.close();
        return "closed";
      }
    }
    if (rest.length === 0) return "written";
    this.#socket ??= this.#open();
    if (this.#socket.writableLength + rest.length > limitBytes) return "full";
    this.#socket.write(rest);
    return "written";
  }

  #open(): Socket {
    const socket = new Socket({ fd: this.#fd, readable: false, writable: true });
    // The child closed its end: further writes are refused, nothing else happens.
    socket.on("error", () => this.close());
    return socket;
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    if (this.#socket === null) closeFd(this.#fd);
    else this.#socket.destroy();
  }
}
