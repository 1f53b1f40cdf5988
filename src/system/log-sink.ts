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
import { type Sink, StreamSink, TerminalSink, type Written } from "./log-stream.ts";

const { O_WRONLY, O_RDWR, O_APPEND, O_CREAT, O_TRUNC, O_NONBLOCK, O_NOCTTY } = fs.constants;

/**
 * Opens a log for appending; null for a pipe that nobody reads now.
 * @throws the system's error when that is impossible
 */
export function openSink(path: string, mode: number): Sink | null {
  const descriptor = ownDescriptor(path);
  const stat = descriptor === null ? statOf(path) : fs.fstatSync(descriptor);
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

/** Anything whose writes a thread does: the sink of files, and of devices such as /dev/null. */
class DeviceSink implements Sink {
  readonly kind: "file" | "stream" = "stream";
  readonly fd: number;

  constructor(fd: number) {
    this.fd = fd;
  }

  write(buffers: readonly Buffer[], done: Written): void {
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
      if (rest.length === 1 && first !== undefined) fs.write(this.fd, first, 0, first.length, null, next);
      else fs.writev(this.fd, rest as Buffer[], null, next);
    };
    put();
  }

  writeSync(bytes: Uint8Array): void {
    fs.writeSync(this.fd, bytes);
  }

  close(): void {
    // Closing the last name of a large file frees its blocks: not something to wait for.
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

/** A regular file of ours, open for appending and, where its mode allows, for reading. */
export class FileSink extends DeviceSink {
  override readonly kind = "file";
  readonly inode: string;
  /** Length when it was opened. */
  readonly startBytes: number;

  private constructor(fd: number) {
    super(fd);
    const { size, dev, ino } = fs.fstatSync(fd);
    this.startBytes = size;
    this.inode = `${dev}:${ino}`;
  }

  static open(path: string, mode: number): FileSink {
    const flags = O_APPEND | O_CREAT | O_NOCTTY | O_NONBLOCK;
    try {
      return new FileSink(fs.openSync(path, flags | O_RDWR, mode));
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EACCES") throw error;
      return new FileSink(fs.openSync(path, flags | O_WRONLY, mode));
    }
  }

  /** As `open`, off the event loop, and emptying what is there if `truncate`. */
  static async reopen(path: string, mode: number, truncate: boolean): Promise<FileSink> {
    const flags = O_APPEND | O_CREAT | O_NOCTTY | O_NONBLOCK | (truncate ? O_TRUNC : 0);
    const open = (access: number) =>
      new Promise<number>((done, failed) => {
        fs.open(path, flags | access, mode, (error, fd) => (error === null ? done(fd) : failed(error)));
      });
    const fd = await open(O_RDWR).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== "EACCES") throw error;
      return open(O_WRONLY);
    });
    return new FileSink(fd);
  }
}
