/**
 * Writing to pipes, sockets and terminals without ever waiting for whoever reads them: a write is
 * over when its last byte is in the kernel, however long that takes, and the event loop goes on.
 */
import * as fs from "node:fs";
import { Socket } from "node:net";
import { StreamTurns, type Written } from "./stream-turns.ts";

/** One write is in flight at a time. */
export interface Sink {
  readonly kind: "file" | "stream";
  write(buffers: readonly Buffer[], done: Written): void;
  /** Writes at once, as far as that goes without waiting; for the last words of a dying daemon. */
  writeSync(bytes: Uint8Array): void;
  close(): void;
}

/** A pipe or a socket; the kernel says when it has room again. Takes the descriptor over. */
export class StreamSink implements Sink {
  readonly kind = "stream";
  readonly #fd: number;
  readonly #socket: Socket;
  readonly #turns: StreamTurns;
  #error: NodeJS.ErrnoException | null = null;

  constructor(fd: number) {
    this.#fd = fd;
    this.#turns = new StreamTurns(fd, (buffers, done) => this.#put(buffers, done));
    this.#socket = new Socket({ fd, readable: false, writable: true });
    this.#socket.on("error", (error) => {
      this.#error ??= error;
    });
    // Bookkeeping of sockets must not keep a daemon alive that has nothing else to do.
    this.#socket.unref();
  }

  write(buffers: readonly Buffer[], done: Written): void {
    this.#turns.write(buffers, done);
  }

  #put(buffers: readonly Buffer[], done: Written): void {
    if (this.#socket.destroyed) {
      const error = this.#error ?? closedPipe();
      setImmediate(() => done(error, 0));
      return;
    }
    let bytes = 0;
    this.#socket.cork();
    for (const [index, buffer] of buffers.entries()) {
      bytes += buffer.length;
      if (index < buffers.length - 1) this.#socket.write(buffer);
      else this.#socket.write(buffer, (error) => (error ? done(error, 0) : done(null, bytes)));
    }
    this.#socket.uncork();
  }

  writeSync(bytes: Uint8Array): void {
    if (!this.#socket.destroyed) fs.writeSync(this.#fd, bytes);
  }

  close(): void {
    this.#socket.destroy();
    this.#turns.give();
  }
}

const closedPipe = (): NodeJS.ErrnoException =>
  Object.assign(new Error("write EPIPE"), { code: "EPIPE", errno: -32, syscall: "write" });

const firstWaitMs = 5;
const longestWaitMs = 100;

/**
 * A terminal, through a descriptor of its own in non-blocking mode, which it takes over. Node's
 * writer for terminals blocks, and one stopped with Ctrl-S would stop the daemon.
 */
export class TerminalSink implements Sink {
  readonly kind = "stream";
  readonly #fd: number;
  readonly #turns: StreamTurns;
  #timer: NodeJS.Timeout | null = null;
  #closed = false;

  constructor(fd: number) {
    this.#fd = fd;
    this.#turns = new StreamTurns(fd, (buffers, done) => this.#put(buffers, done));
  }

  write(buffers: readonly Buffer[], done: Written): void {
    this.#turns.write(buffers, done);
  }

  #put(buffers: readonly Buffer[], done: Written): void {
    const bytes = buffers.length === 1 ? (buffers[0] as Buffer) : Buffer.concat(buffers);
    let written = 0;
    let waitMs = firstWaitMs;
    const put = () => {
      this.#timer = null;
      if (this.#closed) return done(closedPipe(), written);
      try {
        while (written < bytes.length) {
          written += fs.writeSync(this.#fd, bytes, written);
          waitMs = firstWaitMs;
        }
        setImmediate(() => done(null, written));
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== "EAGAIN") {
          setImmediate(() => done(error as NodeJS.ErrnoException, written));
          return;
        }
        this.#timer = setTimeout(put, waitMs);
        waitMs = Math.min(waitMs * 2, longestWaitMs);
      }
    };
    put();
  }

  writeSync(bytes: Uint8Array): void {
    fs.writeSync(this.#fd, bytes);
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#turns.give();
    fs.close(this.#fd, () => {});
  }
}
