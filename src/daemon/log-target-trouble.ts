/**
 * What the main log is told of a target: each kind of trouble once, and once that it is over, with how many lines it has cost. A
 * target that fails now and then has one trouble, not many.
 */
import type { Ms } from "../core/life.ts";

/** `failing`: it does not take lines now. `refused`: it has taken a look and said no. `overflow`: more comes than it takes. */
export type TroubleKind = "failing" | "refused" | "overflow";

/** How long all must have been well for a trouble to count as over. */
const mendedMs = 2000;

export class TargetTrouble {
  readonly #report: (text: string) => void;
  readonly #told = new Set<TroubleKind>();
  #lines = 0;
  #lastAt: Ms = 0;
  /** When the last trouble may be over. */
  due: Ms | null = null;

  constructor(report: (text: string) => void) {
    this.#report = report;
  }

  /** Whether it is not over. */
  get open(): boolean {
    return this.#told.size > 0;
  }

  /** @param lines that it has cost */
  add(kind: TroubleKind, lines: number, now: Ms, text: () => string): void {
    this.#lines += lines;
    this.#lastAt = now;
    // It cannot be over before somebody says that all is well.
    this.due = null;
    if (this.#told.has(kind)) return;
    this.#told.add(kind);
    this.#report(text());
  }

  /** Lines have been taken. */
  well(): void {
    if (this.#told.size > 0) this.due = this.#lastAt + mendedMs;
  }

  /** `due` has come. */
  wake(): void {
    const lines = this.end();
    this.#report(`takes lines again; ${lines === 0 ? "none was" : lines === 1 ? "one was" : `${lines} were`} lost`);
  }

  /** How many lines it has cost, of which nobody has been told the number. */
  end(): number {
    const lines = this.#lines;
    this.#lines = 0;
    this.#told.clear();
    this.due = null;
    return lines;
  }
}
