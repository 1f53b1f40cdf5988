/**
 * When the lines were written that were there before we came. The daemon knows that of the ends of its files, and beside
 * those the tails of several logs are laid that came without it; so that they stand in the order of time. What cannot
 * be found there stays with the lines around it.
 */
import type { Client } from "../../client/client.ts";
import { listLogs, type RemoteLog, readParts, type WantedPart } from "../../client/logs.ts";
import type { LogPart } from "../../core/log-archive.ts";
import { orderOf, whenWritten } from "../../core/log-when.ts";
import type { FreshLine, LogStream } from "../state/log.ts";

export interface TimedLine {
  readonly text: string;
  /** Milliseconds since 1970, this machine's clock; 0 = not known, but for its place among others. */
  readonly at: number;
  readonly order: number;
}

/** By process and channel, as `nameOfStream` has it. */
export type LogTimes = ReadonlyMap<string, readonly TimedLine[]>;

export const nameOfStream = ({ id, channel }: LogStream): string => `${id} ${channel}`;

/** A daemon hands out no more at once. */
const endBytes = 16 * 1024;
const endBytesOfMany = 8 * 1024;
const many = 8;
const NEWLINE = 0x0a;

/** Throws as `Client.get` does; of an older daemon, for one. */
export async function timesOf(client: Client, streams: readonly LogStream[]): Promise<LogTimes> {
  const names = new Set(streams.map(nameOfStream));
  const { now, logs } = await listLogs(client);
  const clocksApart = Date.now() - now;
  const length = streams.length > many ? endBytesOfMany : endBytes;
  const wanted = logs.flatMap((log) => {
    const users = log.users
      .map(({ group, name, channel }) => `${group}:${name} ${channel}`)
      .filter((name) => names.has(name));
    const { current, path } = log;
    if (users.length === 0 || log.missing !== null || current === null || current.bytes === 0) return [];
    const from = Math.max(0, current.bytes - length);
    return [{ log, users, part: { path, file: current, from, length: current.bytes - from } }];
  });
  const parts = await readParts(
    client,
    wanted.map(({ part }) => part),
  );
  const times = new Map<string, readonly TimedLine[]>();
  for (const [index, { log, users, part }] of wanted.entries()) {
    const lines = timed(log, part, parts[index] ?? null, clocksApart);
    for (const user of users) times.set(user, lines);
  }
  return times;
}

/** Its whole lines. */
function timed(
  { format }: RemoteLog,
  { file, from }: WantedPart,
  part: LogPart | null,
  clocksApart: number,
): TimedLine[] {
  if (part === null) return [];
  const { bytes, marks, size } = part;
  const times = { marks, size, after: 0, before: file.modifiedMs };
  const lines: TimedLine[] = [];
  let begin = from === 0 ? 0 : bytes.indexOf(NEWLINE) + 1;
  for (let end = bytes.indexOf(NEWLINE, begin); end !== -1; end = bytes.indexOf(NEWLINE, begin)) {
    const text = bytes.toString("utf8", begin, end);
    const stamp = format === "raw" ? Number.NaN : Date.parse(/^(?:\{"time":")?(\S{20,24}Z)/.exec(text)?.[1] ?? "");
    const when = whenWritten(from + end, times);
    const at = Number.isNaN(stamp) ? when.at : stamp;
    lines.push({ text, at: at === null ? 0 : at + clocksApart, order: (at ?? orderOf(when)) + clocksApart });
    begin = end + 1;
  }
  return lines;
}

/** So many lines may have come between the tail and the end that it is laid beside. */
const farthest = 200;

/** Lines of several logs, each in its order, in that of time. Those that are not old have come when they say. */
export function inTimeOrder(lines: readonly FreshLine[], times: LogTimes): readonly FreshLine[] {
  const placed: { readonly line: FreshLine; readonly order: number }[] = [];
  for (const [name, own] of Map.groupBy(lines, nameOfStream)) placed.push(...beside(own, times.get(name) ?? []));
  // Stable: lines of the same moment stay as they are.
  return placed.sort((a, b) => a.order - b.order).map(({ line }) => line);
}

/** From the end on, as both are ends of the same file. */
function beside(lines: readonly FreshLine[], known: readonly TimedLine[]) {
  const found: (TimedLine | null)[] = new Array(lines.length).fill(null);
  let bound = known.length - 1;
  for (let at = lines.length - 1; at >= 0; at--) {
    const line = lines[at] as FreshLine;
    if (line.at !== 0) continue;
    for (let index = bound; index >= 0 && index > bound - farthest; index--)
      if (known[index]?.text === line.text) {
        found[at] = known[index] ?? null;
        bound = index - 1;
        break;
      }
  }
  let order = 0;
  return lines.map((line, at) => {
    const own = found[at] ?? null;
    order = Math.max(order, own?.order ?? line.at);
    return { line: own === null ? line : { ...line, at: own.at }, order };
  });
}
