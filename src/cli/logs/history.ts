/** What has been written to several logs up to now: the last lines of each, or all of a span, in the order of time. */
import type { Client } from "../../client/client.ts";
import type { Position } from "../../client/logs.ts";
import { LineCutter } from "../../core/line-cutter.ts";
import { Files } from "./files.ts";
import type { Line, Wish } from "./line.ts";
import { inTurn, merged } from "./merge.ts";
import { newest } from "./newest.ts";
import { oldest, type Start } from "./oldest.ts";
import type { Source } from "./source.ts";

/** Logs that are asked for at the same time. */
export const atOnce = 8;
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
  const found = await inTurn(books, atOnce, async ({ source, end }) => {
    const result = await lastOf(library, source, end, limit, hold);
    if (hold) begun.set(source, result.begun);
    return result.lines;
  });
  const byLabel = new Map<string, Line[]>();
  for (const [index, { source }] of books.entries())
    byLabel.set(source.label, [...(byLabel.get(source.label) ?? []), ...(found[index] ?? [])]);
  const lines = [...byLabel.values()].flatMap((all) => (limit === 0 ? [] : inOrder(all).slice(-limit)));
  return { lines: inOrder(lines), begun };
}

/** The sort is stable: lines of the same moment stay as they are. */
const inOrder = (lines: readonly Line[]): Line[] => lines.toSorted((a, b) => a.order - b.order);

async function lastOf(
  { client, wish, note }: Library,
  source: Source,
  end: Position | null,
  limit: number,
  hold: boolean,
) {
  if (limit === 0) return { lines: [], begun: new Uint8Array(0) };
  // Mostly what is wanted is in the file that is being written, and the others need not be looked for.
  for (const onlyCurrent of wish.pattern === null && wish.until === null ? [true, false] : [false]) {
    const files = await Files.of(client, source, wish, onlyCurrent, note);
    const known = end?.file == null ? files.end : end;
    if (onlyCurrent && known.file !== null && files.indexOf(known.file) < 0) continue;
    const result = await newest(files, known, limit, wish, hold);
    if (!onlyCurrent || !result.exhausted) return result;
  }
  return { lines: [], begun: new Uint8Array(0) };
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
