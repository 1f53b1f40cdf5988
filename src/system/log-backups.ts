/**
 * The rotated files of one log: `a.log.1`, the newest, `a.log.2.gz` and so on. Whoever renames or removes them
 * does so in turn: a name means another file after each rotation.
 */
import { constants } from "node:fs";
import { lstat, open, readdir, rename, unlink } from "node:fs/promises";
import { basename, dirname, join } from "node:path";

const { O_RDONLY, O_NONBLOCK, O_NOFOLLOW } = constants;

/** With more than this many backups the directory is read, instead of trying every name. */
const tryEvery = 32;

export interface Backup {
  readonly path: string;
  readonly number: number;
  readonly compressed: boolean;
  readonly bytes: number;
  /** When it was last written, by the log or by whoever compressed it: milliseconds since 1970. */
  readonly modifiedMs: number;
  readonly inode: string;
}

export class Backups {
  readonly path: string;
  #last: Promise<unknown> = Promise.resolve();
  #changes = 0;

  constructor(path: string) {
    this.path = path;
  }

  /** Has risen when names may mean other files than before; a list made meanwhile may lack some. */
  get changes(): number {
    return this.#changes;
  }

  /** Those that there are, the oldest first. */
  async list(): Promise<Backup[]> {
    const names = await this.#names();
    const all = await Promise.all(names.map((name) => look(this.path, name)));
    return all.filter((backup) => backup !== null);
  }

  /** Runs `work` when nobody else renames or removes; what it does is over when this resolves. */
  exclusively<T>(work: () => Promise<T>): Promise<T> {
    const turn = this.#last.then(async () => {
      this.#changes++;
      try {
        return await work();
      } finally {
        this.#changes++;
      }
    });
    this.#last = turn.catch(() => {});
    return turn;
  }

  /** Removes those that `chosen` picks, which is told what there is at that time; what was removed. */
  removeIf(chosen: (backup: Backup, all: readonly Backup[]) => boolean): Promise<Backup[]> {
    return this.exclusively(async () => {
      const all = await this.list();
      const removed = all.filter((backup) => chosen(backup, all));
      for (const { path } of removed) await remove(path);
      return removed;
    });
  }

  /**
   * Makes `path` free: it becomes `path.1`, that `path.2` and so on to `path.<limit>`. Whatever is missing is passed
   * over; what stands at the end is removed if another comes there, and stays behind a gap, as in the reference.
   * @param limit at least 1
   * @param mixed there may be compressed ones
   */
  shift(limit: number, mixed: boolean): Promise<void> {
    return this.exclusively(async () => {
      const { path } = this;
      // The last is removed, not replaced: on ext4 replacing would start to write the newcomer to disk at once.
      if (limit === 1 || (await this.#isThere(limit - 1, mixed))) {
        await remove(`${path}.${limit}`);
        if (mixed) await remove(`${path}.${limit}.gz`);
      }
      for (const { number, end } of await this.#present(limit, mixed))
        await lenient(rename(`${path}.${number}${end}`, `${path}.${number + 1}${end}`));
      await lenient(rename(path, `${path}.1`));
    });
  }

  async #isThere(number: number, mixed: boolean): Promise<boolean> {
    const stands = (end: string) => lstat(`${this.path}.${number}${end}`).then(() => true, missing);
    return (await stands("")) || (mixed && (await stands(".gz")));
  }

  /** Backups that may exist and have to move, the highest number first. */
  async #present(limit: number, mixed: boolean): Promise<Name[]> {
    if (limit > tryEvery || mixed)
      return (await this.#names()).filter(({ number, end }) => number < limit && (mixed || end === ""));
    return Array.from({ length: limit - 1 }, (_, index) => ({ number: limit - 1 - index, end: "" }));
  }

  /** The highest number first. */
  async #names(): Promise<Name[]> {
    const prefix = `${basename(this.path)}.`;
    const names: Name[] = [];
    for (const name of await readdir(dirname(this.path))) {
      if (!name.startsWith(prefix)) continue;
      const [, number, end = ""] = /^([1-9]\d{0,8})(\.gz)?$/.exec(name.slice(prefix.length)) ?? [];
      if (number !== undefined) names.push({ number: Number(number), end });
    }
    return names.sort((a, b) => b.number - a.number);
  }
}

/** Bytes of all of these logs and their backups, and the backups; a file that is a log itself is no backup. @param logs absolute paths */
export async function backupsOf(
  logs: readonly string[],
): Promise<{ bytes: number; backups: { log: string; backup: Backup }[] }> {
  const known = new Set(logs);
  const backups: { log: string; backup: Backup }[] = [];
  // Amid a rotation one may be met under two names.
  const seen = new Set<string>();
  let bytes = 0;
  for (const folder of new Set(logs.map((path) => dirname(path)))) {
    for (const name of await readdir(folder)) {
      const path = join(folder, name);
      const [, base, number, end = ""] = /^(.+)\.([1-9]\d{0,8})(\.gz)?$/.exec(name) ?? [];
      const log = base === undefined ? "" : join(folder, base);
      if (known.has(path)) {
        const stat = await lstat(path).catch(() => null);
        if (stat === null || seen.has(`${stat.dev}:${stat.ino}`)) continue;
        seen.add(`${stat.dev}:${stat.ino}`);
        bytes += stat.size;
      } else if (known.has(log)) {
        const backup = await look(log, { number: Number(number), end });
        if (backup === null || seen.has(backup.inode)) continue;
        seen.add(backup.inode);
        bytes += backup.bytes;
        backups.push({ log, backup });
      }
    }
  }
  return { bytes, backups };
}

interface Name {
  readonly number: number;
  /** Behind the number: `.gz` or nothing. */
  readonly end: string;
}

async function look(log: string, { number, end }: Name): Promise<Backup | null> {
  const path = `${log}.${number}${end}`;
  const stat = await lstat(path).catch(() => null);
  if (stat === null || !stat.isFile()) return null;
  const { size: bytes, mtimeMs: modifiedMs, dev, ino } = stat;
  return { path, number, compressed: end !== "", bytes, modifiedMs, inode: `${dev}:${ino}` };
}

/** Takes the name away at once; the blocks of the file are freed afterwards, for which nobody waits. */
async function remove(path: string): Promise<void> {
  const held = await open(path, O_RDONLY | O_NONBLOCK | O_NOFOLLOW).catch(() => null);
  try {
    await lenient(unlink(path));
  } finally {
    held?.close().catch(() => {});
  }
}

function missing(error: NodeJS.ErrnoException): false {
  if (error.code !== "ENOENT") throw error;
  return false;
}

export async function lenient(operation: Promise<void>): Promise<void> {
  try {
    await operation;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
  }
}
