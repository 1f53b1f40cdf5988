/**
 * How far a followed log has been shown, so that it can be gone on with after the connection, the daemon or the file was
 * another one meanwhile: the place, and the bytes right before it, by which it is known again in a file that has been
 * compressed or copied since.
 */
import type { Client } from "../../client/client.ts";
import { type LogNews, type Position, readPart } from "../../client/logs.ts";
import { LineCutter } from "../../core/line-cutter.ts";
import { type FileTimes, whenWritten } from "../../core/log-when.ts";
import type { Files } from "./files.ts";
import { type Line, lineOf } from "./line.ts";
import type { Start } from "./oldest.ts";
import type { Source } from "./source.ts";

const signBytes = 64;

export class Track {
  cutter = new LineCutter();
  source: Source;
  /** null: nothing is known yet. */
  place: Position | null = null;
  /** What stands right before the place. */
  #sign: Buffer = Buffer.alloc(0);
  /** When that was written at the earliest, by the daemon's clock. */
  #seenMs = 0;
  #begun: Uint8Array = Buffer.alloc(0);
  /** Of the last line. */
  #order = Number.NEGATIVE_INFINITY;

  constructor(source: Source) {
    this.source = source;
  }

  /** What was written goes on from here, where the log ends. */
  standAt(place: Position): void {
    const { current } = this.source.log;
    if (this.place?.file !== place.file || this.place.offset !== place.offset) this.#sign = Buffer.alloc(0);
    this.place = place;
    // What is written later is not older than what there was when the log was listed.
    this.#seenMs = Math.max(this.#seenMs, current?.id === place.file ? current.modifiedMs : 0);
  }

  /** The lines that have been completed. */
  take({ file, from, bytes, marks }: Extract<LogNews, { type: "bytes" }>): Line[] {
    const lines: Line[] = [];
    const size = from + bytes.length;
    const times: FileTimes = { marks, size, after: 0, before: marks.at(-1)?.to ?? 0 };
    this.cutter.push(bytes, from, (cut, end) => {
      const line = lineOf(this.source, cut, whenWritten(end, times));
      this.#order = Math.max(this.#order, line.order);
      line.order = this.#order;
      lines.push(line);
    });
    this.place = { file, offset: size };
    this.#seenMs = marks.at(-1)?.from ?? this.#seenMs;
    this.#sign =
      bytes.length >= signBytes
        ? Buffer.from(bytes.subarray(-signBytes))
        : Buffer.concat([this.#sign, bytes]).subarray(-signBytes);
    return lines;
  }

  /** What is read now may not come to its end. */
  prepare(): void {
    this.#begun = this.cutter.begun;
  }

  /** All lines up to there have been shown. */
  moved(place: Position): void {
    this.place = place;
    this.#sign = Buffer.alloc(0);
    this.#begun = Buffer.alloc(0);
  }

  /** It did not: what has been read and not been shown is read again. */
  restore(): void {
    this.cutter = new LineCutter();
    this.cutter.push(this.#begun, 0, () => {});
  }

  /** The file was emptied, and is written from its beginning. */
  emptied(): void {
    this.#sign = Buffer.alloc(0);
    if (this.place !== null) this.place = { ...this.place, offset: 0 };
  }

  /** The line that has no end. */
  flush(): Line[] {
    const lines: Line[] = [];
    const when = { at: null, from: this.#seenMs, to: this.#seenMs };
    this.cutter.end((cut) => lines.push(lineOf(this.source, cut, when)));
    return lines;
  }

  /** Where to go on; `lost`: the file it was in is no longer there. */
  async resume(client: Client, files: Files): Promise<{ readonly start: Start; readonly lost: boolean }> {
    const { place } = this;
    if (place === null || place.file === null) return { start: { index: 0, offset: 0 }, lost: false };
    const { list } = files;
    const same = files.indexOf(place.file);
    // What was last written before that has been seen.
    const newer = list.findIndex(({ modifiedMs }) => modifiedMs >= this.#seenMs - 1);
    for (const index of new Set([same, newer]))
      if (index >= 0 && (await this.#isIn(client, files, index, place.offset)))
        return { start: { index, offset: place.offset }, lost: false };
    return { start: { index: newer < 0 ? list.length : newer, offset: 0 }, lost: true };
  }

  /** Whether the bytes before our place are those before the same place of this file. */
  async #isIn(client: Client, files: Files, index: number, offset: number): Promise<boolean> {
    const file = files.list[index];
    if (file === undefined) return false;
    const length = Math.min(offset, this.#sign.length);
    const wanted = this.#sign.subarray(this.#sign.length - length);
    if (!file.compressed) {
      if (file.bytes < offset) return false;
      const part = length === 0 ? null : await readPart(client, this.source.log.path, file, offset - length, length);
      return part === null ? length === 0 : part.bytes.equals(wanted);
    }
    const found: Buffer[] = [];
    for await (const { offset: at, bytes } of files.unpacked(index)) {
      const piece = bytes.subarray(Math.max(0, offset - length - at), Math.max(0, offset - at));
      if (piece.length > 0) found.push(Buffer.from(piece));
      if (at + bytes.length >= offset) return Buffer.concat(found).equals(wanted);
    }
    return false;
  }
}
