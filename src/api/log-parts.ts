/**
 * POST /logs/parts, with a JSON array of `{log, file, name, from, length}`: the ends of many logs in one answer, of at most
 * 16 KB each. Frames as of `log-following.ts`, in the order asked for, with nothing where there is no such file any
 * more. They are read one after the other as the client takes them.
 */
import { once } from "node:events";
import { type Exchange, HttpError, readBody, stalledMs } from "./exchange.ts";

const mostParts = 1000;
const partBytes = 16 * 1024;

interface Wanted {
  readonly log: string;
  readonly file: string;
  readonly name: string;
  readonly from: number;
  readonly length: number;
}

export async function sendLogParts(exchange: Exchange): Promise<void> {
  const { server, response } = exchange;
  const all = asWanted(await readBody(exchange));
  const gone = new AbortController();
  response.once("close", () => gone.abort());
  if (response.destroyed) return;
  response.writeHead(200, {
    "Content-Type": "application/octet-stream",
    "X-Content-Type-Options": "nosniff",
    "Cache-Control": "no-store",
  });
  // Who takes nothing of it holds a connection for no longer than with any other answer.
  response.setTimeout(stalledMs, () => response.destroy());
  const find = server.daemon.logs.finder();
  try {
    for (const { log, file, name, from, length } of all) {
      if (gone.signal.aborted) return;
      const archive = find(log);
      const part = await archive?.read(file, name, from, Math.min(length, partBytes)).catch(() => null);
      const { bytes, size, marks } = part ?? nothing;
      const times = marks.map((mark) => [mark.offset, mark.from, mark.to]);
      const head = `${JSON.stringify({ found: part != null, length: bytes.length, size, marks: times })}\n`;
      if (!response.write(Buffer.concat([Buffer.from(head), bytes])))
        await once(response, "drain", { signal: gone.signal });
    }
    response.end();
  } catch (error) {
    if (!gone.signal.aborted) throw error;
  }
}

const nothing = { bytes: Buffer.alloc(0), size: 0, marks: [] };

function asWanted(body: Buffer): Wanted[] {
  try {
    const all: unknown = JSON.parse(body.toString());
    if (Array.isArray(all) && all.length <= mostParts && all.every(isWanted)) return all;
  } catch {
    // As for anything else that is no list of parts.
  }
  throw new HttpError(400, "The body is to be a JSON array of log, file, name, from and length");
}

function isWanted(value: unknown): value is Wanted {
  if (typeof value !== "object" || value === null) return false;
  const { log, file, name, from, length } = value as Record<string, unknown>;
  const isCount = (number: unknown): boolean => Number.isSafeInteger(number) && (number as number) >= 0;
  return [log, file, name].every((text) => typeof text === "string") && isCount(from) && isCount(length);
}
