/**
 * What has to be done around a life, outside of its child: before a spawn, before the stop signal, and
 * after the end, when descendants may live on that hold a port or a lock. Each errand ends with an input
 * to the process; the life waits for that, this file does not decide what comes next.
 */
import { type Effect, type Input, type Life, type Ms, pidOf } from "../core/life.ts";
import { signalName } from "../core/signals.ts";
import { verdictOf } from "../core/verdict.ts";
import type { Entry } from "./agenda.ts";
import { DependencyWait } from "./dependency-wait.ts";
import { exitFacts, type Hook, Hooks } from "./hooks.ts";
import { preparesItself } from "./policy.ts";
import type { SupervisedProcess } from "./process.ts";
import type { Surroundings } from "./surroundings.ts";

const SIGKILL = 9;
/** The end of start_timeout is for what is held up; a command that takes so long has failed, and is tried again. */
const beforeTimeoutMs = 100;
/** Of stopwaitsecs, a part at the end is left for the stop signal itself, however long pre_stop_command takes. */
const signalPart = 0.2;
const signalMs = 2000;
/** The least that post_stop_command gets. */
const farewellMs = 1000;
/** Between one SIGKILL and the next: what sleeps uninterruptibly dies only later. */
const insistMs = 1000;
const pidsTold = 20;

type Orphans = Extract<Effect, { type: "cleanUp" }>["orphans"];

/** `spare`: they may end by themselves; `end`: they have been asked to; `kill`: they have been killed. */
type Cleaning = { readonly step: "spare" | "end" | "kill"; readonly due: number };

/** What ends later than it begins. */
type Work = Hook | "preparation";

export class Errands implements Entry {
  readonly #process: SupervisedProcess;
  readonly #around: Surroundings;
  readonly #hooks: Hooks;
  /** null until it has had to wait for what it depends on. */
  #dependencies: DependencyWait | null = null;
  /** What is under way, to be aborted when it is no longer wanted. */
  readonly #under: Partial<Record<Work, AbortController>> = {};
  #hurried = false;
  #cleaning: Cleaning | null = null;
  #unwatch: (() => void) | null = null;

  constructor(process: SupervisedProcess, around: Surroundings) {
    this.#process = process;
    this.#around = around;
    this.#hooks = new Hooks(process, around);
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

  /** Something of a stop is not done yet, though the child may have gone. */
  get busy(): boolean {
    return this.#under.preStop !== undefined;
  }

  /** What stands before a spawn; null when the answer comes later. */
  prepare(): Input | null {
    const { settings } = this.#process;
    if (settings.care.dependsOn.length === 0) return this.#ready();
    this.#dependencies ??= new DependencyWait(this.#process, this.#around.dependencies, (why) => this.#heard(why));
    const why = this.#dependencies.begin();
    return why === null ? this.#ready() : { type: "held", why };
  }

  #heard(why: string | null): void {
    const answer: Input | null = why === null ? this.#ready() : { type: "held", why };
    if (answer !== null) this.#process.feed(answer);
  }

