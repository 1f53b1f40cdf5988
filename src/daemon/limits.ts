/**
 * Keeps programs to their memory, processor time and age. One entry in the agenda for the whole daemon, with
 * something due only while a program with limits is alive; what is decided is decided in `core/limits.ts`.
 */
import type { Feed } from "../api/feed.ts";
import { type Cause, describeCause } from "../core/cause.ts";
import { ofCause } from "../core/happenings.ts";
import { isAway, type Life, type Ms } from "../core/life.ts";
import {
  type Copy,
  comebackMs,
  endOfRuntime,
  judge,
  needsSamples,
  newWatch,
  nextSampleMs,
  type Sample,
  turnOf,
  type Verdict,
  type Watch,
} from "../core/limits.ts";
import type { Clock } from "../system/clock.ts";
import type { MainLog } from "../system/main-log.ts";
import type { Agenda, Entry } from "./agenda.ts";
import type { SupervisedProcess } from "./process.ts";
import type { UsageRecords } from "./usage.ts";

interface Parts {
  readonly clock: Clock;
  readonly agenda: Agenda;
  readonly log: MainLog;
  readonly usage: UsageRecords;
  readonly feed: Feed;
}

/** What is known of a process with limits. */
interface Guarded {
  readonly process: SupervisedProcess;
  readonly unobserve: () => void;
  /** Which of its lives the rest is about: how many there have been. */
  life: number;
  watch: Watch;
  /** How much of the jitter of `max_runtime` this life gets. */
  share: number;
  /** When the last sample was taken, or this life began. */
  lookedAt: Ms;
  sampling: boolean;
  killed: boolean;
  /** It is about to be asked to end. */
  leaving: boolean;
  /** Since when it is not up although it is expected to be. */
  awaySince: Ms | null;
}

/** Samples that are due within that time are taken together. */
const togetherMs = 250;

const never = Number.POSITIVE_INFINITY;

export class Limits implements Entry {
  readonly #parts: Parts;
  readonly #guarded = new Map<SupervisedProcess, Guarded>();
  /** Those that are to be recycled when their turn comes, longest waiting first. */
  readonly #wanting = new Map<Guarded, Cause>();
  #due = never;

  constructor(parts: Parts) {
    this.#parts = parts;
    parts.agenda.add(this);
  }

  get due(): Ms | null {
    return this.#due === never ? null : this.#due;
  }

  /** To be called for each process when it is made and when its settings have changed. */
  guard(process: SupervisedProcess): void {
    const { care } = process.settings;
    if (!needsSamples(care) && care.maxRuntime === null) {
      this.forget(process);
      return;
    }
    if (!this.#guarded.has(process)) this.#guarded.set(process, this.#newlyGuarded(process));
    this.#moved(process);
  }

  forget(process: SupervisedProcess): void {
    const guarded = this.#guarded.get(process);
    if (guarded === undefined) return;
    guarded.unobserve();
    this.#guarded.delete(process);
    this.#wanting.delete(guarded);
  }

  wake(): void {
    const { clock } = this.#parts;
    const all = [...this.#guarded.values()];
    const now = clock.now();
    const wanting = all.filter((guarded) => sampleAt(guarded) <= now + togetherMs);
    if (wanting.some((guarded) => sampleAt(guarded) <= now)) void this.#sample(wanting, now);
    for (const guarded of all)
      if (tooOldAt(guarded) <= now && !this.#wanting.has(guarded)) this.#wanting.set(guarded, tooOld(guarded, now));
    this.#takeTurns();
    this.#due = Math.min(never, ...all.map((guarded) => this.#dueOf(guarded)));
  }

  #newlyGuarded(process: SupervisedProcess): Guarded {
    const unobserve = process.observe(() => this.#moved(process));
    return { process, unobserve, awaySince: null, sampling: false, ...this.#newLife(process) };
  }

  #newLife({ history }: SupervisedProcess) {
    const lookedAt = this.#parts.clock.now();
    return { life: history.starts, watch: newWatch, share: Math.random(), lookedAt, killed: false, leaving: false };
  }

  /** Its life has made a step, or its settings have changed. */
  #moved(process: SupervisedProcess): void {
    const guarded = this.#guarded.get(process);
    if (guarded === undefined) return;
    if (guarded.life !== process.history.starts) Object.assign(guarded, this.#newLife(process));
    if (!isUp(process.life)) {
      guarded.leaving = false;
      this.#wanting.delete(guarded);
    }
    guarded.awaySince = this.#isAway(guarded) ? (guarded.awaySince ?? this.#parts.clock.now()) : null;
    if (guarded.awaySince === null) this.#takeTurns();
    this.#wakeBy(this.#dueOf(guarded));
  }

  /** Whether it is not there for its work, but is expected to be soon. */
  #isAway({ process, leaving, awaySince }: Guarded): boolean {
    if (leaving) return true;
    // It may be the limit's doing that it has come to this: the others take care, for a while.
    if (process.life.state === "FATAL") return awaySince !== null;
    return isAway(process.life, process.ready);
  }

  async #sample(wanting: readonly Guarded[], now: Ms): Promise<void> {
    for (const guarded of wanting) Object.assign(guarded, { sampling: true, lookedAt: now });
    const lives = wanting.map(({ life }) => life);
    try {
      const samples = await this.#parts.usage.sample(wanting.map(({ process }) => process));
      for (const [index, guarded] of wanting.entries()) {
        const sample = samples.get(guarded.process);
        if (sample !== undefined && guarded.life === lives[index]) this.#judge(guarded, sample);
      }
    } finally {
      for (const guarded of wanting) guarded.sampling = false;
    }
    this.wake();
    this.#parts.agenda.changed(this);
  }

  #judge(guarded: Guarded, sample: Sample): void {
    const { process } = guarded;
    const [watch, verdict] = judge(guarded.watch, sample, process.settings.care);
    guarded.watch = watch;
    if (verdict?.action === "kill") {
      if (guarded.killed) return;
      guarded.killed = true;
      process.feed({ type: "kill", because: verdict.because });
    } else if (isUp(process.life)) this.#act(guarded, verdict);
  }

