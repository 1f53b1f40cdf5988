/**
 * Every log that processes write, one object per path: processes that name the same file, as those of
 * one program with `numprocs` may, share it, and so its rotation.
 */
import { resolve } from "node:path";
import { same } from "../core/changes.ts";
import type { ChannelSettings, Keeping } from "../core/program.ts";
import { Bell } from "../system/log-bell.ts";
import { LogFile } from "../system/log-file.ts";
import type { MainLog } from "../system/main-log.ts";
import { Syslog, type SyslogTarget } from "../system/syslog.ts";
import type { LogBudget } from "./log-budget.ts";
import type { LogKeeper } from "./log-keeper.ts";
import { Screen } from "./output-screen.ts";

interface Rotation {
  readonly maxBytes: number;
  readonly backups: number;
  readonly keeping?: Keeping;
  /** Permissions of files that are created, before the umask; without it as for any file. */
  readonly mode?: number;
}

/** That has an AUTO file. */
interface AutoChannel {
  readonly settings: ChannelSettings;
  /** Of the process. */
  readonly name: string;
  readonly channel: "stdout" | "stderr";
}

const keyOf = ({ name, channel }: AutoChannel): string => `${name} ${channel}`;

interface Shared {
  readonly log: LogFile;
  rotation: Rotation;
  users: number;
  warned: boolean;
}

const limitsOf = ({ maxBytes, backups, keeping }: Rotation) => ({
  maxBytes,
  backups,
  compress: keeping?.compress === true,
});

/** The folder cannot be written, is full or has gone. */
const noPlace = new Set(["EROFS", "EACCES", "ENOSPC", "EDQUOT", "ENOENT"]);

/** How long the making of files may hold up everything else. */
const sliceMs = 3;

/** Who else looks after log files; without them only their size counts. */
interface Wardens {
  readonly keeper?: LogKeeper;
  readonly budget?: LogBudget | null;
}

export class Logs {
  /** Rings when a log is opened or closed. */
  readonly changed = new Bell();
  readonly #mainLog: MainLog;
  readonly #keeper: LogKeeper | null;
  readonly #budget: LogBudget | null;
  readonly #open = new Map<string, Shared>();
  /** Names of AUTO files, by the settings as they were read, which processes may share. */
  readonly #autoPaths = new WeakMap<ChannelSettings, Map<string, string>>();
  /** Whether the latest new file could be made, and those that are still to be made. */
  #makeable = false;
  #unmade: LogFile[] = [];
  #toldUnmakeable = false;
  readonly #syslogTarget: SyslogTarget;
  #screen: Screen | null = null;
  #syslog: Syslog | null = null;
  #syslogUsers = 0;

  constructor(mainLog: MainLog, syslog: SyslogTarget = { ident: "spaced" }, wardens: Wardens = {}) {
    this.#mainLog = mainLog;
    this.#keeper = wardens.keeper ?? null;
    this.#budget = wardens.budget ?? null;
    this.#syslogTarget = syslog;
  }

  /** The daemon's own stdout and stderr, as a place for lines of programs. */
  get screen(): Screen {
    this.#screen ??= new Screen(this);
    return this.#screen;
  }

  /** The one way to syslog; to be given back with `releaseSyslog`. */
  acquireSyslog(): Syslog {
    this.#syslogUsers++;
    this.#syslog ??= new Syslog({ ...this.#syslogTarget, report: (message) => this.#mainLog.warn(message) });
    return this.#syslog;
  }

  /** Resolves when what the last user sent has left, or within some seconds. */
  async releaseSyslog(): Promise<void> {
    if (--this.#syslogUsers > 0) return;
    const syslog = this.#syslog;
    this.#syslog = null;
    await syslog?.close();
  }

  /** Opens the log at `path`, or shares the one that is open; to be given back with `release`. @throws Error `cannot open PATH: cause` */
  acquire(path: string, rotation: Rotation): LogFile {
    const shared = this.#open.get(resolve(path));
    if (shared === undefined) return this.#add(path, rotation);
    const { maxBytes, backups, keeping } = shared.rotation;
    const differs = maxBytes !== rotation.maxBytes || backups !== rotation.backups || !same(keeping, rotation.keeping);
    // What is no file is never rotated.
    if (!shared.warned && differs && shared.log.isFile) {
      shared.warned = true;
      this.#mainLog.warn(
        `processes that share ${path} want it rotated differently; it is rotated at ${maxBytes} bytes with ${backups} backups`,
      );
    }
    shared.users++;
    return shared.log;
  }

