/** The lines of a log in the order in which they were written, from some place or moment to the end. */
import type { Position } from "../../client/logs.ts";
import { LineCutter } from "../../core/line-cutter.ts";
import { type FileTimes, whenWritten } from "../../core/log-when.ts";
import type { Files, Part } from "./files.ts";
import { isWanted, type Line, lineOf, type Wish } from "./line.ts";

/** Where to begin: at a byte of a file, by its index. */
export interface Start {
  readonly index: number;
  readonly offset: number;
}

export interface Range {
  /** null: where the wish says. */
  readonly start: Start | null;
  /** null: at the end of what was listed. */
  readonly end: Position | null;
  /** Of one request, and so of a batch of lines. */
  readonly step: number;
  /** What was begun before; afterwards, what was begun last. */
  readonly cutter: LineCutter;
  /** Whether a line that has no end is one. */
  readonly whole: boolean;
}

/** Times of marks are those of writes, which may begin within a line: so much before it is looked at, too. */
const marginBytes = 16 * 1024;
/** A file of stamped lines of which no marks are known is searched for a moment when it is longer than this. */
const searchBytes = 1024 * 1024;
const sampleBytes = 128 * 1024;
const NEWLINE = 0x0a;

/** Batches; those that are not wanted are left out. */
export async function* oldest(
  files: Files,
  wish: Wish,
  { start, end, step, cutter, whole }: Range,
): AsyncGenerator<Line[]> {
  const { list, source } = files;
  const last = end?.file == null ? list.length - 1 : files.indexOf(end.file);
  const begin = start ?? (await startOf(files, wish, step));
  // A moment may be within a line, a place is where somebody else has stopped.
  let isWithin = start === null && begin.offset > 0;
  let order = Number.NEGATIVE_INFINITY;
  let times: FileTimes = { marks: [], after: 0, before: 0, size: 0 };
  let lines: Line[] = [];
  let isOver = false;
  let fileId = "";
  const take = (cut: Uint8Array, at: number): void => {
    const line = lineOf(source, cut, whenWritten(at, times));
    order = Math.max(order, line.order);
    line.order = order;
    line.place = { file: fileId, offset: at + 1 };
    if (isWanted(line, wish)) lines.push(line);
    else if (wish.until !== null && line.when.at !== null && line.when.from > wish.until) isOver = true;
  };
  for (let index = begin.index; index <= last; index++) {
    const file = list[index];
    const from = index === begin.index ? begin.offset : 0;
    if (file === undefined) return;
    fileId = file.id;
    const until = index === last && end !== null ? end.offset : Number.POSITIVE_INFINITY;
    const parts = file.compressed
      ? behind(files.unpacked(index), from, until)
      : files.plain(index, from, Math.min(until, file.bytes), step);
    for await (const part of parts) {
      times = part.times;
      const { bytes, offset } = isWithin ? behindLine(part) : part;
      if (bytes.length > 0) isWithin = false;
      cutter.push(bytes, offset, take);
      if (lines.length > 0) yield lines;
      if (isOver) return;
      lines = [];
    }
  }
  if (whole) cutter.end(take);
  if (lines.length > 0) yield lines;
}

async function startOf(files: Files, { since }: Wish, step: number): Promise<Start> {
  if (since === null) return { index: 0, offset: 0 };
  const index = files.list.findIndex(({ modifiedMs }) => modifiedMs >= since);
  const file = files.list[index];
  if (file === undefined) return { index: files.list.length, offset: 0 };
  if (file.compressed) return { index, offset: 0 };
  if (file.from !== null) return { index, offset: Math.max(0, file.from - marginBytes) };
  if (files.source.log.format === "raw" || file.bytes < searchBytes) return { index, offset: 0 };
  return { index, offset: await search(files, index, since, step) };
}

/** An offset before which all lines are older, by their stamps; not by much. */
async function search(files: Files, index: number, since: number, step: number): Promise<number> {
  let low = 0;
  let high = files.list[index]?.bytes ?? 0;
  while (high - low > searchBytes / 2) {
    const middle = Math.floor((low + high) / 2);
    const at = await stampAt(files, index, middle, step);
    if (at === null) return low;
    if (at < since) low = middle;
    else high = middle;
  }
  return low;
}

/** Of the first line behind an offset; null when none is near. */
async function stampAt(files: Files, index: number, offset: number, step: number): Promise<number | null> {
  let at: number | null = null;
  const cutter = new LineCutter();
  for await (const part of files.plain(index, offset, offset + sampleBytes, step)) {
    const { bytes, offset: from } = part.offset === offset ? behindLine(part) : part;
    cutter.push(bytes, from, (cut, end) => {
      const line = lineOf(files.source, cut, whenWritten(end, part.times));
      if (line.when.from === line.when.to) at ??= line.when.at;
    });
    if (at !== null) break;
  }
  return at;
}

/** Without the rest of the line that it begins with. */
function behindLine({ bytes, offset }: Part): { readonly bytes: Buffer; readonly offset: number } {
  const end = bytes.indexOf(NEWLINE);
  const from = end < 0 ? bytes.length : end + 1;
  return { bytes: bytes.subarray(from), offset: offset + from };
}

async function* behind(parts: AsyncIterable<Part>, from: number, until: number): AsyncGenerator<Part> {
  for await (const { bytes, offset, times } of parts) {
    const first = Math.max(0, from - offset);
    const piece = bytes.subarray(first, Math.max(first, until - offset));
    if (piece.length > 0) yield { bytes: piece, offset: offset + first, times };
  }
}
