/**
 * Restarts the copies of a program one after the other: the next when the one before does its work again. One
 * that does not come back holds up the others for a while only.
 */
import type { Cause } from "../core/cause.ts";
import { isAway, type Ms } from "../core/life.ts";
import type { Clock } from "../system/clock.ts";
import type { Agenda, Entry } from "./agenda.ts";
import type { SupervisedProcess } from "./process.ts";

interface Parts {
  readonly clock: Clock;
  readonly agenda: Agenda;
  /** All processes of the program that this one is of. */
  copiesOf(process: SupervisedProcess): readonly SupervisedProcess[];
}

/** Beyond stopwaitsecs and startsecs, for one to come back. */
const comebackMs = 30_000;

export class Turns {
  readonly #parts: Parts;
  readonly #queues = new Map<string, Queue>();

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  /** One that waits for its turn already keeps its first cause; one whose child has gone by then needs none. */
  recycle(process: SupervisedProcess, because: Cause): void {
    const key = JSON.stringify([process.group, process.settings.program]);
    const queue = this.#queues.get(key) ?? new Queue(this.#parts, () => void this.#queues.delete(key));
    this.#queues.set(key, queue);
    queue.add(process, because);
  }
}

class Queue implements Entry {
  readonly #parts: Parts;
  readonly #empty: () => void;
  readonly #wanting = new Map<SupervisedProcess, { readonly because: Cause; readonly starts: number }>();
  readonly #observed = new Map<SupervisedProcess, () => void>();
  #going = false;
  /** Until when the others wait for whoever is away. */
  due: Ms | null = null;

  constructor(parts: Parts, empty: () => void) {
    this.#parts = parts;
    this.#empty = empty;
    parts.agenda.add(this);
  }

  add(process: SupervisedProcess, because: Cause): void {
    if (!this.#wanting.has(process)) this.#wanting.set(process, { because, starts: process.history.starts });
    for (const copy of this.#parts.copiesOf(process))
      if (!this.#observed.has(copy))
        this.#observed.set(
          copy,
          copy.observe(() => this.#go()),
        );
    this.#go();
  }

  wake(): void {
    this.due = null;
    this.#go(true);
  }

  #go(late = false): void {
    // A restart makes steps of the process that it is of.
    if (this.#going) return;
    this.#going = true;
    for (let patient = !late; this.#takeTurn(patient); ) patient = true;
    this.#going = false;
    if (this.#wanting.size === 0) this.#close();
    else this.#parts.agenda.changed(this);
  }

  /** Whether one has gone, so that there may be another. */
  #takeTurn(patient: boolean): boolean {
    for (const [process, { starts }] of this.#wanting)
      if (!hasChild(process) || process.history.starts !== starts) this.#wanting.delete(process);
    const waiting = [...this.#wanting.keys()];
    // Who is away anyway loses nothing.
    const next = waiting.find(isAwayNow) ?? waiting[0];
    if (next === undefined) return false;
    const away = this.#parts.copiesOf(next).filter((copy) => copy !== next && isAwayNow(copy));
    if (away.length > 0 && patient) {
      this.due ??= this.#parts.clock.now() + Math.max(...away.map(graceMs));
      return false;
    }
    const { because } = this.#wanting.get(next) as { because: Cause };
    this.#wanting.delete(next);
    this.due = null;
    next.feed({ type: "recycle", because });
    return true;
  }

  #close(): void {
    for (const unobserve of this.#observed.values()) unobserve();
    this.#observed.clear();
    this.#parts.agenda.delete(this);
    this.#empty();
  }
}

const graceMs = ({ settings }: SupervisedProcess): Ms =>
  (settings.stopWaitSeconds + settings.startSeconds) * 1000 + comebackMs;

const hasChild = ({ life }: SupervisedProcess): boolean => life.state === "STARTING" || life.state === "RUNNING";

const isAwayNow = ({ life, ready }: SupervisedProcess): boolean => isAway(life, ready);
