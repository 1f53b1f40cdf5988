/** One active group: its settings, its processes, and the sockets that those of FastCGI programs share. */

import { isAtRest } from "../core/life.ts";
import { processChange } from "../core/live.ts";
import { byPriority } from "../core/order.ts";
import type { ChannelSettings, GroupSettings, ProcessSettings } from "../core/program.ts";
import { SharedSocket } from "./fcgi-socket.ts";
import { Output, type OutputContext } from "./output.ts";
import { publishOutput } from "./output-events.ts";
import { SupervisedProcess } from "./process.ts";
import type { Surroundings } from "./surroundings.ts";

export class Group {
  readonly #around: Surroundings;
  readonly #context: OutputContext;
  /** By program. */
  readonly #sockets: ReadonlyMap<string, SharedSocket>;
  #settings: GroupSettings;
  #processes: ReadonlyMap<string, SupervisedProcess>;

  /** Makes the processes and their AUTO log files; starts nothing. Throws when the FastCGI socket cannot be made. */
  constructor(settings: GroupSettings, around: Surroundings, context: OutputContext) {
    this.#settings = settings;
    this.#around = around;
    this.#context = context;
    this.#sockets = sharedSockets(settings, (line) => around.log.info(line));
    for (const [program, socket] of this.#sockets) probe(socket, program);
    this.#processes = new Map(settings.processes.map((process) => [process.name, this.#make(process)]));
  }

  get settings(): GroupSettings {
    return this.#settings;
  }

  /** In the order of the list. */
  get processes(): ReadonlyMap<string, SupervisedProcess> {
    return this.#processes;
  }

  get name(): string {
    return this.#settings.name;
  }

  get priority(): number {
    return this.#settings.priority;
  }

  /** Lowest priority first. */
  inOrder(): SupervisedProcess[] {
    const all = [...this.#processes.values()];
    return byPriority(all.map((process) => ({ process, priority: process.settings.priority }))).map(
      ({ process }) => process,
    );
  }

  unstopped(): SupervisedProcess[] {
    return [...this.#processes.values()].filter(({ life }) => !isAtRest(life));
  }

  /**
   * Becomes what `wanted` says, process by process: what has not changed is not touched, what its child
   * does not feel is applied, the rest is stopped and made anew. Returns who has to be started now: what was made
   * anew, and what had come to rest under settings that are no longer, as they may be why.
   * Only for settings that `canChangeInPlace`.
   */
  async change(wanted: GroupSettings): Promise<SupervisedProcess[]> {
    const starting = new Set<SupervisedProcess>();
    const kept = new Map<string, SupervisedProcess>();
    for (const settings of wanted.processes) {
      const process = this.#processes.get(settings.name);
      const change = process === undefined ? "restart" : processChange(process.settings, settings);
      if (process === undefined || change === "restart") continue;
      process.apply(settings);
      if (change === "live" && settings.autostart && isAtRest(process.life) && !isDone(process)) starting.add(process);
      for (const channel of ["stdout", "stderr"] as const) {
        process[channel].configure(channelSettings(settings, channel));
        publishOutput(process[channel], { group: this.name, process: settings.name, channel }, this.#around);
      }
      kept.set(settings.name, process);
    }
    const leaving = [...this.#processes.values()].filter((process) => !kept.has(process.settings.name));
    const ran = new Set(leaving.filter(({ life }) => !isAtRest(life)).map(({ settings }) => settings.name));
    // Again if somebody has started one meanwhile.
    while (leaving.some(({ life }) => !isAtRest(life))) {
      for (const process of leaving) process.feed({ type: "stop", because: { type: "update" } });
      await Promise.all(leaving.map((process) => process.vacated()));
    }
    await Promise.all(leaving.map((process) => this.#dispose(process)));
    this.#processes = new Map(
      wanted.processes.map((settings) => {
        const process = kept.get(settings.name) ?? this.#make(settings);
        if (!kept.has(settings.name) && (settings.autostart || ran.has(settings.name))) starting.add(process);
        return [settings.name, process];
      }),
    );
    this.#settings = wanted;
    return [...starting];
  }

  async dispose(): Promise<void> {
    await Promise.all([...this.#processes.values()].map((process) => this.#dispose(process)));
  }

  async #dispose(process: SupervisedProcess): Promise<void> {
    await process.dispose();
    for (const output of [process.stdout, process.stderr]) this.#around.logTargets.delete(output);
  }

  #make(settings: ProcessSettings): SupervisedProcess {
    const logs = outputs(this.#settings, settings, this.#around, this.#context);
    const socket = this.#sockets.get(settings.program) ?? null;
    return new SupervisedProcess(this.name, settings, logs, socket, this.#around);
  }
}

/** A oneshot that has done what it is for. */
const isDone = ({ life, settings }: SupervisedProcess): boolean =>
  settings.care.type === "oneshot" && life.state === "EXITED" && life.expected;

/** All processes, by group name, then process name. */
export function byName(groups: readonly Group[]): SupervisedProcess[] {
  return groups
    .toSorted((a, b) => (a.name < b.name ? -1 : 1))
    .flatMap(({ processes }) => [...processes.values()].sort((a, b) => (a.settings.name < b.settings.name ? -1 : 1)));
}

function sharedSockets(settings: GroupSettings, log: (line: string) => void): ReadonlyMap<string, SharedSocket> {
  if (settings.kind === "eventlistener") return new Map();
  const sockets = settings.kind === "program" ? settings.sockets : { [settings.name]: settings.socket };
  return new Map(Object.entries(sockets).map(([program, socket]) => [program, new SharedSocket(socket, log)]));
}

/** A socket that cannot be made should be known at start, not when the first child is. */
function probe(socket: SharedSocket, group: string): void {
  try {
    socket.acquire();
    socket.release();
  } catch (error) {
    const why = (error as Error).message;
    throw new Error(`Could not create FastCGI socket ${socket.url} of ${group}: ${why}`, { cause: error });
  }
}

/** Redirected stderr has no log of its own. */
function channelSettings(settings: ProcessSettings, channel: "stdout" | "stderr"): ChannelSettings {
  return channel === "stderr" && settings.redirectStderr
    ? { ...settings.stderr, log: { type: "none" } }
    : settings[channel];
}

function outputs(
  { name: group, kind }: GroupSettings,
  settings: ProcessSettings,
  around: Surroundings,
  context: OutputContext,
) {
  const { name, program } = settings;
  const make = (channel: "stdout" | "stderr") => {
    const output = new Output({
      program,
      name,
      channel,
      settings: channelSettings(settings, channel),
      passthrough: settings.logPassthrough,
      context,
    });
    publishOutput(output, { group, process: name, channel }, around);
    // What a listener says on stdout is the protocol's.
    if (kind !== "eventlistener" || channel === "stderr")
      around.logTargets.add(output, { group, program, process: name, stream: channel });
    // AUTO files exist from the beginning, so that `tail` of a program that was never started finds one.
    if (output.settings.log.type === "auto") {
      try {
        output.open();
      } catch (error) {
        around.log.warn((error as Error).message);
      }
    }
    return output;
  };
  return { stdout: make("stdout"), stderr: make("stderr") };
}
