/**
 * The latest happenings, for whoever looks on. They are kept once, as JSON, and each reader only remembers how far it
 * is, so that one which does not read costs nothing but its connection, and has missed what has left meanwhile.
 * It outlives the restarts of the daemon within its process.
 *
 * Serial numbers begin at the microsecond of the start and go up by one, so that those of a later start are higher:
 * whoever was there before asks for what came after the last it has seen, and gets it, whatever happened to the daemon.
 */
import type { Entry, Feed as FeedView } from "../api/feed.ts";
import type { Happening } from "../core/happenings.ts";

export interface Bounds {
  readonly entries: number;
  /** Of JSON. */
  readonly bytes: number;
}

/** Together at most 1 MB; nothing is held before it is needed. */
const usualBounds: Bounds = { entries: 2000, bytes: 512 * 1024 };

/** Of one text, which may be what a client sent or a system call answered. */
const textLimit = 400;

export class Feed implements FeedView {
  readonly id: string;
  readonly first: number;
  readonly #wall: () => number;
  readonly #bounds: Bounds;
  /** The entry of a serial number is at that number modulo the bound. */
  readonly #ring: (Entry | undefined)[] = [];
  #bytes = 0;
  readonly #watchers = new Set<() => void>();
  oldest: number;
  latest: number;
  over = false;

  constructor(pid: number, wall: () => number, bounds: Bounds = usualBounds) {
    const began = wall();
    this.id = `${began.toString(36)}-${pid}`;
    this.#wall = wall;
    this.#bounds = bounds;
    this.first = began * 1000 + 1;
    this.oldest = this.first;
    this.latest = this.first - 1;
  }

  tell(happening: Happening): void {
    const serial = ++this.latest;
    const at = this.#wall();
    const json = JSON.stringify({ serial, time: new Date(at).toISOString(), ...happening }, shortened);
    this.#ring[this.#placeOf(serial)] = { serial, at, happening, json };
    this.#bytes += json.length;
    while (this.latest - this.oldest >= this.#bounds.entries || this.#bytes > this.#bounds.bytes) this.#forget();
    this.#wake();
  }

  after(serial: number, limit: number): readonly Entry[] {
    // A clock that was set back has given earlier numbers to a later start.
    const from = serial > this.latest ? this.oldest : Math.max(serial + 1, this.oldest);
    const found: Entry[] = [];
    for (let next = from; next <= this.latest && found.length < limit; next++) found.push(this.#at(next));
    return found;
  }

  before(wallMs: number): number {
    for (let next = this.oldest; next <= this.latest; next++) if (this.#at(next).at >= wallMs) return next - 1;
    return this.latest;
  }

  watch(watcher: () => void): () => void {
    this.#watchers.add(watcher);
    return () => void this.#watchers.delete(watcher);
  }

  changed(): Promise<void> {
    if (this.over) return Promise.resolve();
    return new Promise((resolve) => {
      const stop = this.watch(() => {
        stop();
        resolve();
      });
    });
  }

  /** A life of the daemon begins. */
  begin(): void {
    this.over = false;
  }

  /** A life of the daemon is over. */
  end(): void {
    this.over = true;
    this.#wake();
  }

  #wake(): void {
    for (const watcher of this.#watchers) watcher();
  }

  #forget(): void {
    const place = this.#placeOf(this.oldest);
    this.#bytes -= this.#at(this.oldest).json.length;
    this.#ring[place] = undefined;
    this.oldest++;
  }

  #at(serial: number): Entry {
    const entry = this.#ring[this.#placeOf(serial)];
    if (entry === undefined) throw new RangeError(`no entry ${serial}`);
    return entry;
  }

  /** One place more than entries: the new one is put down before the oldest goes. */
  #placeOf(serial: number): number {
    return (serial - this.first) % (this.#bounds.entries + 1);
  }
}

const shortened = (_key: string, value: unknown): unknown =>
  typeof value === "string" && value.length > textLimit ? `${value.slice(0, textLimit)}…` : value;
