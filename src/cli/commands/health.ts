/**
 * `health [NAMES] [--wait] [--timeout 30s] [--json]`: whether programs are as they should be, in the exit
 * status: 0 when all are, 1 when one is not. Made for HEALTHCHECK and for scripts that have to wait for a
 * container to be up; with --wait the daemon itself may still have to come. The daemon tells when something
 * has changed, nothing is asked again and again.
 */
import { setTimeout as delay } from "node:timers/promises";
import { ConnectionFailure, Disconnected, RemoteFault } from "../../client/failures.ts";
import { asHealth, type RemoteHealth } from "../../client/health.ts";
import { faultCodes } from "../../core/faults.ts";
import { duration } from "../../core/quantity.ts";
import type { HealthArguments } from "../arguments.ts";
import { printJson } from "../listing.ts";
import { displayName, lengthOf, pad, words } from "../names.ts";
import { chosen } from "../reports.ts";
import { exitStatus, type Session } from "../session.ts";
import { tellUntold, upcheck } from "../upcheck.ts";

/** Between two tries to reach a daemon that is not there yet. */
const againMs = 100;
/** Longer than any answer may take that is asked to wait for something. */
const patienceMs = 60_000;

export async function run(session: Session, argument: string): Promise<undefined> {
  const given = words(argument);
  const asked = given.some((word) => word.startsWith("--"))
    ? await parsed(session, given)
    : { names: given, json: false, wait: false, timeoutMs: 0 };
  if (asked === null) return;
  const rows = await found(session, asked);
  if (rows === null) return;
  const missing = rows.filter((row) => !row.well && (row.wanted || asked.names.length > 0));
  if (asked.json) printJson(session, rows);
  else for (const line of table(rows)) session.out.line(line);
  if (missing.length === 0) return;
  session.status = exitStatus.generic;
  if (asked.wait)
    session.out.errorLine(`not well within ${duration(asked.timeoutMs)}: ${missing.map(displayName).join(", ")}`);
}

async function parsed(session: Session, given: readonly string[]): Promise<HealthArguments | null> {
  const { parseHealth } = await import("../arguments.ts");
  const result = parseHealth(given);
  if (result.type === "shown") session.out.write(result.text);
  else if (result.type === "refused") session.fail(result.text, exitStatus.invalidArguments);
  else session.machineReadable = result.value.json;
  return result.type === "parsed" ? result.value : null;
}

/** null when the user has been told why there is nothing to tell. */
async function found(session: Session, asked: HealthArguments): Promise<RemoteHealth[] | null> {
  const deadline = performance.now() + (asked.wait ? asked.timeoutMs : 0);
  for (;;) {
    const leftMs = Math.max(0, Math.ceil(deadline - performance.now()));
    try {
      if (leftMs === 0 && !(await upcheck(session))) return null;
      const rows = await ask(session, asked.names, leftMs);
      if (rows === null || leftMs === 0 || isWell(rows, asked)) return rows;
    } catch (error) {
      if (leftMs === 0 || !mayPass(error)) throw error;
      session.disconnect();
    }
    await delay(Math.min(againMs, leftMs));
  }
}

const isWell = (rows: readonly RemoteHealth[], { names }: HealthArguments): boolean =>
  rows.every(({ well, wanted }) => well || (names.length === 0 && !wanted));

/** The daemon is not there yet, or is restarting. */
const mayPass = (error: unknown): boolean =>
  error instanceof ConnectionFailure ||
  error instanceof Disconnected ||
  (error instanceof RemoteFault && error.code === faultCodes.SHUTDOWN_STATE);

async function ask(session: Session, names: readonly string[], waitMs: number): Promise<RemoteHealth[] | null> {
  const before = session.status;
  const meant = names.length === 0 || names.includes("all") ? [] : await chosen(session, names);
  if (session.status !== before) return null;
  const full = meant.map(({ group, name }) => `${group}:${name}`);
  try {
    return asHealth(await session.client.call("spaced.health", [full, waitMs], waitMs + patienceMs));
  } catch (error) {
    if (!(error instanceof RemoteFault) || error.code !== faultCodes.UNKNOWN_METHOD) throw error;
    await tellUntold(session);
    return null;
  }
}

const narrowest = 30;

/** Name and state as in `status`, then whether it is ready and healthy, and the last check or what is missing. */
function table(rows: readonly RemoteHealth[]): string[] {
  const names = rows.map(displayName);
  const width = names.reduce((widest, name) => Math.max(widest, lengthOf(name)), narrowest) + 3;
  return rows.map((row, at) => {
    // Whoever is well without being ready has done its work.
    const ready = pad(row.ready ? "ready" : row.well ? "done" : "not ready", 11);
    const health = pad(row.health === "none" ? "-" : row.health, 11);
    return `${`${pad(names[at] ?? "", width)}${pad(row.state, 10)}${ready}${health}${remark(row)}`.trimEnd()}`;
  });
}

function remark({ well, why, lastCheck }: RemoteHealth): string {
  if (!well) return why;
  return lastCheck === null
    ? ""
    : `${lastCheck.text}, ${duration(Math.max(0, Date.now() - Date.parse(lastCheck.at)))} ago`;
}
