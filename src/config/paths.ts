/**
 * Paths as the reference understands them in values: `~` is a home directory, relative is relative to
 * where the daemon was started, and a file's directory has to exist when the list is read.
 */
import { statSync } from "node:fs";
import type { Scales } from "./scales.ts";

/** The accounts of the machine. Names and ids are looked up when the list is read, as in the reference. */
export interface Accounts {
  /** `home` is needed for `~name` only. */
  user(nameOrUid: string): { uid: number; gid: number; name: string; home?: string } | null;
  group(nameOrGid: string): { gid: number } | null;
}

/** What a program list can refer to outside itself. */
export interface Surroundings {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
  readonly accounts: Accounts;
  readonly hostName: string;
  /** Where child logs go by default. */
  readonly tempDir: string;
  /** Where the socket goes of whoever names no place for it; null = nowhere. Asked only then. */
  readonly runFolder?: () => string | null;
  /** Numbers of processes that stand over those of the list. */
  readonly scales?: Scales;
}

export class Paths {
  readonly #from: Surroundings;
  readonly #directories = new Map<string, boolean>();

  constructor(from: Surroundings) {
    this.#from = from;
  }

  /** `~` and `~name` in front become the home directory; unknown names stay as they are. */
  expandUser(path: string): string {
    if (!path.startsWith("~")) return path;
    const slash = path.indexOf("/");
    const name = path.slice(1, slash < 0 ? path.length : slash);
    const own = process.getuid?.() ?? 0;
    const { env, accounts } = this.#from;
    const home = name === "" ? (env.HOME ?? accounts.user(String(own))?.home) : accounts.user(name)?.home;
    if (home === undefined) return path;
    return home.replace(/\/+$/, "") + (slash < 0 ? "" : path.slice(slash)) || "/";
  }

  /** Absolute, without `.`, `..` and doubled slashes. */
  absolute(path: string): string {
    return absolutePath(path, this.#from.cwd);
  }

  /** Answers are remembered: the list is read at one moment. */
  isDirectory(path: string): boolean {
    if (path === "") return false;
    const absolute = path.startsWith("/") ? path : `${this.#from.cwd}/${path}`;
    let known = this.#directories.get(absolute);
    if (known === undefined) {
      known = isDirectory(absolute);
      this.#directories.set(absolute, known);
    }
    return known;
  }
}

/** Python's `os.path.abspath`. Exactly two slashes in front stay two, as POSIX allows. */
export function absolutePath(path: string, cwd: string): string {
  const whole = path.startsWith("/") ? path : `${cwd}/${path}`;
  const root = /^\/\/(?!\/)/.test(whole) ? "//" : "/";
  const parts: string[] = [];
  for (const part of whole.split("/")) {
    if (part === "..") parts.pop();
    else if (part !== "" && part !== ".") parts.push(part);
  }
  return root + parts.join("/");
}

/** Python's `os.path.dirname`: "" for a bare name. */
export function directoryName(path: string): string {
  const head = path.slice(0, path.lastIndexOf("/") + 1);
  return head.replace(/\/+$/, "") || head;
}

function isDirectory(path: string): boolean {
  try {
    return statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false;
  } catch {
    return false;
  }
}
