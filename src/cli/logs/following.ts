/**
 * `logs -f`: what was written before, then all that is written, each line once. The daemon says where its stream begins,
 * and the history is read up to there; whatever breaks the stream (a daemon that restarts, a log that is opened
 * anew, a program that is added), it is taken up again and the gap is read from the files in the same way.
 */
import { BadReply, ConnectionFailure, Disconnected, RemoteFault } from "../../client/failures.ts";
import { followLogs, type LogNews, type Position } from "../../client/logs.ts";
import { Files } from "./files.ts";
import { atOnce, type Chapter, everything, type Library, lastLines } from "./history.ts";
import { isWanted, type Line, type Wish } from "./line.ts";
import { inTurn } from "./merge.ts";
import type { Source } from "./source.ts";
import { Track } from "./track.ts";

export interface FollowParts {
  readonly library: Library;
  /** Which logs there are now. */
  readonly select: () => Promise<readonly Source[]>;
  readonly show: (lines: readonly Line[]) => Promise<void>;
  /** Of each process; null = all that is wanted. */
  readonly limit: number | null;
  /** The daemon's clock, milliseconds since 1970. */
  readonly startedMs: number;
  readonly signal: AbortSignal;
}

/** Logs are often opened several at a time. */
const settleMs = 250;
/** Lines of so long are put in order, if they are no more than so many. */
const momentMs = 20;
const mostPending = 5000;
const shortestWaitMs = 250;
const longestWaitMs = 2000;

export async function follow(parts: FollowParts): Promise<void> {
  await new Following(parts).run();
}

class Following {
  readonly #parts: FollowParts;
  readonly #tracks = new Map<string, Track>();
  #sources: readonly Source[] = [];
  /** Ends the stream that is being read, for another. */
  #round = new AbortController();
  #hasBegun = false;
  #isLost = false;
  /** What has come in the last moment, and the one who shows it. */
  #pending: Line[] = [];
  #showing: Promise<void> | null = null;
  /** Lines could not be shown. */
  #failure: { readonly error: unknown } | null = null;

  constructor(parts: FollowParts) {
    this.#parts = parts;
  }

