/** What the faces of the daemon see of its feed, which keeps the latest happenings by serial number (`daemon/feed.ts`). */
import type { Happening } from "../core/happenings.ts";

export interface Entry {
  readonly serial: number;
  /** Milliseconds since 1970. */
  readonly at: number;
  readonly happening: Happening;
  /** The whole of it as JSON, on one line. */
  readonly json: string;
}

export interface Feed {
  /** Of this start of the daemon. */
  readonly id: string;
  /** The first serial number of this start. */
  readonly first: number;
  /** The serial number that the oldest entry has which is still there; `latest + 1` when there is none. */
  readonly oldest: number;
  readonly latest: number;
  /** All has been told: the daemon ends, or its next life begins. Who looks on is to take what is there, and go. */
  readonly over: boolean;
  /** Those with a higher serial number, at most so many; none twice, and gaps only before the first. */
  after(serial: number, limit: number): readonly Entry[];
  /** The serial number after which everything from this moment on comes. */
  before(wallMs: number): number;
  /** Calls back for each that comes, and when all has been told, until the returned function is called. */
  watch(watcher: () => void): () => void;
  /** Resolves when there is more than at the time of the call, or all has been told. */
  changed(): Promise<void>;
  tell(happening: Happening): void;
}
