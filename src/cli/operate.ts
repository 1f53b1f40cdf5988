/**
 * What start, stop, signal and restart have in common: one operation on everything, on groups, on
 * single processes or on what a glob means; one line per process; the last error decides the exit
 * status.
 */
import { RemoteFault } from "../client/failures.ts";
import { asOutcomes, asProcesses, type Outcome } from "../client/replies.ts";
import { faultCodes } from "../core/faults.ts";
import { NamedError } from "./error-line.ts";
import { displayName, isGlob, type Member, matching, parseName } from "./names.ts";
import { isFault } from "./refusals.ts";
import { exitStatus, type Session } from "./session.ts";

export interface Operation {
  /** `started`, `stopped`, `signalled`. */
  readonly done: string;
  readonly all: () => Promise<unknown>;
  readonly group: (group: string) => Promise<unknown>;
  readonly one: (name: string) => Promise<unknown>;
  /** Text for each fault code that can happen; null = the daemon's own words. */
  readonly failures: ReadonlyMap<number, string | null>;
  /** The refusal that is no failure, such as ALREADY_STARTED for start. */
  readonly harmless: number | null;
  readonly noSuchGroupStatus: number;
}

/** A glob may mean hundreds of processes, each of which takes its startsecs. */
const atOnce = 32;
const endedFaults: readonly number[] = [
  faultCodes.SPAWN_ERROR,
  faultCodes.ABNORMAL_TERMINATION,
  faultCodes.NOT_RUNNING,
];

export async function operate(session: Session, names: readonly string[], operation: Operation): Promise<void> {
  if (names.includes("all")) return tellAll(session, operation, await operation.all());
  for (const name of names) {
    if (isGlob(name)) await onGlob(session, name, operation);
    else if (parseName(name).name === null) await onGroup(session, parseName(name).group, operation);
    else tell(session, operation, await onOne(name, operation));
  }
}

async function onGroup(session: Session, group: string, operation: Operation): Promise<void> {
  try {
    tellAll(session, operation, await operation.group(group));
  } catch (error) {
    if (!isFault(error, "BAD_NAME")) throw error;
    session.fail(noSuchGroup(group), operation.noSuchGroupStatus);
  }
}

const noSuchGroup = (group: string): string => `${group}: ERROR (no such group)`;

async function onOne(name: string, operation: Operation): Promise<Outcome> {
  const spec = parseName(name);
  const member: Member = { group: spec.group, name: spec.name ?? spec.group };
  try {
    await operation.one(name);
    return { ...member, status: faultCodes.SUCCESS, description: "" };
  } catch (error) {
    if (!(error instanceof RemoteFault)) throw error;
    return { ...member, status: error.code, description: error.text };
  }
}

async function onGlob(session: Session, glob: string, operation: Operation): Promise<void> {
  const { group, name } = parseName(glob);
  const members =
    name === null
      ? await expand(session, glob, noSuchGroup(group), operation.noSuchGroupStatus)
      : await expand(session, glob);
  for (let at = 0; at < members.length; at += atOnce) {
    const batch = members.slice(at, at + atOnce).map((member) => onOne(`${member.group}:${member.name}`, operation));
    for (const outcome of await Promise.all(batch)) tell(session, operation, outcome);
  }
}

/** The processes a glob means; tells the user when there are none, by default in the words for one process. */
export async function expand(
  session: Session,
  glob: string,
  none = `${glob}: ERROR (no such process)`,
  status: number = exitStatus.generic,
): Promise<readonly Member[]> {
  const members = matching(glob, asProcesses(await session.call("getAllProcessInfo")));
  if (members.length === 0) session.fail(none, status);
  return members;
}

function tellAll(session: Session, operation: Operation, outcomes: unknown): void {
  for (const outcome of asOutcomes(outcomes)) tell(session, operation, outcome);
}

function tell(session: Session, operation: Operation, outcome: Outcome): void {
  session.out.line(resultLine(operation, outcome));
  noteFault(session, outcome.status, operation.harmless);
}

function resultLine(operation: Operation, outcome: Outcome): string {
  const name = displayName(outcome);
  if (outcome.status === faultCodes.SUCCESS) return `${name}: ${operation.done}`;
  const text = operation.failures.get(outcome.status);
  if (text === undefined) throw new NamedError("ValueError", `Unknown result code ${outcome.status} for ${name}`);
  return text === null ? outcome.description : `${name}: ERROR (${text})`;
}

/** What a fault does to the exit status: 7 when the process is not there to be had, else 1. */
export function noteFault(session: Session, code: number, harmless: number | null = null): void {
  if (code === harmless || code === faultCodes.SUCCESS) return;
  session.status = endedFaults.includes(code) ? exitStatus.notRunning : exitStatus.generic;
}
