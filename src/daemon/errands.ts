/**
 * What has to be done around a life, outside of its child: before a spawn, before the stop signal, and
 * after the end, when descendants may live on that hold a port or a lock. Each errand ends with an input
 * to the process; the life waits for that, this file does not decide what comes next.
 */
import type { Effect, Input, Life } from "../core/life.ts";
import type { Entry } from "./agenda.ts";
import type { SupervisedProcess, Surroundings } from "./process.ts";

const SIGKILL = 9;
/** Between one SIGKILL and the next: what sleeps uninterruptibly dies only later. */
const insistMs = 1000;

type Orphans = Extract<Effect, { type: "cleanUp" }>["orphans"];

/** `spare`: they may end by themselves; `end`: they have been asked to; `kill`: they have been killed. */
type Cleaning = { readonly step: "spare" | "end" | "kill"; readonly due: number };

export class Errands implements Entry {
  readonly #process: SupervisedProcess;
  readonly #around: Surroundings;
  #cleaning: Cleaning | null = null;
  #unwatch: (() => void) | null = null;

  constructor(process: SupervisedProcess, around: Surroundings) {
    this.#process = process;
    this.#around = around;
  }

  /** For the agenda, which has this only while there is something to wait for. */
  get due(): number | null {
    return this.#cleaning?.due ?? null;
  }

  wake(): void {
    if (this.#cleaning === null) return;
    if (this.#cleaning.step === "spare") this.#ask();
    else this.#kill();
  }

  /** What stands before a spawn; null when the answer comes later. */
  prepare(): Input | null {
    return { type: "cleared" };
  }

  beforeStop(): void {
    this.#process.feed({ type: "stopPrepared" });
  }

  /** After the end, and again when it has become urgent. */
  cleanUp(orphans: Orphans): void {
    if (orphans === "leave") this.#finish();
    else if (orphans === "kill") this.#kill();
    else if (orphans === "end" || this.#around.ending()) this.#ask();
    else if (this.#cleaning === null) this.#wait("spare", this.#graceMs());
  }

  /** The life has come to another state. */
  moved(_life: Life): void {}

  /** The process is no longer wanted. */
  end(): void {
    this.#settle();
  }

  #graceMs(): number {
    return this.#process.settings.stopWaitSeconds * 1000;
  }

  #wait(step: Cleaning["step"], ms: number): void {
    const { agenda, clock, orphans } = this.#around;
    this.#cleaning = { step, due: clock.now() + ms };
    this.#unwatch ??= orphans.watch(() => this.#check());
    agenda.add(this);
  }

  #ask(): void {
    if (this.#cleaning !== null && this.#cleaning.step !== "spare") return;
    const { name, stopSignal } = this.#process.settings;
    const left = this.#left();
    if (left.length > 0)
      this.#around.log.info(`ending what ${name} left behind: ${this.#around.orphans.describe(left)}`);
    signalAll(left, stopSignal);
    this.#wait("end", this.#graceMs());
    this.#check();
  }

  #kill(): void {
    const left = this.#left();
    if (left.length > 0)
      this.#around.log.warn(
        `killing what ${this.#process.settings.name} left behind with SIGKILL: ${this.#around.orphans.describe(left)}`,
      );
    signalAll(left, SIGKILL);
    this.#wait("kill", insistMs);
    this.#check();
  }

  #left(): number[] {
    return this.#around.orphans.leftBy(this.#process);
  }

  #check(): void {
    if (this.#cleaning !== null && this.#left().length === 0) this.#finish();
  }

  #finish(): void {
    this.#settle();
    this.#process.feed({ type: "cleaned" });
  }

  #settle(): void {
    this.#cleaning = null;
    this.#unwatch?.();
    this.#unwatch = null;
    this.#around.agenda.delete(this);
  }
}

/** Who has gone meanwhile, or may not be signalled, is seen by whoever looks again. */
function signalAll(pids: readonly number[], signal: number): void {
  for (const pid of pids) {
    try {
      process.kill(pid, signal);
    } catch {}
  }
}
