/**
 * The orderly end: nobody is asked to go while somebody that needs it is there, and of the others those of the
 * highest priority go first, everything of one priority at once. It takes as long as the slowest program of
 * each step, or as `shutdown_timeout` gives it: the time is spread over the steps in proportion to what each
 * may take by its `stopwaitsecs`, and what a step does not use goes to those after it. When somebody has asked
 * twice there is no order and no patience.
 */
import { isAtRest, type Life } from "../core/life.ts";
import { partOf, StopOrder } from "../core/order.ts";
import { duration } from "../core/quantity.ts";
import type { Entry } from "./agenda.ts";
import type { Departure } from "./departure.ts";
import type { Group } from "./group.ts";
import { Hearings } from "./hearings.ts";
import type { SupervisedProcess } from "./process.ts";
import { reportShutdown } from "./reports.ts";
import type { Supervisor } from "./supervisor.ts";
import type { Surroundings } from "./surroundings.ts";

const SIGKILL = 9;
/** How long one that has been killed is waited for: what sleeps uninterruptibly must not hold up the others. */
const patienceMs = 1000;
/** Counts for this even if it is given less by `stopwaitsecs`. */
const leastMs = 1000;

/** Resolves when no process is left that we could end, or when the time is over; `limitMs` null = it never is. */
export async function stopEverything(
  supervisor: Supervisor,
  around: Surroundings,
  departure: Departure,
  limitMs: number | null,
): Promise<void> {
  around.publish({ type: "supervisor-stopping" });
  const report = reportShutdown(() => waitedFor(supervisor), around);
  const ending = new Ending(supervisor, around);
  // A mere restart has all the time that its programs take.
  if (limitMs !== null) void departure.final.then((from) => ending.limit(limitMs, from));
  void departure.hurried.then(() => ending.hurry());
  try {
    await ending.over;
  } finally {
    report.end();
    ending.close();
  }
}

/** As the reference tells it: of the group that goes first, who waits for another try is not waited for. */
const waitedFor = (supervisor: Supervisor): string[] => {
  const first = supervisor.groups().at(-1)?.settings.name;
  const waited = supervisor.unstopped().filter(({ group, life }) => group !== first || life.state !== "BACKOFF");
  return waited.map(({ settings }) => settings.name);
};

/** One process on its way out. */
interface Leaver {
  readonly process: SupervisedProcess;
  readonly group: Group;
  /** Of its group. */
  readonly priority: number;
  /** When it was asked to go; null until then. */
  askedAt: number | null;
  /** When it is killed, and then, when it is given up; null while there is no limit. */
  deadline: number | null;
  /** What it was in when it was killed for being late; null until then. */
  killedIn: Life["state"] | null;
  /** Ends the looking at its steps. */
  stop: (() => void) | null;
}

const leaverOf = (process: SupervisedProcess, group: Group): Leaver => ({
  process,
  group,
  priority: group.priority,
  askedAt: null,
  deadline: null,
  killedIn: null,
  stop: null,
});

class Ending implements Entry {
  readonly #around: Surroundings;
  readonly #over = Promise.withResolvers<void>();
  readonly #order: StopOrder<Leaver>;
  /** The steps that are left, the one that is under way first; empty while there is no limit. */
  #steps: readonly (readonly Leaver[])[] = [];
  readonly #hearings: Hearings;
  readonly #killed: string[] = [];
  #end: { readonly at: number; readonly limitMs: number } | null = null;
  #hurried = false;
  #going = false;
  due: number | null = null;

