/** Does what was asked for, many at a time, and tells in one sentence what came of it. */
import { RemoteFault } from "../../client/failures.ts";
import type { RemoteProgram } from "../../client/overview.ts";
import { asOutcomes } from "../../client/replies.ts";
import { faultCodes } from "../../core/faults.ts";
import type { Request } from "../state/effects.ts";
import { displayName, idOf } from "../state/state.ts";
import { plural } from "../text/figures.ts";
import { trouble } from "./trouble.ts";

/** All that is needed of a client; the web page has one of its own. */
interface Caller {
  call(method: string, params: readonly string[]): Promise<unknown>;
}

export interface Outcome {
  readonly text: string;
  readonly isGood: boolean;
}

/** Each takes as long as its program: startsecs, stopwaitsecs. */
const atOnce = 16;

/** What the daemon is asked as one: it knows in which order programs start and stop. */
type Unit =
  | { readonly type: "all" }
  | { readonly type: "group"; readonly name: string }
  | { readonly type: "one"; readonly id: string };

interface Failure {
  readonly name: string;
  readonly why: string;
}

/** `done` is told how many are, now and then. */
export async function perform(
  client: Caller,
  request: Request,
  processes: readonly RemoteProgram[],
  done: (count: number) => void,
): Promise<Outcome> {
  const units = unitsOf(request, processes);
  const failures: Failure[] = [];
  let count = 0;
  let next = 0;
  const work = async (): Promise<void> => {
    for (let unit = units[next++]; unit !== undefined; unit = units[next++]) {
      failures.push(...(await performUnit(client, request, unit)));
      count += sizeOf(unit, processes);
      done(count);
    }
  };
  await Promise.all(Array.from({ length: Math.min(atOnce, units.length) }, work));
  return outcomeOf(request, failures, processes);
}

/** Gives a program another number of processes. */
export async function scale(client: Pick<Caller, "call">, program: string, copies: number): Promise<Outcome> {
  try {
    await client.call("spaced.scale", [program, String(copies)]);
    return { text: `${program} has ${plural(copies, "copy", "copies")}`, isGood: true };
  } catch (error) {
    return { text: `${program}: ${trouble(error)}`, isGood: false };
  }
}

function unitsOf(request: Request, processes: readonly RemoteProgram[]): Unit[] {
  const ones = (ids: Iterable<string>): Unit[] => [...ids].map((id) => ({ type: "one", id }));
  if (request.type === "stdin" || request.type === "clear" || request.type === "signal") return ones(request.ids);
  const wanted = new Set(request.ids);
  if (processes.length > 1 && processes.every((program) => wanted.has(idOf(program)))) return [{ type: "all" }];
  const whole = [...Map.groupBy(processes, ({ group }) => group)].filter(
    ([, members]) => members.length > 1 && members.every((program) => wanted.has(idOf(program))),
  );
  for (const [, members] of whole) for (const program of members) wanted.delete(idOf(program));
  return [...whole.map(([name]): Unit => ({ type: "group", name })), ...ones(wanted)];
}

const sizeOf = (unit: Unit, processes: readonly RemoteProgram[]): number =>
  unit.type === "all"
    ? processes.length
    : unit.type === "one"
      ? 1
      : processes.filter(({ group }) => group === unit.name).length;

async function performUnit(client: Caller, request: Request, unit: Unit): Promise<Failure[]> {
  switch (request.type) {
    case "start":
    case "stop":
      return ask(client, request.type, unit);
    case "restart":
      // What does not run need not be stopped.
      return [...(await ask(client, "stop", unit, faultCodes.NOT_RUNNING)), ...(await ask(client, "start", unit))];
    case "clear":
      return one(client, "supervisor.clearProcessLogs", unit, []);
    case "signal":
      return one(client, "supervisor.signalProcess", unit, [request.signal]);
    case "stdin":
      return one(client, "supervisor.sendProcessStdin", unit, [request.text]);
  }
}

async function ask(client: Caller, verb: "start" | "stop", unit: Unit, harmless?: number): Promise<Failure[]> {
  if (unit.type === "one") return one(client, `supervisor.${verb}Process`, unit, [], harmless);
  const [method, params] = unit.type === "all" ? [`${verb}AllProcesses`, []] : [`${verb}ProcessGroup`, [unit.name]];
  try {
    return asOutcomes(await client.call(`supervisor.${method}`, params))
      .filter(({ status }) => status !== faultCodes.SUCCESS && status !== harmless)
      .map(({ group, name, description }) => ({
        name: displayName({ group, name }),
        why: trouble(new RemoteFault(0, description)),
      }));
  } catch (error) {
    return [{ name: unit.type === "all" ? "all" : unit.name, why: trouble(error) }];
  }
}

async function one(
  client: Caller,
  method: string,
  unit: Unit,
  more: readonly string[],
  harmless?: number,
): Promise<Failure[]> {
  if (unit.type !== "one") return [];
  try {
    await client.call(method, [unit.id, ...more]);
    return [];
  } catch (error) {
    if (error instanceof RemoteFault && error.code === harmless) return [];
    const [group = "", name = group] = unit.id.split(":");
    return [{ name: displayName({ group, name }), why: trouble(error) }];
  }
}

const doneWords: Readonly<Record<Request["type"], string>> = {
  start: "started",
  stop: "stopped",
  restart: "restarted",
  clear: "emptied the logs of",
  signal: "sent to",
  stdin: "written to",
};

function outcomeOf(request: Request, failures: readonly Failure[], processes: readonly RemoteProgram[]): Outcome {
  const [first] = failures;
  if (first !== undefined) {
    const more = failures.length - 1;
    return { text: `${first.name}: ${first.why}${more > 0 ? ` – and ${plural(more, "other")}` : ""}`, isGood: false };
  }
  const only = processes.find((program) => idOf(program) === request.ids[0]);
  const what =
    request.ids.length === 1 && only !== undefined ? displayName(only) : plural(request.ids.length, "program");
  const verb = request.type === "signal" ? `SIG${request.signal} sent to` : doneWords[request.type];
  return { text: `${verb} ${what}`, isGood: true };
}
