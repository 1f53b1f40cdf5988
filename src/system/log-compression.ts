/**
 * Rotated files as gzip(1) would leave them, one after the other, by the threads that do the daemon's file I/O. A file
 * is there under its old name until all of the new one is on disk; what a crash leaves is done again.
 */
import { constants } from "node:fs";
import { type FileHandle, open, rename, stat, unlink, utimes } from "node:fs/promises";
import { type Backup, type Backups, lenient } from "./log-backups.ts";
import { fileId, logClock } from "./log-clock.ts";
import { explained } from "./log-trouble.ts";

const { O_RDONLY, O_NONBLOCK, O_NOFOLLOW } = constants;

/** Large, as each piece is one turn of the event loop. */
const pieceBytes = 256 * 1024;

/** Time stamps that differ by less are of the same file: not every file system keeps fractions. */
const sameTimeMs = 2000;

export class Compressor {
  readonly #waiting = new Set<Backups>();
  readonly #report: (message: string) => void;
  readonly #done: () => void;
  #current: { readonly backups: Backups; readonly abort: AbortController } | null = null;

  /** @param done called when room may have become free */
  constructor(report: (message: string) => void, done: () => void) {
    this.#report = report;
    this.#done = done;
  }

  /** Sees to it that all rotated files of a log are compressed. */
  ask(backups: Backups): void {
    this.#waiting.add(backups);
    if (this.#current === null) void this.#work();
  }

  /** Stops what is being done for it. */
  forget(backups: Backups): void {
    this.#waiting.delete(backups);
    if (this.#current?.backups === backups) this.#current.abort.abort();
  }

  async #work(): Promise<void> {
    for (const backups of this.#waiting) {
      const abort = new AbortController();
      this.#waiting.delete(backups);
      this.#current = { backups, abort };
      try {
        await compressAll(backups, abort.signal);
        this.#done();
      } catch (error) {
        if (!abort.signal.aborted) this.#report(explained("compress", `${backups.path}.1`, error).message);
      }
    }
    this.#current = null;
  }
}

async function compressAll(backups: Backups, signal: AbortSignal): Promise<void> {
  const temporary = `${backups.path}.gz.tmp`;
  await lenient(unlink(temporary));
  for (;;) {
    await backups.removeIf(isDone);
    const all = await backups.list();
    const next = all.find((backup) => !backup.compressed && twinOf(backup, all) === undefined);
    if (next === undefined || signal.aborted) return;
    try {
      if (!(await compress(backups, next, temporary, signal))) return;
    } finally {
      await lenient(unlink(temporary));
    }
  }
}

const twinOf = ({ number, compressed }: Backup, all: readonly Backup[]): Backup | undefined =>
  all.find((other) => other.number === number && other.compressed !== compressed);

/** Whether it has been compressed, but was not removed before the daemon ended. */
function isDone(backup: Backup, all: readonly Backup[]): boolean {
  const twin = backup.compressed ? undefined : twinOf(backup, all);
  return twin !== undefined && Math.abs(twin.modifiedMs - backup.modifiedMs) < sameTimeMs;
}

/** False when that is better left for another time. */
async function compress(backups: Backups, backup: Backup, temporary: string, signal: AbortSignal): Promise<boolean> {
  let was: string;
  const source = await open(backup.path, O_RDONLY | O_NONBLOCK | O_NOFOLLOW).catch(() => null);
  if (source === null) return true;
  try {
    const before = await source.stat();
    // It has moved on since it was listed.
    if (`${before.dev}:${before.ino}` !== backup.inode) return true;
    was = fileId(before);
    await write(source, temporary, before.mode & 0o7777, signal);
    await utimes(temporary, before.atime, before.mtime);
    const after = await source.stat();
    // Somebody writes to it still.
    if (after.size !== before.size || after.mtimeMs !== before.mtimeMs) return false;
  } finally {
    await source.close();
  }
  return backups.exclusively(async () => {
    // Meanwhile it may have become another number, or have been removed.
    const now = (await backups.list()).find(({ inode, compressed }) => inode === backup.inode && !compressed);
    if (now === undefined) return true;
    const { dev, ino } = await stat(temporary);
    logClock.compressed(backup.inode, `${dev}:${ino}`, was);
    await rename(temporary, `${now.path}.gz`);
    await lenient(unlink(now.path));
    return true;
  });
}

async function write(source: FileHandle, path: string, mode: number, signal: AbortSignal): Promise<void> {
  const [{ createGzip }, { pipeline }] = await Promise.all([import("node:zlib"), import("node:stream/promises")]);
  const target = await open(path, "wx", mode);
  try {
    const put = async (pieces: AsyncIterable<Buffer>) => {
      for await (const piece of pieces) await target.writeFile(piece);
    };
    await pipeline(piecesOf(source), createGzip({ chunkSize: pieceBytes }), put, { signal });
    await target.datasync();
  } finally {
    await target.close();
  }
}

async function* piecesOf(source: FileHandle): AsyncGenerator<Buffer> {
  for (;;) {
    const { buffer, bytesRead } = await source.read(Buffer.allocUnsafe(pieceBytes), 0, pieceBytes, null);
    if (bytesRead === 0) return;
    yield buffer.subarray(0, bytesRead);
  }
}
