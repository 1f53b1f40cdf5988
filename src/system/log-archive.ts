/**
 * Reads a log from all the files it is kept in, at any place of them. A file is known by its identity, for its name
 * is another file's after the next rotation. History is read beside the descriptors that logs are written with: each
 * read opens the file and closes it, and at most two are under way at a time, so that a disk that hangs takes no more of
 * the threads that write logs.
 */
import { constants, type Stats } from "node:fs";
import { type FileHandle, lstat, open, readdir, stat } from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";
import type { LogArchive, LogFileEntry, LogFollowing, LogPart, Span } from "../core/log-archive.ts";
import type { LogMarks, Mark } from "../core/log-marks.ts";
import { Gate } from "./gate.ts";
import { type Backup, Backups } from "./log-backups.ts";
import { fileId, logClock } from "./log-clock.ts";
import type { LogFile } from "./log-file.ts";

const { O_RDONLY, O_NONBLOCK, O_NOCTTY, O_NOFOLLOW } = constants;

const atOnce = 2;
const waitMs = 10_000;
/** After so many lists that a rotation has made uncertain, the last one is taken. */
const mostTries = 4;
/** How long a reader waits for bytes that were captured before it asked. */
const settleMs = 1000;

const gate = new Gate(atOnce, waitMs);

export class FileArchive implements LogArchive {
  readonly #path: string;
  readonly #log: LogFile | null;

  /** @param log that is open at the path, if one is */
  constructor(path: string, log: LogFile | null) {
    this.#path = resolve(path);
    this.#log = log;
  }

