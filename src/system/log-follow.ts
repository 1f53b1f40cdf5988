/**
 * Reading a log while it is written: `tail` and `tail -f`.
 *
 * A follower stands at an offset of a segment. A segment is one file as we know it, with the
 * descriptor it was written through, so that it can be read to its end after it has been rotated
 * away, cleared or deleted; its successor is then read from its beginning. Nothing is polled:
 * the writer wakes followers. What slow followers hold open is bounded; beyond that they skip.
 */
import * as fs from "node:fs";
import type { LogFollowing, LogPiece } from "../core/log-archive.ts";
import { LogMarks } from "../core/log-marks.ts";
import { Bell } from "./log-bell.ts";
import { fileId, logClock } from "./log-clock.ts";
import { skippedNote } from "./log-ring.ts";
import type { FileSink } from "./log-sink.ts";

/** Rotated segments kept open for followers that are behind. */
const keptSegments = 64;
/** Bytes of them on disk: deleted files take room that nobody sees. */
const keptBytes = 256 * 1024 * 1024;
const readBytes = 64 * 1024;

/** As supervisord's `tail -f` tells that the file was emptied in place. */
const truncatedNote = Buffer.from("==> File truncated <==\n");

class Segment {
  readonly sink: FileSink;
  /** Bytes that are in the file. */
  size: number;
  next: Segment | null = null;
  /** The successor is the same file, emptied: followers are told. */
  emptied = false;
  /** When its bytes were written. */
  marks: LogMarks | null;
  #id: string | null = null;

  constructor(sink: FileSink) {
    this.sink = sink;
    this.size = sink.startBytes;
    this.marks = logClock.recall(sink.inode, sink.startBytes);
  }

  /** null when there is no file yet. It takes no descriptor for that: most logs are not written now. */
  async identify(): Promise<string | null> {
    const { sink } = this;
    if (this.#id === null && !sink.isUnmade) this.#id = fileId(await (sink.isOpen ? fstat(sink.fd) : sink.stat()));
    return this.#id;
  }
}

interface Follower {
  segment: Segment;
  offset: number;
  reading: boolean;
  skipped: number;
  /** It has come to a file that was emptied. */
  emptied: boolean;
}

/** The files that one log has been, as far as somebody may still want to read them; the last is being written. */
export class FileHistory {
  readonly #segments: Segment[];
  readonly #followers = new Set<Follower>();
  readonly #bell = new Bell();
  #closed = false;
  #moveSince = 0;

  constructor(sink: FileSink) {
    this.#segments = [new Segment(sink)];
  }

  get sink(): FileSink {
    return this.#last.sink;
  }

  /** Bytes in the file that is being written. */
  get size(): number {
    return this.#last.size;
  }

  get followed(): boolean {
    return this.#followers.size > 0;
  }

  get #last(): Segment {
    return this.#segments.at(-1) as Segment;
  }

  /** When the bytes of the file that is being written were written. */
  get marks(): LogMarks | null {
    return this.#last.marks;
  }

  /** So many bytes have been added. */
  grew(bytes: number): void {
    const last = this.#last;
    last.marks ??= new LogMarks();
    last.marks.add(last.size, Date.now());
    last.size += bytes;
    this.#bell.ring();
  }

  /** From now on bytes are added that are not counted here, until `moved`. */
  moves(): void {
    this.#moveSince = Date.now();
  }

