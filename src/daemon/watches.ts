/**
 * Restarts programs when their files change (`watch`). The processes of one program share one watch and take
 * turns. What the daemon writes itself does not count: logs, sockets, its pid file.
 */
import type { WatchSettings } from "../core/care.ts";
import type { Cause } from "../core/cause.ts";
import type { Ms } from "../core/life.ts";
import { duration } from "../core/quantity.ts";
import { changed, pauseMs, settle, unchanged, type Watch, type WatchAction } from "../core/watch.ts";
import type { Clock } from "../system/clock.ts";
import type { MainLog } from "../system/main-log.ts";
import { type Watching, watchPaths } from "../system/watch.ts";
import { ignores } from "../system/watch-ignore.ts";
import type { Agenda, Entry } from "./agenda.ts";
import type { OwnFiles } from "./own-files.ts";
import type { SupervisedProcess } from "./process.ts";
import type { Attendant } from "./surroundings.ts";
import type { Turns } from "./turns.ts";

interface Parts {
  readonly clock: Clock;
  readonly agenda: Agenda;
  readonly log: MainLog;
  readonly turns: Turns;
  readonly ownFiles: OwnFiles;
}

export class Watches implements Attendant {
  readonly #parts: Parts;
  readonly #watches = new Map<string, ProgramWatch>();
  readonly #keys = new Map<SupervisedProcess, string>();

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  guard(process: SupervisedProcess): void {
    const { program, care } = process.settings;
    const key = care.watch === null ? undefined : JSON.stringify([process.group, program, care.watch]);
    if (this.#keys.get(process) === key) return;
    this.forget(process);
    if (care.watch === null || key === undefined) return;
    const watch = this.#watches.get(key) ?? new ProgramWatch(program, care.watch, this.#parts);
    this.#watches.set(key, watch);
    this.#keys.set(process, key);
    watch.add(process);
  }

  forget(process: SupervisedProcess): void {
    const key = this.#keys.get(process);
    const watch = key === undefined ? undefined : this.#watches.get(key);
    if (key === undefined || watch === undefined) return;
    this.#keys.delete(process);
    if (watch.remove(process)) this.#watches.delete(key);
  }
}

interface Watched {
  readonly unobserve: () => void;
  starts: number;
  /** Somebody has stopped it, or it has not run yet. */
  byHand: boolean;
}

class ProgramWatch implements Entry {
  readonly #program: string;
  readonly #settings: WatchSettings;
  readonly #parts: Parts;
  readonly #watching: Watching;
  readonly #processes = new Map<SupervisedProcess, Watched>();
  #watch: Watch = unchanged;
  /** When one of the processes was started, or asked to start again, last. */
  #startedAt: Ms = Number.NEGATIVE_INFINITY;

  constructor(program: string, settings: WatchSettings, parts: Parts) {
    this.#program = program;
    this.#settings = settings;
    this.#parts = parts;
    const isIgnored = ignores(settings.ignore);
    this.#watching = watchPaths({
      paths: settings.paths,
      below: { ignored: (path, root) => isIgnored(path, root) || parts.ownFiles.has(path) },
      changed: (path) => this.#changed(path),
      warn: (message) => parts.log.warn(`watch of ${program}: ${message}`),
    });
    parts.agenda.add(this);
  }

  add(process: SupervisedProcess): void {
    const unobserve = process.observe(() => this.#moved(process));
    this.#processes.set(process, { unobserve, starts: process.history.starts, byHand: true });
  }

  /** True when nobody is left. */
  remove(process: SupervisedProcess): boolean {
    this.#processes.get(process)?.unobserve();
    this.#processes.delete(process);
    if (this.#processes.size > 0) return false;
    this.#watching.close();
    this.#parts.agenda.delete(this);
    return true;
  }

  get due(): Ms | null {
    return this.#watch.due;
  }

  wake(): void {
    const [watch, action] = settle(this.#watch);
    this.#watch = watch;
    if (action !== null) this.#act(action);
  }

  #changed(path: string): void {
    const now = this.#parts.clock.now();
    if (this.#parts.ownFiles.has(path)) return;
    this.#watch = changed(this.#watch, path, this.#settings.debounceMs, this.#startedAt, now);
    this.#parts.agenda.changed(this);
  }

  #act(action: WatchAction): void {
    const { log, clock } = this.#parts;
    switch (action.type) {
      case "restart":
        this.#startedAt = clock.now();
        for (const [process, watched] of this.#processes) {
          watched.byHand &&= process.life.state === "STOPPED";
          this.#restart(process, { type: "watch", path: action.path });
        }
        break;
      case "pause":
        log.warn(
          `watch of ${this.#program} is paused: ${action.path} has changed soon after each of its last ` +
            `${action.times} restarts; until all is quiet for ${duration(pauseMs)}, or it is started by hand`,
        );
        break;
      case "resume":
        log.info(`watch of ${this.#program} goes on`);
    }
  }

  /** Whoever is stopped stays so; whoever has ended, or cannot be started, may be all right now. */
  #restart(process: SupervisedProcess, because: Cause): void {
    const { life } = process;
    switch (life.state) {
      case "STARTING":
      case "RUNNING":
        this.#parts.turns.recycle(process, because);
        break;
      case "BACKOFF":
      case "EXITED":
      case "FATAL":
        process.feed({ type: "start", because });
        break;
      case "CLEANING":
        if (life.next.state !== "STOPPED") process.feed({ type: "start", because });
        break;
      default:
    }
  }

  /** A start by hand ends a pause. */
  #moved(process: SupervisedProcess): void {
    const watched = this.#processes.get(process);
    if (watched === undefined) return;
    const { life, history } = process;
    if ((life.state === "STOPPED" || life.state === "FATAL") && life.due === null) watched.byHand = true;
    if (life.state === "STOPPING" && history.cause?.type === "request") watched.byHand = true;
    if (history.starts === watched.starts) return;
    watched.starts = history.starts;
    this.#startedAt = this.#parts.clock.now();
    if (!watched.byHand) return;
    watched.byHand = false;
    if (this.#watch.state === "paused") this.#act({ type: "resume" });
    this.#watch = unchanged;
  }
}