  async files(span: Span, current: boolean): Promise<LogFileEntry[]> {
    await this.#log?.flush(settleMs);
    return gate.take(() => this.#list(span, current));
  }

  read(id: string, name: string, offset: number, length: number): Promise<LogPart | null> {
    return gate.take(async () => {
      const file = (await this.#open(id, name)) ?? (await this.#find(id));
      if (file === null) return null;
      try {
        const buffer = Buffer.allocUnsafe(length);
        const { bytesRead } = await file.handle.read(buffer, 0, length, offset);
        const marks = this.#marksOf(file.stats);
        const isPacked = file.name.endsWith(".gz");
        return {
          bytes: buffer.subarray(0, bytesRead),
          size: Math.max(file.stats.size, offset + bytesRead),
          marks: isPacked
            ? offset === 0
              ? allOf(marks)
              : []
            : (marks?.between(offset, offset + Math.max(1, bytesRead)) ?? []),
        };
      } finally {
        await file.handle.close();
      }
    });
  }

  async follow(): Promise<LogFollowing | null> {
    const log = this.#log;
    if (log === null) return null;
    await log.flush(settleMs);
    return (await log.history?.following()) ?? null;
  }

  get #backups(): Backups {
    return this.#log?.rotation.backups ?? new Backups(this.#path);
  }

  async #list(span: Span, onlyCurrent: boolean): Promise<LogFileEntry[]> {
    const backups = this.#backups;
    for (let tries = 1; ; tries++) {
      const before = backups.changes;
      const old = onlyCurrent ? [] : await backups.list();
      const current = await this.#current();
      if (backups.changes !== before && tries < mostTries) continue;
      if (current !== null && !current.isFile()) return [];
      const inode = current === null ? "" : inodeOf(current);
      // Amid a rotation the current one is met under two names, amid a compression an old one is there twice.
      const whole = new Set(old.filter(({ compressed }) => !compressed).map(({ number }) => number));
      const others = old.filter((backup) => backup.inode !== inode && !(backup.compressed && whole.has(backup.number)));
      const entries = await Promise.all(others.map((backup) => this.#entryOf(backup, span)));
      return [
        ...entries.filter((entry) => entry !== null),
        ...(current === null ? [] : [this.#entry(current, basename(this.#path), false, span)]),
      ];
    }
  }

  async #entryOf({ path, compressed }: Backup, span: Span): Promise<LogFileEntry | null> {
    const stats = await lstat(path).catch(missing);
    return stats === null || !stats.isFile() ? null : this.#entry(stats, basename(path), compressed, span);
  }

  #entry(stats: Stats, name: string, compressed: boolean, { since, until }: Span): LogFileEntry {
    const marks = this.#marksOf(stats);
    return {
      id: fileId(stats),
      name,
      bytes: stats.size,
      modifiedMs: stats.mtimeMs,
      compressed,
      was: logClock.of(inodeOf(stats))?.was ?? null,
      from: since === null ? null : (marks?.offsetSince(since) ?? null),
      to: until === null ? null : (marks?.offsetUntil(until) ?? null),
    };
  }

  #marksOf(stats: Stats): LogMarks | null {
    const history = this.#log?.history ?? null;
    const inode = inodeOf(stats);
    return history !== null && history.sink.inode === inode ? history.marks : (logClock.of(inode)?.marks ?? null);
  }

  /** null when another file or none stands there. */
  async #open(id: string, name: string): Promise<Opened | null> {
    const base = basename(this.#path);
    const isCurrent = name === base;
    // A name comes from outside: only those of this log's files are looked at.
    if (!isCurrent && !(name.startsWith(`${base}.`) && /^\.[1-9]\d{0,8}(\.gz)?$/.test(name.slice(base.length))))
      return null;
    const flags = O_RDONLY | O_NONBLOCK | O_NOCTTY | (isCurrent ? 0 : O_NOFOLLOW);
    const handle = await open(join(dirname(this.#path), name), flags).catch(missing);
    if (handle === null) return null;
    const stats = await handle.stat().catch(() => null);
    if (stats?.isFile() && fileId(stats) === id && (!isCurrent || (await this.#isCurrent(stats))))
      return { handle, stats, name };
    await handle.close();
    return null;
  }

  /** What stands at the path; null for nothing that may be read. */
  async #current(): Promise<Stats | null> {
    const stats = await stat(this.#path).catch(missing);
    return stats !== null && (await this.#isCurrent(stats)) ? stats : null;
  }

  /**
   * Whether a file is to be read as what stands at the path: not where a link leads that somebody may have put there who
   * could not read it himself, as a program may in a folder of its user.
   */
  async #isCurrent(stats: Stats): Promise<boolean> {
    const inode = inodeOf(stats);
    if (this.#log?.history?.sink.inode === inode) return true;
    const stands = await lstat(this.#path).catch(missing);
    if (stands === null || !stands.isSymbolicLink()) return stands !== null && inodeOf(stands) === inode;
    return [0, process.geteuid?.(), stats.uid].includes(stands.uid);
  }

  /** Wherever it has moved to. */
  async #find(id: string): Promise<Opened | null> {
    for (let tries = 1; tries <= mostTries; tries++) {
      const found = (await this.#list({ since: null, until: null }, false)).find((entry) => entry.id === id);
      if (found === undefined) return null;
      const opened = await this.#open(id, found.name);
      if (opened !== null) return opened;
    }
    return null;
  }
}

/** Those of these logs that have been rotated; each folder is looked at once. @param paths absolute */
export async function rotated(paths: readonly string[]): Promise<ReadonlySet<string>> {
  const found = new Set<string>();
  for (const folder of new Set(paths.map((path) => dirname(path))))
    for (const name of await gate.take(() => readdir(folder)).catch(() => [])) {
      const [, base] = /^(.+)\.[1-9]\d{0,8}(?:\.gz)?$/.exec(name) ?? [];
      if (base !== undefined) found.add(join(folder, base));
    }
  return found;
}

interface Opened {
  readonly handle: FileHandle;
  readonly stats: Stats;
  readonly name: string;
}

const allOf = (marks: LogMarks | null): Mark[] => marks?.between(0, Number.MAX_SAFE_INTEGER) ?? [];

const inodeOf = ({ dev, ino }: Stats): string => `${dev}:${ino}`;

function missing(error: NodeJS.ErrnoException): null {
  if (error.code === "ENOENT" || error.code === "ELOOP") return null;
  throw error;
}
