/**
 * All groups and processes, and what may be asked of them: the `Daemon` that `src/api` speaks to.
 * Requests become inputs to processes; answers are snapshots of their lives.
 */
import type {
  Channel,
  ConfigChanges,
  ConfiguredProcess,
  Daemon,
  LogReader,
  Overview,
  ProcessInfo,
  ProcessName,
  ProcessReport,
  Usage,
} from "../api/daemon.ts";
import type { Measurements } from "../api/measurements.ts";
import type { Scales } from "../config/scales.ts";
import type { Cause } from "../core/cause.ts";
import { compareGroups } from "../core/changes.ts";
import { groupsNeededFirst } from "../core/dependencies.ts";
import { Fault } from "../core/faults.ts";
import { hasEnded, isChildless, isToStart } from "../core/life.ts";
import { canChangeInPlace } from "../core/live.ts";
import type { Config, GroupSettings } from "../core/program.ts";
import { type DaemonState, isRunning } from "../core/states.ts";
import { within } from "../system/log-file.ts";
import type { Departure } from "./departure.ts";
import type { Dependencies } from "./dependencies.ts";
import type { Events } from "./events.ts";
import { Glance } from "./glance.ts";
import { byName, Group } from "./group.ts";
import { configuredProcesses, listedSettings } from "./listed.ts";
import { ListenerPool } from "./listener-pool.ts";
import { Shelf } from "./log-shelf.ts";
import { measure } from "./measurements.ts";
import type { OutputContext } from "./output.ts";
import type { SupervisedProcess } from "./process.ts";
import { reportOf } from "./report.ts";
import { reportStop, written } from "./reports.ts";
import { clearLogs, clearMainLog, reopenLogs, restart, sendSignal, writeTo } from "./requests.ts";
import { scale } from "./scaling.ts";
import { infoOf, nameOf, spell, startOutcome } from "./snapshot.ts";
import type { Surroundings } from "./surroundings.ts";
import { until } from "./until.ts";
import { untilWell } from "./well.ts";

export interface SupervisorParts {
  readonly around: Surroundings;
  readonly output: OutputContext;
  readonly events: Events;
  /** Reads the program list again; rejects with the reason when it cannot be used. */
  readonly reload: () => Promise<Config>;
  readonly scales: Scales;
  readonly departure: Departure;
}

/**
 * Most of what a child leaves behind ends right after it (the `sleep` of a shell script). Who asks for the state
 * after a stop should not be told that it is STOPPING where the reference, which does not look, says STOPPED.
 */
const leftoverMs = 1000;

export class Supervisor implements Daemon {
  readonly identifier: string;
  readonly pid = process.pid;
  readonly rpcInterfaces: readonly string[];
  readonly metrics: boolean;
  readonly feed: Daemon["feed"];
  readonly logs: Shelf;
  readonly #parts: SupervisorParts;
  readonly #glance: Glance;
  readonly #groups = new Map<string, Group>();
  /** Groups that are out of the list, until nothing of them is left: those of the same name start after them. */
  readonly #leaving = new Map<string, Promise<void>>();
  readonly #began = Promise.withResolvers<void>();
  begun = false;
  /** The list as last read; active groups may still have older settings. */
  #wanted: readonly GroupSettings[];

