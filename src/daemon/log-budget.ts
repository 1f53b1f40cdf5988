/**
 * How much all logs of programs may take together, their rotated files included (`log_budget`). It is looked at when
 * about a twentieth of it has been written since the last look; what is over goes by removing the oldest rotated files,
 * whosever they are. Files that are being written are never touched.
 */
import { resolve } from "node:path";
import { size } from "../core/quantity.ts";
import { type Backup, backupsOf } from "../system/log-backups.ts";
import type { LogFile } from "../system/log-file.ts";
import { explained } from "../system/log-trouble.ts";
import type { MainLog } from "../system/main-log.ts";

const looks = 20;
/** After so many lists that a rotation has made uncertain, the last one is good enough until the next look. */
const mostTries = 4;
/** Beyond that much a look costs nothing to speak of. */
const longestStepBytes = 64 * 1024 * 1024;

export class LogBudget {
  readonly #limitBytes: number;
  readonly #mainLog: MainLog;
  readonly #logs = new Set<LogFile>();
  readonly #grown = (bytes: number) => this.#grew(bytes);
  #sinceBytes = 0;
  #looking = false;
  #again = false;
  /** What has been told already. */
  #told = { removing: false, helpless: false };

  constructor(limitBytes: number, mainLog: MainLog) {
    this.#limitBytes = limitBytes;
    this.#mainLog = mainLog;
  }

  add(log: LogFile): void {
    if (!log.isFile) return;
    this.#logs.add(log);
    log.onGrown = this.#grown;
    this.#ask();
  }

  delete(log: LogFile): void {
    this.#logs.delete(log);
    log.onGrown = null;
  }

  #grew(bytes: number): void {
    this.#sinceBytes += bytes;
    if (this.#sinceBytes >= Math.min(this.#limitBytes / looks, longestStepBytes)) this.#ask();
  }

  #ask(): void {
    this.#again = true;
    if (this.#looking) return;
    this.#looking = true;
    void this.#work();
  }

  async #work(): Promise<void> {
    while (this.#again) {
      // Whoever comes in this turn of the event loop is looked at together with the others.
      await new Promise((done) => setImmediate(done));
      this.#again = false;
      this.#sinceBytes = 0;
      try {
        await this.#look();
      } catch (error) {
        this.#mainLog.warn(explained("keep logs within", "log_budget", error).message);
      }
    }
    this.#looking = false;
  }

  async #look(): Promise<void> {
    const byPath = new Map([...this.#logs].map((log) => [resolve(log.path), log]));
    const { bytes, backups } = await this.#list([...byPath.keys()]);
    let over = bytes - this.#limitBytes;
    if (over <= 0) {
      this.#told.helpless = false;
      return;
    }
    const chosen = new Map<string, Backup[]>();
    for (const { log, backup } of backups.sort((a, b) => a.backup.modifiedMs - b.backup.modifiedMs)) {
      if (over <= 0) break;
      chosen.set(log, [...(chosen.get(log) ?? []), backup]);
      over -= backup.bytes;
    }
    for (const [path, files] of chosen) {
      const inodes = new Set(files.map(({ inode }) => inode));
      await byPath.get(path)?.rotation.backups.removeIf(({ inode }) => inodes.has(inode));
    }
    this.#tell(bytes, chosen.size > 0, over > 0);
  }

  /** Again if files have been renamed meanwhile, but not for ever. */
  async #list(paths: readonly string[]): ReturnType<typeof backupsOf> {
    const changes = () => [...this.#logs].reduce((sum, log) => sum + log.rotation.backups.changes, 0);
    for (let tries = 1; ; tries++) {
      const before = changes();
      const list = await backupsOf(paths);
      if (changes() === before || tries === mostTries) return list;
    }
  }

  #tell(bytes: number, removed: boolean, helpless: boolean): void {
    const taken = `logs of programs take ${size(bytes)}, more than log_budget=${size(this.#limitBytes)}`;
    if (removed && !this.#told.removing)
      this.#mainLog.warn(`${taken}: the oldest rotated files are removed, now and from now on`);
    if (helpless && !this.#told.helpless) this.#mainLog.warn(`${taken}, and no rotated file is left to be removed`);
    this.#told = { removing: this.#told.removing || removed, helpless };
  }
}
