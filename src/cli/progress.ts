/**
 * Commands that take as long as programs take show on a terminal who is being waited for, and for what. Anywhere else,
 * and in the shell, which supervisorctl's users drive by scripts, they print what they always did.
 */
import { isatty } from "node:tty";
import type { Session } from "./session.ts";

/** What is to become of the programs. `roll`: each stops, starts and becomes ready; `change`: whatever it takes, of whoever moves. */
export type Goal = "start" | "stop" | "roll" | "change";

/** Does the work, meanwhile shows how it goes. `names` as the command was given them. */
export async function withProgress<T>(
  session: Session,
  goal: Goal,
  names: readonly string[],
  work: () => Promise<T>,
): Promise<T> {
  const { TERM = "" } = process.env;
  if (session.interactive || !isatty(1) || TERM === "" || TERM === "dumb") return work();
  const { watchWork } = await import("./progress/watch.ts");
  return watchWork(session, goal, names, work);
}
