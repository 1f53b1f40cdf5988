/**
 * Follows the logs that the screen wants to see. What comes waits here as it is, bounded, until the next frame takes
 * its lines: of a program that writes megabytes a second only what that frame can show is ever made into text.
 */
import type { Client } from "../../client/client.ts";
import { HttpFailure } from "../../client/failures.ts";
import { logPath } from "../../client/log-path.ts";
import type { FreshLine, LogStream } from "../state/log.ts";
import type { LogWish } from "../state/wants.ts";
import { type Arrivals, Gathering } from "./gathering.ts";
import { LineReader } from "./line-reader.ts";
import { nameOfStream, timesOf } from "./log-times.ts";
import { trouble } from "./trouble.ts";

/** What there was before we came. */
const tailBytes = 128 * 1024;
const tailBytesOfMany = 4 * 1024;
const again = { afterMs: 1000, tailBytes: 4096 };
/** The tail comes at once. */
const tailMs = 50;
/** For one frame; the screen keeps more than what comes in three of them. */
const mostLines = 1500;
const mostGathered = 4500;

interface Followed {
  readonly stream: LogStream;
  readonly abort: AbortController;
  readonly reader: LineReader;
  /** What comes up to then was there before; null = nothing has come yet. */
  oldUntil: number | null;
}

/** In the order in which they came. */
interface Chunk {
  readonly from: Followed;
  readonly bytes: Buffer;
  readonly lines: number;
  readonly at: number;
}

export interface Taken {
  readonly key: string;
  readonly lines: readonly FreshLine[];
  /** Lines before these, which were too many. */
  readonly skipped: number;
}

export class LogStreams {
  readonly #client: Client;
  readonly #came: () => void;
  readonly #troubled: (key: string, text: string | null) => void;
  readonly #followed = new Map<string, Followed>();
  #key = "";
  #chunks: Chunk[] = [];
  #waiting = 0;
  #skipped = 0;
  #trouble: string | null = null;
  /** What was there before, until it can be put in order. */
  #gathering: Gathering | null = null;

  /** `came`: there are lines to take. */
  constructor(client: Client, came: () => void, troubled: (key: string, text: string | null) => void) {
    this.#client = client;
    this.#came = came;
    this.#troubled = troubled;
  }

  follow({ key, streams }: LogWish): void {
    if (key !== this.#key) {
      this.end();
      this.#key = key;
      this.#chunks = [];
      this.#waiting = 0;
      this.#skipped = 0;
      this.#trouble = null;
      if (streams.length > 1) this.#gathering = new Gathering(timesOf(this.#client, streams), Date.now(), this.#came);
    }
    const wanted = new Map(streams.map((stream) => [nameOfStream(stream), stream]));
    for (const [name, followed] of this.#followed)
      if (!wanted.has(name)) {
        followed.abort.abort();
        this.#followed.delete(name);
      }
    for (const [name, stream] of wanted) if (!this.#followed.has(name)) this.#begin(name, stream, wanted.size > 2);
  }

  /** What has come since the last time; null when nothing has. */
  take(now: number): Taken | null {
    const fresh = this.#fresh(now);
    const lines = this.#gathering === null ? fresh : this.#gathering.take(fresh, this.#arrivals(), now);
    if (lines === null) return null;
    this.#gathering = null;
    if (lines.length === 0) return null;
    const skipped = this.#skipped;
    this.#skipped = 0;
    return { key: this.#key, lines, skipped };
  }

  end(): void {
    for (const { abort } of this.#followed.values()) abort.abort();
    this.#followed.clear();
    this.#gathering?.end();
    this.#gathering = null;
  }

  #arrivals(): Arrivals {
    return new Map([...this.#followed].map(([name, { oldUntil }]) => [name, oldUntil]));
  }

  #fresh(now: number): FreshLine[] {
    const lines: FreshLine[] = [];
    for (const { from, bytes, at } of this.#chunks) {
      const { stream, oldUntil } = from;
      const seenAt = oldUntil !== null && at <= oldUntil ? 0 : at;
      const texts = from.reader.read(bytes, at);
      const first = Math.max(0, texts.length - mostLines);
      this.#skipped += first;
      for (let index = first; index < texts.length; index++)
        lines.push({ id: stream.id, channel: stream.channel, at: seenAt, text: texts[index] ?? "" });
    }
    for (const { stream, reader } of this.#followed.values()) {
      const text = reader.unfinished(now);
      if (text !== null) lines.push({ id: stream.id, channel: stream.channel, at: now, text });
    }
    this.#chunks = [];
    this.#waiting = 0;
    return lines;
  }

  #begin(name: string, stream: LogStream, isOneOfMany: boolean): void {
    const followed = { stream, abort: new AbortController(), reader: new LineReader(), oldUntil: null };
    this.#followed.set(name, followed);
    void this.#run(followed, isOneOfMany ? tailBytesOfMany : tailBytes);
  }

  async #run(followed: Followed, firstTail: number): Promise<void> {
    const { stream, abort, reader } = followed;
    const key = this.#key;
    for (let tail = firstTail; ; ) {
      const path = `${logPath(stream.id, stream.channel)}?tail=${tail}`;
      try {
        await this.#client.follow(path, async (chunk) => this.#took(followed, chunk), abort.signal);
      } catch (error) {
        const why = error instanceof HttpFailure && error.status === 404 ? "it has no log there" : trouble(error);
        if (!abort.signal.aborted) this.#tell(key, why);
      }
      if (abort.signal.aborted) return;
      await new Promise((resolve) => setTimeout(resolve, again.afterMs));
      if (abort.signal.aborted) return;
      if (followed.oldUntil !== null) {
        // Some of what is read now has been seen before.
        tail = again.tailBytes;
        reader.restart();
        this.#took(followed, Buffer.from("── followed again ──\n"));
        followed.oldUntil = null;
      }
    }
  }

  #took(from: Followed, bytes: Buffer): void {
    if (from.abort.signal.aborted) return;
    this.#tell(this.#key, null);
    const at = Date.now();
    from.oldUntil ??= at + tailMs;
    const lines = lineEnds(bytes);
    this.#chunks.push({ from, bytes, lines, at });
    this.#waiting += lines;
    // The tails of many are more than what comes at once later.
    const most = this.#gathering === null ? mostLines : mostGathered;
    while (this.#waiting - (this.#chunks[0]?.lines ?? 0) > most) this.#drop();
    this.#came();
  }

  #drop(): void {
    const dropped = this.#chunks.shift();
    if (dropped === undefined) return;
    this.#waiting -= dropped.lines;
    this.#skipped += dropped.lines;
    dropped.from.reader.skip();
  }

  #tell(key: string, text: string | null): void {
    if (text === this.#trouble) return;
    this.#trouble = text;
    this.#troubled(key, text);
  }
}

function lineEnds(bytes: Buffer): number {
  let count = 0;
  for (let at = bytes.indexOf(10); at !== -1; at = bytes.indexOf(10, at + 1)) count++;
  return count;
}
