/**
 * The listening socket of a FastCGI group: made before the first child, shared by all, closed after the last.
 * Nobody accepts on it here. As in the reference the name of a unix socket stays, with its owner and mode, and
 * refuses who connects until the next child; whoever makes the socket anew removes it.
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
  }
}

/** What one process has of a socket, if its program has one: its share, while it has a child or tries to. */
export class SocketShare {
  readonly #socket: SharedSocket | null;
  #taken = false;

  constructor(socket: SharedSocket | null) {
    this.#socket = socket;
  }

  /** The descriptor, if there is one; throws an Error that says what could not be made. */
  take(): number | null {
    if (this.#socket === null) return null;
    const fd = this.#socket.acquire();
    this.#taken = true;
    return fd;
  }

  /** Once or more often. */
  give(): void {
    if (this.#taken) this.#socket?.release();
    this.#taken = false;
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
