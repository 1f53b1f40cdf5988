/** One active group: its settings, its processes, and the socket they share if it is a FastCGI one. */
import { byPriority } from "../core/order.ts";
import type { GroupSettings, ProcessSettings } from "../core/program.ts";
import { isStopped } from "../core/states.ts";
import { SharedSocket } from "./fcgi-socket.ts";
import { Output, type OutputContext } from "./output.ts";
import { SupervisedProcess, type Surroundings } from "./process.ts";

export class Group {
  readonly settings: GroupSettings;
  readonly processes: ReadonlyMap<string, SupervisedProcess>;

  /** Makes the processes and their AUTO log files; starts nothing. Throws when the FastCGI socket cannot be made. */
  constructor(settings: GroupSettings, around: Surroundings, context: OutputContext) {
    this.settings = settings;
    const socket =
      settings.kind === "fcgi-program" ? new SharedSocket(settings.socket, (line) => around.log.info(line)) : null;
    if (socket !== null) probe(socket, settings.name);
    this.processes = new Map(
      settings.processes.map((process) => [
        process.name,
        new SupervisedProcess(settings.name, process, outputs(settings.name, process, around, context), socket, around),
      ]),
    );
  }

  get name(): string {
    return this.settings.name;
  }

  get priority(): number {
    return this.settings.priority;
  }

  /** Lowest priority first. */
  inOrder(): SupervisedProcess[] {
    return byPriority(
      [...this.processes.values()].map((process) => ({ process, priority: process.settings.priority })),
    ).map(({ process }) => process);
  }

  unstopped(): SupervisedProcess[] {
    return [...this.processes.values()].filter(({ life }) => !isStopped(life.state));
  }

  async dispose(): Promise<void> {
    await Promise.all([...this.processes.values()].map((process) => process.dispose()));
  }
}

/** A socket that cannot be made should be known at start, not when the first child is. */
function probe(socket: SharedSocket, group: string): void {
  try {
    socket.acquire();
    socket.release();
  } catch (error) {
    throw new Error(`Could not create FastCGI socket of ${group}: ${(error as Error).message}`, { cause: error });
  }
}

function outputs(group: string, settings: ProcessSettings, around: Surroundings, context: OutputContext) {
  const { name, redirectStderr } = settings;
  const make = (channel: "stdout" | "stderr") => {
    const output = new Output({
      group,
      name,
      channel,
      settings:
        channel === "stderr" && redirectStderr ? { ...settings.stderr, log: { type: "none" } } : settings[channel],
      passthrough: settings.logPassthrough,
      context,
    });
    publishOutput(output, { group, process: name, channel }, around);
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

/** Output and captured messages as events, where the program list asks for them. */
function publishOutput(
  output: Output,
  source: { readonly group: string; readonly process: string; readonly channel: "stdout" | "stderr" },
  around: Surroundings,
): void {
  if (output.settings.eventsEnabled)
    output.onData = (data, pid) => around.publish({ type: "process-log", ...source, pid, data });
  if (output.settings.captureMaxBytes > 0)
    output.onMessage = (data, pid) => {
      around.log.debug(`'${source.process}' ${source.channel} emitted a comm event`);
      around.publish({ type: "process-communication", ...source, pid, data });
    };
}
