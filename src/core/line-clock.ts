/**
 * Moments of the lines of one output, which never go back: Loki takes the lines of a stream in their order, and two of the
 * same moment and text for one. So lines of one millisecond are told apart by their nanoseconds, and a clock that is set
 * back a little is waited for. One that is set back far was wrong before, and is followed.
 */

export interface Moment {
  /** Milliseconds since 1970. */
  readonly ms: number;
  /** Beside them, less than a million. */
  readonly nanos: number;
}

const nanosPerMs = 1_000_000;
/** So far back it is waited for. */
const patienceMs = 60_000;

export class LineClock {
  #ms = 0;
  #nanos = 0;

  /** The moment of the first of so many lines; the others follow a nanosecond each. */
  take(wallMs: number, lines: number): Moment {
    const now = Math.floor(wallMs);
    if (now > this.#ms || now < this.#ms - patienceMs) {
      this.#ms = now;
      this.#nanos = 0;
    }
    const first = { ms: this.#ms, nanos: this.#nanos };
    const next = later(first, lines);
    this.#ms = next.ms;
    this.#nanos = next.nanos;
    return first;
  }
}

function later({ ms, nanos }: Moment, nanoseconds: number): Moment {
  const sum = nanos + nanoseconds;
  return sum < nanosPerMs ? { ms, nanos: sum } : { ms: ms + Math.floor(sum / nanosPerMs), nanos: sum % nanosPerMs };
}

/** The moment so many nanoseconds after another, in nanoseconds since 1970: more digits than a number of JavaScript has. */
export function nanosecondsAfter(moment: Moment, nanoseconds: number): string {
  const { ms, nanos } = later(moment, nanoseconds);
  return `${ms}${String(nanosPerMs + nanos).slice(1)}`;
}
