/**
 * How a program of the demo ends: TERM (from the supervisor) and INT (Ctrl-C in a terminal) ask it to
 * stop after what it has in hand. `stopping` is aborted then; a sleep that is told of it wakes up.
 */
import { setTimeout as delay } from "node:timers/promises";

const controller = new AbortController();
for (const signal of ["SIGTERM", "SIGINT"]) process.on(signal, () => controller.abort());

/** Aborted once the program has been asked to stop. */
export const stopping = controller.signal;

/** Waits, but not when stopping. */
export async function pause(ms) {
  await delay(ms, undefined, { signal: stopping }).catch(() => {});
}

/** A line on standard output; the supervisor puts the program's name in front. */
export function say(line) {
  process.stdout.write(`${line}\n`);
}