  constructor(supervisor: Supervisor, around: Surroundings) {
    this.#around = around;
    this.#hearings = new Hearings(
      supervisor,
      () => around.clock.now(),
      () => this.#goSoon(),
    );
    const leavers = new Map<SupervisedProcess, Leaver>();
    for (const group of supervisor.groups().reverse())
      for (const process of group.inOrder().reverse()) leavers.set(process, leaverOf(process, group));
    this.#order = new StopOrder(leavers.values(), ({ process }) =>
      around.dependencies.neededBy(process).flatMap((dependent) => leavers.get(dependent) ?? []),
    );
    around.agenda.add(this);
    this.#go();
  }

  get over(): Promise<void> {
    return this.#over.promise;
  }

  /** That long after `from` all have to be gone. */
  limit(limitMs: number, from: number): void {
    this.#end = { at: from + limitMs, limitMs };
    this.#allot();
  }

  /** Everybody out now. */
  hurry(): void {
    this.#hurried = true;
    this.#go();
  }

  close(): void {
    this.#around.agenda.delete(this);
    for (const { stop } of this.#order.left) stop?.();
    if (this.#end === null || this.#killed.length === 0) return;
    this.#around.log.warn(`shutdown_timeout=${duration(this.#end.limitMs)}: killed ${this.#killed.join(", ")}`);
  }

  wake(): void {
    this.#go();
  }

  /** Asks whoever's turn it is, until all that could be asked are on their way. */
  #go(): void {
    const now = this.#around.clock.now();
    this.#hearings.expire(now);
    let asked = false;
    for (let more = true; more; ) {
      for (const leaver of this.#order.left) if (leaver.askedAt !== null) this.#lookAfter(leaver, leaver.askedAt, now);
      const next = this.#next(now).filter(({ askedAt }) => askedAt === null);
      for (const leaver of next) this.#ask(leaver, now);
      more = next.length > 0;
      asked ||= more;
    }
    if (this.#order.left.size === 0) this.#over.resolve();
    else if (asked && this.#end !== null) this.#allot();
    else this.#setDue();
  }

  /** Many go at the same time, and are looked at once; and not from within the step of one of them. */
  #goSoon(): void {
    if (this.#going) return;
    this.#going = true;
    queueMicrotask(() => {
      this.#going = false;
      this.#go();
    });
  }

  #next(now: number): Leaver[] {
    const all = this.#hurried || (this.#end !== null && this.#end.at <= now);
    if (all) return [...this.#order.left];
    return this.#order.next().filter(({ group }) => this.#hearings.isOver(group, now));
  }

  #ask(leaver: Leaver, now: number): void {
    leaver.askedAt = now;
    leaver.stop = leaver.process.observe(() => this.#goSoon());
    leaver.process.feed({ type: "abandon" });
  }

  #lookAfter(leaver: Leaver, askedAt: number, now: number): void {
    const { life, settings } = leaver.process;
    if (isAtRest(life)) {
      if (leaver.killedIn === null && wasKilled(leaver.process)) this.#note(settings.name, now - askedAt);
      this.#remove(leaver);
    } else if (this.#isLate(leaver, now)) {
      const what = life.state === "CLEANING" ? `what ${settings.name} left behind` : settings.name;
      if (leaver.killedIn === null) this.#note(what, now - askedAt);
      leaver.killedIn = life.state;
      leaver.deadline = this.#end === null ? null : now + patienceMs;
      leaver.process.feed({ type: "hurry" });
    } else if (leaver.killedIn !== null && leaver.deadline !== null && leaver.deadline <= now) {
      this.#around.log.critical(`${settings.name} does not die of SIGKILL: it is left behind`);
      this.#remove(leaver);
    }
  }

  /** Once as a child, and once for what that has left behind. */
  #isLate({ process, killedIn, deadline }: Leaver, now: number): boolean {
    if (killedIn !== null) return killedIn !== "CLEANING" && process.life.state === "CLEANING";
    return this.#hurried || (deadline !== null && deadline <= now);
  }

  #remove(leaver: Leaver): void {
    leaver.stop?.();
    this.#order.gone(leaver);
  }

  /** Spreads what is left of the time over those that have been asked and those that will be. */
  #allot(): void {
    const now = this.#around.clock.now();
    const leftMs = Math.max(0, (this.#end?.at ?? 0) - now);
    const next = this.#order.next();
    // Most often it is the step after the one before, and need not be found again.
    const [, planned = []] = this.#steps;
    const asPlanned = planned.length === next.length && next.every((leaver, n) => leaver === planned[n]);
    this.#steps = asPlanned ? this.#steps.slice(1) : this.#order.steps();
    const deadline = now + partOf(leftMs, this.#steps, limitOf);
    for (const leaver of this.#order.left)
      if (leaver.askedAt !== null && leaver.killedIn === null)
        leaver.deadline = Math.max(leaver.deadline ?? 0, deadline);
    this.#setDue();
  }

  #setDue(): void {
    const end = this.#end?.at ?? 0;
    const moments = [end > this.#around.clock.now() ? end : null, this.#hearings.due];
    for (const { deadline } of this.#order.left) moments.push(deadline);
    const due = moments.reduce<number>((first, at) => Math.min(first, at ?? first), Number.POSITIVE_INFINITY);
    this.due = Number.isFinite(due) ? due : null;
    this.#around.agenda.changed(this);
  }

  #note(name: string, afterMs: number): void {
    this.#killed.push(`${name} after ${duration(afterMs)}`);
  }
}

/** How long it may take at most; who is at rest takes no time. */
const limitOf = ({ process: { life, settings } }: Leaver): number =>
  isAtRest(life) ? 0 : Math.max(leastMs, settings.stopWaitSeconds * 1000);

/** Whether SIGKILL was needed to end it, by its own `stopwaitsecs`. */
const wasKilled = ({ history: { exit, ends }, settings }: SupervisedProcess): boolean =>
  exit?.signal === SIGKILL && settings.stopSignal !== SIGKILL && ends[0]?.cause?.type === "ending";
