/** What has been written to several logs up to now: the last lines of each, or all of a span, in the order of time. */
import type { Client } from "../../client/client.ts";
import { type Position, readParts } from "../../client/logs.ts";
import { LineCutter } from "../../core/line-cutter.ts";
import type { LogPart } from "../../core/log-archive.ts";
import { Files } from "./files.ts";
import type { Line, Wish } from "./line.ts";
import { inTurn, merged } from "./merge.ts";
import { type Newest, newest } from "./newest.ts";
import { oldest, type Start } from "./oldest.ts";
import type { Source } from "./source.ts";

/** Logs that are asked for at the same time. */
export const atOnce = 8;
/** Read of each log at first. */
const endBytes = 8 * 1024;
/** Bytes in memory for all logs together, and of one request at least and at most. */
const memoryBytes = 32 * 1024 * 1024;
const leastStep = 16 * 1024;
const mostStep = 512 * 1024;

export interface Library {
  readonly client: Client;
  readonly wish: Wish;
  readonly note: (text: string) => void;
}

/** One log, up to a place; null = its end. */
export interface Book {
  readonly source: Source;
  readonly end: Position | null;
}

export interface Latest {
  readonly lines: readonly Line[];
  /** What was begun at the end of each log, if that is held back. */
  readonly begun: ReadonlyMap<Source, Uint8Array>;
}

/** The last `limit` lines of each process, whatever its channels. @param hold keeps back what has no end of line yet */
export async function lastLines(
  library: Library,
  books: readonly Book[],
  limit: number,
  hold: boolean,
): Promise<Latest> {
  const begun = new Map<Source, Uint8Array>();
  const ends = limit === 0 ? new Map<Source, LogPart>() : await endsOf(library, books);
  const found = await inTurn(books, atOnce, async (book) => {
    const result = await lastOf(library, book, ends.get(book.source) ?? null, limit, hold);
    if (hold) begun.set(book.source, result.begun);
    return result.lines;
  });
  const byLabel = new Map<string, Line[]>();
  for (const [index, { source }] of books.entries())
    byLabel.set(source.label, [...(byLabel.get(source.label) ?? []), ...(found[index] ?? [])]);
  const lines = [...byLabel.values()].flatMap((all) => (limit === 0 ? [] : inOrder(all).slice(-limit)));
  return { lines: inOrder(lines), begun };
}

/** The last bytes of the files that are being written, of all of them at once: mostly there is no need for more. */
async function endsOf({ client }: Library, books: readonly Book[]): Promise<ReadonlyMap<Source, LogPart>> {
  const wanted = books.flatMap(({ source }) => {
    const { current, path } = source.log;
    if (current === null || current.bytes === 0) return [];
    const length = Math.min(current.bytes, endBytes);
    return [{ source, path, file: current, from: current.bytes - length, length }];
  });
  const ends = new Map<Source, LogPart>();
  for (const [index, part] of (await readParts(client, wanted)).entries()) {
    const { source, length } = wanted[index] ?? {};
    // One that is shorter has been emptied since.
    if (source !== undefined && part !== null && part.bytes.length === length) ends.set(source, part);
  }
  return ends;
}

/** The sort is stable: lines of the same moment stay as they are. */
const inOrder = (lines: readonly Line[]): Line[] => lines.toSorted((a, b) => a.order - b.order);

async function lastOf(
  { client, wish, note }: Library,
  { source, end }: Book,
  known: LogPart | null,
  limit: number,
  hold: boolean,
): Promise<Newest> {
  if (limit === 0) return { lines: [], begun: new Uint8Array(0), exhausted: false };
  // Mostly what is wanted is in the file that is being written, and the others need not be looked for.
  if (wish.pattern === null && wish.until === null) {
    const files = Files.current(client, source, known, note);
    const place = end?.file == null ? files.end : end;
    if (place.file === null ? !source.log.older : files.indexOf(place.file) >= 0) {
      const result = await newest(files, place, limit, wish, hold);
      if (!result.exhausted || !source.log.older) return result;
    }
  }
  const files = await Files.of(client, source, wish, false, note);
  return newest(files, end?.file == null ? files.end : end, limit, wish, hold);
}

export interface Chapter extends Book {
  readonly files?: Files;
  /** null: as the wish says. */
  readonly start: Start | null;
  readonly wish: Wish;
  readonly cutter: LineCutter;
  /** Whether a line without an end is one. */
  readonly whole: boolean;
}

/** Everything of these, in batches. */
export function everything({ client, note }: Library, chapters: readonly Chapter[]): AsyncGenerator<Line[]> {
  const step = Math.min(mostStep, Math.max(leastStep, Math.floor(memoryBytes / Math.max(1, chapters.length))));
  const lines = async function* (chapter: Chapter): AsyncGenerator<Line[]> {
    const { source, wish, end, start, cutter, whole } = chapter;
    const files = chapter.files ?? (await Files.of(client, source, wish, false, note));
    yield* oldest(files, wish, { start, end, step, cutter, whole });
  };
  return merged(chapters.map(lines), atOnce);
}

export const wholeBook = (source: Source, wish: Wish): Chapter => ({
  source,
  end: null,
  start: null,
  wish,
  cutter: new LineCutter(),
  whole: true,
});
