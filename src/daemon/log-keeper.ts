/**
 * What becomes of logs with time: they are rotated at midnight or each hour, rotated files are compressed, and removed
 * when they are too old. One entry of the agenda serves all of them; where nobody asks for any of this there is none.
 */
import type { Keeping } from "../core/program.ts";
import { look, type Schedule, unscheduled, untilLook } from "../core/schedule.ts";
import type { Clock } from "../system/clock.ts";
import { Compressor } from "../system/log-compression.ts";
import type { LogFile } from "../system/log-file.ts";
import { lastMoment, nextMoment, type Period, periods } from "../system/log-moments.ts";
import { explained } from "../system/log-trouble.ts";
import type { MainLog } from "../system/main-log.ts";
import type { Agenda, Entry } from "./agenda.ts";

interface Parts {
  readonly clock: Clock;
  readonly agenda: Agenda;
  readonly log: MainLog;
}

/** Ages of less than this are looked at each hour, others each midnight. */
const shortAgeMs = 2 * 24 * 3_600_000;

export class LogKeeper implements Entry {
  readonly #parts: Parts;
  readonly #logs = new Map<LogFile, Keeping>();
  readonly #compressor: Compressor;
  readonly #schedules = new Map<Period, Schedule>();
  #due: number | null = null;

  constructor(parts: Parts) {
    this.#parts = parts;
    this.#compressor = new Compressor(
      (message) => parts.log.warn(message),
      () => {},
    );
  }

  get due(): number | null {
    return this.#due;
  }

  /** Takes care of a log from now on, or in another way than before. */
  keep(log: LogFile, keeping: Keeping): void {
    const { clock, agenda } = this.#parts;
    this.#logs.set(log, keeping);
    log.rotation.onRotated = () => void this.#tidy(log);
    this.#look();
    agenda.add(this);
    // What an earlier day has left is not continued, also when nobody was there at midnight.
    const turned = keeping.rotate === null ? undefined : log.rotate(lastMoment(keeping.rotate, clock.wall()));
    void Promise.resolve(turned).then(() => this.#tidy(log));
  }

  forget(log: LogFile): void {
    if (!this.#logs.delete(log)) return;
    log.rotation.onRotated = null;
    this.#compressor.forget(log.rotation.backups);
    if (this.#logs.size > 0) return;
    this.#schedules.clear();
    this.#due = null;
    this.#parts.agenda.delete(this);
  }

  wake(): void {
    for (const period of this.#look()) this.#turn(period);
  }

  /** Periods that have come to their end. */
  #look(): Period[] {
    const { clock } = this.#parts;
    const now = clock.wall();
    const ended: Period[] = [];
    this.#due = null;
    for (const period of periods) {
      if (![...this.#logs.values()].some((keeping) => periodOf(keeping) === period)) continue;
      const [schedule, occasion] = look(this.#schedules.get(period) ?? unscheduled, now, (at) =>
        nextMoment(period, at),
      );
      this.#schedules.set(period, schedule);
      if (occasion !== null) ended.push(period);
      const waitMs = untilLook(schedule, now);
      if (waitMs !== null) this.#due = Math.min(this.#due ?? Number.POSITIVE_INFINITY, clock.now() + waitMs);
    }
    return ended;
  }

  #turn(period: Period): void {
    for (const [log, keeping] of this.#logs) {
      if (periodOf(keeping) !== period) continue;
      // Afterwards also where there was nothing to rotate: what is there has become older.
      if (keeping.rotate === period) void log.rotate().then(() => this.#tidy(log));
      else void this.#tidy(log);
    }
  }

  async #tidy(log: LogFile): Promise<void> {
    const keeping = this.#logs.get(log);
    if (keeping === undefined) return;
    const { clock, log: mainLog } = this.#parts;
    const { backups } = log.rotation;
    try {
      const { maxAgeMs } = keeping;
      if (maxAgeMs !== null) await backups.removeIf(({ modifiedMs }) => clock.wall() - modifiedMs > maxAgeMs);
    } catch (error) {
      mainLog.warn(explained("remove old files of", log.path, error).message);
    }
    if (keeping.compress && this.#logs.has(log)) this.#compressor.ask(backups);
  }
}

/** When it is looked after; null: only after a rotation. */
function periodOf({ rotate, maxAgeMs }: Keeping): Period | null {
  if (rotate !== null || maxAgeMs === null) return rotate;
  return maxAgeMs < shortAgeMs ? "hourly" : "daily";
}
