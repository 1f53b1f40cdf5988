/**
 * Waiting in tests: never a fixed sleep, always "until this is so, at most so long". A wait that
 * fails says what it waited for and what it saw last, so that a red run explains itself.
 */
import { setTimeout as delay } from "node:timers/promises";

/**
 * Polls `check` until it returns something truthy and returns that. A check that throws counts as "not yet".
 * @param what names the awaited thing in the error, e.g. `"a is RUNNING"`
 * @throws Error naming `what` and the last value or error seen, after `limitMs`
 */
export async function until<T>(
  what: string,
  check: () => T | Promise<T>,
  limitMs = 10_000,
  everyMs = 20,
): Promise<NonNullable<T>> {
  const deadline = performance.now() + limitMs;
  let last: unknown;
  for (;;) {
    try {
      const value = await check();
      if (value) return value;
      last = value;
    } catch (error) {
      last = error;
    }
    if (performance.now() > deadline) throw new Error(`waited ${limitMs} ms for: ${what}; last seen: ${shown(last)}`);
    await delay(everyMs);
  }
}

function shown(value: unknown): string {
  return value instanceof Error ? value.message : JSON.stringify(value);
}
