/** A line of a log, with all that is known of it, and which lines are wanted. */
import type { Position } from "../../client/logs.ts";
import { visible } from "../../core/log-stamp.ts";
import { exactly, mayBeWithin, orderOf, type When } from "../../core/log-when.ts";
import { harmless } from "../../core/terminal-text.ts";
import type { Channel, Source } from "./source.ts";
import { unstamp } from "./unstamp.ts";

export interface Line {
  readonly source: Source;
  readonly when: When;
  /** Of lines of one source it never falls. */
  order: number;
  /** As it stands in the file, without what stamps it. */
  readonly bytes: Uint8Array;
  /** null: not known. */
  readonly process: string | null;
  readonly channel: Channel | null;
  /** Where the next one begins, of lines that were read from files. */
  place?: Position;
}

export interface Wish {
  readonly since: number | null;
  readonly until: number | null;
  readonly channel: Channel | null;
  readonly pattern: RegExp | null;
  /** Lines of unknown time are no lines since then. */
  readonly sure?: true;
}

/** @param when as far as the file tells; a stamp says more */
export function lineOf(source: Source, bytes: Uint8Array, when: When): Line {
  const { format } = source.log;
  const stamped = format === "raw" ? null : unstamp(visible(bytes), format);
  if (stamped === null)
    return {
      source,
      when,
      order: orderOf(when),
      bytes,
      process: source.process?.name ?? null,
      channel: source.channel,
    };
  const { at, process, stream, message } = stamped;
  return { source, when: exactly(at), order: at, bytes: Buffer.from(message), process, channel: stream };
}

export function isWanted(line: Line, { since, until, channel, pattern, sure }: Wish): boolean {
  if (sure === true && (line.when.at === null || line.when.at < (since ?? 0))) return false;
  const { wanted } = line.source;
  if (wanted !== null && line.process !== null && !wanted.some(({ name }) => name === line.process)) return false;
  if (channel !== null && line.channel !== null && line.channel !== channel) return false;
  return mayBeWithin(line.when, since, until) && (pattern === null || pattern.test(textOf(line)));
}

/** Without colours, and whatever else is no text. */
const textOf = ({ bytes }: Line): string => harmless(visible(bytes), false);
