/**
 * The listening socket of a FastCGI group: made before the first child, shared by all, closed and
 * unlinked after the last. Nobody accepts on it here.
 */
import { chmodSync, chownSync, lstatSync, unlinkSync } from "node:fs";
import type { FcgiSocket } from "../core/program.ts";
import { closeFd, listenTcp, listenUnix } from "../system/libc.ts";

/** Kernels cut a larger backlog to their own limit (listen(2)). */
const largestBacklog = 4096;

export class SharedSocket {
  readonly #settings: FcgiSocket;
  readonly #log: (line: string) => void;
  #fd: number | null = null;
  #users = 0;

  constructor(settings: FcgiSocket, log: (line: string) => void) {
    this.#settings = settings;
    this.#log = log;
  }

  get url(): string {
    return this.#settings.url;
  }

  /** The descriptor, made if need be; throws an Error that says what could not be made. Pair with `release`. */
  acquire(): number {
    if (this.#fd === null) {
      this.#log(`Creating socket ${this.#settings.url}`);
      this.#fd = open(this.#settings);
    }
    this.#users++;
    return this.#fd;
  }

  release(): void {
    this.#users--;
    if (this.#users > 0 || this.#fd === null) return;
    this.#log(`Closing socket ${this.#settings.url}`);
    closeFd(this.#fd);
    this.#fd = null;
    if (this.#settings.type === "unix") unlink(this.#settings.path);
  }
}

function open(settings: FcgiSocket): number {
  const backlog = settings.backlog ?? largestBacklog;
  if (settings.type === "tcp") return listenTcp(settings.host, settings.port, backlog);
  const { path, mode, uid, gid } = settings;
  const there = lstatSync(path, { throwIfNoEntry: false });
  if (there?.isSocket() === true) unlink(path);
  else if (there !== undefined) throw new Error(`${path} exists and is no socket`);
  const before = process.umask(0o777 & ~mode);
  let fd: number | null = null;
  try {
    fd = listenUnix(path, backlog);
    chmodSync(path, mode);
    if (uid !== null || gid !== null) chownSync(path, uid ?? -1, gid ?? -1);
    return fd;
  } catch (error) {
    if (fd !== null) {
      closeFd(fd);
      unlink(path);
    }
    throw error;
  } finally {
    process.umask(before);
  }
}

function unlink(path: string): void {
  try {
    unlinkSync(path);
  } catch {
    // Somebody else has cleaned up.
  }
}
