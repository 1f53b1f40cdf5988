/**
 * Commands that take as long as programs take show on a terminal who is being waited for, and for what. Anywhere else,
 * and in the shell, which supervisorctl's users drive by scripts, they print what they always did. What is done quickly
 * costs nothing more: only who has to wait asks the daemon for more.
 */
import { setTimeout as delay } from "node:timers/promises";
import { isatty } from "node:tty";
import type { Session } from "./session.ts";

/** What is to become of the programs. `roll`: each stops, starts and becomes ready; `change`: whatever it takes, of whoever moves. */
export type Goal = "start" | "stop" | "roll" | "change";

/** What is done by then is not worth a look. */
const firstLookMs = 200;

/** Does the work, meanwhile shows how it goes. `names` as the command was given them. */
export async function withProgress<T>(
  session: Session,
  goal: Goal,
  names: readonly string[],
  work: () => Promise<T>,
): Promise<T> {
  const { TERM = "" } = process.env;
  if (session.interactive || !isatty(1) || TERM === "" || TERM === "dumb") return work();
  const done = new AbortController();
  const shown = show(session, goal, names, done.signal);
  try {
    return await work();
  } finally {
    done.abort();
    await shown;
  }
}

/** Until `done` aborts; nothing of it is left then. Never rejects. */
async function show(session: Session, goal: Goal, names: readonly string[], done: AbortSignal): Promise<void> {
  const since = Date.now();
  try {
    await delay(firstLookMs, undefined, { signal: done });
    const { watch } = await import("./progress/watch.ts");
    if (!done.aborted) await watch(session, goal, names, since, done);
  } catch {
    // What is to be seen of the work does not matter to it.
  }
}
