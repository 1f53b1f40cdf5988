/**
 * What stands behind the path of a log: a file, or something that can only be written to for ever.
 *
 * `/dev/stdout` and its like name one of our own descriptors, which may be a file, a pipe, a
 * terminal or a socket. Pipes and terminals are opened anew through the path, so that
 * non-blocking mode is ours alone and not that of whoever shares the descriptor.
 */
import * as fs from "node:fs";
import { dirname, resolve } from "node:path";
import { isatty } from "node:tty";
import { duplicate } from "./libc.ts";
import { type Sink, StreamSink, TerminalSink } from "./log-stream.ts";
import { StreamTurns, type Written } from "./stream-turns.ts";

const { O_WRONLY, O_RDWR, O_APPEND, O_CREAT, O_EXCL, O_TRUNC, O_NONBLOCK, O_NOCTTY } = fs.constants;

/**
 * Opens a log for appending; null for a pipe that nobody reads now.
 * @throws the system's error when that is impossible
 */
export function openSink(path: string, mode: number): Sink | null {
  const plain = fs.lstatSync(path, { throwIfNoEntry: false })?.isFile() ?? true;
  const descriptor = plain ? null : ownDescriptor(path);
  const stat = plain ? null : descriptor === null ? statOf(path) : fs.fstatSync(descriptor);
  if (stat === null || (stat.isFile() && descriptor === null)) return FileSink.open(path, mode);
  if (stat.isFIFO()) return openPipe(path, descriptor);
  if (stat.isSocket() && descriptor !== null) return new StreamSink(duplicate(descriptor));
  const fd = openOr(descriptor, () => fs.openSync(path, O_WRONLY | O_APPEND | O_NONBLOCK | O_NOCTTY));
  // A descriptor that is shared stays in blocking mode: then a thread does the waiting.
  return isatty(fd.number) && fd.fresh ? new TerminalSink(fd.number) : new DeviceSink(fd.number);
}

function openPipe(path: string, descriptor: number | null): Sink | null {
  try {
    return new StreamSink(openOr(descriptor, () => fs.openSync(path, O_WRONLY | O_NONBLOCK)).number);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENXIO") return null;
    throw error;
  }
}

/** A descriptor of ours can be written to even when its path may not be opened (any more). */
function openOr(descriptor: number | null, open: () => number): { number: number; fresh: boolean } {
  try {
    return { number: open(), fresh: true };
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (descriptor === null || code === "ENXIO") throw error;
    return { number: duplicate(descriptor), fresh: false };
  }
}

function statOf(path: string): fs.Stats | null {
  return fs.statSync(path, { throwIfNoEntry: false }) ?? null;
}

/** `/dev/stdout`, `/dev/fd/1`, `/proc/self/fd/1` or a link to one of them: the number; else null. */
function ownDescriptor(path: string): number | null {
  let at = resolve(path);
  for (let hops = 0; hops < 40; hops++) {
    try {
      const directory = fs.realpathSync(dirname(at));
      at = resolve(directory, at.slice(at.lastIndexOf("/") + 1));
      const own = /^\/proc\/(\d+)(?:\/task\/\d+)?\/fd\/(\d+)$/.exec(at);
      if (own !== null && own[1] === fs.readlinkSync("/proc/self")) return Number(own[2]);
      at = resolve(directory, fs.readlinkSync(at));
    } catch {
      return null;
    }
  }
  return null;
}

/** What has its writes done by a thread. */
abstract class ThreadedSink implements Sink {
  abstract readonly kind: "file" | "stream";
  /** @throws the system's error when it cannot be opened */
  abstract readonly fd: number;

  write(buffers: readonly Buffer[], done: Written): void {
    let fd: number;
    try {
      fd = this.fd;
    } catch (error) {
      setImmediate(() => done(error as NodeJS.ErrnoException, 0));
      return;
    }
    let written = 0;
    let rest = buffers;
    const next = (error: NodeJS.ErrnoException | null, bytes: number) => {
      if (error !== null) return done(error, written);
      written += bytes;
      rest = behind(rest, bytes);
      if (rest.length === 0) return done(null, written);
      put();
    };
    const put = () => {
      const [first] = rest;
      if (rest.length === 1 && first !== undefined) fs.write(fd, first, 0, first.length, null, next);
      else fs.writev(fd, rest as Buffer[], null, next);
    };
    put();
  }

  writeSync(bytes: Uint8Array): void {
    fs.writeSync(this.fd, bytes);
  }

  abstract close(): void;
}

