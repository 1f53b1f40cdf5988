/**
 * Where the bytes of a log go: a file, with its rotation and its past, or a stream (a pipe, a terminal, a device), whose last
 * bytes are kept in memory for readers. Whoever owns a store begins one operation at a time.
 *
 * Files are rotated as supervisord 4.2.5 does (`loggers.py`): after a write, once they are at least `maxBytes` long.
 * Streams are written for ever, whatever `maxBytes` says, and never unlinked or truncated.
 */
import { resolve } from "node:path";
import type { LogReader } from "../core/log-reader.ts";
import { FileHistory, fstat } from "./log-follow.ts";
import type { ByteCount, Moved } from "./log-mover.ts";
import type { Movers } from "./log-movers.ts";
import { type Batch, type ByteQueue, blockBytes } from "./log-queue.ts";
import { StreamHistory } from "./log-ring.ts";
import { empty, type Rotation } from "./log-rotation.ts";
import { FileSink, openSink } from "./log-sink.ts";
import { readFrom, useStanding } from "./log-standing.ts";
import type { Sink } from "./log-stream.ts";
import { explained } from "./log-trouble.ts";

/** Most bytes of one write, where no rotation is near. */
const writeBytes = 512 * 1024;
/** How soon the opening of a pipe that failed is tried again. */
const openAgainMs = 1000;

export interface LogPlace {
  readonly path: string;
  /** Permissions of files that are created, before the umask. */
  readonly mode: number;
  /** Of the file, where there is one. */
  readonly rotation: Rotation;
  readonly report: (message: string) => void;
  /** So many bytes have been added to the file. */
  readonly grown: (bytes: number) => void;
}

/** What has become of a batch, of which so many bytes are written. */
type Wrote = (batch: Batch, error: NodeJS.ErrnoException | null, written: number) => void;

export type LogStore = FileStore | StreamStore;

/** @param unmade the path is a new name: nothing is looked at before `make`, or the first bytes */
export function openStore(place: LogPlace, unmade: boolean): LogStore {
  const { path, mode } = place;
  const sink = unmade ? FileSink.unmade(path, mode) : openSink(path, mode);
  return sink instanceof FileSink ? new FileStore(sink, place) : new StreamStore(sink, place);
}

class FileStore {
  readonly isFile = true;
  readonly history: FileHistory;
  readonly #place: LogPlace;
  readonly #path: string;

  constructor(sink: FileSink, place: LogPlace) {
    this.#place = place;
    this.#path = resolve(place.path);
    this.history = new FileHistory(sink);
  }

  get sink(): Sink {
    return this.history.sink;
  }

  get isUnmade(): boolean {
    return this.history.sink.isUnmade;
  }

  make(): void {
    this.history.sink.make();
  }

  /** Takes what fits from the queue; `done` comes after the rotation that this may have made due. */
  write(queue: ByteQueue, wrote: Wrote, done: () => void): void {
    const { history } = this;
    const { rotation, grown } = this.#place;
    // A file grows beyond its limit by one block at most, as in the reference by one read.
    const room = Math.max(blockBytes, rotation.room(history.size));
    const batch = queue.take(Math.min(room, writeBytes));
    history.sink.write(batch.buffers, (error, written) => {
      history.grew(written);
      grown(written);
      wrote(batch, error, written);
      if (rotation.isDue(history.size)) void rotation.run(history).finally(done);
      else done();
    });
  }

  /** Moves bytes from the pipe `fd`, up to the next rotation. @param stopBy gets what ends that, and null when it is over */
  async move(
    movers: Movers,
    fd: number,
    count: ByteCount,
    stopBy: (stop: (() => void) | null) => void,
  ): Promise<Moved> {
    const { history } = this;
    const { rotation, grown } = this.#place;
    history.moves();
    const { stop, done } = movers.move(fd, history.sink.fd, rotation.room(history.size), count);
    stopBy(stop);
    const moved = await done;
    stopBy(null);
    const before = history.size;
    history.moved((await fstat(history.sink.fd)).size);
    grown(Math.max(0, history.size - before));
    return moved;
  }

  async rotateIfDue(): Promise<void> {
    const { rotation } = this.#place;
    if (rotation.isDue(this.history.size)) await rotation.run(this.history);
  }

  async rotate(since: number): Promise<void> {
    if (!this.isUnmade) await this.#place.rotation.now(this.history, since);
  }

  async reopen(): Promise<void> {
    const { path, mode, report } = this.#place;
    try {
      const sink = await FileSink.reopen(path, mode, false);
      if (sink.inode === this.history.sink.inode) sink.close();
      else this.history.replaced(sink, false);
    } catch (error) {
      report(explained("reopen", path, error).message);
    }
  }

  /** @throws Error `cannot clear PATH: cause` */
  async clear(): Promise<void> {
    const { path, mode } = this.#place;
    try {
      await empty(path, this.history, false, mode);
    } catch (error) {
      throw explained("clear", path, error);
    }
  }

  /**
   * What is asked for is read at the path, as the reference does: from another file if one has been put there, and from
   * none if somebody has taken ours away. Followers stay with what is written.
   * @param settled rejects when there is nothing to be read any more
   */
  reader(settled: () => Promise<void>): LogReader {
    const { history } = this;
    const path = this.#path;
    const there = async () => {
      await settled();
      if (history.sink.isUnmade) history.sink.make();
    };
    return {
      size: () => useStanding(path, there, async (file) => (await file.stat()).size),
      modified: () => useStanding(path, there, async (file) => (await file.stat()).mtimeMs),
      read: (offset, length) => useStanding(path, there, (file) => readFrom(file, offset, length)),
      follow: async function* (tailBytes, signal) {
        await settled();
        yield* history.follow(tailBytes, signal);
      },
    };
  }

  close(): void {
    this.history.close();
  }
}

class StreamStore {
  readonly isFile = false;
  readonly isUnmade = false;
  readonly history = new StreamHistory();
  readonly #place: LogPlace;
  #sink: Sink | null;
  #triedMs = performance.now();

  constructor(sink: Sink | null, place: LogPlace) {
    this.#sink = sink;
    this.#place = place;
  }

  /** null while it cannot be opened. */
  get sink(): Sink | null {
    return this.#sink;
  }

  make(): void {}

  write(queue: ByteQueue, wrote: Wrote, done: () => void): void {
    const batch = queue.take(blockBytes);
    this.history.add(batch.buffers);
    if (this.#sink === null && performance.now() - this.#triedMs >= openAgainMs) this.#openAgain();
    const sink = this.#sink;
    if (sink === null) {
      wrote(batch, notRead, 0);
      // Not in this turn: the queue may be long, and nothing here waits for anything.
      setImmediate(done);
      return;
    }
    sink.write(batch.buffers, (error, written) => {
      if (error !== null && lostReader(error)) {
        sink.close();
        this.#sink = null;
        this.#triedMs = performance.now();
      }
      wrote(batch, error, written);
      done();
    });
  }

  #openAgain(): void {
    this.#triedMs = performance.now();
    try {
      this.#sink = openSink(this.#place.path, this.#place.mode);
    } catch {
      // As good as nobody reading it.
    }
  }

  async rotate(): Promise<void> {}

  async reopen(): Promise<void> {}

  async clear(): Promise<void> {
    this.history.clear();
  }

  reader(): LogReader {
    return this.history;
  }

  close(): void {
    this.history.close();
    this.#sink?.close();
  }
}

const notRead = Object.assign(new Error("nobody reads it"), { errno: -32 });

const lostReader = ({ code }: NodeJS.ErrnoException): boolean => code !== "ENOSPC" && code !== "EAGAIN";
