/**
 * When a signal to end that is not the first one means that nobody wants to wait any longer: when it is a SIGINT,
 * a person's Ctrl-C. SIGTERM and SIGQUIT come again from machines that mean the first one: listeners that end the
 * daemon when a program fails, as well-known recipes for containers have it, do so for each event that they hear, also
 * for those of the end itself, and so do programs behind `|| kill 1`. What is to be killed after a while, whoever runs
 * the container kills.
 */
import type { Ms } from "../core/life.ts";

/** One request may arrive twice, as from `timeout`, which signals its child and then the group; a person's second one is later. */
const oneRequestMs: Ms = 50;

export class Haste {
  #lastAt: Ms | null = null;

  /** Takes a signal to end; whether what is left is to be killed. */
  asked(signal: NodeJS.Signals, now: Ms): boolean {
    const lastAt = this.#lastAt;
    this.#lastAt = now;
    return lastAt !== null && signal === "SIGINT" && now - lastAt >= oneRequestMs;
  }
}
