/** The last lines of a log, read from its end: however long it is, little more than they take is looked at. */
import type { Position } from "../../client/logs.ts";
import { LineCutter, longestLine } from "../../core/line-cutter.ts";
import { type When, whenWritten } from "../../core/log-when.ts";
import type { Files, Part } from "./files.ts";
import { isWanted, type Line, lineOf, type Wish } from "./line.ts";

const firstBytes = 32 * 1024;
const mostBytes = 512 * 1024;
const NEWLINE = 0x0a;
const nothing = new Uint8Array(0);

export interface Newest {
  readonly lines: Line[];
  /** A line that was begun; with `hold` it is not among the others. */
  readonly begun: Uint8Array;
  /** All that is in these files has been looked at. */
  readonly exhausted: boolean;
}

/** The end of a line whose beginning is still to be read. */
interface Carry {
  readonly bytes: Uint8Array;
  readonly when: When;
  readonly unfinished: boolean;
}

/** @param end up to there @param limit at most so many lines @param hold keeps what has no end back, for it may go on */
export async function newest(files: Files, end: Position, limit: number, wish: Wish, hold: boolean): Promise<Newest> {
  return new Reading(files, limit, wish, hold).run(end);
}

class Reading {
  readonly #files: Files;
  readonly #limit: number;
  readonly #wish: Wish;
  readonly #hold: boolean;
  /** The newest first. */
  readonly #lines: Line[] = [];
  #begun: Uint8Array = nothing;
  #carry: Carry | null = null;
  #isPast = false;

  constructor(files: Files, limit: number, wish: Wish, hold: boolean) {
    this.#files = files;
    this.#limit = limit;
    this.#wish = wish;
    this.#hold = hold;
  }

  async run(end: Position): Promise<Newest> {
    const { list } = this.#files;
    const last = end.file === null ? -1 : this.#files.indexOf(end.file);
    let index = last;
    for (; index >= 0 && !this.#isDone; index--) {
      const file = list[index];
      if (file === undefined || (this.#wish.since !== null && file.modifiedMs < this.#wish.since)) break;
      const until = index === last ? end.offset : Number.POSITIVE_INFINITY;
      if (file.compressed) await this.#unpack(index, until);
      // It may have grown since it was listed.
      else await this.#backwards(index, index === last ? until : file.bytes, file.to);
    }
    const exhausted = index < 0 && !this.#isDone;
    if (!this.#isDone) this.#finish();
    return { lines: inOrder(this.#lines), begun: this.#begun, exhausted };
  }

  get #isDone(): boolean {
    return this.#lines.length >= this.#limit || this.#isPast;
  }

  /** @param cut where it becomes too new, when that is known */
  async #backwards(index: number, end: number, cut: number | null): Promise<void> {
    let step = this.#files.knownBefore(Math.min(end, cut ?? end)) || firstBytes;
    // What begins before a moment and ends behind it belongs to what comes behind it.
    let skip = cut !== null && cut < end;
    if (skip) this.#carry = null;
    for (let high = Math.min(end, cut ?? end); high > 0 && !this.#isDone; step = Math.min(step * 2, mostBytes)) {
      const low = Math.max(0, high - step);
      const part = await this.#window(index, low, high);
      if (part === null) return;
      high = low;
      if (skip) {
        const end = part.bytes.lastIndexOf(NEWLINE) + 1;
        if (end === 0) continue;
        skip = false;
        this.#take({ ...part, bytes: part.bytes.subarray(0, end) });
      } else this.#take(part);
    }
  }

  async #window(index: number, low: number, high: number): Promise<Part | null> {
    const parts: Part[] = [];
    for await (const part of this.#files.plain(index, low, high, mostBytes)) parts.push(part);
    const [first] = parts;
    if (first === undefined) return null;
    return parts.length === 1 ? first : { ...first, bytes: Buffer.concat(parts.map(({ bytes }) => bytes)) };
  }

  /** Takes what stands before all that has been taken. */
  #take({ bytes, offset, times }: Part): void {
    let end = bytes.length;
    for (let newline = bytes.lastIndexOf(NEWLINE); newline >= 0; ) {
      this.#begin(bytes.subarray(newline + 1, end), () => whenWritten(offset + end - 1, times));
      this.#finish();
      if (this.#isDone) return;
      // From here on a line ends at this newline.
      this.#carry = { bytes: nothing, when: whenWritten(offset + newline, times), unfinished: false };
      end = newline;
      newline = newline === 0 ? -1 : bytes.lastIndexOf(NEWLINE, newline - 1);
    }
    this.#begin(bytes.subarray(0, end), () => whenWritten(offset + end - 1, times));
  }

  /** Puts what comes before to the line that is being put together. */
  #begin(bytes: Uint8Array, when: () => When): void {
    if (bytes.length === 0) return;
    const carry = this.#carry;
    if (carry === null) this.#carry = { bytes, when: when(), unfinished: true };
    else this.#carry = { ...carry, bytes: joined(bytes, carry.bytes) };
    if (this.#carry.bytes.length >= longestLine) this.#finish();
  }

  /** The line has its beginning. */
  #finish(): void {
    const carry = this.#carry;
    this.#carry = null;
    if (carry === null) return;
    const { bytes } = carry;
    if (carry.unfinished) {
      this.#begun = bytes;
      if (this.#hold) return;
    }
    const line = lineOf(this.#files.source, bytes, carry.when);
    if (isWanted(line, this.#wish)) this.#lines.push(line);
    // Lines come in the order of time: what is before one that is too old is older still.
    else if (this.#wish.since !== null && line.when.to < this.#wish.since) this.#isPast = true;
  }

  /** A compressed file is read from its beginning; of its lines the last ones are kept. */
  async #unpack(index: number, until: number): Promise<void> {
    const { source } = this.#files;
    const wanted = this.#limit - this.#lines.length;
    const kept: Line[] = [];
    const cutter = new LineCutter();
    let times: Part["times"] | null = null;
    const keep = (bytes: Uint8Array, end: number): void => {
      if (times === null) return;
      const line = lineOf(source, bytes, whenWritten(end, times));
      if (!isWanted(line, this.#wish)) return;
      kept.push(line);
      if (kept.length > 2 * wanted + 1024) kept.splice(0, kept.length - wanted);
    };
    for await (const part of this.#files.unpacked(index)) {
      times = part.times;
      cutter.push(part.bytes.subarray(0, Math.max(0, until - part.offset)), part.offset, keep);
    }
    let rest: Uint8Array = nothing;
    let restEnd = 0;
    cutter.end((bytes, end) => {
      rest = bytes;
      restEnd = end;
    });
    if (rest.length > 0) this.#begin(rest, () => whenWritten(restEnd, times ?? unknownTimes));
    this.#finish();
    this.#lines.push(...kept.reverse().slice(0, Math.max(0, this.#limit - this.#lines.length)));
  }
}

const unknownTimes: Part["times"] = { marks: [], after: 0, before: 0, size: 0 };

function joined(a: Uint8Array, b: Uint8Array): Uint8Array {
  return a.length === 0 ? b : b.length === 0 ? a : Buffer.concat([a, b]);
}

/** The oldest first; their order never falls. */
function inOrder(lines: Line[]): Line[] {
  lines.reverse();
  let order = Number.NEGATIVE_INFINITY;
  for (const line of lines) {
    order = Math.max(order, line.order);
    line.order = order;
  }
  return lines;
}
