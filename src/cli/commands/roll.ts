/**
 * `roll NAMES [--timeout 1m]`: restarts processes one after the other, each when the one before is ready again, so that
 * the others do the work meanwhile. One that does not come back ends it: those after it keep running as they are. Who
 * does not run is left alone.
 */
import { RemoteFault } from "../../client/failures.ts";
import { asHealth } from "../../client/health.ts";
import type { RemoteProcess } from "../../client/replies.ts";
import { faultCodes } from "../../core/faults.ts";
import { duration } from "../../core/quantity.ts";
import type { RollArguments } from "../arguments.ts";
import type { Command } from "../commands.ts";
import { displayName, words } from "../names.ts";
import { withProgress } from "../progress.ts";
import { isFault, usageError } from "../refusals.ts";
import { chosen } from "../reports.ts";
import { exitStatus, type Session } from "../session.ts";
import { upcheck } from "../upcheck.ts";
import { startFailures } from "./start.ts";

const usualTimeoutMs = 60_000;
/** Longer than any answer may take that is asked to wait for something. */
const patienceMs = 60_000;
const running = ["STARTING", "RUNNING", "BACKOFF"];

export async function run(session: Session, argument: string, command: Command): Promise<undefined> {
  const given = words(argument);
  const asked = given.some((word) => word.startsWith("--"))
    ? await parsed(session, given)
    : { names: given, timeoutMs: usualTimeoutMs };
  if (asked === null) return;
  if (asked.names.length === 0)
    return usageError(session, command, "roll requires a process name", exitStatus.invalidArguments);
  if (!(await upcheck(session))) return;
  const before = session.status;
  const meant = await chosen(session, asked.names);
  // A name that is wrong may have stood for those that were to go first.
  if (session.status !== before) return;
  const waiting = meant.filter(({ stateName }) => running.includes(stateName));
  const names = waiting.map(({ group, name }) => `${group}:${name}`);
  await withProgress(session, "roll", names, () => roll(session, waiting, asked.timeoutMs));
}

async function roll(session: Session, waiting: RemoteProcess[], timeoutMs: number): Promise<void> {
  for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
    const trouble = await restart(session, `${next.group}:${next.name}`, timeoutMs);
    if (trouble === null) session.out.line(`${displayName(next)}: restarted`);
    else {
      session.fail(`${displayName(next)}: ERROR (${trouble})`, exitStatus.generic);
      if (waiting.length > 0) session.out.line(`not restarted: ${waiting.map(displayName).join(", ")}`);
      return;
    }
  }
}

async function parsed(session: Session, given: readonly string[]): Promise<RollArguments | null> {
  const { parseRoll } = await import("../arguments.ts");
  const result = parseRoll(given, usualTimeoutMs);
  if (result.type === "shown") session.out.write(result.text);
  else if (result.type === "refused") session.fail(result.text, exitStatus.invalidArguments);
  return result.type === "parsed" ? result.value : null;
}

/** null when it is ready again. */
async function restart(session: Session, name: string, timeoutMs: number): Promise<string | null> {
  try {
    await harmless("NOT_RUNNING", session.call("stopProcess", name));
    await harmless("ALREADY_STARTED", session.call("startProcess", name));
    const [now] = asHealth(await session.client.call("spaced.health", [[name], timeoutMs], timeoutMs + patienceMs));
    return now === undefined || now.well ? null : `not ready within ${duration(timeoutMs)}: ${now.why}`;
  } catch (error) {
    if (!(error instanceof RemoteFault)) throw error;
    // supervisord knows nothing beyond RUNNING.
    if (error.code === faultCodes.UNKNOWN_METHOD) return null;
    return startFailures.get(error.code) ?? error.text;
  }
}

/** Somebody else, or the program itself, has been faster. */
async function harmless(fault: "NOT_RUNNING" | "ALREADY_STARTED", call: Promise<unknown>): Promise<void> {
  try {
    await call;
  } catch (error) {
    if (!isFault(error, fault)) throw error;
  }
}