  async run(): Promise<void> {
    const { signal, library } = this.#parts;
    let waitMs = shortestWaitMs;
    while (!signal.aborted) {
      this.#round = new AbortController();
      const stop = (): void => this.#round.abort();
      signal.addEventListener("abort", stop, { once: true });
      try {
        await this.#follow();
        if (this.#failure !== null) throw this.#failure.error;
        if (!this.#round.signal.aborted) this.#lost();
        waitMs = shortestWaitMs;
      } catch (error) {
        if (!signal.aborted && (!this.#hasBegun || !isBroken(error))) throw error;
        library.client.close();
        this.#lost();
      } finally {
        signal.removeEventListener("abort", stop);
      }
      if (!this.#isLost || signal.aborted) continue;
      await wait(waitMs, signal);
      waitMs = Math.min(waitMs * 2, longestWaitMs);
    }
    await this.#settled();
    for (const track of this.#tracks.values()) await this.#show(track.flush());
  }

  async #follow(): Promise<void> {
    const { library, select } = this.#parts;
    this.#sources = await select();
    const paths = this.#sources.map(({ log }) => log.path);
    let taking: Promise<void> = Promise.resolve();
    const take = (news: LogNews): Promise<void> => {
      taking = this.#take(news);
      return taking;
    };
    await followLogs(library.client, paths, take, this.#round.signal);
    // The next stream does not begin before this one is dealt with; Ctrl-C waits for nobody.
    if (!this.#parts.signal.aborted) await taking;
  }

  async #take(news: LogNews): Promise<void> {
    if (news.type === "begins") return this.#begin(news.begins);
    if (news.type === "changed" || news.type === "ended") return this.#again();
    const track = this.#trackOf(news.log);
    if (track === null) return;
    const { note } = this.#parts.library;
    if (news.type === "bytes") return this.#collect(track.take(news));
    await this.#settled();
    await this.#show(track.flush());
    if (news.type === "emptied") {
      track.emptied();
      note(`${track.source.label}: its log was emptied`);
    } else note(`${track.source.label}: ${news.bytes} bytes were skipped, because they were not read in time`);
  }

  /** Logs take turns: what they have written at the same time comes one after the other, and is put in order. */
  async #collect(lines: readonly Line[]): Promise<void> {
    for (const line of lines) this.#pending.push(line);
    if (this.#pending.length >= mostPending) return this.#settled();
    this.#showing ??= wait(momentMs, this.#parts.signal)
      .then(() => this.#showPending())
      .catch((error: unknown) => {
        this.#failure = { error };
        this.#round.abort();
      });
  }

  /** All that has come is shown. */
  async #settled(): Promise<void> {
    await this.#showing;
    await this.#showPending();
  }

  async #showPending(): Promise<void> {
    while (this.#pending.length > 0) {
      const lines = this.#pending;
      this.#pending = [];
      await this.#show(lines.sort((a, b) => a.order - b.order));
    }
    this.#showing = null;
  }

  #again(): void {
    const round = this.#round;
    setTimeout(() => round.abort(), settleMs).unref();
  }

  #lost(): void {
    if (!this.#isLost && !this.#parts.signal.aborted)
      this.#parts.library.note("the daemon is gone; waiting for it to come back");
    this.#isLost = true;
  }

  #trackOf(index: number): Track | null {
    const source = this.#sources[index];
    return source === undefined ? null : (this.#tracks.get(source.key) ?? null);
  }

  async #begin(begins: readonly (Position | null)[]): Promise<void> {
    const { library, limit } = this.#parts;
    await this.#settled();
    if (this.#isLost) library.note("connected again");
    this.#isLost = false;
    const books = this.#sources.map((source, index) => ({ source, end: begins[index] ?? null }));
    if (!this.#hasBegun && limit !== null) {
      const { lines, begun } = await lastLines(library, books, limit, true);
      for (const { source } of books) this.#enter(source).cutter.push(begun.get(source) ?? nothing, 0, () => {});
      // What they have been waiting for.
      await this.#parts.show(lines);
    } else {
      const chapters = await inTurn(books, atOnce, ({ source, end }) => this.#gap(source, end));
      await this.#showAll(chapters);
    }
    for (const { source, end } of books) this.#enter(source).standAt(end ?? endOf(source));
    this.#hasBegun = true;
  }

  #enter(source: Source): Track {
    const track = this.#tracks.get(source.key) ?? new Track(source);
    track.source = source;
    this.#tracks.set(source.key, track);
    return track;
  }

  /** What has been written since this log was seen last. */
  async #gap(source: Source, end: Position | null): Promise<Chapter> {
    const { library, startedMs } = this.#parts;
    const { client, note, wish } = library;
    const isNew = !this.#tracks.has(source.key);
    const track = this.#enter(source);
    const { cutter } = track;
    if (isNew || track.place === null) {
      const since: Wish = this.#hasBegun ? { ...wish, since: startedMs, sure: true } : wish;
      return { source, end, start: null, wish: since, cutter, whole: false };
    }
    const files = await Files.of(client, source, everywhen, false, note);
    const { start, lost } = await track.resume(client, files);
    if (lost) {
      await this.#show(track.flush());
      note(`${source.label}: its log was emptied or removed meanwhile`);
    }
    return { source, end, files, start, wish, cutter, whole: false };
  }

  /** However far it comes: each log is gone on with behind the last line that was shown. */
  async #showAll(chapters: readonly Chapter[]): Promise<void> {
    const tracks = new Map(chapters.map(({ source }) => [source, this.#enter(source)]));
    for (const track of tracks.values()) track.prepare();
    try {
      for await (const lines of everything(this.#parts.library, chapters)) {
        await this.#parts.show(lines);
        for (const { source, place } of lines) if (place !== undefined) tracks.get(source)?.moved(place);
      }
    } catch (error) {
      for (const track of tracks.values()) track.restore();
      throw error;
    }
  }

  async #show(lines: readonly Line[]): Promise<void> {
    const wanted = lines.filter((line) => isWanted(line, this.#parts.library.wish));
    if (wanted.length > 0) await this.#parts.show(wanted);
  }
}

const nothing = new Uint8Array(0);

/** Of a log that nobody writes now. */
const endOf = ({ log: { current } }: Source): Position =>
  current === null ? { file: null, offset: 0 } : { file: current.id, offset: current.bytes };
const everywhen = { since: null, until: null };

/** The daemon went, or is on its way out. */
const isBroken = (error: unknown): boolean =>
  error instanceof ConnectionFailure ||
  error instanceof Disconnected ||
  error instanceof BadReply ||
  error instanceof RemoteFault;

function wait(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      clearTimeout(timer);
      signal.removeEventListener("abort", done);
      resolve();
    };
    const timer = setTimeout(done, ms);
    signal.addEventListener("abort", done);
  });
}
