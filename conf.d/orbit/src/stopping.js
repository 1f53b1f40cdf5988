/** How a program of Orbit ends: SIGINT (PM2's, and so our list's) or SIGTERM asks it to, after what it has in hand. */
import { setTimeout as delay } from "node:timers/promises";

const controller = new AbortController();
for (const signal of ["SIGINT", "SIGTERM"]) process.on(signal, () => controller.abort());

/** Aborted once the program has been asked to stop. */
export const stopping = controller.signal;

/** Waits, but not when stopping. */
export async function pause(ms) {
  await delay(ms, undefined, { signal: stopping }).catch(() => {});
}
