/**
 * Who is meant by a name in `depends_on`, and whether the dependencies run in a circle. Pure, and the same
 * for the check of a program list and for the daemon that waits.
 */
import type { Dependency } from "./care.ts";
import { neededFirst } from "./order.ts";

export interface Dependent {
  readonly name: string;
  readonly program: string;
  readonly care: { readonly dependsOn: readonly Dependency[] };
}

interface Group<P> {
  readonly name: string;
  readonly processes: readonly P[];
}

export interface Member<P> {
  readonly group: string;
  readonly process: P;
}

/** The names of one program list. */
export class DependencyNames<P extends Dependent> {
  readonly members: readonly Member<P>[];
  readonly #byName = new Map<string, Member<P>[]>();

  constructor(groups: readonly Group<P>[]) {
    this.members = groups.flatMap(({ name, processes }) => processes.map((process) => ({ group: name, process })));
    for (const member of this.members) this.#add(member.process.program, member);
    const programs = new Set(this.#byName.keys());
    for (const member of this.members) {
      const { group, process } = member;
      if (!programs.has(group)) this.#add(group, member);
      this.#add(`${group}:*`, member);
      this.#add(`${group}:${process.name}`, member);
    }
  }

  #add(name: string, member: Member<P>): void {
    const members = this.#byName.get(name);
    if (members === undefined) this.#byName.set(name, [member]);
    else members.push(member);
  }

  /**
   * A program, wherever its processes are, before a group of that name; `group:process`, or `group:*`.
   * Empty = nobody has the name.
   */
  named(name: string): readonly Member<P>[] {
    return this.#byName.get(name) ?? [];
  }

  /** What can be depended on, for "did you mean". */
  known(): Iterable<string> {
    return this.#byName.keys();
  }

  /** Processes that wait for each other, the first one again at the end: `[web, api, web]`; null = none do. */
  cycle(): readonly Member<P>[] | null {
    const done = new Set<Member<P> | string>();
    for (const member of this.members) {
      const found = member.process.care.dependsOn.length === 0 ? null : this.#cycleFrom(member, done);
      if (found !== null) return found;
    }
    return null;
  }

  /**
   * Depth first without recursion, for a chain of any length. A name is a step of its own, so that a
   * thousand processes that wait for a thousand are two thousand steps and not a million.
   */
  #cycleFrom(start: Member<P>, done: Set<Member<P> | string>): readonly Member<P>[] | null {
    const path: Step<P>[] = [this.#step(start)];
    const open = new Set<Member<P> | string>([start]);
    for (let step = path.at(-1); step !== undefined; step = path.at(-1)) {
      const next = step.ahead.next().value;
      if (next === undefined) {
        path.pop();
        open.delete(step.at);
        done.add(step.at);
      } else if (open.has(next)) {
        const from = path.findIndex(({ at }) => at === next);
        const round = path.slice(from).map(({ at }) => at);
        const members = round.filter((at) => typeof at !== "string");
        return [...members, ...members.slice(0, 1)];
      } else if (!done.has(next)) {
        open.add(next);
        path.push(this.#step(next));
      }
    }
    return null;
  }

  #step(at: Member<P> | string): Step<P> {
    const ahead = typeof at === "string" ? this.named(at) : at.process.care.dependsOn.map(({ on }) => on);
    return { at, ahead: ahead[Symbol.iterator]() };
  }
}

interface Step<P> {
  readonly at: Member<P> | string;
  readonly ahead: Iterator<Member<P> | string, undefined>;
}

/** The same groups, each after those whose processes it needs; as they were where nobody needs anybody. */
export function groupsNeededFirst<P extends Dependent, G extends Group<P>>(groups: readonly G[]): readonly G[] {
  if (!groups.some(({ processes }) => processes.some(({ care }) => care.dependsOn.length > 0))) return groups;
  const names = new DependencyNames<P>(groups);
  const byName = new Map(groups.map((group) => [group.name, group]));
  const needs = ({ processes }: G) => {
    const wanted = new Set(processes.flatMap(({ care }) => care.dependsOn.map(({ on }) => on)));
    return [...wanted].flatMap((on) => names.named(on).flatMap(({ group }) => byName.get(group) ?? []));
  };
  return neededFirst(groups, needs);
}
