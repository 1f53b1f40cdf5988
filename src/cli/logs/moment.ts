/** Moments as people write them: `10m` (ago), `14:30`, `2026-11-22`, `2026-11-22T14:30:00Z`, `today`, `yesterday`. */
import { duration } from "../../config/duration.ts";

/** It is no moment. The message says what is. */
export class NoMoment extends Error {
  override readonly name = "NoMoment";
}

/** What may be written, for whoever wrote something else. */
export const momentForms = "10m, 2h, 14:30, 2026-11-22 or 2026-11-22T14:30:00Z";

const clock = /^(\d{1,2}):(\d\d)(?::(\d\d))?$/;
const calendar = /^\d{4}-\d\d-\d\d(?:[T ]\d\d:\d\d(?::\d\d(?:\.\d{1,9})?)?(?:Z|[+-]\d\d:?\d\d)?)?$/i;

/**
 * Milliseconds since 1970. What has no time zone is local time; a time of day that is still to come was yesterday's.
 * @param now the daemon's, in milliseconds since 1970
 * @throws NoMoment
 */
export function momentOf(text: string, now: number): number {
  const word = text.trim();
  const [, hours, minutes, seconds = "0"] = clock.exec(word) ?? [];
  if (hours !== undefined) return timeOfDay(Number(hours), Number(minutes), Number(seconds), text, now);
  if (calendar.test(word)) return fromCalendar(word, text);
  if (word === "now") return now;
  if (word === "today" || word === "yesterday") {
    const day = new Date(now);
    return new Date(day.getFullYear(), day.getMonth(), day.getDate() - (word === "today" ? 0 : 1)).getTime();
  }
  try {
    return now - duration(word);
  } catch {
    throw refused(text);
  }
}

function timeOfDay(hours: number, minutes: number, seconds: number, text: string, now: number): number {
  if (hours > 23 || minutes > 59 || seconds > 59) throw refused(text);
  const day = new Date(now);
  const on = (days: number): number =>
    new Date(day.getFullYear(), day.getMonth(), day.getDate() + days, hours, minutes, seconds).getTime();
  return on(0) <= now ? on(0) : on(-1);
}

function fromCalendar(word: string, text: string): number {
  // A date alone is UTC to the language; people mean their own midnight.
  const at = Date.parse(word.length === 10 ? `${word}T00:00:00` : word.replace(" ", "T"));
  if (Number.isNaN(at)) throw refused(text);
  return at;
}

const refused = (text: string): NoMoment => new NoMoment(`not a moment: ${JSON.stringify(text)}; write ${momentForms}`);
