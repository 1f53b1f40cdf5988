/**
 * When a log file gives way to a new one, and how: at a size, or when somebody says that its time has come. A rotation
 * that fails is told once and tried again after a while; until then the file grows on.
 */
import { rename, stat, unlink } from "node:fs/promises";
import { Backups } from "./log-backups.ts";
import { type FileHistory, fstat, ftruncate } from "./log-follow.ts";
import { FileSink } from "./log-sink.ts";
import { explained } from "./log-trouble.ts";

/** How soon a rotation that failed is tried again. */
const againMs = 10_000;

export interface RotationLimits {
  /** 0 or less = none by size. */
  readonly maxBytes: number;
  /** 0 or less = the file is emptied instead of rotated. */
  readonly backups: number;
  /** Rotated files may be compressed. */
  readonly compress?: boolean;
}

export class Rotation {
  readonly backups: Backups;
  /** Called after each. */
  onRotated: (() => void) | null = null;
  limits: RotationLimits;
  readonly #mode: number;
  readonly #report: (message: string) => void;
  #failed = false;
  #notBeforeMs = 0;
  /** Its time has come, however long it is. */
  #overdue = false;

  constructor(path: string, mode: number, limits: RotationLimits, report: (message: string) => void) {
    this.backups = new Backups(path);
    this.#mode = mode;
    this.limits = limits;
    this.#report = report;
  }

  get failed(): boolean {
    return this.#failed;
  }

  /** How many more bytes a file of that size takes. */
  room(size: number): number {
    return this.limits.maxBytes <= 0 ? Number.POSITIVE_INFINITY : this.limits.maxBytes - size;
  }

  isDue(size: number): boolean {
    return (this.room(size) <= 0 || this.#overdue) && performance.now() >= this.#notBeforeMs;
  }

  /** Of a file that is not empty and was not written since; its size does not matter. @param since milliseconds since 1970 */
  async now(history: FileHistory, since: number): Promise<void> {
    const { sink } = history;
    try {
      // One that is not open, as nobody writes to it, is not opened for this.
      const { size, mtimeMs } = await (sink.isOpen ? fstat(sink.fd) : stat(this.backups.path));
      if (size === 0 || mtimeMs >= since) return;
    } catch {
      // What is wrong is told by the attempt.
    }
    this.#overdue = true;
    await this.run(history);
  }

  /** If it is really due. */
  async run(history: FileHistory): Promise<void> {
    const { path } = this.backups;
    try {
      const { size } = await fstat(history.sink.fd);
      // Somebody else has emptied it in the meantime.
      if (this.#overdue ? size === 0 : this.room(size) > 0) history.resized(size);
      else {
        await this.#rotate(history);
        if (this.#failed) this.#report(`rotating ${path} again`);
      }
      this.#failed = false;
      this.#overdue = false;
      this.#notBeforeMs = 0;
    } catch (error) {
      if (!this.#failed)
        this.#report(`${explained("rotate", path, error).message}; it grows beyond its limit until this is mended`);
      this.#failed = true;
      this.#notBeforeMs = performance.now() + againMs;
    }
  }

  async #rotate(history: FileHistory): Promise<void> {
    const { backups, compress = false } = this.limits;
    if (backups <= 0) await empty(this.backups.path, history, true, this.#mode);
    else history.replaced(await this.#successor(backups, compress), false);
    this.onRotated?.();
  }

  /** Shifts the backups and returns the new, empty file that stands at the path. */
  async #successor(backups: number, mixed: boolean): Promise<FileSink> {
    const { path } = this.backups;
    await this.backups.shift(backups, mixed);
    try {
      return await FileSink.reopen(path, this.#mode, true);
    } catch (error) {
      // Without a new file the old one gets its name back, and is written on.
      await rename(`${path}.1`, path).catch(() => {});
      throw error;
    }
  }
}

/**
 * Empties the file in place if `inPlace` and nobody follows; otherwise a new file takes its place,
 * as after supervisord's `clear`, so that followers can read the old one to its end. Where files
 * cannot be unlinked (a single file mounted into a container, a read-only directory) in place too.
 */
export async function empty(path: string, history: FileHistory, inPlace: boolean, mode: number): Promise<void> {
  if ((!inPlace || history.followed) && (await unlinked(path))) {
    history.replaced(await FileSink.reopen(path, mode, true), inPlace);
    return;
  }
  await ftruncate(history.sink.fd);
  history.emptied();
}

/** Whether nothing stands at the path any more. */
const unlinked = (path: string): Promise<boolean> =>
  unlink(path).then(
    () => true,
    (error: NodeJS.ErrnoException) => error.code === "ENOENT",
  );
