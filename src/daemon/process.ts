/**
 * One supervised process: holds its `Life`, feeds `step`, performs the effects, tells what changed.
 *
 * There is one door: `feed`. Inputs that arrive while one is being handled wait in a queue, so there is
 * no re-entrance; results of effects come back as inputs. A moment that has come is fed before anything
 * else, so that a child that dies just after startsecs is announced RUNNING first.
 */
import type { Counts } from "../api/measurements.ts";
import { announce } from "../core/announce.ts";
import { ofStep } from "../core/happenings.ts";
import type { HealthView } from "../core/health.ts";
import { type History, noHistory, remember } from "../core/history.ts";
import {
  type Effect,
  type Input,
  isAtRest,
  isChildless,
  type Life,
  outwardState,
  type Policy,
  pidOf,
  stopped,
} from "../core/life.ts";
import { step } from "../core/lifecycle.ts";
import { type Outlook, outlook } from "../core/outlook.ts";
import type { ProcessSettings } from "../core/program.ts";
import { signalName } from "../core/signals.ts";
import type { ProcessState } from "../core/states.ts";
import { count, countHookFailure, type Tally } from "../core/tally.ts";
import { type Wellness, wellness } from "../core/wellness.ts";
import { type Executable, findExecutable } from "../system/executable.ts";
import type { Entry } from "./agenda.ts";
import { Child, sendSignal } from "./child.ts";
import { Environment } from "./environment.ts";
import { Errands } from "./errands.ts";
import type { SharedSocket } from "./fcgi-socket.ts";
import { ProcessHealth } from "./health.ts";
import type { Hook } from "./hooks.ts";
import type { Output } from "./output.ts";
import { policyOf, preparesItself, whenEnding } from "./policy.ts";
import type { WriteOutcome } from "./stdin.ts";
import type { Surroundings } from "./surroundings.ts";

export class SupervisedProcess implements Entry {
  readonly group: string;
  readonly stdout: Output;
  readonly stderr: Output;
  readonly environment: Environment;
  #settings: ProcessSettings;
  #policy: Policy;
  readonly #around: Surroundings;
  readonly #observers = new Set<() => void>();
  readonly #inbox: Input[] = [];
  #busy = false;
  #life: Life = stopped;
  #history: History = noHistory;
  #tally: Tally;
  /** Of the processes of this name before it. */
  readonly #earlier: Counts;
  readonly #child: Child;
  readonly #errands: Errands;
  readonly #health: ProcessHealth;
  /** Makes this one's delays differ from everybody else's. */
  readonly #salt = Math.random();

