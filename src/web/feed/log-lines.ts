/** Pieces of logs as they come, made into lines: what does not end yet waits for its rest. */
import { perhaps, type Struct } from "../../client/replies.ts";
import type { FreshLine } from "../../tui/state/log.ts";

/** A line that does not end is shown in pieces of this length. */
const longestLine = 16 * 1024;
/** What comes faster than it can be shown is left out, and counted. */
const mostWaiting = 4000;

export class LogLines {
  readonly #begun = new Map<string, string>();
  #waiting: FreshLine[] = [];
  #skipped = 0;
  /** What is there when one begins to look has come at some time before. */
  readonly #settledAt: number;

  constructor(now: number) {
    this.#settledAt = now + 300;
  }

  /** `now`: the browser's clock. Returns why a log cannot be followed, or null. */
  take(message: Struct, now: number): string | null {
    const id = perhaps(message.id, "string");
    const channel = message.channel === "stderr" ? "stderr" : "stdout";
    if (id === null) return null;
    const trouble = perhaps(message.trouble, "string");
    if (trouble !== null) return trouble;
    const key = `${id} ${channel}`;
    const parts = ((this.#begun.get(key) ?? "") + (perhaps(message.text, "string") ?? "")).split("\n");
    let rest = parts.pop() ?? "";
    if (rest.length > longestLine) {
      parts.push(rest);
      rest = "";
    }
    this.#begun.set(key, rest);
    const at = now < this.#settledAt ? 0 : now;
    for (const text of parts) this.#waiting.push({ id, channel, at, text });
    const over = this.#waiting.length - mostWaiting;
    if (over > mostWaiting) {
      this.#waiting.splice(0, over);
      this.#skipped += over;
    }
    return null;
  }

  /** What has come since it was last asked. */
  drain(): { readonly fresh: readonly FreshLine[]; readonly skipped: number } {
    const drained = { fresh: this.#waiting, skipped: this.#skipped };
    this.#waiting = [];
    this.#skipped = 0;
    return drained;
  }
}
