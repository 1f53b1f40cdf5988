/**
 * GET /live and /live/log: what the live page shows, pushed as server-sent events (the WHATWG's HTML standard, "Server-
 * sent events"). Each message is one line of JSON. A page has one connection for everything and one for the logs it
 * shows, for a browser has no more than six to a server, whatever number of pages it has open.
 *
 *   /live                                           the overview: see `picture.ts`
 *   /live/log?process=NAME&process=…&tail=BYTES     `{"id", "channel", "text"}`: what these processes have written and
 *                                                   write, both channels, as the bytes come; `trouble` instead of
 *                                                   `text` where there is no log
 */
import { once } from "node:events";
import type { ServerResponse } from "node:http";
import { Fault } from "../../core/faults.ts";
import type { Channel, LogReader, ProcessName } from "../daemon.ts";
import { type Exchange, HttpError } from "../exchange.ts";
import { streamLimit, tailOf, wholeCharacters } from "../logtail.ts";
import { findProcess } from "../names.ts";
import { endLine } from "../turns.ts";
import { type Tell, teller } from "./teller.ts";
import { viewersOf } from "./viewers.ts";

/** GET /live. */
export async function streamOverview(exchange: Exchange): Promise<void> {
  const { server, response, visitor } = exchange;
  const viewers = viewersOf(server.daemon);
  if (viewers.full) throw new HttpError(503, "Too many are looking already");
  if (response.destroyed) return;
  begin(response);
  response.write(`data: ${JSON.stringify({ type: "welcome", control: visitor.may("control") })}\n\n`);
  viewers.add(response, server.budget);
  await once(response, "close");
}

/** Of one request: each may follow two files. */
const processLimit = 32;

interface Source {
  readonly name: ProcessName;
  readonly channel: Channel;
  readonly reader: LogReader;
}

/** GET /live/log. */
export async function streamLogs(exchange: Exchange): Promise<void> {
  const { server, response, query } = exchange;
  const names = query.getAll("process");
  if (names.length === 0 || names.length > processLimit)
    throw new HttpError(400, `Name one process, at most ${processLimit}`);
  const sources = names.flatMap((name) => sourcesOf(exchange, name));
  if (server.streams + sources.length > streamLimit)
    throw new HttpError(503, `${server.streams} logs are being followed already`);
  if (response.destroyed) return;
  const gone = new AbortController();
  response.once("close", () => gone.abort());
  server.streams += sources.length;
  begin(response);
  const tell = teller(response, gone.signal);
  try {
    await tell(() => ({ type: "welcome" }));
    await Promise.all(sources.map((source) => follow(source, tailOf(exchange), tell, gone.signal)));
    // A log that has ended is one of a process that has left: the page asks again, and learns what there is now.
    if (sources.length > 0) response.end();
    else await once(response, "close");
  } catch (error) {
    if (!gone.signal.aborted) throw error;
  } finally {
    server.streams -= sources.length;
    gone.abort();
  }
}

function sourcesOf({ server: { daemon } }: Exchange, text: string): Source[] {
  try {
    const name = findProcess(daemon, text);
    return (["stdout", "stderr"] as const).flatMap((channel) => {
      const reader = daemon.log(name, channel);
      return reader === null ? [] : [{ name, channel, reader }];
    });
  } catch (error) {
    throw error instanceof Fault ? new HttpError(404) : error;
  }
}

async function follow({ name, channel, reader }: Source, tailBytes: number, tell: Tell, signal: AbortSignal) {
  const id = `${name.group}:${name.name}`;
  try {
    for await (const chunk of wholeCharacters(reader.follow(tailBytes, signal)))
      await tell(() => ({ id, channel, text: chunk.toString() }));
  } catch (error) {
    if (signal.aborted) throw error;
    await tell(() => ({ id, channel, trouble: error instanceof Error ? error.message : String(error) }));
  }
}

function begin(response: ServerResponse): void {
  endLine(response.req);
  response.writeHead(200, {
    "Content-Type": "text/event-stream;charset=utf-8",
    "X-Content-Type-Options": "nosniff",
    "Cache-Control": "no-store",
    // Tells nginx in front not to collect the answer before passing it on.
    "X-Accel-Buffering": "no",
    Connection: "close",
  });
  response.flushHeaders();
}
