/**
 * GET /events: what happens in the daemon, from the past that it remembers into the future, as server-sent events or
 * as lines of JSON. Each client has a place in the one feed and takes from it at its own pace; one that is too slow
 * is told how many it has missed, and holds up nobody. See docs/events.md.
 */
import { once } from "node:events";
import { setImmediate as turn } from "node:timers/promises";
import { batchSize, beginning, isWanted, readQuery, type Wanted } from "./events-query.ts";
import { type Exchange, HttpError } from "./exchange.ts";
import type { Entry, Feed } from "./feed.ts";
import { endLine } from "./turns.ts";

/** Per server. */
const streamLimit = 64;
/** A sign of life on server-sent events, which also finds out that somebody has gone. */
const signOfLifeMs = 15_000;
/** What a browser waits before it comes again. */
const retryMs = 2000;

/** How entries are written. */
interface Form {
  readonly contentType: string;
  readonly prelude: string;
  write(json: string, serial: number | null): string;
  readonly signOfLife: string | null;
}

const serverSentEvents: Form = {
  contentType: "text/event-stream; charset=utf-8",
  prelude: `retry: ${retryMs}\n`,
  write: (json, serial) => `${serial === null ? "" : `id: ${serial}\n`}data: ${json}\n\n`,
  signOfLife: ":\n\n",
};

const lines: Form = {
  contentType: "application/x-ndjson",
  prelude: "",
  write: (json) => `${json}\n`,
  signOfLife: null,
};

export async function sendEvents(exchange: Exchange): Promise<void> {
  const { server, request, response } = exchange;
  const { daemon } = server;
  const live = /\btext\/event-stream\b/i.test(request.headers.accept ?? "");
  const wanted = readQuery(exchange.query, request.headers["last-event-id"], live);
  if (server.eventStreams >= streamLimit) throw new HttpError(503, `${streamLimit} clients look on already`);
  const gone = new AbortController();
  response.once("close", () => gone.abort());
  if (response.destroyed) return;
  const form = live ? serverSentEvents : lines;
  server.eventStreams++;
  const timer =
    form.signOfLife === null || !wanted.follow ? null : setInterval(() => beat(exchange, form), signOfLifeMs);
  try {
    if (wanted.follow) endLine(request);
    response.writeHead(200, {
      "Content-Type": form.contentType,
      "X-Content-Type-Options": "nosniff",
      "Cache-Control": "no-store",
      // Tells nginx in front not to collect the answer before passing it on.
      "X-Accel-Buffering": "no",
      ...(wanted.follow ? { Connection: "close" } : {}),
    });
    const head = {
      time: new Date().toISOString(),
      type: "stream",
      daemon: daemon.feed.id,
      pid: daemon.pid,
      ...extent(exchange),
    };
    response.write(form.prelude + form.write(JSON.stringify(head), null));
    await pass(exchange, wanted, form, gone.signal);
    response.end();
  } catch (error) {
    if (!gone.signal.aborted) throw error;
  } finally {
    if (timer !== null) clearInterval(timer);
    server.eventStreams--;
  }
}

const extent = ({ server: { daemon } }: Exchange) => ({ oldest: daemon.feed.oldest, latest: daemon.feed.latest });

/** Whoever has not taken what it was sent needs no sign of life. */
function beat({ response }: Exchange, { signOfLife }: Form): void {
  if (!response.writableNeedDrain && signOfLife !== null) response.write(signOfLife);
}

/** Passes on what is wanted until the client goes, or, when it does not follow, until all that is there has been told. */
async function pass({ server, response }: Exchange, wanted: Wanted, form: Form, gone: AbortSignal): Promise<void> {
  const { feed } = server.daemon;
  const end = feed.latest;
  let place = await beginning(feed, wanted);
  while (!gone.aborted) {
    const entries = feed.after(place, batchSize);
    const last = entries.at(-1);
    if (last === undefined) {
      if (!wanted.follow || feed.over) return;
      await news(feed, gone);
      continue;
    }
    const missed = feed.oldest - 1 - place;
    place = last.serial;
    const told = entries.filter((entry) => isWanted(entry, wanted));
    const text = (missed > 0 ? form.write(missedEntry(missed), null) : "") + written(told, form);
    if (text !== "" && !response.write(text)) await once(response, "drain", { signal: gone });
    if (!wanted.follow && last.serial >= end) return;
    if (place < feed.latest) await turn();
  }
}

/** Resolves when there is something new, or the client has gone. */
async function news(feed: Feed, gone: AbortSignal): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const look = () => resolve();
  const stop = feed.watch(look);
  gone.addEventListener("abort", look, { once: true });
  await promise;
  stop();
  gone.removeEventListener("abort", look);
}

const missedEntry = (count: number): string =>
  JSON.stringify({ time: new Date().toISOString(), type: "missed", count });

const written = (entries: readonly Entry[], form: Form): string =>
  entries.map(({ json, serial }) => form.write(json, serial)).join("");
