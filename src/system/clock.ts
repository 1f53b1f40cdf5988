/** Time, in one place: a monotonic clock to decide by, a wall clock to print. */

export interface Clock {
  /** Monotonic milliseconds. */
  now(): number;
  /** Milliseconds since 1970. */
  wall(): number;
  /** Calls back once at (or just after) monotonic `at`; a new call replaces the one before. null = never. */
  wakeAt(at: number | null, callback: () => void): void;
}

/** setTimeout's largest delay; longer waits are done in pieces. */
const longestMs = 2 ** 31 - 1;

export function systemClock(): Clock {
  let timer: NodeJS.Timeout | undefined;
  return {
    now: () => performance.now(),
    wall: () => Date.now(),
    wakeAt(at, callback) {
      clearTimeout(timer);
      timer = undefined;
      if (at === null) return;
      // Rounded up: a timer that fires early would only be set again.
      const delay = Math.min(Math.max(Math.ceil(at - performance.now()), 0), longestMs);
      timer = setTimeout(callback, delay);
    },
  };
}
