/**
 * Those who look at the live page, and what is pushed to them: at first all there is, then what has changed, once a
 * second and soon after something has happened. All see the same look at the daemon, so that the tenth costs next to
 * nothing, and nobody looks at anything while nobody is here: no timer, no memory.
 *
 * One who takes nothing for a while misses changes and is told everything anew when he takes again; what waits for him
 * is bounded by that, and by the budget of all answers. Who takes nothing for long is let go.
 */
import type { ServerResponse } from "node:http";
import type { ReplyBudget, Reservation } from "../budget.ts";
import type { Daemon } from "../daemon.ts";
import type { Entry } from "../feed.ts";
import { changes, type Picture, pictureOf, whole } from "./picture.ts";

/** From the end of one look to the next. */
const paceMs = 1000;
/** After something has happened: what happens together is told together. */
const soonMs = 50;
/** However much happens, from one look to the next. */
const leastMs = 200;
/** A viewer that takes nothing for so long is let go. */
const stalledMs = 15_000;
/** Of a daemon. */
const viewerLimit = 64;
/** Happenings told to one who comes, and most at once. */
const happeningLimit = 500;

interface Viewer {
  readonly response: ServerResponse;
  readonly reservation: Reservation;
  /** Has been told everything, and all changes since. */
  upToDate: boolean;
  /** Serial number of the last happening that it has been told. */
  serial: number;
  /** Since when something waits to be taken; null = nothing does. Of the monotonic clock. */
  waitingSince: number | null;
}

const groups = new WeakMap<Daemon, Viewers>();

/** Those of a daemon, on whichever of its servers. */
export function viewersOf(daemon: Daemon): Viewers {
  let found = groups.get(daemon);
  if (found === undefined) {
    found = new Viewers(daemon);
    groups.set(daemon, found);
  }
  return found;
}

export class Viewers {
  readonly #daemon: Daemon;
  readonly #viewers = new Set<Viewer>();
  #picture: Picture | null = null;
  #timer: NodeJS.Timeout | null = null;
  #looking = false;
  #again = false;
  #listening = false;
  /** Of the monotonic clock. */
  #lookedAt = 0;

  constructor(daemon: Daemon) {
    this.#daemon = daemon;
  }

  get full(): boolean {
    return this.#viewers.size >= viewerLimit;
  }

  /** Until the response is closed. */
  add(response: ServerResponse, budget: ReplyBudget): void {
    const { feed } = this.#daemon;
    const serial = Math.max(feed.oldest - 1, feed.latest - happeningLimit);
    const viewer: Viewer = { response, reservation: budget.open(), upToDate: false, serial, waitingSince: null };
    this.#viewers.add(viewer);
    response.once("close", () => {
      viewer.reservation.release();
      this.#viewers.delete(viewer);
      if (this.#viewers.size === 0) this.#rest();
    });
    this.#within(0);
    void this.#listen();
  }

  /** What happens is told soon. */
  async #listen(): Promise<void> {
    if (this.#listening) return;
    this.#listening = true;
    while (this.#viewers.size > 0 && !this.#daemon.feed.over) {
      await this.#daemon.feed.changed();
      this.#within(Math.max(soonMs, this.#lookedAt + leastMs - performance.now()));
    }
    this.#listening = false;
  }

  #rest(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
    this.#picture = null;
  }

  #within(ms: number): void {
    if (this.#viewers.size === 0) return;
    if (this.#looking) {
      this.#again = true;
      return;
    }
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void this.#look(), ms);
  }

  async #look(): Promise<void> {
    this.#timer = null;
    this.#looking = true;
    this.#again = false;
    this.#lookedAt = performance.now();
    try {
      const next = pictureOf(await this.#daemon.overview());
      this.#show(next);
    } catch {
      // Who looks sees that nothing comes; the next look may fare better.
    } finally {
      this.#looking = false;
    }
    if (this.#viewers.size === 0) this.#rest();
    else if (this.#timer === null) this.#within(this.#again ? leastMs : paceMs);
  }

  #show(next: Picture): void {
    const before = this.#picture;
    this.#picture = next;
    const change = before === null ? null : changes(before, next);
    let all: string | null = null;
    const now = performance.now();
    for (const viewer of this.#viewers) {
      if (viewer.waitingSince !== null) {
        viewer.upToDate = false;
        if (now - viewer.waitingSince > stalledMs) viewer.response.destroy();
      } else if (viewer.upToDate && change !== null) {
        this.#tell(viewer, change);
      } else {
        all ??= whole(next);
        this.#tell(viewer, all);
      }
    }
  }

  #tell(viewer: Viewer, message: string): void {
    const happened = this.#daemon.feed.after(viewer.serial, happeningLimit);
    const told = happened.length === 0 ? "" : `data: ${happenedMessage(happened)}\n\n`;
    const text = `${told}data: ${message}\n\n`;
    try {
      viewer.reservation.reserve(text.length);
    } catch {
      viewer.upToDate = false;
      return;
    }
    viewer.serial = happened.at(-1)?.serial ?? viewer.serial;
    viewer.upToDate = true;
    viewer.waitingSince = performance.now();
    viewer.response.write(text, () => {
      viewer.waitingSince = null;
      viewer.reservation.release();
    });
  }
}

const happenedMessage = (entries: readonly Entry[]): string =>
  `{"type":"happened","happenings":[${entries.map(({ json }) => json).join(",")}]}`;
