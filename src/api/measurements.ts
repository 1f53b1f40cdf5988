/** What is counted and measured for metrics beyond what everybody sees. */
import type { Tally } from "../core/tally.ts";
import type { Channel, Overview } from "./daemon.ts";

/** Of a process, and of those of its name before it, since the daemon's process began. */
export interface Counts {
  readonly tally: Tally;
  /** What its children have written. */
  readonly outputBytes: Readonly<Record<Channel, number>>;
}

/** How often the program list has been read again. */
export interface Reloads {
  readonly succeeded: number;
  readonly failed: number;
  /** Whether it was fine when last read. */
  readonly ok: boolean;
  /** When it last was, in milliseconds since 1970. */
  readonly goodAt: number;
}

/** How a `[log_target:x]` fares, and what has been counted since the daemon's process began. */
export interface LogTargetStatus {
  readonly name: string;
  readonly type: string;
  /** Where it is, without what could be secret. */
  readonly place: string;
  /** Since when it has not taken what it was sent (milliseconds since 1970), and why; null while it does. */
  readonly failing: { readonly why: string; readonly since: number } | null;
  /** Of lines that wait. */
  readonly queueBytes: number;
  readonly sentLines: number;
  /** Of requests, as they went over the network. */
  readonly sentBytes: number;
  /** Lines, by why. */
  readonly dropped: Readonly<Record<"overflow" | "refused" | "end", number>>;
  /** Requests, by status or by what went wrong. */
  readonly failures: Readonly<Record<string, number>>;
}

export interface Measurements {
  readonly overview: Overview;
  /** Of the processes of the overview, in its order: of each one's whole tree; null without a child, or when they are hidden from us. */
  readonly openFiles: readonly (number | null)[];
  readonly reloads: Reloads;
  readonly own: OwnMeasurements;
}

/** Of the daemon's own process. */
interface OwnMeasurements {
  /** Milliseconds since 1970. */
  readonly startedAt: number;
  readonly cpuMs: number;
  readonly openFiles: number | null;
  /** How long something that is to be done at once waits for the event loop just now. */
  readonly lagMs: number;
  /** How long the event loop has been at work since the start. */
  readonly busyMs: number;
}
