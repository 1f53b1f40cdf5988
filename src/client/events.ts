/** The stream of /events: one connection to it, as entries. What is asked for and what comes is in docs/events.md. */
import { StringDecoder } from "node:string_decoder";
import type { Client } from "./client.ts";
import { BadReply } from "./failures.ts";

export interface EventsQuery {
  /** A serial number, or a time in ISO 8601; null = all that is remembered. */
  readonly since: string | null;
  /** Of which start of the daemon the serial number is. */
  readonly daemon: string | null;
  /** Only so many of the latest of what is there. */
  readonly last: number | null;
  readonly follow: boolean;
  readonly names: readonly string[];
  readonly types: readonly string[];
}

/** What it has depends on its type; nothing is relied on that is not here. */
export interface RemoteEvent {
  readonly type: string;
  /** null of what tells about the stream itself. */
  readonly serial: number | null;
  /** Milliseconds since 1970. */
  readonly at: number;
  readonly fields: Readonly<Record<string, unknown>>;
  /** The line as it came. */
  readonly json: string;
}

/** Longer than any that a daemon sends. */
const lineLimit = 1024 * 1024;
/** The daemon gives a sign of life every 15 seconds: after three that did not come it is gone, whatever TCP says. */
const silenceMs = 50_000;

/** Resolves when the daemon ends the stream, `signal` aborts, or nothing comes for too long. Throws as `Client.call` does. */
export async function readEvents(
  client: Client,
  query: EventsQuery,
  take: (event: RemoteEvent) => void | Promise<void>,
  signal: AbortSignal,
): Promise<void> {
  const silence = new AbortController();
  const timer = setTimeout(() => silence.abort(), silenceMs);
  const decoder = new StringDecoder("utf8");
  let rest = "";
  const data = async (chunk: Buffer): Promise<void> => {
    timer.refresh();
    const lines = (rest + decoder.write(chunk)).split("\n");
    rest = lines.pop() ?? "";
    if (rest.length > lineLimit) throw new BadReply("a line of the stream is longer than 1 MB");
    for (const line of lines) if (line.startsWith("data: ")) await take(asEvent(line.slice("data: ".length)));
  };
  try {
    await client.follow(pathOf(query), data, AbortSignal.any([signal, silence.signal]), {
      accept: "text/event-stream",
    });
  } finally {
    clearTimeout(timer);
  }
}

function pathOf({ since, daemon, last, follow, names, types }: EventsQuery): string {
  const query = new URLSearchParams({ follow: follow ? "1" : "0" });
  if (since !== null) query.set("since", since);
  if (daemon !== null) query.set("daemon", daemon);
  if (last !== null) query.set("last", String(last));
  if (names.length > 0) query.set("names", names.join(","));
  if (types.length > 0) query.set("types", types.join(","));
  return `/events?${query}`;
}

function asEvent(json: string): RemoteEvent {
  let fields: unknown;
  try {
    fields = JSON.parse(json);
  } catch {
    throw new BadReply("an event is not valid JSON");
  }
  if (typeof fields !== "object" || fields === null || Array.isArray(fields))
    throw new BadReply("an event is no object");
  const { type, serial, time } = fields as Readonly<Record<string, unknown>>;
  if (typeof type !== "string") throw new BadReply("an event has no type");
  return {
    type,
    serial: typeof serial === "number" ? serial : null,
    at: typeof time === "string" ? Date.parse(time) : Number.NaN,
    fields: fields as Readonly<Record<string, unknown>>,
    json,
  };
}
