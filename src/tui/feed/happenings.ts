/**
 * Reads the daemon's feed for as long as the screen is there: what it remembers, then what happens. The end of a
 * connection or of the daemon is survived: it goes on behind the last entry that was seen. A daemon that has no feed, or
 * not for us, is not asked again until it is another one.
 */
import type { Client } from "../../client/client.ts";
import { type EventsQuery, type RemoteEvent, readEvents } from "../../client/events.ts";
import { HttpFailure } from "../../client/failures.ts";
import { asTold, type Told } from "../state/happenings.ts";
import { type Feed, toldKept } from "../state/timeline.ts";

/** Between two tries to reach a daemon that is gone. */
const shortestPauseMs = 250;
const longestPauseMs = 4000;
/** What comes together is told together. */
const gatherMs = 50;

/** A child is no news beside STARTING and RUNNING. */
const everything: EventsQuery = {
  since: null,
  daemon: null,
  last: toldKept,
  follow: true,
  names: [],
  types: ["!spawned"],
};

export interface HappeningsTaker {
  readonly told: (told: readonly Told[]) => void;
  readonly feed: (feed: Feed) => void;
}

export class Happenings {
  readonly #client: Client;
  readonly #taker: HappeningsTaker;
  readonly #abort = new AbortController();
  /** Which start of the daemon the last stream was of, and the last number seen of it. */
  #daemon: string | null = null;
  #serial: number | null = null;
  #gathered: Told[] = [];
  #timer: NodeJS.Timeout | null = null;
  #pauseMs = shortestPauseMs;
  #isReading = false;

  constructor(client: Client, taker: HappeningsTaker) {
    this.#client = client;
    this.#taker = taker;
  }

  /** Also again, when there is another daemon; nothing while it is read already. */
  begin(): void {
    if (!this.#isReading && !this.#abort.signal.aborted) void this.#read();
  }

  end(): void {
    this.#abort.abort();
    clearTimeout(this.#timer ?? undefined);
  }

  async #read(): Promise<void> {
    const { signal } = this.#abort;
    this.#isReading = true;
    while (!signal.aborted) {
      try {
        await readEvents(this.#client, this.#query(), (event) => this.#take(event), signal);
      } catch (error) {
        if (isForGood(error)) {
          this.#isReading = false;
          if (!signal.aborted) this.#taker.feed("none");
          return;
        }
      }
      if (signal.aborted) return;
      this.#taker.feed("lost");
      await new Promise((resolve) => setTimeout(resolve, this.#pauseMs).unref());
      this.#pauseMs = Math.min(2 * this.#pauseMs, longestPauseMs);
    }
  }

  #query(): EventsQuery {
    if (this.#daemon === null || this.#serial === null) return everything;
    return { ...everything, since: String(this.#serial), daemon: this.#daemon, last: null };
  }

  #take(event: RemoteEvent): void {
    if (event.type === "stream") {
      this.#daemon = String(event.fields.daemon);
      this.#pauseMs = shortestPauseMs;
      this.#taker.feed("live");
    }
    if (event.serial !== null) this.#serial = event.serial;
    const told = asTold(event.fields);
    if (told === null) return;
    this.#gathered.push(told);
    this.#timer ??= setTimeout(() => this.#hand(), gatherMs);
  }

  #hand(): void {
    this.#timer = null;
    const told = this.#gathered;
    this.#gathered = [];
    this.#taker.told(told);
  }
}

/** It says that there is nothing there, that it does not understand, or that we may not read it. */
const isForGood = (error: unknown): boolean =>
  error instanceof HttpFailure && error.status >= 400 && error.status < 500;
