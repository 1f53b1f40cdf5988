/**
 * Where a path leads, and which entries of which folders decide that: its own, those of the folders above
 * it, those of symbolic links on the way. Whoever watches these notices when a path comes to be, is replaced by
 * another file under its name, or leads somewhere else, as when Kubernetes changes the `..data` of a ConfigMap.
 */
import { lstat, readlink } from "node:fs/promises";
import { isAbsolute, join } from "node:path";

export interface Steps {
  /** Names that matter, by folder. */
  readonly names: ReadonlyMap<string, ReadonlySet<string>>;
  /** null = nowhere, for now. */
  readonly target: Target | null;
}

export interface Target {
  /** Without symbolic links. */
  readonly path: string;
  readonly isDirectory: boolean;
  /** Of this file, under whatever name; inodes are used again. */
  readonly id: string;
  /** Of its content. */
  readonly stamp: string;
}

/** As many links as Linux follows. */
const linkLimit = 40;

/** `path` is absolute. Never rejects. */
export async function stepsOf(path: string): Promise<Steps> {
  const names = new Map<string, Set<string>>();
  const ahead = path.split("/").filter((part) => part !== "" && part !== ".");
  let at = "/";
  let target: Target | null = { path: at, isDirectory: true, id: "/", stamp: "" };
  for (let links = 0; ahead.length > 0; ) {
    const name = ahead.shift() as string;
    if (name === "." || name === "..") {
      at = join(at, name);
      continue;
    }
    names.set(at, (names.get(at) ?? new Set()).add(name));
    const next = join(at, name);
    const entry = await look(next);
    if (entry === null || (entry.link !== null && ++links > linkLimit)) return { names, target: null };
    if (entry.link !== null) {
      ahead.unshift(...entry.link.split("/").filter((part) => part !== ""));
      if (isAbsolute(entry.link)) at = "/";
      continue;
    }
    if (!entry.isDirectory && ahead.length > 0) return { names, target: null };
    target = { path: next, isDirectory: entry.isDirectory, id: entry.id, stamp: entry.stamp };
    at = next;
  }
  return { names, target };
}

async function look(path: string) {
  try {
    const stat = await lstat(path);
    const link = stat.isSymbolicLink() ? await readlink(path) : null;
    const { dev, ino, birthtimeMs, mtimeMs, size } = stat;
    return { link, isDirectory: stat.isDirectory(), id: `${dev}:${ino}:${birthtimeMs}`, stamp: `${mtimeMs}:${size}` };
  } catch {
    return null;
  }
}