  /**
   * A log at a path that nobody else has. The first file is made at once, to see that it can be, the others when there
   * is time: a thousand of them take a quarter of a second, for which no program has to wait at start. null where
   * nothing may be written: programs run without logs that nobody has asked for by name.
   * @throws Error `cannot create PATH: cause`
   */
  acquireNew(path: string, rotation: Rotation): LogFile | null {
    const log = this.#add(path, { ...rotation, unmade: true });
    if (this.#makeable) {
      if (this.#unmade.length === 0) setImmediate(() => this.#make());
      this.#unmade.push(log);
      return log;
    }
    try {
      log.make();
    } catch (error) {
      void this.release(log);
      if (!noPlace.has((error as NodeJS.ErrnoException).code ?? "")) throw error;
      if (!this.#toldUnmakeable) this.#mainLog.warn(`${(error as Error).message}; programs run without such logs`);
      this.#toldUnmakeable = true;
      return null;
    }
    this.#makeable = true;
    return log;
  }

  /** An AUTO file has been given that name. */
  nameAuto(channel: AutoChannel, path: string): void {
    const paths = this.#autoPaths.get(channel.settings) ?? new Map<string, string>();
    this.#autoPaths.set(channel.settings, paths.set(keyOf(channel), path));
  }

  /** The name of before, as long as the program list is not read anew: a group that is removed and added goes on with it; or "". */
  autoPathOf(channel: AutoChannel): string {
    const path = this.#autoPaths.get(channel.settings)?.get(keyOf(channel)) ?? "";
    return this.at(path) === null ? path : "";
  }

  /** Rotates a log differently from now on; for all who share it. */
  rotateAs(log: LogFile, { maxBytes, backups, keeping }: Rotation): void {
    const shared = this.#open.get(resolve(log.path));
    if (shared?.log !== log) return;
    const { mode } = shared.rotation;
    const changed = !same(shared.rotation.keeping, keeping);
    shared.rotation = { maxBytes, backups, ...(mode === undefined ? {} : { mode }), ...(keeping ? { keeping } : {}) };
    log.rotateAs(limitsOf(shared.rotation));
    if (changed) this.#keep(log, keeping);
  }

  /** The log that is open at a path. */
  at(path: string): LogFile | null {
    return this.#open.get(resolve(path))?.log ?? null;
  }

  /** The last user closes the log: resolves when its bytes are on disk, within some seconds. */
  async release(log: LogFile): Promise<void> {
    const key = resolve(log.path);
    const shared = this.#open.get(key);
    if (shared?.log !== log || --shared.users > 0) return;
    this.#open.delete(key);
    this.#keeper?.forget(log);
    this.#budget?.delete(log);
    await log.close();
    this.changed.ring();
  }

  #add(path: string, options: Rotation & { readonly unmade?: true }): LogFile {
    const report = (message: string) => this.#mainLog.error(message);
    const log = new LogFile({ path, ...options, ...limitsOf(options), report });
    this.#open.set(resolve(path), { log, rotation: options, users: 1, warned: false });
    this.#budget?.add(log);
    if (options.keeping !== undefined) this.#keep(log, options.keeping);
    this.changed.ring();
    return log;
  }

  #keep(log: LogFile, keeping: Keeping | undefined): void {
    if (keeping === undefined) this.#keeper?.forget(log);
    else this.#keeper?.keep(log, keeping);
  }

  /** Makes files, for some milliseconds at a time. */
  #make(): void {
    const endMs = performance.now() + sliceMs;
    let made = 0;
    for (const log of this.#unmade) {
      if (performance.now() >= endMs) break;
      made++;
      try {
        log.make();
      } catch (error) {
        this.#makeable = false;
        this.#mainLog.warn((error as Error).message);
      }
    }
    this.#unmade.splice(0, made);
    if (this.#unmade.length > 0) setImmediate(() => this.#make());
  }
}
