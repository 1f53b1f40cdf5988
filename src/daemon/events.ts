/**
 * Hands every event to the pools that want it, in the order in which it happened, and keeps the ticks.
 */
import { eventName, type SupervisorEvent, tickPeriods } from "../core/events.ts";
import type { Clock } from "../system/clock.ts";
import type { Agenda, Entry } from "./agenda.ts";
import type { ListenerPool } from "./listener-pool.ts";

/** Events wait here only while one is being handed out; more than this means that they breed. */
const longestQueue = 10_000;

export class Events {
  readonly #pools = new Map<string, ListenerPool>();
  readonly #queue: SupervisorEvent[] = [];
  readonly #ticker: Ticker;
  readonly #number: () => number;
  #busy = false;

  /** @param number the next serial number; no two events of a process's life have the same */
  constructor(clock: Clock, agenda: Agenda, number: () => number) {
    this.#number = number;
    this.#ticker = new Ticker(clock, agenda, (event) => this.publish(event));
  }

  add(name: string, pool: ListenerPool): void {
    this.#pools.set(name, pool);
    pool.onHandedBack = (priority) => {
      for (const other of this.#pools.values()) if (other !== pool) other.stray(priority);
    };
    if (pool.wants("TICK_5") || pool.wants("TICK_60") || pool.wants("TICK_3600")) this.#ticker.start();
  }

  /** The settings or the processes of a pool are others now. */
  change(parts: Parameters<ListenerPool["change"]>[0]): void {
    const { name } = parts.settings;
    const pool = this.#pools.get(name);
    if (pool === undefined) return;
    pool.change(parts);
    this.add(name, pool);
  }

  remove(name: string): void {
    this.#pools.delete(name);
  }

  /** Resolves when these pools have heard what they were sent; names of others count as such. */
  async idle(names: readonly string[]): Promise<void> {
    await Promise.all(names.map((name) => this.#pools.get(name)?.idle()));
  }

  publish(event: SupervisorEvent): void {
    if (this.#pools.size === 0 || this.#queue.length >= longestQueue) return;
    this.#queue.push(event);
    if (this.#busy) return;
    this.#busy = true;
    try {
      for (let next = this.#queue.shift(); next !== undefined; next = this.#queue.shift()) this.#handOut(next);
    } finally {
      this.#busy = false;
    }
  }

  /** A number is used up only when somebody takes the event. No pool hears that its own group goes. */
  #handOut(event: SupervisorEvent): void {
    const name = eventName(event);
    const going = event.type === "group-removed" ? event.group : null;
    const pools = [...this.#pools].filter(([group, pool]) => group !== going && pool.wants(name));
    if (pools.length === 0) return;
    const serial = this.#number();
    for (const [, pool] of pools) pool.accept(event, serial);
  }
}

const shortestMs = 5000;

/** Ticks at the multiples of each period of the wall clock; asleep until some pool wants them. */
class Ticker implements Entry {
  readonly #clock: Clock;
  readonly #agenda: Agenda;
  readonly #publish: (event: SupervisorEvent) => void;
  #slice = 0;
  due: number | null = null;

  constructor(clock: Clock, agenda: Agenda, publish: (event: SupervisorEvent) => void) {
    this.#clock = clock;
    this.#agenda = agenda;
    this.#publish = publish;
  }

  start(): void {
    if (this.due !== null) return;
    this.#slice = Math.floor(this.#clock.wall() / shortestMs);
    this.#wait();
    this.#agenda.add(this);
  }

  wake(): void {
    const before = this.#slice;
    this.#slice = Math.floor(this.#clock.wall() / shortestMs);
    for (const seconds of tickPeriods) {
      const now = Math.floor((this.#slice * 5) / seconds);
      if (now !== Math.floor((before * 5) / seconds)) this.#publish({ type: "tick", seconds, when: now * seconds });
    }
    this.#wait();
  }

  #wait(): void {
    this.due = this.#clock.now() + (shortestMs - (this.#clock.wall() % shortestMs));
  }
}
