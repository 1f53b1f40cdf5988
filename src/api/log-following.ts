/**
 * POST /logs/follow, with a JSON array of paths: all that is written to these logs from now on, over one connection.
 *
 * The answer is frames: a line of JSON, then as many bytes as it says. The first tells where each log begins, and that
 * is the place up to which a client has to read the history to miss nothing and see nothing twice. One piece at a time is
 * read and sent, the logs taking turns, so a client that does not read costs 64 KB however many logs it follows.
 */
import { once } from "node:events";
import type { LogArchive, LogFollowing, LogPiece } from "../core/log-archive.ts";
import { type Exchange, HttpError, readBody } from "./exchange.ts";
import { streamLimit } from "./logtail.ts";
import { endLine } from "./turns.ts";

const mostLogs = 10_000;
/** Of all who follow on a server: each log takes some 3 KB for each of them. */
const mostFollowed = 20_000;
/** A disk that takes longer for a piece hangs. */
const readMs = 10_000;

interface Followed {
  readonly log: number;
  readonly following: LogFollowing;
}

export async function followLogs(exchange: Exchange): Promise<void> {
  const { server, response } = exchange;
  const paths = asPaths(await readBody(exchange));
  if (server.streams >= streamLimit) throw new HttpError(503, `${streamLimit} logs are being followed already`);
  const gone = new AbortController();
  response.once("close", () => gone.abort());
  if (response.destroyed) return;
  if (server.followed + paths.length > mostFollowed)
    throw new HttpError(503, `${server.followed} logs are being followed already`);
  server.streams++;
  // Those that are not there count until that is known.
  let counted = paths.length;
  server.followed += counted;
  const followed: Followed[] = [];
  try {
    // Before anything is looked at: what changes afterwards is told.
    const changed = server.daemon.logs.changed(gone.signal);
    const find = server.daemon.logs.finder();
    const begins = await Promise.all(
      paths.map(async (path, log) => {
        const following = await joined(find(path));
        if (following !== null) followed.push({ log, following });
        return following?.begin ?? null;
      }),
    );
    server.followed -= counted - followed.length;
    counted = followed.length;
    if (gone.signal.aborted) return;
    endLine(exchange.request);
    response.writeHead(200, {
      "Content-Type": "application/octet-stream",
      "X-Content-Type-Options": "nosniff",
      "X-Accel-Buffering": "no",
      "Cache-Control": "no-store",
      Connection: "close",
    });
    response.write(frame({ begins, now: Date.now() }));
    await new Pump(exchange, gone.signal).run(followed, changed);
    response.end();
  } catch (error) {
    if (!gone.signal.aborted) throw error;
  } finally {
    for (const { following } of followed) following.close();
    server.streams--;
    server.followed -= counted;
    gone.abort();
  }
}

/** null also for a log whose disk does not answer, which must not keep the others waiting. */
async function joined(archive: LogArchive | null): Promise<LogFollowing | null> {
  if (archive === null) return null;
  const following = archive.follow();
  try {
    return await inTime(following);
  } catch {
    following.then((late) => late?.close()).catch(() => {});
    return null;
  }
}

/** Sends what comes, until the client is gone. */
class Pump {
  readonly #exchange: Exchange;
  readonly #signal: AbortSignal;
  /** Those with something to take, in turn. */
  readonly #due: Followed[] = [];
  #wake: (() => void) | null = null;
  #changed = false;

  constructor(exchange: Exchange, signal: AbortSignal) {
    this.#exchange = exchange;
    this.#signal = signal;
    signal.addEventListener("abort", () => this.#wake?.(), { once: true });
  }

  async run(followed: readonly Followed[], changed: Promise<void>): Promise<void> {
    this.#watch(changed);
    this.#due.push(...followed);
    while (!this.#signal.aborted) {
      if (this.#changed) await this.#tellChange();
      const next = this.#due.shift();
      if (next !== undefined) await this.#serve(next);
      else await this.#sleep();
    }
  }

  #watch(changed: Promise<void>): void {
    void changed.then(() => {
      this.#changed = true;
      this.#wake?.();
    });
  }

  /** Which logs there are: the client looks again. */
  async #tellChange(): Promise<void> {
    this.#changed = false;
    this.#watch(this.#exchange.server.daemon.logs.changed(this.#signal));
    await this.#send({ changed: true });
  }

  async #serve(followed: Followed): Promise<void> {
    const { log, following } = followed;
    const taken = following.take();
    if (taken !== null) {
      const piece = await inTime(taken);
      await this.#send(...described(log, piece));
      this.#due.push(followed);
    } else if (following.ended) await this.#send({ log, ended: true });
    else
      void following.ready(this.#signal).then(() => {
        this.#due.push(followed);
        this.#wake?.();
      });
  }

  async #send(head: object, bytes?: Buffer): Promise<void> {
    const { response } = this.#exchange;
    if (bytes?.length === 0) return;
    // In one piece: a corked response says that it is full and never that it has room again.
    const whole = bytes === undefined ? frame(head) : Buffer.concat([Buffer.from(frame(head)), bytes]);
    if (!response.write(whole) && !response.destroyed) await once(response, "drain", { signal: this.#signal });
  }

  #sleep(): Promise<void> {
    return new Promise((wake) => {
      if (this.#signal.aborted || this.#changed || this.#due.length > 0) return wake();
      this.#wake = wake;
    });
  }
}

function described(log: number, piece: LogPiece): [head: object, bytes?: Buffer] {
  if (piece.type === "skipped") return [{ log, skipped: piece.bytes }];
  if (piece.type === "emptied") return [{ log, emptied: true }];
  const { file, from, bytes, marks } = piece;
  return [
    { log, file, from, length: bytes.length, marks: marks.map((mark) => [mark.offset, mark.from, mark.to]) },
    bytes,
  ];
}

const frame = (head: object): string => `${JSON.stringify(head)}\n`;

function asPaths(body: Buffer): string[] {
  try {
    const paths: unknown = JSON.parse(body.toString());
    // Each once: who follows a log a thousand times makes it slow for those who write it.
    if (Array.isArray(paths) && paths.length <= mostLogs && new Set(paths).size === paths.length)
      if (paths.every((path) => typeof path === "string")) return paths;
  } catch {
    // As for anything else that is no list of paths.
  }
  throw new HttpError(400, "The body is to be a JSON array of paths of logs, each once");
}

async function inTime<T>(work: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error("the disk of a log does not answer")), readMs);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}
