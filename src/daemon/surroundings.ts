/** What a process needs of the daemon around it. */
import type { Feed } from "../api/feed.ts";
import type { SupervisorEvent } from "../core/events.ts";
import type { Clock } from "../system/clock.ts";
import type { MainLog } from "../system/main-log.ts";
import type { Reaper } from "../system/reaper.ts";
import type { Agenda } from "./agenda.ts";
import type { Confinement } from "./confinement.ts";
import type { Culprit } from "./departure.ts";
import type { Dependencies } from "./dependencies.ts";
import type { Lifetime } from "./lifetime.ts";
import type { LogTargets } from "./log-targets.ts";
import type { Orphans } from "./orphans.ts";
import type { Probes } from "./probes.ts";
import type { SupervisedProcess } from "./process.ts";
import type { UsageRecords } from "./usage.ts";

export interface Surroundings {
  readonly clock: Clock;
  readonly reaper: Reaper;
  readonly agenda: Agenda;
  readonly log: MainLog;
  /** What every child is given, before its program's own variables. */
  readonly environment: Readonly<Record<string, string>>;
  /** Value of SUPERVISOR_SERVER_URL; null without a server. */
  readonly serverUrl: string | null;
  /** Soft limit of open files for children; null = as the daemon's. */
  readonly softFiles: number | null;
  readonly orphans: Orphans;
  readonly usage: UsageRecords;
  readonly attendants: readonly Attendant[];
  readonly probes: Probes;
  readonly dependencies: Dependencies;
  readonly confinement: Confinement;
  readonly lifetime: Lifetime;
  readonly logTargets: LogTargets;
  /** When its schedule comes next, in milliseconds since 1970; null = not by itself. */
  nextRun(process: SupervisedProcess): number | null;
  /** True once the daemon is on its way out: nothing is started any more. */
  ending(): boolean;
  /** The end of a program is to be the end of the daemon. */
  blame(culprit: Culprit): void;
  publish(event: SupervisorEvent): void;
  /** For who looks on. */
  readonly feed: Feed;
}

/** Looks after those processes that ask for it: keeps them to limits, restarts them when files change or by the clock. */
export interface Attendant {
  /** To be called for each process when it is made and when its settings have changed. */
  guard(process: SupervisedProcess): void;
  forget(process: SupervisedProcess): void;
}
