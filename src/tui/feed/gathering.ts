/** The tails of several logs, held back for a moment until all are there and it is known in which order they belong. */
import type { FreshLine } from "../state/log.ts";
import { inTimeOrder, type LogTimes } from "./log-times.ts";

/** Nobody waits longer for a daemon that is slow. */
const patienceMs = 1500;
const mostLines = 5000;

/** Until when what comes of a log is its tail, by process and channel; null = nothing has come yet. */
export type Arrivals = ReadonlyMap<string, number | null>;

export class Gathering {
  readonly #begun: number;
  readonly #ready: () => void;
  readonly #patience: NodeJS.Timeout;
  #soon: NodeJS.Timeout | null = null;
  #times: LogTimes | null = null;
  #lines: FreshLine[] = [];

  /** `ready`: it may be over. */
  constructor(times: Promise<LogTimes>, now: number, ready: () => void) {
    this.#begun = now;
    this.#ready = ready;
    this.#patience = setTimeout(ready, patienceMs);
    void times
      .catch(() => new Map())
      .then((known) => {
        this.#times = known;
        ready();
      });
  }

  /** All lines in their order once it is over; null until then. */
  take(lines: readonly FreshLine[], arrivals: Arrivals, now: number): readonly FreshLine[] | null {
    for (const line of lines) this.#lines.push(line);
    const isLate = now - this.#begun >= patienceMs || this.#lines.length >= mostLines;
    if (!isLate && !this.#isComplete(arrivals, now)) return null;
    this.end();
    return inTimeOrder(this.#lines, this.#times ?? new Map());
  }

  end(): void {
    clearTimeout(this.#patience);
    clearTimeout(this.#soon ?? undefined);
  }

  /** Of logs in which there is something. Where that is not known, what has come is all there is. */
  #isComplete(arrivals: Arrivals, now: number): boolean {
    if (this.#times === null) return false;
    let until = 0;
    for (const [name, arrival] of arrivals) {
      if (arrival === null && (this.#times.get(name)?.length ?? 0) > 0) return false;
      until = Math.max(until, arrival ?? 0);
    }
    if (until < now) return true;
    this.#soon ??= setTimeout(this.#again, until - now + 1);
    return false;
  }

  readonly #again = (): void => {
    this.#soon = null;
    this.#ready();
  };
}
