/**
 * Who depends on whom among the processes that are there now, and what follows from it: the order of starts
 * and stops, who is started because somebody needs it, and what a start still waits for.
 *
 * Names are looked up again only when a group has come, gone or changed; without any `depends_on` in the
 * list nothing is kept, and every order is the one that was asked for.
 */
import type { Dependency } from "../core/care.ts";
import { isMet, type Need, type Standing } from "../core/conditions.ts";
import { DependencyNames, type Dependent } from "../core/dependencies.ts";
import type { Life } from "../core/life.ts";
import { neededFirst, reached } from "../core/order.ts";
import type { ProcessSettings } from "../core/program.ts";
import type { SupervisedProcess } from "./process.ts";

/** The part of a group that this needs. */
interface Members {
  readonly name: string;
  readonly processes: ReadonlyMap<string, SupervisedProcess>;
}

interface Node extends Dependent {
  readonly process: SupervisedProcess;
}

/** What another process is to those that depend on it. */
export interface Needed extends Standing {
  readonly process: SupervisedProcess;
}

interface Graph {
  readonly needs: ReadonlyMap<SupervisedProcess, readonly SupervisedProcess[]>;
  readonly neededBy: ReadonlyMap<SupervisedProcess, readonly SupervisedProcess[]>;
}

const nobody: Graph = { needs: new Map(), neededBy: new Map() };

export class Dependencies {
  readonly #groups: () => readonly Members[];
  readonly #watchers = new Set<() => void>();
  #names: DependencyNames<Node> | null = null;
  #graph: Graph | null = null;

  constructor(groups: () => readonly Members[]) {
    this.#groups = groups;
  }

  /** To be called when a group has come, gone or changed. */
  changed(): void {
    this.#names = null;
    this.#graph = null;
    for (const watcher of [...this.#watchers]) watcher();
  }

  /** Calls back when other processes may be meant, until the returned function is called. */
  watch(watcher: () => void): () => void {
    this.#watchers.add(watcher);
    return () => void this.#watchers.delete(watcher);
  }

  /** All processes that a name in the program list means. */
  named(name: string): SupervisedProcess[] {
    this.#names ??= new DependencyNames(this.#groups().map(nodesOf));
    return this.#names.named(name).map(({ process: { process } }) => process);
  }

  /** What a process waits for before it starts, as it is now. */
  needsOf({ settings }: SupervisedProcess): Need<Needed>[] {
    return settings.care.dependsOn.map((dependency) => this.#need(dependency));
  }

  /** Those that wait for a process, directly. */
  readonly neededBy = (process: SupervisedProcess): readonly SupervisedProcess[] =>
    this.#whole().neededBy.get(process) ?? [];

  /** Those of `among` that have to stop before a process does. */
  dependentsOf(process: SupervisedProcess, among: () => ReadonlySet<SupervisedProcess>): SupervisedProcess[] {
    if (this.neededBy(process).length === 0) return [];
    const all = among();
    return [...reached(process, this.neededBy)].filter((other) => other !== process && all.has(other));
  }

  /** The same processes, each after those that it waits for. */
  neededFirst(processes: readonly SupervisedProcess[]): readonly SupervisedProcess[] {
    const { needs } = this.#whole();
    return needs.size === 0 ? processes : neededFirst(processes, (process) => needs.get(process) ?? []);
  }

  /** Starts what somebody who has been asked to start waits for, where nothing else will. */
  summon(process: SupervisedProcess): void {
    if (process.settings.care.dependsOn.length === 0) return;
    const summoned = new Set<SupervisedProcess>([process]);
    for (const each of summoned)
      for (const { condition, standings } of this.needsOf(each))
        for (const standing of standings)
          if (!isMet(condition, standing) && isIdle(standing.life)) summoned.add(standing.process);
    summoned.delete(process);
    const because = { type: "dependency", name: process.settings.name } as const;
    for (const each of this.neededFirst([...summoned]))
      if (each.life.state !== "WAITING") each.feed({ type: "start", because });
  }

  #need({ on, condition }: Dependency): Need<Needed> {
    return { on, condition, standings: this.named(on).map(standingOf) };
  }

  #whole(): Graph {
    this.#graph ??= this.#look();
    return this.#graph;
  }

  #look(): Graph {
    const depending = this.#groups().flatMap(({ processes }) =>
      [...processes.values()].filter(({ settings }) => settings.care.dependsOn.length > 0),
    );
    if (depending.length === 0) return nobody;
    const needs = new Map<SupervisedProcess, SupervisedProcess[]>();
    const neededBy = new Map<SupervisedProcess, SupervisedProcess[]>();
    for (const process of depending) {
      const all = process.settings.care.dependsOn.flatMap(({ on }) => this.named(on));
      needs.set(process, all);
      for (const needed of all) {
        const dependents = neededBy.get(needed);
        if (dependents === undefined) neededBy.set(needed, [process]);
        else dependents.push(process);
      }
    }
    return { needs, neededBy };
  }
}

/** Nothing will come of it by itself, or only what it waits for, which may be in the same case. */
function isIdle(life: Life): boolean {
  switch (life.state) {
    case "STOPPED":
    case "FATAL":
    case "WAITING":
      return true;
    case "EXITED":
      return life.due === null;
    case "CLEANING":
      return life.next.due === null;
    case "STOPPING":
      return !life.thenStart;
    default:
      return false;
  }
}

const nodesOf = ({ name, processes }: Members) => ({ name, processes: [...processes.values()].map(nodeOf) });

const nodeOf = (process: SupervisedProcess): Node => {
  const { name, program, care }: ProcessSettings = process.settings;
  return { name, program, care, process };
};

function standingOf(process: SupervisedProcess): Needed {
  const { group, history, life, settings } = process;
  return {
    process,
    name: group === settings.name ? settings.name : `${group}:${settings.name}`,
    life,
    healthy: life.state === "RUNNING" && process.ready,
    completed: settings.care.type === "oneshot" && history.completed,
  };
}
