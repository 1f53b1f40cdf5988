/** When a line was written, as far as that is known: by its own stamp, by the marks of its file, or by the file's own times. */
import { type Mark, markAt } from "./log-marks.ts";

/** Milliseconds since 1970. */
export interface When {
  /** The best there is to say; null = nothing but the bounds. */
  readonly at: number | null;
  /** Not before this, and not after that. */
  readonly from: number;
  readonly to: number;
}

/** What is known of a part of a file. */
export interface FileTimes {
  readonly marks: readonly Mark[];
  /** Nothing in the file is older, and nothing newer: when the file before it, and itself, was last written. */
  readonly after: number;
  readonly before: number;
  /** Bytes in the file. */
  readonly size: number;
}

export const exactly = (at: number): When => ({ at, from: at, to: at });

/** Of the byte at `offset`. */
export function whenWritten(offset: number, { marks, after, before, size }: FileTimes): When {
  const index = markAt(marks, offset);
  const mark = marks[index];
  if (mark === undefined) return { at: null, from: after, to: Math.max(after, marks[0]?.from ?? before) };
  const { from, to } = mark;
  const end = marks[index + 1]?.offset ?? Math.max(size, offset + 1);
  // Marks were put together, or it was a flood: as far along in time as in bytes.
  const at = from + (to - from) * Math.min(1, (offset - mark.offset) / Math.max(1, end - mark.offset));
  return { at: Math.round(at), from, to };
}

/** By which lines of several logs are put in order: what is of unknown time stands where its file ends. */
export const orderOf = ({ at, to }: When): number => at ?? to;

/** Whether it may have been written within this span. */
export const mayBeWithin = ({ from, to }: When, since: number | null, until: number | null): boolean =>
  (since === null || to >= since) && (until === null || from <= until);
