/**
 * What programs leave behind. A descendant whose parent dies becomes our child, as we are PID 1 or a
 * subreaper; so whoever among our children is not one that we started has been left by somebody. It belongs
 * to the program in whose control group it is, whose names its environment holds, or whose process group or session it is in, or below
 * which it has been seen. Nobody else is touched: `docker exec` and an entrypoint script leave children to
 * PID 1, too.
 */

import {
  commandLine,
  isAlive,
  isLeaf,
  marker,
  ownChildren,
  processStat,
  tree,
  treeStats,
} from "../system/process-tree.ts";
import type { Reaper } from "../system/reaper.ts";
import type { Confinement } from "./confinement.ts";

/** The part of a process that this needs. */
type Owner = Parameters<Confinement["processes"]>[0];

/** What a process's descendants can be told by. */
interface Known {
  /** Pid of its last child, which names the group and the session that it began. */
  readonly leader: number;
  /** Start times of those that have been seen below it, by pid. */
  readonly seen: ReadonlyMap<number, number>;
}

/** More than this in a log line says nothing more. */
const named = 5;

export class Orphans {
  readonly #reaper: Reaper;
  readonly #confinement: Confinement;
  readonly #watchers = new Set<() => void>();
  readonly #known = new WeakMap<Owner, Known>();

  constructor(reaper: Reaper, confinement: Confinement) {
    this.#reaper = reaper;
    this.#confinement = confinement;
  }

  /** To be told of each child: what it leaves is known by it. */
  began(owner: Owner, pid: number): void {
    this.#known.set(owner, { leader: pid, seen: new Map() });
  }

  /** To be told before its child is asked to end: who is below it now is its own, even without its environment. */
  look(owner: Owner, pid: number): void {
    const living = isLeaf(pid) ? [] : treeStats([pid]).filter(isAlive);
    this.#known.set(owner, { leader: pid, seen: new Map(living.map((each) => [each.pid, each.startTicks])) });
  }

  /** The living that its last child, or an earlier one, has left to us, with all that is below them. */
  leftBy(owner: Owner): number[] {
    const confined = new Set(this.#confinement.processes(owner));
    const roots = this.#strangers().filter((pid) => confined.has(pid) || this.#belongs(pid, owner));
    return roots.length === 0 ? roots : tree(roots);
  }

  /** The topmost of what each of them has left to us, in one look for all; nothing for who has left nothing. */
  leftByEach<T extends Owner>(owners: readonly T[]): Map<T, number[]> {
    const left = new Map<T, number[]>();
    const strangers = this.#strangers();
    if (strangers.length === 0) return left;
    const byName = new Map(owners.map((owner) => [nameOf(owner.group, owner.settings.name), owner]));
    const confined = new Map(owners.flatMap((owner) => this.#confinement.processes(owner).map((pid) => [pid, owner])));
    const ownerOf = (pid: number): T | undefined => {
      const names = marker(pid);
      return names === null
        ? owners.find((owner) => this.#knows(pid, owner))
        : byName.get(nameOf(names.group, names.name));
    };
    for (const pid of strangers) {
      const owner = confined.get(pid) ?? ownerOf(pid);
      if (owner !== undefined) left.set(owner, [...(left.get(owner) ?? []), pid]);
    }
    return left;
  }

  /** All that lives of it: its child, what is below it, what is left of earlier ones. */
  all(owner: Owner, pid: number): number[] {
    return [...new Set([...(pid === 0 ? [] : tree([pid])), ...this.leftBy(owner)])];
  }

  /** Calls back when one that we did not start has been reaped, until the returned function is called. */
  watch(watcher: () => void): () => void {
    this.#watchers.add(watcher);
    return () => void this.#watchers.delete(watcher);
  }

  /** One that we did not start has been reaped. */
  reaped(): void {
    for (const watcher of [...this.#watchers]) watcher();
  }

  /** For people: `12 (nginx: worker process), 13 (sh -c …)`. */
  describe(pids: readonly number[]): string {
    const shown = pids.slice(0, named).map((pid) => `${pid} (${commandLine(pid) || "?"})`);
    const more = pids.length - shown.length;
    return shown.join(", ") + (more > 0 ? ` and ${more} more` : "");
  }

  #strangers(): number[] {
    return ownChildren({ has: (pid) => this.#reaper.expects(pid) });
  }

  #belongs(pid: number, owner: Owner): boolean {
    const names = marker(pid);
    return names === null ? this.#knows(pid, owner) : names.group === owner.group && names.name === owner.settings.name;
  }

  /** For one that does not carry our names, or does not let us read them. */
  #knows(pid: number, owner: Owner): boolean {
    const known = this.#known.get(owner);
    const stat = known === undefined ? null : processStat(pid);
    if (known === undefined || stat === null) return false;
    return stat.group === known.leader || stat.session === known.leader || known.seen.get(pid) === stat.startTicks;
  }
}

/** A group's name has no colon. */
const nameOf = (group: string, name: string): string => `${group}:${name}`;