  #act(guarded: Guarded, verdict: Verdict | null): void {
    const { process } = guarded;
    if (verdict?.action === "recycle") this.#wanting.set(guarded, verdict.because);
    else if (this.#wanting.get(guarded)?.type !== "runtime") this.#wanting.delete(guarded);
    if (verdict?.action === "stop") process.feed({ type: "stop", because: verdict.because });
    if (verdict?.action === "report") this.#report(process, verdict.because);
  }

  #report({ group, settings: { name }, pid }: SupervisedProcess, because: Cause): void {
    this.#parts.log.warn(`${name}: ${describeCause(because)}`);
    const happening = ofCause({ group, name }, "none", because, pid);
    if (happening !== null) this.#parts.feed.tell(happening);
  }

  /** Whoever need not wait for its copies goes; with each that goes the others have somebody to wait for. */
  #takeTurns(): void {
    for (const [guarded, because] of [...this.#wanting]) {
      const now = this.#parts.clock.now();
      // What goes first may have been handled further, and the next ones with it, before this one is looked at.
      if (this.#turnOf(guarded) > now || !this.#wanting.delete(guarded)) continue;
      Object.assign(guarded, { leaving: true, awaySince: now });
      guarded.process.feed({ type: "recycle", because });
    }
  }

  #turnOf(guarded: Guarded): Ms {
    const copies = [...this.#guarded.values()].filter((other) => isSameProgram(other, guarded));
    return turnOf(copies.map(copyOf), copies.indexOf(guarded));
  }

  #dueOf(guarded: Guarded): Ms {
    const next = this.#wanting.has(guarded) ? this.#turnOf(guarded) : tooOldAt(guarded);
    return Math.min(sampleAt(guarded), next);
  }

  #wakeBy(at: Ms): void {
    if (at >= this.#due) return;
    this.#due = at;
    this.#parts.agenda.changed(this);
  }
}

const isUp = ({ state }: Life): boolean => state === "STARTING" || state === "RUNNING";

/** When the next sample of it is wanted. */
function sampleAt({ process, sampling, lookedAt, watch }: Guarded): Ms {
  const { life, pid, settings } = process;
  const isWanted = isUp(life) || (life.state === "STOPPING" && settings.care.memory?.hardBytes != null);
  if (sampling || pid === 0 || !isWanted || !needsSamples(settings.care)) return never;
  return lookedAt + nextSampleMs(watch, settings.care);
}

/** When it has run for max_runtime. */
function tooOldAt({ process, share }: Guarded): Ms {
  const { life, settings } = process;
  const { maxRuntime } = settings.care;
  const since = life.state === "STARTING" || life.state === "RUNNING" ? life.since : null;
  return since === null || maxRuntime === null ? never : endOfRuntime(since, maxRuntime, share);
}

const tooOld = ({ process: { life } }: Guarded, now: Ms): Cause => ({
  type: "runtime",
  ranMs: "since" in life ? now - life.since : 0,
});

const isSameProgram = ({ process: one }: Guarded, { process: other }: Guarded): boolean =>
  one.group === other.group && one.settings.program === other.settings.program;

const copyOf = ({ process, awaySince }: Guarded): Copy => ({
  awaySince,
  graceMs: (process.settings.stopWaitSeconds + process.settings.startSeconds) * 1000 + comebackMs,
});
