/** Logs with all their files: what a daemon has of them, parts of files, and what is written from now on. */
import type { LogFileEntry, LogPart, Span } from "../core/log-archive.ts";
import type { Mark } from "../core/log-marks.ts";
import type { LineFormat } from "../core/program.ts";
import type { Client } from "./client.ts";
import { BadReply, ConnectionFailure, HttpFailure } from "./failures.ts";
import { FrameReader } from "./log-frames.ts";
import { list, number, perhaps, type Struct, struct, text } from "./replies.ts";

export interface RemoteLogUser {
  readonly group: string;
  readonly name: string;
  readonly program: string;
  readonly channel: "stdout" | "stderr";
}

export interface RemoteLog {
  readonly path: string;
  readonly users: readonly RemoteLogUser[];
  readonly format: LineFormat | "raw";
  /** Why there is nothing to read; null = there may be. */
  readonly missing: string | null;
  /** The file that is being written, as it was when it was asked. */
  readonly current: LogFileEntry | null;
  /** Whether there are files that it was rotated to. */
  readonly older: boolean;
}

/** A place in a log; `file` null: before there was any. */
export interface Position {
  readonly file: string | null;
  readonly offset: number;
}

export type LogNews =
  /** First of all: where each log begins; null = nobody writes it now. */
  | { readonly type: "begins"; readonly begins: readonly (Position | null)[] }
  | {
      readonly type: "bytes";
      readonly log: number;
      readonly file: string;
      readonly from: number;
      readonly bytes: Buffer;
      readonly marks: readonly Mark[];
    }
  | { readonly type: "skipped"; readonly log: number; readonly bytes: number }
  | { readonly type: "emptied"; readonly log: number }
  | { readonly type: "ended"; readonly log: number }
  /** There are other logs than before. */
  | { readonly type: "changed" };

/** `now`: the daemon's clock, milliseconds since 1970. */
export async function listLogs(client: Client): Promise<{ now: number; logs: RemoteLog[] }> {
  const answer = fromJson(await client.get("/logs"));
  return { now: number(answer, "now"), logs: list(answer.logs).map((log) => asLog(struct(log))) };
}

/** The oldest first. @param current only the one that is being written */
export async function listFiles(client: Client, path: string, span: Span, current = false): Promise<LogFileEntry[]> {
  const query = new URLSearchParams({ log: path });
  if (span.since !== null) query.set("since", String(span.since));
  if (span.until !== null) query.set("until", String(span.until));
  if (current) query.set("current", "1");
  const answer = await whileThere(() => client.get(`/logs/files?${query}`));
  return answer === null ? [] : list(fromJson(answer).files).map((file) => asFile(struct(file)));
}

/** null when the file is no longer there. */
export async function readPart(
  client: Client,
  path: string,
  file: LogFileEntry,
  from: number,
  length: number,
): Promise<LogPart | null> {
  const { id, name } = file;
  const query = new URLSearchParams({ log: path, file: id, name, from: String(from), length: String(length) });
  const answer = await whileThere(() => client.get(`/logs/part?${query}`));
  if (answer === null) return null;
  const end = answer.indexOf("\n");
  const head = fromJson(answer.subarray(0, end));
  return { size: number(head, "size"), marks: asMarks(head.marks), bytes: answer.subarray(end + 1) };
}

export interface WantedPart {
  readonly path: string;
  readonly file: LogFileEntry;
  readonly from: number;
  readonly length: number;
}

/** A daemon takes so many at a time. */
const mostParts = 500;
/** They are 8 MB at most, from files that have been looked at just now. */
const partsMs = 60_000;

