/**
 * A log that is written without ever waiting for it: bytes go into a bounded queue, one operation at a
 * time takes them to disk, and whoever produces them is told when to pause and when to go on.
 * A disk that is full or hangs costs this log its bytes and nothing else.
 */

import { existsSync } from "node:fs";
import type { LogReader } from "../core/log-reader.ts";
import type { Loss } from "../core/loss.ts";
import type { FileHistory } from "./log-follow.ts";
import type { ByteCount } from "./log-mover.ts";
import { Movers } from "./log-movers.ts";
import { type Batch, ByteQueue, release } from "./log-queue.ts";
import { Rotation, type RotationLimits } from "./log-rotation.ts";
import { type LogStore, openStore } from "./log-store.ts";
import { causeOf, explained, Losses } from "./log-trouble.ts";

/** Above the first, producers are asked to pause; at the second they go on; beyond the third bytes are lost. */
const pauseBytes = 1024 * 1024;
const resumeBytes = 256 * 1024;
const limitBytes = 8 * 1024 * 1024;
/** How long a reader waits for bytes that were captured before it asked. */
const settleMs = 1000;

export interface LogFileOptions extends RotationLimits {
  readonly path: string;
  /** Permissions of files that are created, before the umask. */
  readonly mode?: number;
  /** The path is a new name: nothing is looked at before `make`, or the first bytes. */
  readonly unmade?: true;
  /** Told once when bytes start to be lost or a rotation fails, and once when that is over. */
  readonly report: (message: string) => void;
}

/** They serve all logs, and exist while there are floods. */
const movers = new Movers();

interface Task {
  /** Runs once this many bytes have been dealt with. */
  readonly after: number;
  readonly run: () => Promise<void>;
}

export class LogFile {
  readonly path: string;
  /** Called when writing may go on after `write` has returned false. */
  readonly onDrain = new Set<() => void>();
  /** Told how many bytes have been added to the file. */
  onGrown: ((bytes: number) => void) | null = null;
  /** Where there is a file, and not a stream. */
  readonly rotation: Rotation;
  readonly #store: LogStore;
  readonly #queue = new ByteQueue();
  readonly #tasks: Task[] = [];
  #accepted = 0;
  #done = 0;
  #busy = false;
  #paused = false;
  /** While producers wait, when something was taken last; monotonic milliseconds. */
  #takenAt = 0;
  /** Who asks for what is already under way waits for that: requests do not pile up behind a disk that hangs. */
  #flushing: { after: number; flushed: Promise<void> } | null = null;
  #reopening: Promise<void> | null = null;
  #stopMove: (() => void) | null = null;
  #closing = false;
  #closed = false;
  readonly #losses: Losses;

  /** @throws Error `cannot open PATH: cause`, with the system's `code` */
  constructor(options: LogFileOptions) {
    this.path = options.path;
    this.#losses = new Losses(options.path, options.report);
    const { path, mode = 0o666, report } = options;
    this.rotation = new Rotation(path, mode, options, report);
    const grown = (bytes: number) => this.onGrown?.(bytes);
    try {
      this.#store = openStore({ path, mode, rotation: this.rotation, report, grown }, options.unmade === true);
    } catch (error) {
      throw explained("open", path, error);
    }
  }

  /** Whether it is kept in a file, and not written to a pipe or a device. */
  get isFile(): boolean {
    return this.#store.isFile;
  }

  /** The files it has been; null for a stream, and when it is closed. */
  get history(): FileHistory | null {
    return this.#store.isFile && !this.#closed ? this.#store.history : null;
  }

  /** Whether the producer should pause. */
  get blocked(): boolean {
    return this.#paused;
  }

  /** How long producers have been waiting without anything being taken; 0 when none waits. */
  get stuckMs(): number {
    return this.#paused ? performance.now() - this.#takenAt : 0;
  }

  /** What it has lost since it was opened; null = nothing. */
  get loss(): Loss | null {
    return this.#losses.all;
  }

  /** Bytes that are not yet on disk. */
  get pendingBytes(): number {
    return this.#accepted - this.#done;
  }

  /** Takes a copy of `bytes`. False: pause until `onDrain`; what comes nevertheless is taken, up to a limit. */
  write(bytes: Uint8Array): boolean {
    if (this.#closing) return true;
    if (this.pendingBytes + bytes.length > limitBytes) {
      this.#losses.add(bytes.length, "it does not take its bytes in time");
      return false;
    }
    this.#accepted += bytes.length;
    this.#queue.push(bytes);
    this.#stopMove?.();
    this.#pump();
    if (this.pendingBytes >= pauseBytes && !this.#paused) {
      this.#paused = true;
      this.#takenAt = performance.now();
    }
    return !this.#paused;
  }

  /**
   * For a flood: takes bytes from the pipe `fd` to the file without this thread, as long as that goes and
   * nobody wants anything else of this log. The caller leaves the pipe alone until this resolves.
   */
  move(fd: number, count: ByteCount): Promise<void> {
    return this.#task(async () => {
      try {
        for (let more = this.#movable; more && this.#movable; ) more = await this.#moveSome(fd, count);
      } catch {
        // Out of descriptors, perhaps: then the bytes come the usual way.
      }
    });
  }

