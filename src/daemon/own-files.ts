/** What the daemon itself writes: nobody is to be restarted for that. */
import { realpathSync } from "node:fs";
import { basename, dirname, join } from "node:path";

/** The list is made again when a path is not in one that is older. */
const freshMs = 1000;

export class OwnFiles {
  readonly #list: () => Iterable<string>;
  #files: ReadonlySet<string> = new Set();
  #listedAt = Number.NEGATIVE_INFINITY;

  /** @param list names logs, sockets and the like, as they are now; "" for none */
  constructor(list: () => Iterable<string>) {
    this.#list = list;
  }

  /** Whether this is one of them, or a rotated one (`.1` …). `path` is without symbolic links. */
  has(path: string): boolean {
    if (this.#knows(path)) return true;
    const now = performance.now();
    if (now - this.#listedAt < freshMs) return false;
    this.#listedAt = now;
    const listed = [...this.#list()];
    this.#files = new Set([...listed, ...listed.map(resolved)]);
    return this.#knows(path);
  }

  #knows(path: string): boolean {
    return this.#files.has(path) || this.#files.has(path.replace(/\.\d+(\.[a-z]+)?$/, ""));
  }
}

function resolved(path: string): string {
  try {
    return join(realpathSync(dirname(path)), basename(path));
  } catch {
    return path;
  }
}
