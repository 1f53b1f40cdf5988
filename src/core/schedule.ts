/**
 * When a schedule's moment has come, by a wall clock that people and time servers set. Pure: what time it is
 * and when the expression comes next are told.
 *
 * A moment that is reached late, because the clock was set forward or the machine slept, still counts for an
 * hour; of several, one. One that has come does not come again when the clock is set back a little.
 */
import type { Ms } from "./life.ts";

/** Wall-clock milliseconds since 1970. */
type Wall = number;

export interface Schedule {
  /** null: not known yet, or never. */
  readonly next: Wall | null;
  /** The last moment that came. */
  readonly last: Wall | null;
}

/** A moment that has come; `missed`: too long ago to be worth a run. */
export interface Occasion {
  readonly at: Wall;
  readonly missed: boolean;
}

export const unscheduled: Schedule = { next: null, last: null };

const lateMs = 3_600_000;
/** Set back by less than that, the clock makes no moment come twice. */
const setBackMs = 3 * 3_600_000;
/** How often the wall clock is looked at, at least, while a moment is waited for. */
const lookMs = 60_000;

export function look(
  { next, last }: Schedule,
  now: Wall,
  nextAfter: (after: Wall) => Wall | null,
): [Schedule, Occasion | null] {
  if (next !== null && now >= next)
    return [
      { next: nextAfter(now), last: next },
      { at: next, missed: now - next > lateMs },
    ];
  const known = last !== null && last - now < setBackMs ? last : null;
  return [{ next: nextAfter(known === null ? now : Math.max(now, known)), last: known }, null];
}

/** How long to wait until the next look; null = for ever. */
export const untilLook = ({ next }: Schedule, now: Wall): Ms | null =>
  next === null ? null : Math.max(1, Math.min(next - now, lookMs));