  /** From the next write on. */
  rotateAs(limits: RotationLimits): void {
    this.rotation.limits = limits;
  }

  /** Begins a new file, unless this one is empty, was written since `since` (milliseconds since 1970), or is a stream. */
  rotate(since = Number.POSITIVE_INFINITY): Promise<void> {
    return this.#task(() => this.#store.rotate(since));
  }

  /** Ends a move; it resolves soon. */
  stopMove(): void {
    this.#stopMove?.();
  }

  /** Resolves when all that was written up to now is on disk or lost, at the latest after `limitMs`. */
  flush(limitMs = 5000): Promise<void> {
    if (this.#flushing?.after !== this.#accepted) {
      const flushed = this.#task(async () => {});
      this.#flushing = { after: this.#accepted, flushed };
    }
    return within(limitMs, this.#flushing.flushed);
  }

  /** Makes the file of a log that is still unmade. @throws Error `cannot create PATH: cause`, with the system's `code` */
  make(): void {
    try {
      if (!this.#closing) this.#store.make();
    } catch (error) {
      throw explained("create", this.path, error);
    }
  }

  /** Opens the path again, if another file or none stands there now (logrotate(8)). Failure is reported. */
  reopen(): Promise<void> {
    if (this.#reopening !== null) return this.#reopening;
    if (this.#closed || this.#store.isUnmade) return Promise.resolve();
    // A task that finds nothing under way begins before its promise is here to be kept.
    let begun = false;
    const reopening = this.#task(() => {
      begun = true;
      this.#reopening = null;
      return this.#store.reopen();
    });
    if (!begun) this.#reopening = reopening;
    return reopening;
  }

  /** Empties the file; its backups stay. Streams and devices are left alone. @throws Error `cannot clear PATH: cause` */
  clear(): Promise<void> {
    return this.#task(() => this.#store.clear());
  }

  /** Writes what there is, waiting `limitMs` at most, and closes. Followers come to their end. */
  async close(limitMs = 5000): Promise<void> {
    if (this.#closing) return;
    this.#closing = true;
    await this.flush(limitMs);
    this.#closed = true;
    if (!this.#busy) this.#release();
  }

  /** Writes the queue at once, without a look at the order of a write that is under way: for a dying daemon. */
  flushSync(): void {
    const batch = this.#queue.take(limitBytes);
    try {
      for (const buffer of batch.buffers) this.#store.sink?.writeSync(buffer);
    } catch {
      // Nobody is left to be told.
    }
    this.#done += batch.bytes;
  }

  reader(): LogReader {
    return this.#store.reader(async () => {
      await this.flush(settleMs);
      if (this.#closed) throw new Error(`${this.path} is closed`);
    });
  }

  get #movable(): boolean {
    if (this.#closing || this.#losses.open || this.rotation.failed || this.#queue.bytes > 0 || this.#tasks.length > 0)
      return false;
    return this.#store.isFile && !this.#store.history.followed && movers.ready();
  }

  /** Up to the next rotation. True when that is done and there is more. */
  async #moveSome(fd: number, count: ByteCount): Promise<boolean> {
    if (!this.#store.isFile) return false;
    const { why, rest } = await this.#store.move(movers, fd, count, (stop) => {
      this.#stopMove = stop;
    });
    if (rest.length > 0) this.write(rest);
    await this.#store.rotateIfDue();
    return why === "limit";
  }

  /** Runs `run` when what has been accepted up to now has been dealt with, and nothing else is under way. */
  #task(run: () => Promise<void>): Promise<void> {
    if (this.#closed) return Promise.resolve();
    return new Promise((resolve, reject) => {
      this.#tasks.push({ after: this.#accepted, run: () => run().then(resolve, reject) });
      this.#stopMove?.();
      this.#pump();
    });
  }

  /** Starts the next operation, if none is under way. */
  #pump(): void {
    if (this.#busy || this.#closed) return;
    const task = this.#tasks[0];
    if (task !== undefined && task.after <= this.#done) {
      this.#tasks.shift();
      this.#busy = true;
      void task.run().finally(() => this.#idle());
    } else if (this.#queue.bytes > 0) {
      this.#busy = true;
      this.#store.write(this.#queue, this.#wrote, () => this.#idle());
    }
  }

  /** Not while an operation is under way: the number of a closed descriptor may soon be another file's. */
  #release(): void {
    this.#store.close();
    this.onDrain.clear();
  }

  #idle(): void {
    this.#busy = false;
    if (this.#paused) this.#takenAt = performance.now();
    if (this.#closed) {
      this.#release();
      return;
    }
    this.#pump();
    if (!this.#paused || this.pendingBytes > resumeBytes) return;
    this.#paused = false;
    for (const resume of [...this.onDrain]) resume();
  }

  readonly #wrote = (batch: Batch, error: NodeJS.ErrnoException | null, written: number): void => {
    release(batch);
    this.#done += batch.bytes;
    if (error !== null) this.#losses.add(batch.bytes - written, causeOf(error));
    else this.#losses.wrote();
  };
}

export const exists = (path: string): boolean => existsSync(path);

/** Waits for `work`, but no longer than `limitMs`. */
export async function within(limitMs: number, work: Promise<void>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, limitMs);
  });
  await Promise.race([work, late]);
  clearTimeout(timer);
}
