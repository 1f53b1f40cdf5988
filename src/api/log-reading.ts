/**
 * Logs with all their files, for readers who put lines together themselves (`spacectl logs`): the daemon only hands out
 * bytes, with their places and times. Nothing is kept from one request to the next, and no answer is longer than 256 KB.
 *
 * GET /logs: what there is; where a process keeps no log, why.
 * GET /logs/files?log=PATH[&since=MS][&until=MS][&current=1]: the files of one log, the oldest first.
 * GET /logs/part?log=PATH&file=ID&name=NAME&from=OFFSET&length=BYTES: a line of JSON, then bytes as they are on disk.
 */
import type { LogArchive } from "../core/log-archive.ts";
import type { StockedPlace } from "./daemon.ts";
import { type Exchange, HttpError, send, takeRoom } from "./exchange.ts";

/** Most bytes of a part. */
const partBytes = 256 * 1024;

export async function sendLogs(exchange: Exchange): Promise<void> {
  const places = await exchange.server.daemon.logs.stock();
  if (exchange.response.destroyed) return;
  const json = `{"now":${Date.now()},"logs":${textOf(places)}}`;
  takeRoom(exchange, json.length);
  send(exchange, 200, "application/json", json, noStore);
}

export async function sendLogFiles(exchange: Exchange): Promise<void> {
  const { query } = exchange;
  const span = { since: moment(query.get("since")), until: moment(query.get("until")) };
  const archive = archiveOf(exchange);
  sendJson(exchange, { files: await readable(exchange, () => archive.files(span, query.get("current") === "1")) });
}

export async function sendLogPart(exchange: Exchange): Promise<void> {
  const { query, response } = exchange;
  const archive = archiveOf(exchange);
  const offset = count(query.get("from"));
  const length = Math.min(count(query.get("length")), partBytes);
  takeRoom(exchange, length);
  if (response.destroyed) return;
  const part = await readable(exchange, () =>
    archive.read(query.get("file") ?? "", query.get("name") ?? "", offset, length),
  );
  // Not 404, which is what a daemon answers that does not know this address.
  if (part === null) throw new HttpError(410, "There is no such file any more");
  const { bytes, size, marks } = part;
  const head = Buffer.from(
    `${JSON.stringify({ size, marks: marks.map(({ offset: at, from, to }) => [at, from, to]) })}\n`,
  );
  send(exchange, 200, "application/octet-stream", [head, bytes], noStore);
}

const noStore = { "Cache-Control": "no-store", "X-Content-Type-Options": "nosniff" };

function sendJson(exchange: Exchange, value: unknown): void {
  send(exchange, 200, "application/json", JSON.stringify(value), noStore);
}

/** Those who ask at the same time are told the same. */
const texts = new WeakMap<readonly StockedPlace[], string>();

function textOf(places: readonly StockedPlace[]): string {
  const known = texts.get(places);
  if (known !== undefined) return known;
  const text = JSON.stringify(places.map(({ archive: _, ...place }) => place));
  texts.set(places, text);
  return text;
}

/** Only logs of processes are ever read, whatever a client asks for. */
function archiveOf({ server, query }: Exchange): LogArchive {
  const archive = server.daemon.logs.finder()(query.get("log") ?? "");
  if (archive === null) throw new HttpError(410, "There is no such log any more");
  return archive;
}

function moment(text: string | null): number | null {
  if (text === null) return null;
  const ms = Number(text);
  if (!Number.isFinite(ms)) throw new HttpError(400);
  return ms;
}

function count(text: string | null): number {
  if (text === null || !/^\d{1,15}$/.test(text)) throw new HttpError(400);
  return Number(text);
}

/** What the system says against reading is told: the daemon may not read every file that it may write. */
async function readable<T>({ response }: Exchange, read: () => Promise<T>): Promise<T> {
  try {
    return await read();
  } catch (error) {
    const { name, code } = error as NodeJS.ErrnoException;
    const isLate = name === "TookTooLong";
    if (code === undefined && !isLate) throw error;
    const why = isLate ? "the disk does not answer" : code === "EACCES" ? "the daemon may not read it" : String(code);
    // Also in the first line of the answer, which is all that our own client reads of a refusal.
    response.statusMessage = why;
    throw new HttpError(isLate ? 503 : 409, why);
  }
}
