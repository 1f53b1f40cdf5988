/**
 * What is said when a log cannot be written: once when bytes start to be lost, and once when that is
 * over, however many writes fail in between; and all that was lost, for whoever asks.
 */
import { getSystemErrorMap } from "node:util";
import type { Loss, LossUnit } from "../core/loss.ts";

/** How long after the last loss a write must succeed for the trouble to count as over. */
const mendedMs = 1000;

export class Losses {
  readonly #path: string;
  readonly #report: (message: string) => void;
  readonly #unit: LossUnit;
  #lost = 0;
  #lastMs = 0;
  #open = false;
  /** Of all troubles together; null while there was none. */
  #all: Loss | null = null;

  constructor(path: string, report: (message: string) => void, unit: LossUnit = "bytes") {
    this.#path = path;
    this.#report = report;
    this.#unit = unit;
  }

  /** Whether bytes are being lost. */
  get open(): boolean {
    return this.#open;
  }

  /** All that was lost since the log was opened; null = nothing. */
  get all(): Loss | null {
    return this.#all === null ? null : { ...this.#all, open: this.#open };
  }

  add(count: number, cause: string): void {
    const until = Date.now();
    const { lost, since } = this.#all ?? { lost: 0, since: until };
    this.#all = { path: this.#path, lost: lost + count, unit: this.#unit, cause, since, until, open: true };
    this.#lost += count;
    this.#lastMs = performance.now();
    if (this.#open) return;
    this.#open = true;
    this.#report(`cannot write ${this.#path}: ${cause}; what it should hold is lost until this is mended`);
  }

  /** A write has succeeded. */
  wrote(): void {
    if (!this.#open || performance.now() - this.#lastMs < mendedMs) return;
    this.#open = false;
    this.#report(`writing ${this.#path} again; ${this.#lost} ${this.#unit} were lost`);
    this.#lost = 0;
  }
}

/** The system's words for an error, of Node (negative numbers) or of the C library: `no space left on device`. */
export function causeOf(error: unknown): string {
  const { errno, message } = error as NodeJS.ErrnoException;
  return (errno === undefined ? undefined : getSystemErrorMap().get(-Math.abs(errno))?.[1]) ?? message;
}

/** `cannot VERB PATH: cause`, with the `code` of the error that it explains. */
export function explained(verb: string, path: string, error: unknown): NodeJS.ErrnoException {
  const { code } = error as NodeJS.ErrnoException;
  const explanation = new Error(`cannot ${verb} ${path}: ${causeOf(error)}`, { cause: error });
  return code === undefined ? explanation : Object.assign(explanation, { code });
}