/** The same of many, of at most 16 KB each, in few requests. */
export async function readParts(client: Client, wanted: readonly WantedPart[]): Promise<(LogPart | null)[]> {
  const parts: (LogPart | null)[] = [];
  for (let at = 0; at < wanted.length; at += mostParts) {
    const some = wanted.slice(at, at + mostParts);
    const frames = new FrameReader();
    const json = JSON.stringify(
      some.map(({ path, file, from, length }) => ({ log: path, file: file.id, name: file.name, from, length })),
    );
    const data = (chunk: Buffer): void => {
      for (const { head, bytes } of frames.push(chunk))
        parts.push(head.found === true ? { bytes, size: number(head, "size"), marks: asMarks(head.marks) } : null);
      if (parts.length > at + some.length) throw new BadReply("the answer is longer than it should be");
    };
    const late = AbortSignal.timeout(partsMs);
    await client.follow("/logs/parts", data, late, { json });
    if (late.aborted) throw new ConnectionFailure("ETIMEDOUT");
  }
  if (parts.length !== wanted.length) throw new BadReply("the answer is shorter than it should be");
  return parts;
}

/** Until `signal` aborts or the daemon ends it. `take` may take its time: nothing piles up meanwhile. */
export async function followLogs(
  client: Client,
  paths: readonly string[],
  take: (news: LogNews) => Promise<void>,
  signal: AbortSignal,
): Promise<void> {
  const frames = new FrameReader();
  const data = async (chunk: Buffer): Promise<void> => {
    for (const { head, bytes } of frames.push(chunk)) {
      if (signal.aborted) return;
      await take(asNews(head, bytes));
    }
  };
  await client.follow("/logs/follow", data, signal, { json: JSON.stringify(paths) });
}

const gone = 410;

async function whileThere<T>(ask: () => Promise<T>): Promise<T | null> {
  try {
    return await ask();
  } catch (error) {
    if (error instanceof HttpFailure && error.status === gone) return null;
    throw error;
  }
}

function asNews(head: Struct, bytes: Buffer): LogNews {
  if (head.begins !== undefined) return { type: "begins", begins: list(head.begins).map(asPlace) };
  if (head.changed === true) return { type: "changed" };
  const log = number(head, "log");
  if (head.ended === true) return { type: "ended", log };
  if (head.emptied === true) return { type: "emptied", log };
  if (head.skipped !== undefined) return { type: "skipped", log, bytes: number(head, "skipped") };
  return {
    type: "bytes",
    log,
    file: text(head, "file"),
    from: number(head, "from"),
    bytes,
    marks: asMarks(head.marks),
  };
}

function asPlace(value: unknown): Position | null {
  if (value === null) return null;
  const place = struct(value);
  return { file: perhaps(place.file, "string"), offset: number(place, "offset") };
}

function asLog(log: Struct): RemoteLog {
  const format = text(log, "format");
  return {
    path: text(log, "path"),
    users: list(log.users).map((value) => {
      const user = struct(value);
      const channel = text(user, "channel") === "stderr" ? "stderr" : "stdout";
      return { group: text(user, "group"), name: text(user, "name"), program: text(user, "program"), channel };
    }),
    format: format === "text" || format === "json" ? format : "raw",
    missing: perhaps(log.missing, "string"),
    current: log.current == null ? null : asFile(struct(log.current)),
    older: log.older === true,
  };
}

const asFile = (file: Struct): LogFileEntry => ({
  id: text(file, "id"),
  name: text(file, "name"),
  bytes: number(file, "bytes"),
  modifiedMs: number(file, "modifiedMs"),
  compressed: file.compressed === true,
  was: perhaps(file.was, "string"),
  from: perhaps(file.from, "number"),
  to: perhaps(file.to, "number"),
});

const asMarks = (value: unknown): Mark[] =>
  list(value).map((mark) => {
    const [offset = 0, from = 0, to = 0] = list(mark).map(Number);
    return { offset, from, to };
  });

function fromJson(bytes: Buffer): Struct {
  try {
    return struct(JSON.parse(bytes.toString()));
  } catch {
    throw new BadReply("the answer is not what it should be");
  }
}
