/**
 * Remembers when the bytes of log files were written after nobody writes to them any more: rotated ones, whatever they
 * are called by now, and those that are opened again after an `update` or a restart of the daemon within its process.
 */
import type { Stats } from "node:fs";
import { LogMarks, mostMarks } from "../core/log-marks.ts";

/** Files and marks that are remembered in all; a mark takes about 50 bytes. */
const mostFiles = 1024;
const mostOfAll = 32 * 1024;
/** Of a file that is not written any more. */
const mostOfOne = mostMarks / 4;

interface Remembered {
  readonly marks: LogMarks;
  readonly bytes: number;
  /** The file it was before it was compressed. */
  readonly was: string | null;
}

class LogClock {
  /** By device and inode, what was written last behind. */
  readonly #files = new Map<string, Remembered>();
  #count = 0;

  /** @param inode device and inode; "" is forgotten at once */
  keep(inode: string, marks: LogMarks | null, bytes: number, was: string | null = null): void {
    if (inode === "" || marks === null || (marks.count === 0 && was === null)) return;
    this.#forget(inode);
    marks.shrink(mostOfOne, Date.now());
    this.#files.set(inode, { marks, bytes, was });
    this.#count += marks.count;
    for (const oldest of this.#files.keys()) {
      if (this.#files.size <= mostFiles && this.#count <= mostOfAll) break;
      this.#forget(oldest);
    }
  }

  of(inode: string): { readonly marks: LogMarks; readonly was: string | null } | null {
    return this.#files.get(inode) ?? null;
  }

  /** For a file that is written on, and is so long now; null when nothing is known of it. */
  recall(inode: string, bytes: number): LogMarks | null {
    const known = this.#files.get(inode);
    this.#forget(inode);
    if (known === undefined || known.was !== null || known.bytes > bytes || bytes === 0) return null;
    // What somebody else has added meanwhile.
    const [last] = known.marks.between(known.bytes, known.bytes);
    if (known.bytes < bytes && last !== undefined) known.marks.addRange(known.bytes, last.to, Date.now());
    return known.marks;
  }

  /** A file has been compressed into another. @param was its `fileId` */
  compressed(before: string, after: string, was: string): void {
    const known = this.#files.get(before);
    this.#forget(before);
    this.keep(after, known?.marks ?? new LogMarks(), known?.bytes ?? 0, was);
  }

  #forget(inode: string): void {
    this.#count -= this.#files.get(inode)?.marks.count ?? 0;
    this.#files.delete(inode);
  }
}

/** One for the process: it outlives a restart of the daemon within it. */
export const logClock = new LogClock();

/** Of this file and no other: inodes are used again, but not by a file of the same birth. */
export const fileId = ({ dev, ino, birthtimeMs }: Stats): string => `${dev}:${ino}:${Math.trunc(birthtimeMs)}`;
