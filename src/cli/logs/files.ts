/**
 * The files of one log as one long tape, read in parts from the daemon. Compressed ones come as they are on disk and are
 * unpacked here, so that it costs the daemon no more than any other file.
 */
import type { Client } from "../../client/client.ts";
import { HttpFailure } from "../../client/failures.ts";
import { listFiles, type Position, readPart } from "../../client/logs.ts";
import type { LogFileEntry, LogPart, Span } from "../../core/log-archive.ts";
import type { Mark } from "../../core/log-marks.ts";
import type { FileTimes } from "../../core/log-when.ts";
import type { Source } from "./source.ts";

/** Bytes of a file, with what is known of their times. */
export interface Part {
  readonly offset: number;
  readonly bytes: Buffer;
  readonly times: FileTimes;
}

/** The daemon's disk is busy, or all its readers are: it is asked again so often. */
const busyTries = 20;
const busyMs = 500;
const unavailable = 503;
const refused = 409;

export class Files {
  readonly source: Source;
  /** The oldest first. */
  readonly list: readonly LogFileEntry[];
  readonly #client: Client;
  readonly #note: (text: string) => void;

  /** The end of the file that is being written, when that has been read already. */
  readonly #end: Part | null;

  private constructor(
    client: Client,
    source: Source,
    list: readonly LogFileEntry[],
    note: (text: string) => void,
    end: LogPart | null = null,
  ) {
    this.#client = client;
    this.source = source;
    this.list = list;
    this.#note = note;
    const [last] = list.slice(-1);
    this.#end =
      end === null || last === undefined
        ? null
        : { ...end, offset: last.bytes - end.bytes.length, times: this.#times(list.length - 1, end.marks, end.size) };
  }

  /** The file that is being written, as it was listed. @param end what stands at its end */
  static current(client: Client, source: Source, end: LogPart | null, note: (text: string) => void): Files {
    const { current } = source.log;
    return new Files(client, source, current === null ? [] : [current], note, end);
  }

  /** How much before an offset is there already. */
  knownBefore(offset: number): number {
    const end = this.#end;
    return end === null || offset > end.offset + end.bytes.length ? 0 : Math.max(0, offset - end.offset);
  }

  /** @param current only the file that is being written @param note for what cannot be read */
  static async of(
    client: Client,
    source: Source,
    span: Span,
    current: boolean,
    note: (text: string) => void,
  ): Promise<Files> {
    let list: LogFileEntry[] = [];
    try {
      list = await patiently(() => listFiles(client, source.log.path, span, current));
    } catch (error) {
      note(`${source.log.path}: ${whyNot(error)}`);
    }
    return new Files(client, source, list, note);
  }

  /** The index of a file that was known by this identity, be it that it has been compressed meanwhile; -1 for none. */
  indexOf(id: string): number {
    const same = this.list.findIndex((file) => file.id === id);
    return same >= 0 ? same : this.list.findIndex(({ was }) => was === id);
  }

  /** Where the log ends now. */
  get end(): Position {
    const last = this.list.at(-1);
    return last === undefined ? { file: null, offset: 0 } : { file: last.id, offset: last.bytes };
  }

  /** What is in a file that is not compressed, from one offset to another; less where it is gone. */
  async *plain(index: number, from: number, to: number, step: number): AsyncGenerator<Part> {
    const file = this.list[index] as LogFileEntry;
    const end = this.#end;
    if (end !== null && from >= end.offset && to <= end.offset + end.bytes.length) {
      yield { ...end, offset: from, bytes: end.bytes.subarray(from - end.offset, to - end.offset) };
      return;
    }
    for (let offset = from; offset < to; ) {
      const part = await this.#part(file, offset, Math.min(step, to - offset));
      if (part === null) {
        yield* this.#elsewhere(file, offset, to);
        return;
      }
      const { bytes, size, marks } = part;
      if (bytes.length === 0) return;
      yield { offset, bytes, times: this.#times(index, marks, size) };
      offset += bytes.length;
    }
  }

  /** All that was compressed. */
  async *unpacked(index: number): AsyncGenerator<Part> {
    const file = this.list[index] as LogFileEntry;
    const [{ createGunzip }, { pipeline, Readable }] = await Promise.all([import("node:zlib"), import("node:stream")]);
    let marks: readonly Mark[] = [];
    const packed = async function* (this: Files): AsyncGenerator<Buffer> {
      for (let offset = 0; offset < file.bytes; ) {
        const part = await this.#part(file, offset, packedBytes);
        if (part === null || part.bytes.length === 0) return;
        if (offset === 0) marks = part.marks;
        yield part.bytes;
        offset += part.bytes.length;
      }
    }.call(this);
    const unzip = pipeline(Readable.from(packed), createGunzip({ chunkSize: packedBytes }), () => {});
    let offset = 0;
    try {
      for await (const bytes of unzip as AsyncIterable<Buffer>) {
        yield { offset, bytes, times: this.#times(index, marks, Number.POSITIVE_INFINITY) };
        offset += bytes.length;
      }
    } catch (error) {
      this.#note(`${file.name}: ${whyNot(error)}; what is behind that is missing`);
    }
  }

  /** It has been compressed or removed since it was listed. */
  async *#elsewhere({ id, name }: LogFileEntry, from: number, to: number): AsyncGenerator<Part> {
    const again = await Files.of(this.#client, this.source, { since: null, until: null }, false, this.#note);
    const index = again.list.findIndex(({ was }) => was === id);
    if (index < 0) return this.#note(`${name} was removed while it was read`);
    for await (const { offset, bytes, times } of again.unpacked(index)) {
      const part = bytes.subarray(Math.max(0, from - offset), Math.max(0, to - offset));
      if (part.length > 0) yield { offset: Math.max(offset, from), bytes: part, times };
    }
  }

  async #part(file: LogFileEntry, offset: number, length: number) {
    try {
      return await patiently(() => readPart(this.#client, this.source.log.path, file, offset, length));
    } catch (error) {
      if (!(error instanceof HttpFailure) || error.status !== refused) throw error;
      this.#note(`${file.name}: ${whyNot(error)}`);
      return { bytes: Buffer.alloc(0), size: 0, marks: [] };
    }
  }

  /** A file is younger than the one before it. */
  #times(index: number, marks: readonly Mark[], size: number): FileTimes {
    const after = this.list[index - 1]?.modifiedMs ?? 0;
    return { marks, size, after, before: Math.max(after, this.list[index]?.modifiedMs ?? after) };
  }
}

const packedBytes = 256 * 1024;

async function patiently<T>(ask: () => Promise<T>): Promise<T> {
  for (let tries = 1; ; tries++) {
    try {
      return await ask();
    } catch (error) {
      if (!(error instanceof HttpFailure) || error.status !== unavailable || tries >= busyTries) throw error;
    }
    await new Promise((resolve) => setTimeout(resolve, busyMs));
  }
}

function whyNot(error: unknown): string {
  if (error instanceof HttpFailure && (error.status === refused || error.status === unavailable)) return error.reason;
  if (error instanceof Error && "code" in error && String(error.code).startsWith("Z_"))
    return "it is no whole gzip file";
  throw error;
}
