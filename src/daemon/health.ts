/**
 * The health of one process: checks its child while there is one, waits for its word that it is ready,
 * and has it restarted when it is unhealthy. For a program that asks for none of this it costs nothing.
 */
import type { HealthSettings, ReadySignal } from "../core/care.ts";
import {
  type CheckResult,
  type Health,
  type HealthInput,
  type HealthPolicy,
  type HealthView,
  stepHealth,
  unchecked,
} from "../core/health.ts";
import { pidOf } from "../core/life.ts";
import { duration } from "../core/quantity.ts";
import type { Entry } from "./agenda.ts";
import type { SupervisedProcess } from "./process.ts";
import { awaitLine, ReadyPipe, type Speaker } from "./readiness.ts";
import type { Surroundings } from "./surroundings.ts";

export class ProcessHealth implements Entry {
  readonly #process: SupervisedProcess;
  readonly #around: Surroundings;
  readonly #changed: () => void;
  #health: Health = unchecked;
  /** The child that is looked after; 0 = none. */
  #pid = 0;
  /** When it was started: monotonic, and wall clock. */
  #born = { now: 0, wall: 0 };
  /** The word that it is to give, and whether it has. */
  #signal: ReadySignal | null = null;
  #said = false;
  #pipe: ReadyPipe | null = null;
  #stopWaiting: (() => void) | null = null;
  #check: AbortController | null = null;
  /** That a check cannot be made has been told. */
  #complained = false;

  /** @param changed is called after every change of `view` that is not one of the life */
  constructor(process: SupervisedProcess, around: Surroundings, changed: () => void) {
    this.#process = process;
    this.#around = around;
    this.#changed = changed;
  }

  /** For the agenda, which has this while there is something to check. */
  get due(): number | null {
    return this.#health.due;
  }

  wake(): void {
    this.#take({ type: "due" });
  }

