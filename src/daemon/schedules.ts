/**
 * Runs oneshots and restarts programs when their `schedule` says so. What somebody has stopped stays so; what
 * has never been started, as with `autostart=false`, is started by the schedule alone.
 */
import type { Feed } from "../api/feed.ts";
import type { ScheduleSettings } from "../core/care.ts";
import { same } from "../core/changes.ts";
import type { Ms } from "../core/life.ts";
import { duration } from "../core/quantity.ts";
import { look, type Occasion, type Schedule, unscheduled, untilLook } from "../core/schedule.ts";
import type { Clock } from "../system/clock.ts";
import { type NextMoment, nextMoment } from "../system/cron.ts";
import type { MainLog } from "../system/main-log.ts";
import type { Agenda, Entry } from "./agenda.ts";
import type { SupervisedProcess } from "./process.ts";
import type { Attendant } from "./surroundings.ts";
import type { Turns } from "./turns.ts";

interface Parts {
  readonly clock: Clock;
  readonly agenda: Agenda;
  readonly log: MainLog;
  readonly turns: Turns;
  readonly feed: Feed;
  /** Starts what a process that is about to be started waits for. */
  summon(process: SupervisedProcess): void;
}

export class Schedules implements Attendant {
  readonly #parts: Parts;
  readonly #scheduled = new Map<SupervisedProcess, ProcessSchedule>();

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  guard(process: SupervisedProcess): void {
    const { schedule } = process.settings.care;
    const known = this.#scheduled.get(process);
    if (same(known?.settings ?? null, schedule)) return;
    this.forget(process);
    if (schedule !== null) this.#scheduled.set(process, new ProcessSchedule(process, schedule, this.#parts));
  }

  forget(process: SupervisedProcess): void {
    this.#scheduled.get(process)?.end();
    this.#scheduled.delete(process);
  }

  /** Milliseconds since 1970; null = it has no schedule, or that never comes. */
  nextRun(process: SupervisedProcess): number | null {
    return this.#scheduled.get(process)?.next ?? null;
  }
}

class ProcessSchedule implements Entry {
  readonly settings: ScheduleSettings;
  readonly #process: SupervisedProcess;
  readonly #parts: Parts;
  readonly #unobserve: () => void;
  #nextAfter: NextMoment | null = null;
  #schedule: Schedule = unscheduled;
  #due: Ms | null = null;
  /** STOPPED means that somebody has stopped it. */
  #hasRun: boolean;
  /** A run waits for the end of the one before. */
  #queued = false;
  #ended = false;

  constructor(process: SupervisedProcess, settings: ScheduleSettings, parts: Parts) {
    this.settings = settings;
    this.#process = process;
    this.#parts = parts;
    this.#hasRun = process.life.state !== "STOPPED" || process.history.starts > 0;
    this.#unobserve = process.observe(() => this.#moved());
    void this.#begin();
  }

  get due(): Ms | null {
    return this.#due;
  }

  get next(): number | null {
    return this.#schedule.next;
  }

  wake(): void {
    const { clock } = this.#parts;
    if (this.#nextAfter === null) return;
    const now = clock.wall();
    const [schedule, occasion] = look(this.#schedule, now, this.#nextAfter);
    this.#schedule = schedule;
    const waitMs = untilLook(schedule, now);
    this.#due = waitMs === null ? null : clock.now() + waitMs;
    if (occasion !== null) this.#come(occasion, now);
  }

  end(): void {
    this.#ended = true;
    this.#unobserve();
    this.#parts.agenda.delete(this);
  }

  async #begin(): Promise<void> {
    const { cron, timezone } = this.settings;
    const { log, agenda } = this.#parts;
    const { name } = this.#process.settings;
    try {
      this.#nextAfter = await nextMoment(cron, timezone);
    } catch (error) {
      log.error(`schedule of ${name} is not kept: ${(error as Error).message}`);
      return;
    }
    if (this.#ended) return;
    this.wake();
    if (this.next === null) log.warn(`schedule of ${name} never comes: ${cron}`);
    agenda.add(this);
  }

  #come({ at, missed }: Occasion, now: number): void {
    if (missed) this.#skip(`its moment was ${duration(now - at)} ago when the clock was looked at`);
    else if (this.#process.settings.care.type === "oneshot") this.#runOneshot();
    else this.#restart();
  }

  #runOneshot(): void {
    if (this.#isAtRest()) this.#start();
    else if (this.#isStopped()) this.#skip("it has been stopped");
    else if (this.settings.overlap === "skip") this.#skip("its last run is not over");
    else {
      this.#queued = true;
      this.#say("waits until its last run is over");
    }
  }

  #restart(): void {
    const { turns } = this.#parts;
    if (this.#isAtRest()) this.#start();
    else if (this.#isStopped()) this.#skip("it has been stopped");
    else if (this.#process.life.state !== "RUNNING") this.#skip("it is being started already");
    else turns.recycle(this.#process, { type: "schedule", cron: this.settings.cron });
  }

  #start(): void {
    this.#parts.summon(this.#process);
    this.#process.feed({ type: "start", because: { type: "schedule", cron: this.settings.cron } });
  }

  /** Whether it may be started now. */
  #isAtRest(): boolean {
    const { life } = this.#process;
    if (life.state === "STOPPED") return !this.#hasRun && life.due === null;
    return (life.state === "EXITED" && life.due === null) || life.state === "FATAL";
  }

  #isStopped(): boolean {
    const { life } = this.#process;
    if (life.state === "STOPPING") return !life.thenStart;
    const rest = life.state === "CLEANING" ? life.next : life;
    return rest.state === "STOPPED" && rest.due === null;
  }

  #moved(): void {
    if (this.#process.life.state !== "STOPPED") this.#hasRun = true;
    if (!this.#queued) return;
    if (this.#isStopped()) this.#queued = false;
    if (!this.#isAtRest()) return;
    this.#queued = false;
    this.#start();
  }

  #skip(why: string): void {
    this.#say(`is skipped: ${why}`);
  }

  #say(what: string): void {
    const { group, settings } = this.#process;
    this.#parts.log.info(`schedule of ${settings.name} ${what}`);
    const why = `schedule=${this.settings.cron} ${what}`;
    this.#parts.feed.tell({ type: "trigger", group, name: settings.name, by: "schedule", action: "none", why });
  }
}
