/**
 * Tells when something changes at given paths and below them. A path may not be there yet, may be replaced, or be
 * reached over symbolic links that are changed: each is looked for again when an entry on the way to it
 * changes (see `path-steps.ts`). What is below a folder is chokidar's part, which is loaded for that only;
 * symbolic links in there are noticed but not followed, as they may lead anywhere, and in circles.
 *
 * Where inotify(7) has no watches left, or CHOKIDAR_USEPOLLING asks for it (file systems that come over a
 * network or from another machine's kernel tell nothing), everything is looked at every other second.
 */
import { type FSWatcher, watch } from "node:fs";
import { lstat, readdir } from "node:fs/promises";
import { join } from "node:path";
import type { FSWatcher as TreeWatcher } from "chokidar";
import { type Steps, stepsOf, type Target } from "./path-steps.ts";

export interface WatchRequest {
  /** Absolute. */
  readonly paths: readonly string[];
  /** Whether what is below a folder counts; `ignored` gets paths without symbolic links. */
  readonly below: { readonly ignored: (path: string, root: string) => boolean } | null;
  /** `path` is one of `paths`, or the path, without symbolic links, of what is below it. */
  readonly changed: (path: string) => void;
  readonly warn: (message: string) => void;
}

export interface Watching {
  /** Resolves when all is watched that is there. */
  settled(): Promise<void>;
  close(): void;
}

const pollMs = 2000;
/** How often a path is looked at again when it does not stay the same while it is looked at. */
const looks = 5;

export function watchPaths(request: WatchRequest): Watching {
  const mode = new Mode(request.warn);
  const watches = request.paths.map((path) => new PathWatch(path, request, mode));
  mode.begin(watches);
  return {
    async settled() {
      await Promise.all(watches.map((each) => each.settled()));
    },
    close() {
      mode.end();
      for (const each of watches) each.close();
    },
  };
}

/** How all paths of one request are watched. */
class Mode {
  polling = /^(?!0$|false$)./i.test(process.env.CHOKIDAR_USEPOLLING ?? "");
  readonly #warn: (message: string) => void;
  #watches: readonly PathWatch[] = [];
  #timer: NodeJS.Timeout | undefined;

  constructor(warn: (message: string) => void) {
    this.#warn = warn;
  }

  begin(watches: readonly PathWatch[]): void {
    this.#watches = watches;
    if (this.polling) this.#poll();
  }

  end(): void {
    clearInterval(this.#timer);
  }

  failed(path: string, error: unknown): void {
    if (this.polling) return;
    const { code, message } = error as NodeJS.ErrnoException;
    const limit = limits[code ?? ""];
    const why = limit === undefined ? message : `fs.inotify.${limit} is reached`;
    this.#warn(`cannot be told of changes of ${path}: ${why}; looking for them every ${pollMs / 1000}s instead`);
    this.polling = true;
    for (const each of this.#watches) each.restart();
    this.#poll();
  }

  #poll(): void {
    this.#timer = setInterval(() => {
      for (const each of this.#watches) each.look(false);
    }, pollMs);
  }
}

const limits: Readonly<Record<string, string>> = { ENOSPC: "max_user_watches", EMFILE: "max_user_instances" };

class PathWatch {
  readonly #path: string;
  readonly #request: WatchRequest;
  readonly #mode: Mode;
  readonly #folders = new Map<string, FSWatcher>();
  #steps: Steps = { names: new Map(), target: null };
  #tree: Tree | null = null;
  #arranging: Promise<void> = Promise.resolve();
  #looking = false;
  #again = false;
  #closed = false;

  constructor(path: string, request: WatchRequest, mode: Mode) {
    this.#path = path;
    this.#request = request;
    this.#mode = mode;
    this.#arranging = this.#begin();
  }