  constructor(
    group: string,
    settings: ProcessSettings,
    outputs: { readonly stdout: Output; readonly stderr: Output },
    socket: SharedSocket | null,
    around: Surroundings,
  ) {
    this.group = group;
    this.#settings = settings;
    this.stdout = outputs.stdout;
    this.stderr = outputs.stderr;
    this.#around = around;
    this.#policy = policyOf(settings, this.#salt);
    this.#earlier = around.lifetime.enter(group, settings.name);
    this.#tally = this.#earlier.tally;
    this.environment = new Environment(this, around);
    this.#errands = new Errands(this, around);
    this.#health = new ProcessHealth(this, around, () => this.#tell());
    this.#child = new Child({
      process: this,
      socket,
      around,
      listen: (fd, pid) => this.#health.listen(fd, pid),
      busy: () => this.#errands.busy,
    });
    around.agenda.add(this);
    for (const attendant of around.attendants) attendant.guard(this);
  }

  get settings(): ProcessSettings {
    return this.#settings;
  }

  /** Takes settings that its child does not feel (see `core/live.ts`), from the next step on. */
  apply(settings: ProcessSettings): void {
    this.#settings = settings;
    this.#policy = policyOf(settings, this.#salt);
    for (const attendant of this.#around.attendants) attendant.guard(this);
    this.#health.moved();
    this.#tell();
  }

  get life(): Life {
    return this.#life;
  }

  /** The state as everybody outside knows it. */
  get state(): ProcessState {
    return outwardState(this.#life);
  }

  get history(): History {
    return this.#history;
  }

  /** What is counted of it and of those of its name before it. */
  get counts(): Counts {
    const { stdout, stderr } = this.#earlier.outputBytes;
    return {
      tally: this.#tally,
      outputBytes: { stdout: stdout + this.stdout.bytes.sum, stderr: stderr + this.stderr.bytes.sum },
    };
  }

  hookFailed(hook: Hook): void {
    this.#tally = countHookFailure(this.#tally, hook);
  }

  /** What happens next and when. */
  get outlook(): Outlook {
    return outlook(this.#life, this.#policy, this.#around.clock.now());
  }

  get pid(): number {
    return pidOf(this.#life);
  }

  get health(): HealthView {
    return this.#health.view;
  }

  /** Whether it is as it should be. */
  get wellness(): Wellness {
    return wellness(this.#life, this.health, this.#settings);
  }

  /** Whether it does its work: it is healthy, has said so, or is RUNNING where nobody is asked. */
  get ready(): boolean {
    return this.#health.ready;
  }

  get due(): number | null {
    return this.#life.due;
  }

  wake(): void {
    this.feed({ type: "due" });
  }

  /** The one door. `later`: a moment that has come by then is left to the agenda, as others are to be fed first. */
  feed(input: Input, later = false): void {
    this.#inbox.push(input);
    if (this.#busy) return;
    this.#busy = true;
    try {
      this.#work(later);
    } finally {
      this.#busy = false;
      this.#around.agenda.changed(this);
    }
  }

  /** Calls back after every step and every change of its health until the returned function is called. */
  observe(observer: () => void): () => void {
    this.#observers.add(observer);
    return () => void this.#observers.delete(observer);
  }

  /** Files have to be read or a command has to be run before a spawn, which may be what makes it possible. */
  get preparesItself(): boolean {
    return preparesItself(this.settings);
  }

  /** What would be run now, or why nothing can be. */
  executable(): Executable {
    return findExecutable(this.settings.command, this.environment.path);
  }

  /** Writes to the child's stdin. */
  write(data: Buffer): WriteOutcome {
    return this.#child.write(data);
  }

  /** Sends a signal that is not meant to end it; the reason when that is impossible. */
  signal(signal: number): string | null {
    const { pid } = this;
    this.#around.log.debug(`sending ${this.settings.name} (pid ${pid}) sig ${signalName(signal)}`);
    const trouble = sendSignal(pid, signal);
    if (trouble !== null) this.feed({ type: "killFailed", why: trouble });
    return trouble;
  }

  /** Resolves when it is at rest; one that has been asked to stop is, at the latest by SIGKILL after stopwaitsecs. */
  ended(): Promise<void> {
    return this.#becomes(isAtRest);
  }

  /** The same, for one that is to be replaced: what it leaves behind is not given the time that a mere stop gives. */
  async vacated(): Promise<void> {
    await this.#becomes(isChildless);
    this.feed({ type: "evict" });
    await this.ended();
  }

  #becomes(wanted: (life: Life) => boolean): Promise<void> {
    return new Promise((resolve) => {
      const check = () => {
        if (!wanted(this.#life)) return;
        stop();
        resolve();
      };
      const stop = this.observe(check);
      check();
    });
  }

  /** To be called when the process has left the program list; it must be at rest. */
  async dispose(): Promise<void> {
    this.#around.lifetime.leave(this);
    this.#around.agenda.delete(this);
    for (const attendant of this.#around.attendants) attendant.forget(this);
    this.#errands.end();
    this.#health.end();
    this.#around.confinement.leave(this);
    await Promise.all([this.stdout.close(), this.stderr.close()]);
  }

  #work(later: boolean): void {
    for (;;) {
      const now = this.#around.clock.now();
      const { due } = this.#life;
      const first = this.#inbox[0];
      const come = due !== null && due <= now;
      if (come && first?.type !== "due" && !(later && first === undefined)) this.#take({ type: "due" }, now);
      else if (first === undefined) return;
      else {
        this.#inbox.shift();
        // A timer may come early by a fraction; what is not due is not done.
        if (first.type !== "due" || come) this.#take(first, now);
      }
    }
  }

  #take(asked: Input, now: number): void {
    const before = this.#life;
    const input = this.#around.ending() ? whenEnding(before, asked) : asked;
    const [after, ...effects] = step(before, input, this.#policy, now);
    this.#life = after;
    this.#tally = count(this.#tally, before, input, after);
    this.#history = remember(this.#history, before, input, after, this.#around.clock.wall());
    this.#publish(before, input, after, now);
    for (const { level, text } of announce(this.settings.name, before, input, after, this.#policy, now))
      this.#around.log[level](text);
    // When its end has been told, and before anybody is started again.
    if (asked.type === "exited" || asked.type === "spawnFailed") this.#child.gone();
    if (before.state !== after.state) this.#errands.moved(after);
    for (const effect of effects) {
      const result = this.#perform(effect);
      if (result !== null) this.#take(result, now);
    }
    this.#health.moved();
    this.#tell();
  }

  #tell(): void {
    for (const observer of [...this.#observers]) observer();
  }

  #publish(before: Life, input: Input, after: Life, now: number): void {
    const name = { group: this.group, name: this.settings.name };
    for (const happening of ofStep(name, before, input, after, this.#history, now)) this.#around.feed.tell(happening);
    if (outwardState(before) === outwardState(after)) return;
    const then = after.state === "CLEANING" ? after.next : after;
    this.#around.publish({
      type: "process-state",
      group: this.group,
      process: this.settings.name,
      from: outwardState(before),
      to: outwardState(after),
      pid: pidOf(after) || pidOf(before) || (before.state === "CLEANING" ? before.stopped : 0),
      tries: "tries" in then ? then.tries : 0,
      expected: then.state === "EXITED" && then.expected,
    });
  }

  /** What came of it, where that is known at once: it is taken before anything else. */
  #perform(effect: Effect): Input | null {
    switch (effect.type) {
      case "spawn":
        return this.#child.spawn();
      case "prepare":
        return this.#errands.prepare();
      case "beforeStop":
        this.#errands.beforeStop();
        return null;
      case "cleanUp":
        this.#errands.cleanUp(effect.orphans);
        return null;
      case "kill":
        return this.#child.kill(effect);
      case "killBelow":
        this.#child.killBelow(effect.pid);
        return null;
    }
  }
}
