/**
 * The groups that there are: how they come with the program list, start, change and go. Requests for one that is not there,
 * or not as it would have to be, are refused with a `Fault`.
 */
import type { ConfigChanges, ProcessName } from "../api/daemon.ts";
import type { Cause } from "../core/cause.ts";
import { compareGroups } from "../core/changes.ts";
import { groupsNeededFirst } from "../core/dependencies.ts";
import { Fault } from "../core/faults.ts";
import { isChildless } from "../core/life.ts";
import { canChangeInPlace } from "../core/live.ts";
import { byPriority } from "../core/order.ts";
import type { GroupSettings } from "../core/program.ts";
import type { Events } from "./events.ts";
import { byName, Group } from "./group.ts";
import { ListenerPool } from "./listener-pool.ts";
import type { OutputContext } from "./output.ts";
import type { SupervisedProcess } from "./process.ts";
import { spell } from "./snapshot.ts";
import type { Surroundings } from "./surroundings.ts";

export interface RosterParts {
  readonly identifier: string;
  readonly around: Surroundings;
  readonly output: OutputContext;
  readonly events: Events;
}

export class Roster {
  readonly #parts: RosterParts;
  /** In the order in which they came; the list has them by priority and name. */
  readonly #groups = new Map<string, Group>();
  /** Groups that are out of the list, until nothing of them is left: those of the same name start after them. */
  readonly #leaving = new Map<string, Promise<void>>();
  /** The list as last read; active groups may still have older settings. */
  wanted: readonly GroupSettings[];

  constructor(wanted: readonly GroupSettings[], parts: RosterParts) {
    this.wanted = wanted;
    this.#parts = parts;
  }

  /** Makes every group of the program list. Throws when one cannot be made. */
  open(): void {
    for (const settings of this.wanted) this.#activate(settings);
  }

  /** Active groups in starting order; of equal priority the latest to come, or to change, is the last. */
  groups(): Group[] {
    return byPriority([...this.#groups.values()]);
  }

  /** Who is not at rest, groups in the order in which they came. */
  unstopped(): SupervisedProcess[] {
    return [...this.#groups.values()].flatMap((group) => group.unstopped());
  }

  group(name: string): Group | undefined {
    return this.#groups.get(name);
  }

  /** All processes, in the order in which they are shown. */
  byName(): SupervisedProcess[] {
    return byName([...this.#groups.values()]);
  }

  process({ group, name }: ProcessName): SupervisedProcess | undefined {
    return this.#groups.get(group)?.processes.get(name);
  }

  /** @throws Fault BAD_NAME */
  find(name: ProcessName): SupervisedProcess {
    const process = this.process(name);
    if (process === undefined) throw new Fault("BAD_NAME", spell(name));
    return process;
  }

  /**
   * In the order of the list, as the reference starts the members of a group, but for what has to be first. None is
   * RUNNING, however small its startsecs, before all have been started.
   */
  autostart(groups: readonly Group[], because: Cause): void {
    const { dependencies } = this.#parts.around;
    const all = groups.flatMap((group) => [...group.processes.values()]);
    for (const process of dependencies.neededFirst(all.filter(({ settings }) => settings.autostart)))
      this.start(process, because, true);
  }

  /** Somebody wants it to run, and so all that it needs for that. */
  start(process: SupervisedProcess, because: Cause, later = false): void {
    this.#parts.around.dependencies.summon(process);
    process.feed({ type: "start", because }, later);
  }

  /** How the list differs from what is active. */
  changes(): ConfigChanges {
    // `update` goes through them in this order: what is needed comes first and goes last.
    const active = [...this.#groups.values()].map(({ settings }) => settings);
    return compareGroups(groupsNeededFirst(active.reverse()).toReversed(), groupsNeededFirst(this.wanted));
  }

  add(name: string, because: Cause): void {
    const settings = this.wanted.find((group) => group.name === name);
    if (settings === undefined) throw new Fault("BAD_NAME", name);
    if (this.#groups.has(name)) throw new Fault("ALREADY_ADDED", name);
    let group: Group;
    try {
      group = this.#activate(settings);
    } catch (error) {
      throw new Fault("FAILED", (error as Error).message);
    }
    const leaving = this.#leaving.get(name);
    if (leaving === undefined) this.autostart([group], because);
    else void leaving.then(() => this.autostart([group], because));
  }

  remove(name: string): void {
    const { dependencies, log } = this.#parts.around;
    const dependents = new Set([...(this.#groups.get(name)?.processes.values() ?? [])].flatMap(dependencies.neededBy));
    this.#takeOut(name);
    // What the list itself says has been checked.
    if (!this.wanted.some((group) => group.name === name)) return;
    for (const { group, settings } of dependents)
      if (group !== name) log.warn(`${settings.name} depends on ${name}, which has been removed`);
  }

  async update(name: string, because: Cause): Promise<void> {
    const group = this.#groups.get(name);
    const wanted = this.wanted.find((settings) => settings.name === name);
    if (group === undefined || wanted === undefined) throw new Fault("BAD_NAME", name);
    const { dependencies, publish } = this.#parts.around;
    if (canChangeInPlace(group.settings, wanted)) {
      const starting = await group.change(wanted);
      // As if it had gone and come again, which is how the reference changes a group.
      this.#groups.delete(name);
      publish({ type: "group-removed", group: name, inPlace: true });
      this.#groups.set(name, group);
      if (wanted.kind === "eventlistener")
        this.#parts.events.change({ settings: wanted, processes: [...group.processes.values()] });
      // A pool that comes with these events hears of its own coming.
      publish({ type: "group-added", group: name, inPlace: true });
      dependencies.changed();
      for (const process of dependencies.neededFirst(starting)) this.start(process, because);
      return;
    }
    for (const process of group.processes.values()) process.feed({ type: "stop", because });
    await Promise.all([...group.processes.values()].map((process) => process.vacated()));
    this.#takeOut(name);
    this.add(name, because);
  }

  /** Closes every log, with what is still on its way to disk. */
  async dispose(): Promise<void> {
    await Promise.all([...this.#groups.values()].map((group) => group.dispose()));
    await Promise.all(this.#leaving.values());
    this.#groups.clear();
  }

  #activate(settings: GroupSettings): Group {
    const { around, output } = this.#parts;
    const group = new Group(settings, around, output);
    this.#groups.set(settings.name, group);
    around.dependencies.changed();
    if (settings.kind === "eventlistener") this.#listen(settings, group);
    around.publish({ type: "group-added", group: settings.name });
    return group;
  }

  #listen(settings: Extract<GroupSettings, { kind: "eventlistener" }>, group: Group): void {
    const processes = [...group.processes.values()];
    const { around, events, identifier } = this.#parts;
    events.add(settings.name, new ListenerPool({ settings, processes, identifier, log: around.log }));
  }

  #takeOut(name: string): void {
    const group = this.#groups.get(name);
    if (group === undefined) throw new Fault("BAD_NAME", name);
    const processes = [...group.processes.values()];
    const { around, events } = this.#parts;
    if (!processes.every(({ life }) => isChildless(life))) throw new Fault("STILL_RUNNING", name);
    this.#groups.delete(name);
    for (const process of processes) around.lifetime.leave(process);
    around.dependencies.changed();
    events.remove(name);
    const leaving = Promise.all(processes.map((process) => process.vacated())).then(() => group.dispose());
    this.#leaving.set(name, leaving);
    void leaving.then(() => this.#leaving.get(name) === leaving && this.#leaving.delete(name));
    around.publish({ type: "group-removed", group: name });
  }
}