  async settled(): Promise<void> {
    for (let done: unknown = null; done !== this.#arranging; await done) done = this.#arranging;
    await this.#tree?.ready;
  }

  /** In another mode. */
  restart(): void {
    this.#let();
    this.#arranging = this.#begin();
  }

  close(): void {
    this.#closed = true;
    this.#let();
  }

  async #begin(): Promise<void> {
    await this.#settle();
    if (this.#steps.target !== null) this.#openTree(this.#steps.target);
  }

  #let(): void {
    for (const folder of this.#folders.values()) folder.close();
    this.#folders.clear();
    this.#tree?.close();
    this.#tree = null;
  }

  /** Something on the way may have changed; `touched`: the file itself has. */
  look(touched: boolean): void {
    this.#again = true;
    if (!this.#looking) this.#arranging = this.#lookAgain(touched);
  }

  async #lookAgain(touched: boolean): Promise<void> {
    this.#looking = true;
    const before = this.#steps.target;
    while (this.#again && !this.#closed) {
      this.#again = false;
      await this.#settle();
    }
    this.#looking = false;
    if (this.#closed) return;
    const { target } = this.#steps;
    const moved = target?.id !== before?.id || target?.path !== before?.path;
    if (moved) {
      this.#tree?.close();
      this.#tree = null;
      if (target !== null) this.#openTree(target);
    }
    const isFile = target?.isDirectory === false;
    if (moved || (isFile && (touched || target.stamp !== before?.stamp))) this.#request.changed(this.#path);
  }

  /** Watches every folder on the way, and looks again until nothing has changed while that was arranged. */
  async #settle(): Promise<void> {
    for (let count = 0; count < looks && !this.#closed; count++) {
      const steps = await stepsOf(this.#path);
      if (this.#closed) return;
      this.#steps = steps;
      if (this.#mode.polling || !this.#arrange(steps.names)) return;
    }
  }

  /** Whether there are folders that were not watched before. */
  #arrange(names: Steps["names"]): boolean {
    for (const [folder, watcher] of this.#folders)
      if (!names.has(folder)) {
        watcher.close();
        this.#folders.delete(folder);
      }
    const missing = [...names.keys()].filter((folder) => !this.#folders.has(folder));
    for (const folder of missing) this.#watchFolder(folder);
    return missing.length > 0;
  }

  #watchFolder(folder: string): void {
    try {
      const watcher = watch(folder, (_, name) => {
        if (name !== null && this.#steps.names.get(folder)?.has(name))
          this.look(join(folder, name) === this.#steps.target?.path);
      });
      watcher.on("error", () => {});
      this.#folders.set(folder, watcher);
    } catch (error) {
      // What has gone meanwhile, or may not be looked into, is nothing that could be told of.
      const { code } = error as NodeJS.ErrnoException;
      if (code !== "ENOENT" && code !== "ENOTDIR" && code !== "EACCES") this.#mode.failed(folder, error);
    }
  }

  #openTree({ path, isDirectory }: Target): void {
    const { below, changed } = this.#request;
    if (below === null || !isDirectory || this.#closed) return;
    this.#tree = new Tree(path, (each) => below.ignored(each, path), changed, this.#mode);
  }
}

/** A new folder is looked into after that time: when chokidar is told of what comes into it. */
const arrivalMs = 100;

/**
 * Everything below a folder. chokidar is shown the folders only and its raw events tell of what is in them: to watch
 * each of 10,000 files takes 140 MB and a second of processor time, to watch their 100 folders half and a third of that.
 */
class Tree {
  readonly #ready = Promise.withResolvers<void>();
  readonly #root: string;
  readonly #ignored: (path: string) => boolean;
  readonly #changed: (path: string) => void;
  readonly #mode: Mode;
  #watcher: TreeWatcher | null = null;
  #closed = false;

  constructor(root: string, ignored: (path: string) => boolean, changed: (path: string) => void, mode: Mode) {
    this.#root = root;
    this.#ignored = ignored;
    this.#changed = changed;
    this.#mode = mode;
    void this.#open();
  }

  /** Resolves when it is watched, or no longer wanted. */
  get ready(): Promise<void> {
    return this.#ready.promise;
  }

  close(): void {
    this.#closed = true;
    this.#ready.resolve();
    const watcher = this.#watcher;
    this.#watcher = null;
    if (watcher === null) return;
    watcher.removeAllListeners();
    watcher.on("error", () => {});
    // Closed in the middle of an event of its own, it forgets a file that it is about to watch.
    setImmediate(() => {
      void watcher.close();
      watcher.on("error", () => {});
    });
  }

  async #open(): Promise<void> {
    const chokidar = await import("chokidar");
    if (this.#closed) return;
    const { polling } = this.#mode;
    this.#watcher = chokidar.watch(this.#root, {
      ignored: (path, stats) => (!polling && stats?.isDirectory() === false) || this.#ignored(path),
      ignoreInitial: true,
      followSymlinks: false,
      ignorePermissionErrors: true,
      atomic: false,
      usePolling: polling,
      interval: pollMs,
      binaryInterval: pollMs,
    });
    this.#watcher.on("ready", this.#ready.resolve);
    this.#watcher.on("error", (error) => this.#mode.failed(this.#root, error));
    this.#watcher.on("all", (event, path) => {
      if (path === this.#root) return;
      if (event !== "addDir") this.#changed(path);
      else if (!polling) setTimeout(() => void this.#arrived(path), arrivalMs);
    });
    if (!polling)
      this.#watcher.on("raw", (_, name, details) => {
        if (name) void this.#touched(join((details as { readonly watchedPath: string }).watchedPath, name));
      });
  }

  /** Folders are chokidar's. */
  async #touched(path: string): Promise<void> {
    if (this.#ignored(path)) return;
    const stat = await lstat(path).catch(() => null);
    if (stat?.isDirectory() !== true && !this.#closed) this.#changed(path);
  }

  /** An empty folder is nothing yet. */
  async #arrived(folder: string): Promise<void> {
    const names = await readdir(folder).catch(() => []);
    for (const name of names) await this.#touched(join(folder, name));
  }
}
