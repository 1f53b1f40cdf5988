/**
 * Reading a log while it is written: `tail` and `tail -f`.
 *
 * A follower stands at an offset of a segment. A segment is one file as we know it, with the
 * descriptor it was written through, so that it can be read to its end after it has been rotated
 * away, cleared or deleted; its successor is then read from its beginning. Nothing is polled:
 * the writer wakes followers. What slow followers hold open is bounded; beyond that they skip.
 */
import * as fs from "node:fs";
import { Bell } from "./log-bell.ts";
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

  constructor(sink: FileSink) {
    this.sink = sink;
    this.size = sink.startBytes;
  }
}

interface Follower {
  segment: Segment;
  offset: number;
  reading: boolean;
  skipped: number;
}

/** The files that one log has been, as far as somebody may still want to read them; the last is being written. */
export class FileHistory {
  readonly #segments: Segment[];
  readonly #followers = new Set<Follower>();
  readonly #bell = new Bell();
  #closed = false;

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

  /** So many bytes have been added. */
  grew(bytes: number): void {
    this.#last.size += bytes;
    this.#bell.ring();
  }

  /** The file was found to have another length than it should: somebody else has changed it. */
  resized(bytes: number): void {
    this.#last.size = bytes;
    this.#bell.ring();
  }

  /** Writing goes on in another file. `emptied`: to others it looks like the same one, emptied. */
  replaced(sink: FileSink, emptied: boolean): void {
    const last = this.#last;
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
    this.#bell.ring();
  }

  /** Nothing more is written; followers read to the end. */
  close(): void {
    this.#closed = true;
    this.#trim();
    this.#bell.ring();
  }

  async read(offset: number, length: number): Promise<Buffer> {
    const { sink } = this.#last;
    const { size } = await fstat(sink.fd);
    const bytes = Buffer.allocUnsafe(Math.max(0, Math.min(length, size - offset)));
    let count = 0;
    while (count < bytes.length) {
      const got = await pread(sink.fd, bytes, count, offset + count);
      if (got === 0) break;
      count += got;
    }
    return bytes.subarray(0, count);
  }

  async *follow(tailBytes: number, signal: AbortSignal): AsyncGenerator<Buffer> {
    if (this.#closed) return;
    const last = this.#last;
    const follower: Follower = {
      segment: last,
      offset: Math.max(0, last.size - tailBytes),
      reading: false,
      skipped: 0,
    };
    this.#followers.add(follower);
    try {
      while (!signal.aborted) {
        const { segment } = follower;
        if (follower.skipped > 0) {
          const note = skippedNote(follower.skipped);
          follower.skipped = 0;
          yield note;
        } else if (follower.offset < segment.size) {
          const bytes = await this.#next(follower);
          if (bytes.length > 0) yield bytes;
        } else if (segment.next !== null) {
          follower.segment = segment.next;
          follower.offset = 0;
          this.#trim();
          if (segment.emptied) yield truncatedNote;
        } else if (this.#closed) return;
        else await this.#bell.wait(signal);
      }
    } finally {
      this.#followers.delete(follower);
      this.#trim();
    }
  }

  /** The bytes a follower comes to next; there are some. */
  async #next(follower: Follower): Promise<Buffer> {
    const { segment, offset } = follower;
    follower.reading = true;
    try {
      const bytes = Buffer.allocUnsafe(Math.min(readBytes, segment.size - offset));
      const count = await pread(segment.sink.fd, bytes, 0, offset);
      // `emptied` may have moved the follower meanwhile: what was read has then been counted as skipped.
      if (follower.offset !== offset) return Buffer.alloc(0);
      follower.offset += count;
      if (count > 0) return bytes.subarray(0, count);
      const { size } = await fstat(segment.sink.fd);
      if (size > offset || follower.offset !== offset) return Buffer.alloc(0);
      segment.size = size;
      if (size === offset) return Buffer.alloc(0);
      // Shorter than what was read of it: somebody else has emptied it, as `copytruncate` of logrotate does.
      follower.offset = 0;
      return truncatedNote;
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