  /** The file has grown to that size, by what came since `moves`. */
  moved(bytes: number): void {
    const last = this.#last;
    last.marks ??= new LogMarks();
    if (bytes > last.size) last.marks.addRange(last.size, this.#moveSince, Date.now());
    this.resized(bytes);
  }

  /** The file was found to have another length than it should: somebody else has changed it. */
  resized(bytes: number): void {
    const last = this.#last;
    if (bytes < last.size && last.marks !== null && last.marks.last >= bytes) last.marks.clear();
    last.size = bytes;
    this.#bell.ring();
  }

  /** Writing goes on in another file. `emptied`: to others it looks like the same one, emptied. */
  replaced(sink: FileSink, emptied: boolean): void {
    const last = this.#last;
    logClock.keep(last.sink.inode, last.marks, last.size);
    last.emptied = emptied;
    last.next = new Segment(sink);
    this.#segments.push(last.next);
    this.#trim();
    this.#bell.ring();
  }

  /** The file was emptied in place; what followers had not read of it is gone. */
  emptied(): void {
    const last = this.#last;
    for (const follower of this.#followers) {
      if (follower.segment !== last) continue;
      follower.skipped += Math.max(0, last.size - follower.offset);
      follower.offset = 0;
    }
    last.size = 0;
    last.marks?.clear();
    this.#bell.ring();
  }

  /** Nothing more is written; followers read to the end. */
  close(): void {
    const last = this.#last;
    logClock.keep(last.sink.inode, last.marks, last.size);
    this.#closed = true;
    this.#trim();
    this.#bell.ring();
  }

  async *follow(tailBytes: number, signal: AbortSignal): AsyncGenerator<Buffer> {
    if (this.#closed) return;
    const follower = this.#join(tailBytes);
    try {
      while (!signal.aborted) {
        const next = this.#take(follower);
        if (next !== null) {
          const piece = await next;
          if (piece.type === "skipped") yield skippedNote(piece.bytes);
          else if (piece.type === "emptied") yield truncatedNote;
          else if (piece.bytes.length > 0) yield piece.bytes;
        } else if (this.#closed) return;
        else await this.#bell.wait(signal);
      }
    } finally {
      this.#leave(follower);
    }
  }

  /** The same from the end on, for who wants to know where each piece stands; null when it is closed. */
  async following(): Promise<LogFollowing | null> {
    if (this.#closed) return null;
    const follower = this.#join(0);
    const { segment, offset } = follower;
    const isClosed = () => this.#closed;
    try {
      return {
        begin: { file: await segment.identify(), offset },
        take: () => this.#take(follower),
        get ended() {
          return isClosed();
        },
        ready: (signal) => this.#bell.wait(signal),
        close: () => this.#leave(follower),
      };
    } catch (error) {
      this.#leave(follower);
      throw error;
    }
  }

  #join(tailBytes: number): Follower {
    const last = this.#last;
    const offset = Math.max(0, last.size - tailBytes);
    const follower: Follower = { segment: last, offset, reading: false, skipped: 0, emptied: false };
    this.#followers.add(follower);
    return follower;
  }

  #leave(follower: Follower): void {
    if (this.#followers.delete(follower)) this.#trim();
  }

  /** null when there is nothing now. */
  #take(follower: Follower): Promise<LogPiece> | null {
    for (;;) {
      const { segment, skipped } = follower;
      if (skipped > 0) {
        follower.skipped = 0;
        return Promise.resolve({ type: "skipped", bytes: skipped });
      }
      if (follower.emptied) {
        follower.emptied = false;
        return Promise.resolve({ type: "emptied" });
      }
      if (follower.offset < segment.size) return this.#next(follower);
      if (segment.next === null) return null;
      follower.segment = segment.next;
      follower.offset = 0;
      follower.emptied = segment.emptied;
      this.#trim();
    }
  }

  /** The bytes a follower comes to next; there are some. */
  async #next(follower: Follower): Promise<LogPiece> {
    const { segment, offset } = follower;
    follower.reading = true;
    try {
      const buffer = Buffer.allocUnsafe(Math.min(readBytes, segment.size - offset));
      const count = await pread(segment.sink.fd, buffer, 0, offset);
      const file = (await segment.identify()) ?? "";
      const nothing: LogPiece = { type: "bytes", file, from: offset, bytes: Buffer.alloc(0), marks: [] };
      // `emptied` may have moved the follower meanwhile: what was read has then been counted as skipped.
      if (follower.offset !== offset) return nothing;
      follower.offset += count;
      if (count > 0)
        return {
          ...nothing,
          bytes: buffer.subarray(0, count),
          marks: segment.marks?.between(offset, offset + count) ?? [],
        };
      const { size } = await fstat(segment.sink.fd);
      if (size > offset || follower.offset !== offset) return nothing;
      segment.size = size;
      if (size === offset) return nothing;
      // Shorter than what was read of it: somebody else has emptied it, as `copytruncate` of logrotate does.
      follower.offset = 0;
      segment.marks?.clear();
      return { type: "emptied" };
    } finally {
      follower.reading = false;
    }
  }

  /** Closes what nobody reads any more, and moves on those that are too far behind. */
  #trim(): void {
    const kept = this.#closed ? 0 : 1;
    while (this.#segments.length > kept) {
      const oldest = this.#segments[0] as Segment;
      const readers = [...this.#followers].filter((follower) => follower.segment === oldest);
      if (readers.length > 0) {
        if (!this.#tooMuch() || oldest.next === null || readers.some((reader) => reader.reading)) return;
        for (const reader of readers) {
          reader.skipped += oldest.size - reader.offset;
          reader.segment = oldest.next;
          reader.offset = 0;
        }
      }
      this.#segments.shift();
      oldest.sink.close();
    }
  }

  #tooMuch(): boolean {
    const old = this.#segments.slice(0, -1);
    return old.length > keptSegments || old.reduce((sum, segment) => sum + segment.size, 0) > keptBytes;
  }
}

function pread(fd: number, bytes: Buffer, at: number, position: number): Promise<number> {
  return new Promise((done, failed) => {
    fs.read(fd, bytes, at, bytes.length - at, position, (error, count) =>
      error === null ? done(count) : failed(error),
    );
  });
}

export function fstat(fd: number): Promise<fs.Stats> {
  return new Promise((done, failed) => {
    fs.fstat(fd, (error, stats) => (error === null ? done(stats) : failed(error)));
  });
}

export function ftruncate(fd: number): Promise<void> {
  return new Promise((done, failed) => {
    fs.ftruncate(fd, 0, (error) => (error === null ? done() : failed(error)));
  });
}
