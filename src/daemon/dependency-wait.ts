/**
 * One start that waits for what its program depends on. It looks again when one of those has taken a step,
 * or when the program list has changed; what happens at the same time is looked at once.
 */
import { missing } from "../core/conditions.ts";
import type { Dependencies } from "./dependencies.ts";
import type { SupervisedProcess } from "./process.ts";

export class DependencyWait {
  readonly #process: SupervisedProcess;
  readonly #dependencies: Dependencies;
  readonly #tell: (why: string | null) => void;
  #stops: (() => void)[] = [];
  #why: string | null = null;
  #looking = false;

  /** `tell` is called with what is missing whenever that has changed, and with null, once, when nothing is. */
  constructor(process: SupervisedProcess, dependencies: Dependencies, tell: (why: string | null) => void) {
    this.#process = process;
    this.#dependencies = dependencies;
    this.#tell = tell;
  }

  /** What is missing, in words; null when nothing is: then it waits for nothing. */
  begin(): string | null {
    this.end();
    const needs = this.#dependencies.needsOf(this.#process);
    this.#why = missing(needs);
    if (this.#why === null) return null;
    const look = () => this.#lookSoon();
    const processes = new Set(needs.flatMap(({ standings }) => standings.map(({ process }) => process)));
    this.#stops = [this.#dependencies.watch(look), ...[...processes].map((process) => process.observe(look))];
    return this.#why;
  }

  end(): void {
    for (const stop of this.#stops) stop();
    this.#stops = [];
  }

  /** Not at once: it is called from within a step of another process. */
  #lookSoon(): void {
    if (this.#looking) return;
    this.#looking = true;
    queueMicrotask(() => {
      this.#looking = false;
      if (this.#stops.length > 0) this.#look();
    });
  }

  #look(): void {
    const before = this.#why;
    const now = this.begin();
    if (now !== before) this.#tell(now);
  }
}
