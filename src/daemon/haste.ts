/**
 * When a signal to end that is not the first one means that nobody wants to wait any longer. One request may
 * arrive twice: `timeout` signals its child and then the whole group of processes, and so does many a wrapper of
 * a terminal. And listeners that end the daemon with SIGQUIT when a program fails, as a well-known recipe for
 * containers has it, do so for each event that they hear: they mean the first one.
 */
import type { Ms } from "../core/life.ts";

/** Two of one request come within this, a person's second one does not. */
const oneRequestMs: Ms = 50;

export class Haste {
  #lastAt: Ms | null = null;

  /** Takes a signal to end; whether what is left is to be killed. */
  asked(signal: NodeJS.Signals, now: Ms): boolean {
    const lastAt = this.#lastAt;
    this.#lastAt = now;
    return lastAt !== null && signal !== "SIGQUIT" && now - lastAt >= oneRequestMs;
  }
}