  get ready(): boolean {
    const { health, ready } = this.#process.settings.care;
    if (health === null && ready === null) return this.#process.life.state === "RUNNING";
    if (this.#pid === 0) return false;
    const { status } = this.#health;
    if (this.#signal !== null) return this.#said && status !== "unhealthy";
    // Without a check it is one that runs already while the list begins to ask for its word.
    return health === null ? this.#process.life.state === "RUNNING" : status === "healthy";
  }

  get view(): HealthView {
    const health = this.#health;
    const { clock } = this.#around;
    const toWall = clock.wall() - clock.now();
    const { last } = health;
    return {
      status: health.status,
      ready: this.ready,
      since: health.status === "none" ? null : Math.round(health.since + toWall),
      failures: health.status === "none" ? 0 : health.failures,
      last: last === null ? null : { ...last, at: Math.round(last.at + toWall), tookMs: Math.round(last.tookMs) },
    };
  }

  /** To be called after each step of the life, and when the settings have changed. */
  moved(): void {
    const { life, settings } = this.#process;
    const { health, ready } = settings.care;
    const wanted = health !== null || ready !== null;
    const pid = wanted && (life.state === "STARTING" || life.state === "RUNNING") ? pidOf(life) : 0;
    if (pid !== this.#pid) {
      if (this.#pid !== 0) this.#end();
      if (pid !== 0) this.#begin(pid);
    }
    if (pid === 0) return;
    if (health === null) this.#leave();
    else if (this.#health.status === "none") {
      this.#around.agenda.add(this);
      this.#take({ type: "begin", phase: Math.random() });
    }
  }

  /** Takes over the read end of the descriptor of `ready_fd` of a child that has just been spawned. */
  listen(fd: number, pid: number): void {
    this.#pipe?.close();
    this.#pipe = new ReadyPipe(fd, this.#speaker(pid));
  }

  /** The process is no longer wanted. */
  end(): void {
    this.#end();
    this.#pipe?.close();
  }

  #begin(pid: number): void {
    this.#pid = pid;
    this.#born = { now: this.#around.clock.now(), wall: this.#around.clock.wall() };
    this.#said = false;
    this.#complained = false;
    const { life, settings, stdout, stderr } = this.#process;
    // What has been running for a while may have given its word already.
    this.#signal = life.state === "STARTING" ? settings.care.ready : null;
    if (this.#signal?.type !== "log") return;
    const outputs = settings.redirectStderr ? [stdout] : [stdout, stderr];
    this.#stopWaiting = awaitLine(this.#signal.pattern, outputs, this.#speaker(pid));
  }

  #end(): void {
    this.#pid = 0;
    this.#stopWaiting?.();
    this.#stopWaiting = null;
    this.#leave();
  }

  /** There is nothing to check any more. */
  #leave(): void {
    if (this.#health.status === "none") return;
    this.#take({ type: "end" });
    this.#around.agenda.delete(this);
  }

  #speaker(pid: number): Speaker {
    const { name } = this.#process.settings;
    const { log } = this.#around;
    return {
      pid,
      ready: () => {
        if (pid !== this.#pid || this.#said) return;
        this.#said = true;
        log.info(`ready: ${name}, ${this.#age()} after its start`);
        this.#tellReady(pid, true, `${this.#age()} after its start`);
        this.#changed();
      },
      hopeless: (why) => {
        if (pid !== this.#pid) return;
        log.warn(`${name} does not become ready: ${why}`);
        this.#tellReady(pid, false, why);
      },
    };
  }

  #tellReady(pid: number, ready: boolean, why: string): void {
    const { group, settings } = this.#process;
    this.#around.feed.tell({ type: "ready", group, name: settings.name, pid, ready, why });
  }

  #age(): string {
    return duration(this.#around.clock.now() - this.#born.now);
  }

  #take(input: HealthInput): void {
    const { settings } = this.#process;
    const { health: check } = settings.care;
    const before = this.#health;
    const [after, ...effects] = stepHealth(before, input, policyOf(check), this.#around.clock.now());
    this.#health = after;
    for (const effect of effects)
      if (effect.type === "abandon") this.#check?.abort();
      else if (check !== null) void this.#run(check, effect.ticket);
    this.#around.agenda.changed(this);
    if (before === after) return;
    if (input.type === "result" && input.outcome === "unknown") this.#complain(input.text);
    if (before.status !== after.status) this.#tell(before, after, check);
    this.#changed();
  }

  async #run({ test, timeoutMs }: HealthSettings, ticket: number): Promise<void> {
    const process = this.#process;
    const { directory, uid, umask } = process.settings;
    const check = new AbortController();
    this.#check = check;
    const environment = () => process.environment.variables;
    const request = { test, timeoutMs, bornMs: this.#born.wall, environment, directory, uid, umask };
    const result: CheckResult = await this.#around.probes.run(request, check.signal);
    this.#take({ type: "result", ticket, outcome: result.outcome, text: result.text });
  }

  /** Once per child: the program is not at fault, and nobody would look. */
  #complain(text: string): void {
    if (this.#complained) return;
    this.#complained = true;
    this.#around.log.warn(`${this.#process.settings.name} cannot be checked: ${text}`);
  }

  #tell(before: Health, after: Health, check: HealthSettings | null): void {
    const { log } = this.#around;
    const { name } = this.#process.settings;
    const { last } = after;
    if (after.status !== "healthy" && after.status !== "unhealthy") return;
    this.#around.publish({
      type: "process-health",
      group: this.#process.group,
      process: name,
      pid: this.#pid,
      to: after.status,
    });
    if (after.status === "healthy") {
      const when = before.status === "starting" ? `${this.#age()} after its start` : "again";
      log.info(`healthy: ${name}, ${when} (${last?.text})`);
      this.#tellHealth("healthy", `${when} (${last?.text})`);
      return;
    }
    const why = `${after.failures} failed ${after.failures === 1 ? "check" : "checks in a row, the last"}: ${last?.text}`;
    this.#tellHealth("unhealthy", why);
    // A daemon that is ending stops what runs in an order of its own.
    if (check !== null && check.action !== "none" && !this.#around.ending()) {
      const type = check.action === "kill" ? "kill" : "recycle";
      this.#process.feed({ type, because: { type: "unhealthy", why } });
    } else log.warn(`unhealthy: ${name}: ${why}`);
  }

  #tellHealth(to: "healthy" | "unhealthy", why: string): void {
    const { group, settings } = this.#process;
    this.#around.feed.tell({ type: "health", group, name: settings.name, pid: this.#pid, to, why });
  }
}

/** A program list may ask for more than is good. */
const shortestIntervalMs = 100;

const policyOf = (check: HealthSettings | null): HealthPolicy => ({
  intervalMs: Math.max(check?.intervalMs ?? 0, shortestIntervalMs),
  retries: check?.retries ?? 1,
  // A program is given its first time to touch the file whatever else it is given.
  startPeriodMs: Math.max(check?.startPeriodMs ?? 0, check?.test.type === "file" ? check.test.maxAgeMs : 0),
});
