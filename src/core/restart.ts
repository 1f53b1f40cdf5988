/**
 * How long a program waits before it is started again, and when it is given up. Pure; what has to be
 * random (so that many do not come back in the same moment) is made from the policy's `salt`.
 *
 * Without keys of ours the delays are supervisord's: none after a life, 1, 2, 3 … seconds between
 * failed starts.
 */
import type { RestartSettings } from "./care.ts";
import type { Ms } from "./life.ts";
import { duration } from "./quantity.ts";

/** What of earlier lives decides the next start. */
export interface Past {
  /** Restarts in a row after short lives. */
  readonly streak: number;
  /** When it ended unexpectedly, oldest first; only as many as `crashloop` looks at. */
  readonly crashes: readonly Ms[];
}

export const calm: Past = { streak: 0, crashes: [] };

/** How many lives of less than a second in a row are restarted at once. */
const burst = 5;
const secondMs = 1000;
/** Who lived that long was all right: the next delay is the first again. */
const stableMs = 10_000;

/** Nothing is asked for beyond what the reference does, which needs no words. */
export const isReferences = ({ delayMs, backoff, crashloop, retryAfterMs }: RestartSettings): boolean =>
  delayMs === null && backoff === "linear" && crashloop === null && retryAfterMs === null;

/** The wait before try `tries + 1` of a start, after `tries` failed ones. */
export function retryDelay(tries: number, restart: RestartSettings, salt: number): Ms {
  if (restart.delayMs === null && restart.backoff === "linear") return tries * secondMs;
  return delay(tries, restart, salt);
}

/**
 * Whether a life was too short for the restarts before it to be forgotten. A worker that ends as expected
 * after every few messages does not wait longer and longer.
 */
export const isShort = (livedMs: Ms, expected: boolean, restart: RestartSettings): boolean =>
  isPlain(restart) ? livedMs < secondMs : !expected && livedMs < stableMs;

/**
 * The wait before a program that lived is started again. Without keys of ours: none, but one that keeps
 * dying within its first second (possible only with startsecs below 1) is slowed to one start a second
 * after a few, the reference's own pace, so that a crash loop cannot eat the machine.
 */
export function restartDelay(streak: number, livedMs: Ms, restart: RestartSettings, salt: number): Ms {
  if (isPlain(restart)) return streak > burst ? Math.max(0, secondMs - livedMs) : 0;
  return delay(Math.max(1, streak), restart, salt);
}

const isPlain = ({ delayMs, backoff }: RestartSettings): boolean => delayMs === null && backoff !== "exponential";

/** At most a quarter less than the full delay, and never more than the cap. */
const jitter = 0.25;

function delay(attempt: number, { delayMs, delayMaxMs, backoff }: RestartSettings, salt: number): Ms {
  const base = delayMs ?? secondMs;
  switch (backoff) {
    case "none":
      return base;
    case "linear":
      return Math.min(base * attempt, Math.max(base, delayMaxMs));
    case "exponential": {
      const full = Math.min(base * 2 ** Math.min(attempt - 1, 40), Math.max(base, delayMaxMs));
      return full * (1 - jitter * noise(salt, attempt));
    }
  }
}

/** The crashes that still count, this one among them. */
export function withCrash(crashes: readonly Ms[], now: Ms, { crashloop }: RestartSettings): readonly Ms[] {
  if (crashloop === null) return crashes;
  return [...crashes.filter((at) => now - at < crashloop.withinMs), now].slice(-crashloop.exits);
}

/** Why it is given up, or null. */
export function crashLoop(crashes: readonly Ms[], { crashloop }: RestartSettings): string | null {
  if (crashloop === null || crashes.length < crashloop.exits) return null;
  return `crash loop: ${crashloop.exits} unexpected exits within ${duration(crashloop.withinMs)}`;
}

/** When one that has been given up is tried again; a tenth of the wait is spread. */
export function retryAfter(now: Ms, { retryAfterMs }: RestartSettings, salt: number): Ms | null {
  return retryAfterMs === null ? null : now + retryAfterMs * (1 + 0.1 * noise(salt, 1));
}

/** Between 0 and 1, the same for the same arguments. */
function noise(salt: number, count: number): number {
  const x = Math.sin((salt + 1) * 12_989.8 + count * 78.233) * 43_758.545_3;
  return x - Math.floor(x);
}