  /** All that it depends on is there. */
  #ready(): Input | null {
    if (!preparesItself(this.#process.settings)) return { type: "cleared" };
    const { signal } = this.#begin("preparation");
    void this.#prepared(signal).then((answer) => {
      if (!signal.aborted) this.#process.feed(answer);
    });
    return null;
  }

  /** One after the other; `signal` is aborted when the life has left WAITING. Never rejects. */
  async #prepared(signal: AbortSignal): Promise<Input> {
    try {
      await this.#preStart(signal);
      await this.#process.environment.refresh();
      return { type: "cleared" };
    } catch (error) {
      return { type: "spawnFailed", why: (error as Error).message };
    }
  }

  async #preStart(signal: AbortSignal): Promise<void> {
    if (!this.#hooks.has("preStart")) return;
    this.#process.feed({ type: "held", why: "for its pre_start_command" });
    // It may be what writes these files, so those that cannot be read yet are no trouble.
    await this.#process.environment.refresh().catch(() => undefined);
    const why = await this.#hooks.run("preStart", {}, this.#leftMs() - beforeTimeoutMs, signal);
    if (why !== null) throw new Error(why);
  }

  beforeStop(): void {
    const { signal } = this.#begin("preStop");
    const limitMs = this.#leftMs() - Math.min(signalMs, signalPart * this.#graceMs());
    void this.#hooks.run("preStop", this.#pidFacts(), limitMs, signal).then((why) => {
      delete this.#under.preStop;
      this.#tell(why);
      this.#process.feed({ type: "stopPrepared" });
      this.#check();
    });
  }

  /** After the end, and again when it has become urgent. */
  cleanUp(orphans: Orphans): void {
    if (orphans === "kill" && this.#around.ending()) this.#hurry();
    if (this.#under.postStop !== undefined) return;
    if (orphans === "leave") this.#finish();
    else if (orphans === "kill") this.#kill();
    else if (orphans === "end" || this.#around.ending()) this.#ask();
    else if (this.#cleaning === null) this.#wait("spare", this.#graceMs());
  }

  /** The life has come to another state. */
  moved(life: Life): void {
    if (life.state !== "WAITING") {
      this.#dependencies?.end();
      this.#under.preparation?.abort();
    }
    this.#under.postStart?.abort();
    if (life.state === "RUNNING" && this.#hooks.has("postStart")) this.#postStart();
    const { history, settings } = this.#process;
    const verdict = verdictOf(life, history, settings.care);
    if (verdict !== null) this.#around.blame({ ...verdict, name: settings.name });
  }

  /** The process is no longer wanted. */
  end(): void {
    this.#dependencies?.end();
    for (const each of Object.values(this.#under)) each.abort();
    this.#settle();
  }

  #begin(what: Work): AbortController {
    const controller = new AbortController();
    this.#under[what] = controller;
    return controller;
  }

  #postStart(): void {
    const { signal } = this.#begin("postStart");
    const limitMs = this.#process.settings.care.startTimeoutMs || Number.POSITIVE_INFINITY;
    void this.#hooks.run("postStart", this.#pidFacts(), limitMs, signal).then((why) => this.#tell(why));
  }

  #pidFacts(): Record<string, string> {
    return { SPACED_PID: String(pidOf(this.#process.life)) };
  }

  /** Until the life does not wait any longer. */
  #leftMs(): Ms {
    const { due } = this.#process.life;
    return due === null ? Number.POSITIVE_INFINITY : due - this.#around.clock.now();
  }

  #tell(why: string | null): void {
    if (why !== null) this.#around.log.warn(`${this.#process.settings.name}: ${why}`);
  }

  #hurry(): void {
    this.#hurried = true;
    this.#under.preStop?.abort();
    this.#under.postStop?.abort();
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
    this.#signal(left, stopSignal);
    this.#wait("end", this.#graceMs());
    this.#check();
  }

  #kill(): void {
    const left = this.#left();
    if (left.length > 0)
      this.#around.log.warn(
        `sending SIGKILL to what ${this.#process.settings.name} left behind: ${this.#around.orphans.describe(left)}`,
      );
    this.#signal(left, SIGKILL);
    this.#around.confinement.kill(this.#process);
    this.#wait("kill", insistMs);
    this.#check();
  }

  #signal(left: readonly number[], signal: number): void {
    const { group, settings } = this.#process;
    const pids = left.slice(0, pidsTold);
    if (left.length > 0)
      this.#around.feed.tell({
        type: "orphans",
        group,
        name: settings.name,
        signal: signalName(signal),
        pids,
        count: left.length,
      });
    signalAll(left, signal);
  }

  #left(): number[] {
    if (this.#process.settings.care.orphans === "keep") return [];
    return this.#around.orphans.leftBy(this.#process);
  }

  #check(): void {
    if (this.#cleaning !== null && !this.busy && this.#left().length === 0) this.#finish();
  }

  #finish(): void {
    this.#settle();
    if (this.#hurried || !this.#hooks.has("postStop")) this.#process.feed({ type: "cleaned" });
    else this.#postStop();
  }

  #postStop(): void {
    const { signal } = this.#begin("postStop");
    const facts = exitFacts(this.#process.history.ends[0]?.exit ?? null);
    void this.#hooks.run("postStop", facts, Math.max(farewellMs, this.#graceMs()), signal).then((why) => {
      delete this.#under.postStop;
      this.#tell(why);
      this.#process.feed({ type: "cleaned" });
    });
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
