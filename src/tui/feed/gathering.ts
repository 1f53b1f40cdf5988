/** The tails of several logs, held back for a moment until all are there and it is known in which order they belong. */
import type { FreshLine } from "../state/log.ts";
import { inTimeOrder, type LogTimes } from "./log-times.ts";

/** Nobody waits longer for logs that are empty, */
const settleMs = 250;
/** or for a daemon that does not tell times. */
const patienceMs = 1500;
const mostLines = 5000;

export class Gathering {
  readonly #begun: number;
  readonly #timers: readonly NodeJS.Timeout[];
  #times: LogTimes | null = null;
  #lines: FreshLine[] = [];

  /** `ready`: it may be over. */
  constructor(times: Promise<LogTimes>, now: number, ready: () => void) {
    this.#begun = now;
    this.#timers = [settleMs, patienceMs].map((ms) => setTimeout(ready, ms));
    void times
      .catch(() => new Map())
      .then((known) => {
        this.#times = known;
        ready();
      });
  }

  /** All lines in their order once it is over; null until then. `complete`: each log has come. */
  take(lines: readonly FreshLine[], complete: boolean, now: number): readonly FreshLine[] | null {
    for (const line of lines) this.#lines.push(line);
    const waited = now - this.#begun;
    const isOver = this.#times === null ? waited >= patienceMs : complete || waited >= settleMs;
    if (!isOver && this.#lines.length < mostLines) return null;
    this.end();
    return inTimeOrder(this.#lines, this.#times ?? new Map());
  }

  end(): void {
    for (const timer of this.#timers) clearTimeout(timer);
  }
}
