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
import { Fault } from "../core/faults.ts";
import { hasEnded, isToStart } from "../core/life.ts";
import type { Config } from "../core/program.ts";
import { type DaemonState, isRunning } from "../core/states.ts";
import { within } from "../system/log-file.ts";
import type { Departure } from "./departure.ts";
import type { Events } from "./events.ts";
import { Glance } from "./glance.ts";
import type { Group } from "./group.ts";
import { configuredProcesses, listedSettings } from "./listed.ts";
import { Shelf } from "./log-shelf.ts";
import { measure } from "./measurements.ts";
import type { OutputContext } from "./output.ts";
import type { SupervisedProcess } from "./process.ts";
import { reportOf } from "./report.ts";
import { reportStop, written } from "./reports.ts";
import { clearLogs, clearMainLog, reopenLogs, restart, sendSignal, writeTo } from "./requests.ts";
import { Roster } from "./roster.ts";
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
  readonly #roster: Roster;
  readonly #began = Promise.withResolvers<void>();
  begun = false;

  constructor(config: Config, parts: SupervisorParts) {
    this.identifier = config.daemon.identifier;
    this.rpcInterfaces = config.rpcInterfaces;
    this.metrics = config.daemon.metrics;
    this.feed = parts.around.feed;
    this.#roster = new Roster(config.groups, { ...parts, identifier: this.identifier });
    this.#parts = parts;
    this.#glance = new Glance(parts.around);
    this.logs = new Shelf(() => this.#roster.byName(), parts.output.logs);
  }

  /** Makes every group of the program list. Throws when one cannot be made. */
  open(): void {
    this.#roster.open();
  }

  /** Starts what starts by itself, groups by priority. */
  begin(): void {
    this.#parts.around.publish({ type: "supervisor-running" });
    this.#roster.autostart(this.groups(), asked);
    this.begun = true;
    this.#began.resolve();
  }

  /** Active groups in starting order. */
  groups(): Group[] {
    return this.#roster.groups();
  }

  /** Who is not at rest, groups in the order in which they came. */
  unstopped(): SupervisedProcess[] {
    return this.#roster.unstopped();
  }

  state(): DaemonState {
    return this.#parts.departure.state;
  }

  processes(): ProcessInfo[] {
    return this.#roster.byName().map((process) => infoOf(process, this.#parts.around.clock.wall()));
  }

  overview(): Promise<Overview> {
    return this.#glance.take(this.#roster.byName(), this);
  }

  measure(): Promise<Measurements> {
    const processes = this.#roster.byName();
    return measure(processes, () => this.#glance.take(processes, this), this.#parts.around);
  }

  process(name: ProcessName): ProcessInfo | null {
    const process = this.#roster.process(name);
    return process === undefined ? null : infoOf(process, this.#parts.around.clock.wall());
  }

  async report(name: ProcessName): Promise<ProcessReport | null> {
    await this.#lookAtUsage();
    const process = this.#roster.process(name);
    return process === undefined
      ? null
      : reportOf(process, infoOf(process, this.#parts.around.clock.wall()), this.#parts.around);
  }

  listed({ group, name }: ProcessName) {
    const active = this.#roster.group(group)?.settings;
    return active === undefined ? null : listedSettings(active, name, this.#roster.wanted);
  }

  async usage(): Promise<(ProcessName & Usage)[]> {
    return (await this.#lookAtUsage()).flatMap((process) => {
      const usage = this.#parts.around.usage.now(process);
      return usage === null ? [] : [{ ...nameOf(process), ...usage }];
    });
  }

  async well(names: readonly ProcessName[] | null, limitMs: number): Promise<void> {
    await this.#began.promise;
    const processes =
      names?.map((name) => this.#roster.find(name)) ?? this.groups().flatMap((group) => group.inOrder());
    return untilWell(processes, ({ wanted }) => names !== null || wanted, limitMs, this.#parts.around);
  }

  group(name: string): ProcessName[] | null {
    const group = this.#roster.group(name);
    return group === undefined ? null : this.#neededFirst(group.inOrder()).map(nameOf);
  }

  inStartOrder(): ProcessName[] {
    return this.#neededFirst(this.groups().flatMap((group) => group.inOrder())).map(nameOf);
  }

  configured(): ConfiguredProcess[] {
    return configuredProcesses(this.#roster.wanted, (name) => this.#roster.group(name)?.settings);
  }

  async start(name: ProcessName, wait: boolean): Promise<void> {
    const process = this.#roster.find(name);
    const executable = process.executable();
    if (!executable.ok && !process.preparesItself) throw new Fault(executable.fault, executable.why);
    if (isRunning(process.state)) throw new Fault("ALREADY_STARTED", spell(name));
    if (process.life.state === "UNKNOWN") throw new Fault("FAILED", `${spell(name)} is in an unknown process state`);
    this.#roster.start(process, asked);
    const outcome = () => startOutcome(process, wait);
    const now = outcome();
    const result = now === "pending" ? await until(process, outcome) : now;
    if (wait) await written(this.#parts.around);
    if (result !== "done") throw new Fault(result, spell(name));
  }

  async stop(name: ProcessName, wait: boolean, among: readonly ProcessName[] = []): Promise<void> {
    const process = this.#roster.find(name);
    if (!isRunning(process.state) && !isToStart(process.life)) throw new Fault("NOT_RUNNING", spell(name));
    const first = this.#dependentsOf(process, among);
    if (first.length > 0) {
      const gone = Promise.all(first.map((dependent) => dependent.ended()));
      if (!wait) return void gone.then(() => process.feed({ type: "stop" }));
      await gone;
    }
    process.feed({ type: "stop" }, true);
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
    sendSignal(this.#roster.find(name), signal, spell(name));
  }

  writeStdin(name: ProcessName, data: Buffer): void {
    writeTo(this.#roster.find(name), data, spell(name));
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
    this.#roster.wanted = config.groups;
    await this.#parts.around.logTargets.configure(config.logTargets);
    return this.#roster.changes();
  }

  addGroup(name: string, because: Cause = asked): void {
    this.#roster.add(name, because);
  }

  removeGroup(name: string): void {
    this.#roster.remove(name);
  }

  updateGroup(name: string): Promise<void> {
    return this.#roster.update(name, updated);
  }

  readonly scale = (program: string, copies: number) => scale(this, this.#parts.scales, program, copies);

  log(name: ProcessName, channel: Channel): LogReader | null {
    return this.#roster.find(name)[channel].reader();
  }

  mainLog(): LogReader | null {
    return this.#parts.around.log.reader();
  }

  clearLogs(name: ProcessName): Promise<void> {
    return clearLogs(this.#roster.find(name), spell(name));
  }

  clearMainLog(): Promise<void> {
    return clearMainLog(this.#parts.around.log);
  }

  shutdown(): void {
    this.#parts.departure.shutdown();
  }

  readonly restart = () => restart(this.#parts.departure, this.#parts.around.log);

  reopenLogs(): void {
    for (const process of this.#roster.byName()) reopenLogs(process);
  }

  /** Resolves when the listeners among these groups have heard what has happened so far, however long that takes. */
  heard(groups: readonly Group[]): Promise<void> {
    return this.#parts.events.idle(groups.map(({ name }) => name));
  }

  /** Closes every log, with what is still on its way to disk. */
  dispose(): Promise<void> {
    return this.#roster.dispose();
  }

  #neededFirst(processes: readonly SupervisedProcess[]): readonly SupervisedProcess[] {
    return this.#parts.around.dependencies.neededFirst(processes);
  }

  #dependentsOf(process: SupervisedProcess, among: readonly ProcessName[]): SupervisedProcess[] {
    if (among.length === 0) return [];
    return this.#parts.around.dependencies.dependentsOf(
      process,
      () => new Set(among.flatMap((each) => this.#roster.process(each) ?? [])),
    );
  }

  /** All processes, and sees to it that what is known of their use is no older than a second. */
  async #lookAtUsage(): Promise<SupervisedProcess[]> {
    const all = this.groups().flatMap((group) => [...group.processes.values()]);
    await this.#parts.around.usage.refresh(all);
    return all;
  }
}

const asked: Cause = { type: "request" };
const updated: Cause = { type: "update" };
