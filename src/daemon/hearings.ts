/**
 * Event listeners hear who was stopped before they are stopped themselves, if that takes no longer than half
 * a second in all.
 */
import type { Group } from "./group.ts";
import type { Supervisor } from "./supervisor.ts";

const patienceMs = 500;

interface Hearing {
  readonly since: number;
  over: boolean;
}

export class Hearings {
  readonly #supervisor: Supervisor;
  readonly #now: () => number;
  readonly #tell: () => void;
  readonly #hearings = new Map<Group, Hearing>();
  #leftMs = patienceMs;

  /** `tell` is called when somebody has heard all. */
  constructor(supervisor: Supervisor, now: () => number, tell: () => void) {
    this.#supervisor = supervisor;
    this.#now = now;
    this.#tell = tell;
  }

  /** Whether a group has nothing more to hear, or has had its time, which begins with the first question. */
  isOver(group: Group, now: number): boolean {
    if (group.settings.kind !== "eventlistener") return true;
    return (this.#hearings.get(group) ?? this.#begin(group, now)).over;
  }

  /** Ends those that have had their time. */
  expire(now: number): void {
    for (const hearing of this.#hearings.values())
      if (!hearing.over && now - hearing.since >= this.#leftMs) this.#end(hearing, now);
  }

  /** When the next has had its time. */
  get due(): number | null {
    const open = [...this.#hearings.values()].filter(({ over }) => !over);
    return open.length === 0 ? null : Math.min(...open.map(({ since }) => since)) + this.#leftMs;
  }

  #begin(group: Group, now: number): Hearing {
    const hearing: Hearing = { since: now, over: false };
    this.#hearings.set(group, hearing);
    void this.#supervisor.heard([group]).then(() => {
      if (hearing.over) return;
      this.#end(hearing, this.#now());
      this.#tell();
    });
    return hearing;
  }

  #end(hearing: Hearing, now: number): void {
    hearing.over = true;
    this.#leftMs = Math.max(0, this.#leftMs - (now - hearing.since));
  }
}
