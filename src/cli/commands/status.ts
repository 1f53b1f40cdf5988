/**
 * `status`: a line per process. The JSON form is for programs and stays as it is; fields are added,
 * never changed:
 *
 *   group, name      the two parts of the process's name
 *   state            STOPPED STARTING RUNNING BACKOFF STOPPING EXITED FATAL UNKNOWN
 *   pid              null without a process
 *   uptimeSeconds    whole seconds since the start; null when it does not run
 *   description      the last column of the table
 *   exitStatus       the latest exit code, -1 after a signal; null before the first exit
 *   spawnError       why it could not be started; null when it could
 *   startedAt, stoppedAt   the latest times, ISO 8601 in UTC; null = never
 *   memoryBytes, cpuPercent, processes   what it uses with all that is below it, percent of one core, and how
 *                    many that are; null when it does not run, or the daemon is supervisord
 *   health           none, starting, healthy or unhealthy; null when the daemon is supervisord
 *   ready            whether it has said, or its check has shown, that it is; null likewise
 *   lacks            why it is not as it should be, in words; null when it is, or likewise
 *   loses            why what it writes is being lost, in words; null when it is not, or likewise
 */

import { asHealth, type RemoteHealth } from "../../client/health.ts";
import { asProcesses, type RemoteProcess } from "../../client/replies.ts";
import { asUsages, type RemoteUsage } from "../../client/usage.ts";
import { processStates } from "../../core/states.ts";
import type { Command } from "../commands.ts";
import { isoTime, printJson } from "../listing.ts";
import { displayName, isGlob, isMeant, lengthOf, matching, pad, parseName } from "../names.ts";
import { exitStatus, type Session } from "../session.ts";
import { perhaps, wantedOf } from "../upcheck.ts";

const narrowest = 30;
const stopped: readonly number[] = [
  processStates.STOPPED,
  processStates.EXITED,
  processStates.FATAL,
  processStates.UNKNOWN,
];

export async function run(session: Session, argument: string, command: Command): Promise<undefined> {
  const wanted = await wantedOf(session, command, argument);
  if (wanted === null) return;
  const all = asProcesses(await session.call("getAllProcessInfo"));
  const shown =
    wanted.names.length === 0 || wanted.names.includes("all")
      ? all
      : wanted.names.flatMap((name) => select(session, name, all));
  if (wanted.json) {
    const used = await perhaps(session, "spaced.usage", asUsages);
    const health = new Map(
      (await perhaps(session, "spaced.health", asHealth, [[], 0]))?.map((row) => [`${row.group}:${row.name}`, row]),
    );
    printJson(
      session,
      shown.map((process) => {
        const key = `${process.group}:${process.name}`;
        return asJson(process, used?.get(key) ?? null, health.get(key) ?? null);
      }),
    );
  } else session.out.write(table(shown));
  if (shown.some(({ state }) => stopped.includes(state))) session.status = exitStatus.somethingStopped;
}

function select(session: Session, name: string, all: readonly RemoteProcess[]): readonly RemoteProcess[] {
  const spec = parseName(name);
  const found = isGlob(name) ? matching(name, all) : all.filter((process) => isMeant(spec, process));
  if (found.length === 0) {
    const text = spec.name === null ? `${spec.group}: ERROR (no such group)` : `${name}: ERROR (no such process)`;
    session.fail(text, exitStatus.unknown);
  }
  return found;
}

/** Name, state, description in columns, as wide as the longest name needs. */
export function table(processes: readonly RemoteProcess[]): string {
  const names = processes.map(displayName);
  const width = names.reduce((widest, name) => Math.max(widest, lengthOf(name)), narrowest) + 3;
  return processes
    .map(({ stateName, description }, at) => `${pad(names[at] ?? "", width)}${pad(stateName, 10)}${description}\n`)
    .join("");
}

function asJson(process: RemoteProcess, usage: RemoteUsage | null, health: RemoteHealth | null) {
  return {
    group: process.group,
    name: process.name,
    state: process.stateName,
    pid: process.pid === 0 ? null : process.pid,
    uptimeSeconds: process.pid === 0 || process.start === 0 ? null : Math.max(0, process.now - process.start),
    description: process.description,
    exitStatus: process.stop === 0 ? null : process.exitStatus,
    spawnError: process.spawnError === "" ? null : process.spawnError,
    startedAt: isoTime(process.start),
    stoppedAt: isoTime(process.stop),
    memoryBytes: usage?.memoryBytes ?? null,
    cpuPercent: usage?.cpuPercent ?? null,
    processes: usage?.processes ?? null,
    health: health?.health ?? null,
    ready: health?.ready ?? null,
    lacks: health === null || health.well ? null : health.why,
    loses: health?.loses ?? null,
  };
}