/** A device such as /dev/null, or the daemon's own standard output where that is a file. */
class DeviceSink extends ThreadedSink {
  override readonly kind = "stream";
  override readonly fd: number;
  readonly #turns: StreamTurns;

  constructor(fd: number) {
    super();
    this.fd = fd;
    this.#turns = new StreamTurns(fd, (buffers, done) => super.write(buffers, done));
  }

  override write(buffers: readonly Buffer[], done: Written): void {
    this.#turns.write(buffers, done);
  }

  override close(): void {
    this.#turns.give();
    fs.close(this.fd, () => {});
  }
}

/** What is left of `buffers` when the first `bytes` are gone. */
function behind(buffers: readonly Buffer[], bytes: number): readonly Buffer[] {
  let gone = bytes;
  let index = 0;
  for (const buffer of buffers) {
    if (gone < buffer.length) break;
    gone -= buffer.length;
    index++;
  }
  const [first, ...others] = buffers.slice(index);
  return first === undefined ? [] : [first.subarray(gone), ...others];
}

const flags = O_APPEND | O_CREAT | O_NOCTTY | O_NONBLOCK;

/**
 * A regular file of ours, to be appended to and, where its mode allows, read. It takes a descriptor when it is
 * first used: most logs never get a byte, and each open descriptor makes the start of each child slower.
 */
export class FileSink extends ThreadedSink {
  override readonly kind = "file";
  readonly #path: string;
  readonly #mode: number;
  #inode: string;
  /** Length when it was first looked at. */
  readonly startBytes: number;
  /** Nothing stands at the path yet. */
  #unmade: boolean;
  #fd: number | null = null;

  private constructor(path: string, mode: number, stat: fs.Stats | null) {
    super();
    this.#path = resolve(path);
    this.#mode = mode;
    this.#unmade = stat === null;
    this.startBytes = stat?.size ?? 0;
    this.#inode = stat === null ? "" : inodeOf(stat);
  }

  /** Makes sure that it can be opened. */
  static open(path: string, mode: number): FileSink {
    const fd = openEither((access) => fs.openSync(path, flags | access, mode));
    try {
      return new FileSink(path, mode, fs.fstatSync(fd));
    } finally {
      fs.closeSync(fd);
    }
  }

  /** For a path where nothing stands: the file is made by `make`, or when it is first used. */
  static unmade(path: string, mode: number): FileSink {
    return new FileSink(path, mode, null);
  }

  /** Opened off the event loop and at once, and emptied if `truncate`. */
  static async reopen(path: string, mode: number, truncate: boolean): Promise<FileSink> {
    const fd = await openLater(path, flags | (truncate ? O_TRUNC : 0), mode);
    const sink = new FileSink(path, mode, fs.fstatSync(fd));
    sink.#fd = fd;
    return sink;
  }

  get fd(): number {
    this.#fd ??= this.#open();
    return this.#fd;
  }

  /** Device and inode; "" when nobody has looked. */
  get inode(): string {
    return this.#inode;
  }

  /** Of what stands at the path; it may be another file by now, if it is not open. */
  stat(): Promise<fs.Stats> {
    return fs.promises.stat(this.#path);
  }

  get isOpen(): boolean {
    return this.#fd !== null;
  }

  /** Whether it is still to be made. */
  get isUnmade(): boolean {
    return this.#unmade;
  }

  /** Makes the file, if that has not been done. */
  make(): void {
    if (this.#unmade) fs.closeSync(this.#open());
  }

  override close(): void {
    // Closing the last name of a large file frees its blocks: not something to wait for.
    if (this.#fd !== null) fs.close(this.#fd, () => {});
  }

  #open(): number {
    const fd = openEither((access) =>
      fs.openSync(this.#path, flags | (this.#unmade ? O_EXCL : 0) | access, this.#mode),
    );
    this.#unmade = false;
    if (this.#inode === "") this.#inode = inodeOf(fs.fstatSync(fd));
    return fd;
  }
}

const inodeOf = ({ dev, ino }: fs.Stats): string => `${dev}:${ino}`;

/** A file that we may not read can be a log, too. */
function openEither(open: (access: number) => number): number {
  try {
    return open(O_RDWR);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EACCES") throw error;
    return open(O_WRONLY);
  }
}

async function openLater(path: string, flags: number, mode: number): Promise<number> {
  const open = (access: number) =>
    new Promise<number>((done, failed) => {
      fs.open(path, flags | access, mode, (error, fd) => (error === null ? done(fd) : failed(error)));
    });
  return open(O_RDWR).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== "EACCES") throw error;
    return open(O_WRONLY);
  });
}