  constructor(config: Config, parts: SupervisorParts) {
    this.identifier = config.daemon.identifier;
    this.rpcInterfaces = config.rpcInterfaces;
    this.metrics = config.daemon.metrics;
    this.feed = parts.around.feed;
    this.#wanted = config.groups;
    this.#parts = parts;
    this.#glance = new Glance(parts.around);
    this.logs = new Shelf(() => byName([...this.#groups.values()]), parts.output.logs);
  }

  /** Makes every group of the program list. Throws when one cannot be made. */
  open(): void {
    for (const settings of this.#wanted) this.#activate(settings);
  }

  /** Starts what starts by itself, groups by priority. */
  begin(): void {
    this.#parts.around.publish({ type: "supervisor-running" });
    this.#autostart(this.groups(), asked);
    this.begun = true;
    this.#began.resolve();
  }

  /** Active groups in starting order. */
  groups(): Group[] {
    return [...this.#groups.values()].sort(
      (a, b) => a.priority - b.priority || (a.name < b.name ? -1 : a.name > b.name ? 1 : 0),
    );
  }

  state(): DaemonState {
    return this.#parts.departure.state;
  }

  processes(): ProcessInfo[] {
    return byName([...this.#groups.values()]).map((process) => infoOf(process, this.#parts.around.clock.wall()));
  }

  overview(): Promise<Overview> {
    return this.#glance.take(byName([...this.#groups.values()]), this);
  }

  measure(): Promise<Measurements> {
    const processes = byName([...this.#groups.values()]);
    return measure(processes, () => this.#glance.take(processes, this), this.#parts.around);
  }

  process(name: ProcessName): ProcessInfo | null {
    const process = this.#groups.get(name.group)?.processes.get(name.name);
    return process === undefined ? null : infoOf(process, this.#parts.around.clock.wall());
  }

  async report(name: ProcessName): Promise<ProcessReport | null> {
    await this.#lookAtUsage();
    const process = this.#groups.get(name.group)?.processes.get(name.name);
    return process === undefined
      ? null
      : reportOf(process, infoOf(process, this.#parts.around.clock.wall()), this.#parts.around);
  }

  listed({ group, name }: ProcessName) {
    const active = this.#groups.get(group)?.settings;
    return active === undefined ? null : listedSettings(active, name, this.#wanted);
  }

  async usage(): Promise<(ProcessName & Usage)[]> {
    return (await this.#lookAtUsage()).flatMap((process) => {
      const usage = this.#parts.around.usage.now(process);
      return usage === null ? [] : [{ ...nameOf(process), ...usage }];
    });
  }

  async well(names: readonly ProcessName[] | null, limitMs: number): Promise<void> {
    await this.#began.promise;
    const processes = names?.map((name) => this.#find(name)) ?? this.groups().flatMap((group) => group.inOrder());
    return untilWell(processes, ({ wanted }) => names !== null || wanted, limitMs, this.#parts.around);
  }

  group(name: string): ProcessName[] | null {
    const group = this.#groups.get(name);
    return group === undefined ? null : this.#neededFirst(group.inOrder()).map(nameOf);
  }

  inStartOrder(): ProcessName[] {
    return this.#neededFirst(this.groups().flatMap((group) => group.inOrder())).map(nameOf);
  }

  configured(): ConfiguredProcess[] {
    return configuredProcesses(this.#wanted, (name) => this.#groups.get(name)?.settings);
  }

  async start(name: ProcessName, wait: boolean): Promise<void> {
    const process = this.#find(name);
    const executable = process.executable();
    if (!executable.ok && !process.preparesItself) throw new Fault(executable.fault, executable.why);
    if (isRunning(process.state)) throw new Fault("ALREADY_STARTED", spell(name));
    if (process.life.state === "UNKNOWN") throw new Fault("FAILED", `${spell(name)} is in an unknown process state`);
    this.#start(process, asked);
    const outcome = () => startOutcome(process, wait);
    const now = outcome();
    const result = now === "pending" ? await until(process, outcome) : now;
    if (wait) await written(this.#parts.around);
    if (result !== "done") throw new Fault(result, spell(name));
  }

  async stop(name: ProcessName, wait: boolean, among: readonly ProcessName[] = []): Promise<void> {
    const process = this.#find(name);
    if (!isRunning(process.state) && !isToStart(process.life)) throw new Fault("NOT_RUNNING", spell(name));
    const first = this.#dependentsOf(process, among);
    if (first.length > 0) {
      const gone = Promise.all(first.map((dependent) => dependent.ended()));
      if (!wait) return void gone.then(() => process.feed({ type: "stop" }));
      await gone;
    }
    process.feed({ type: "stop" });
    if (process.life.state === "UNKNOWN") throw new Fault("FAILED", process.life.why);
    if (!wait) return;
    if (!hasEnded(process.life)) {
      const report = reportStop(process.settings.name, this.#parts.around);
      try {
        await until(process, () => (hasEnded(process.life) ? "done" : "pending"));
      } finally {
        report.end();
      }
    }
    await within(leftoverMs, process.ended());
    await written(this.#parts.around);
  }

  signal(name: ProcessName, signal: number): void {
    sendSignal(this.#find(name), signal, spell(name));
  }

  writeStdin(name: ProcessName, data: Buffer): void {
    writeTo(this.#find(name), data, spell(name));
  }

  sendRemoteEvent(kind: string, data: string): void {
    this.#parts.around.publish({ type: "remote-communication", kind, data });
  }

  async reread(): Promise<ConfigChanges> {
    let config: Config;
    try {
      config = await this.#parts.reload();
    } catch (error) {
      throw new Fault("CANT_REREAD", (error as Error).message);
    }
    this.#wanted = config.groups;
    await this.#parts.around.logTargets.configure(config.logTargets);
    // `update` goes through them in this order: what is needed comes first and goes last.
    const active = [...this.#groups.values()].map(({ settings }) => settings);
    return compareGroups(groupsNeededFirst(active.reverse()).toReversed(), groupsNeededFirst(this.#wanted));
  }

  addGroup(name: string, because: Cause = asked): void {
    const settings = this.#wanted.find((group) => group.name === name);
    if (settings === undefined) throw new Fault("BAD_NAME", name);
    if (this.#groups.has(name)) throw new Fault("ALREADY_ADDED", name);
    let group: Group;
    try {
      group = this.#activate(settings);
    } catch (error) {
      throw new Fault("FAILED", (error as Error).message);
    }
    const leaving = this.#leaving.get(name);
    if (leaving === undefined) this.#autostart([group], because);
    else void leaving.then(() => this.#autostart([group], because));
  }

  removeGroup(name: string): void {
    const dependents = new Set(
      [...(this.#groups.get(name)?.processes.values() ?? [])].flatMap(this.#dependencies.neededBy),
    );
    this.#remove(name);
    // What the list itself says has been checked.
    if (!this.#wanted.some((group) => group.name === name)) return;
    for (const { group, settings } of dependents)
      if (group !== name) this.#parts.around.log.warn(`${settings.name} depends on ${name}, which has been removed`);
  }

  #remove(name: string): void {
    const group = this.#groups.get(name);
    if (group === undefined) throw new Fault("BAD_NAME", name);
    const processes = [...group.processes.values()];
    const { lifetime } = this.#parts.around;
    if (!processes.every(({ life }) => isChildless(life))) throw new Fault("STILL_RUNNING", name);
    this.#groups.delete(name);
    for (const process of processes) lifetime.leave(process);
    this.#dependencies.changed();
    this.#parts.events.remove(name);
    const leaving = Promise.all(processes.map((process) => process.vacated())).then(() => group.dispose());
    this.#leaving.set(name, leaving);
    void leaving.then(() => this.#leaving.get(name) === leaving && this.#leaving.delete(name));
    this.#parts.around.publish({ type: "group-removed", group: name });
  }

  async updateGroup(name: string): Promise<void> {
    const group = this.#groups.get(name);
    const wanted = this.#wanted.find((settings) => settings.name === name);
    if (group === undefined || wanted === undefined) throw new Fault("BAD_NAME", name);
    if (canChangeInPlace(group.settings, wanted)) {
      const starting = await group.change(wanted);
      if (wanted.kind === "eventlistener")
        this.#parts.events.change({ settings: wanted, processes: [...group.processes.values()] });
      this.#dependencies.changed();
      for (const process of this.#neededFirst(starting)) this.#start(process, updated);
      return;
    }
    for (const process of group.processes.values()) process.feed({ type: "stop", because: updated });
    await Promise.all([...group.processes.values()].map((process) => process.vacated()));
    this.#remove(name);
    this.addGroup(name, updated);
  }

  readonly scale = (program: string, copies: number) => scale(this, this.#parts.scales, program, copies);

  log(name: ProcessName, channel: Channel): LogReader | null {
    return this.#find(name)[channel].reader();
  }

  mainLog(): LogReader | null {
    return this.#parts.around.log.reader();
  }

  clearLogs(name: ProcessName): Promise<void> {
    return clearLogs(this.#find(name), spell(name));
  }

  clearMainLog(): Promise<void> {
    return clearMainLog(this.#parts.around.log);
  }

  shutdown(): void {
    this.#parts.departure.shutdown();
  }

  readonly restart = () => restart(this.#parts.departure, this.#parts.around.log);

  reopenLogs(): void {
    for (const process of byName([...this.#groups.values()])) reopenLogs(process);
  }

  /** Resolves when the listeners among these groups have heard what has happened so far, however long that takes. */
  heard(groups: readonly Group[]): Promise<void> {
    return this.#parts.events.idle(groups.map(({ name }) => name));
  }

  /** Closes every log, with what is still on its way to disk. */
  async dispose(): Promise<void> {
    await Promise.all([...this.#groups.values()].map((group) => group.dispose()));
    await Promise.all(this.#leaving.values());
    this.#groups.clear();
  }

  #activate(settings: GroupSettings): Group {
    const group = new Group(settings, this.#parts.around, this.#parts.output);
    this.#groups.set(settings.name, group);
    this.#dependencies.changed();
    if (settings.kind === "eventlistener") this.#listen(settings, group);
    this.#parts.around.publish({ type: "group-added", group: settings.name });
    return group;
  }

  #listen(settings: Extract<GroupSettings, { kind: "eventlistener" }>, group: Group): void {
    const processes = [...group.processes.values()];
    const { around, events } = this.#parts;
    events.add(settings.name, new ListenerPool({ settings, processes, identifier: this.identifier, log: around.log }));
  }

  get #dependencies(): Dependencies {
    return this.#parts.around.dependencies;
  }

  /**
   * In the order of the list, as the reference starts the members of a group, but for what has to be first. None is
   * RUNNING, however small its startsecs, before all have been started.
   */
  #autostart(groups: readonly Group[], because: Cause): void {
    const all = groups.flatMap((group) => [...group.processes.values()]);
    for (const process of this.#neededFirst(all.filter(({ settings }) => settings.autostart)))
      this.#start(process, because, true);
  }

  /** Somebody wants it to run, and so all that it needs for that. */
  #start(process: SupervisedProcess, because: Cause, later = false): void {
    this.#dependencies.summon(process);
    process.feed({ type: "start", because }, later);
  }

  #neededFirst(processes: readonly SupervisedProcess[]): readonly SupervisedProcess[] {
    return this.#dependencies.neededFirst(processes);
  }

  #dependentsOf(process: SupervisedProcess, among: readonly ProcessName[]): SupervisedProcess[] {
    if (among.length === 0) return [];
    return this.#dependencies.dependentsOf(
      process,
      () => new Set(among.flatMap(({ group, name }) => this.#groups.get(group)?.processes.get(name) ?? [])),
    );
  }

  /** All processes, and sees to it that what is known of their use is no older than a second. */
  async #lookAtUsage(): Promise<SupervisedProcess[]> {
    const all = this.groups().flatMap((group) => [...group.processes.values()]);
    await this.#parts.around.usage.refresh(all);
    return all;
  }

  #find(name: ProcessName): SupervisedProcess {
    const process = this.#groups.get(name.group)?.processes.get(name.name);
    if (process === undefined) throw new Fault("BAD_NAME", spell(name));
    return process;
  }
}

const asked: Cause = { type: "request" };
const updated: Cause = { type: "update" };
