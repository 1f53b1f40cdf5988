/**
 * GET /logtail/NAME[/CHANNEL] and /mainlogtail: the last kilobyte of a log, then all that is written, for
 * as long as the client stays. Pulled from the log at the client's pace, so a client that does not read
 * costs nothing but its connection.
 *
 * Bytes are passed on as they are, but a chunk never ends within a UTF-8 character: supervisorctl decodes
 * chunk by chunk and shows `Undecodable` for one that was cut.
 */
import { once } from "node:events";
import { unfinished } from "../core/bytes.ts";
import { Fault } from "../core/faults.ts";
import type { LogReader } from "./daemon.ts";
import { type Exchange, HttpError } from "./exchange.ts";
import { isMissing } from "./logs.ts";
import { findProcess } from "./names.ts";
import { endLine } from "./turns.ts";

const tailBytes = 1024;
/** Our own clients may ask for more, with `?tail=BYTES`. */
const longestTailBytes = 1024 * 1024;

/** Per server; each may hold a file open. */
export const streamLimit = 128;

export async function followProcessLog(exchange: Exchange): Promise<void> {
  const [, , name = "", channel = "stdout", ...more] = exchange.path.split("/");
  if ((channel !== "stdout" && channel !== "stderr") || more.length > 0) throw new HttpError(404);
  const { daemon } = exchange.server;
  // Tells nginx in front not to collect the answer before passing it on.
  exchange.response.setHeader("X-Accel-Buffering", "no");
  await follow(exchange, () => daemon.log(findProcess(daemon, name), channel));
}

export async function followMainLog(exchange: Exchange): Promise<void> {
  await follow(exchange, () => exchange.server.daemon.mainLog());
}

async function follow(exchange: Exchange, open: () => LogReader | null): Promise<void> {
  const { server, response } = exchange;
  const { reader, modifiedMs } = await openLog(open);
  if (server.streams >= streamLimit) throw new HttpError(503, `${streamLimit} logs are being followed already`);
  const gone = new AbortController();
  response.once("close", () => gone.abort());
  if (response.destroyed) return;
  server.streams++;
  try {
    endLine(exchange.request);
    response.writeHead(200, {
      "Last-Modified": new Date(modifiedMs).toUTCString(),
      "Content-Type": "text/plain;charset=utf-8",
      // Chromium shows nothing of a plain text until it has guessed from a kilobyte of it what it really is.
      "X-Content-Type-Options": "nosniff",
      "Cache-Control": "no-store",
      Connection: "close",
    });
    response.flushHeaders();
    for await (const chunk of wholeCharacters(reader.follow(tailOf(exchange), gone.signal))) {
      if (!response.write(chunk)) await once(response, "drain", { signal: gone.signal });
    }
    response.end();
  } catch (error) {
    if (!gone.signal.aborted) throw error;
  } finally {
    server.streams--;
    gone.abort();
  }
}

export function tailOf({ query }: Exchange): number {
  const asked = query.get("tail");
  return asked === null || !/^\d{1,9}$/.test(asked) ? tailBytes : Math.min(Number(asked), longestTailBytes);
}

/** No such process and no such file are the same to a client. */
async function openLog(open: () => LogReader | null): Promise<{ reader: LogReader; modifiedMs: number }> {
  try {
    const reader = open();
    if (reader === null) throw new HttpError(404);
    return { reader, modifiedMs: await reader.modified() };
  } catch (error) {
    throw error instanceof Fault || isMissing(error) ? new HttpError(404) : error;
  }
}

/** The same bytes, cut between characters: what is begun waits for the rest, and what the tail has cut is dropped. */
export async function* wholeCharacters(chunks: AsyncIterable<Buffer>): AsyncIterable<Buffer> {
  let begun: Buffer = Buffer.alloc(0);
  let first = true;
  for await (const chunk of chunks) {
    let bytes = begun.length === 0 ? chunk : Buffer.concat([begun, chunk]);
    if (first && bytes.length > 0) bytes = bytes.subarray(restOfCharacter(bytes));
    first = false;
    const end = bytes.length - unfinished(bytes);
    begun = Buffer.from(bytes.subarray(end));
    if (end > 0) yield bytes.subarray(0, end);
  }
  if (begun.length > 0) yield begun;
}

const isContinuation = (byte: number | undefined): boolean => byte !== undefined && (byte & 0xc0) === 0x80;

/** How many bytes at the start belong to a character that began before: at most three. */
function restOfCharacter(bytes: Buffer): number {
  let count = 0;
  while (count < 3 && isContinuation(bytes[count])) count++;
  return count;
}
