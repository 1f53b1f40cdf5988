/** Requests to one process, or to the daemon itself, and their refusals. Each is told the name as the client knows it. */
import { Fault } from "../core/faults.ts";
import { isSignallable } from "../core/states.ts";
import type { MainLog } from "../system/main-log.ts";
import type { Departure } from "./departure.ts";
import type { SupervisedProcess } from "./process.ts";

export function sendSignal(process: SupervisedProcess, signal: number, name: string): void {
  if (!isSignallable(process.state) || process.pid === 0) throw new Fault("NOT_RUNNING", name);
  const trouble = process.signal(signal);
  if (trouble !== null) throw new Fault("FAILED", trouble);
}

/** To its stdin. */
export function writeTo(process: SupervisedProcess, data: Buffer, name: string): void {
  if (!isSignallable(process.state) || process.state === "STOPPING") throw new Fault("NOT_RUNNING", name);
  const outcome = process.write(data);
  if (outcome === "closed") throw new Fault("NO_FILE", name);
  if (outcome === "full") throw new Fault("FAILED", `${name} does not read its stdin`);
}

export async function clearLogs({ stdout, stderr }: SupervisedProcess, name: string): Promise<void> {
  try {
    await Promise.all([stdout.clear(), stderr.clear()]);
  } catch {
    throw new Fault("FAILED", name);
  }
}

export async function clearMainLog(log: MainLog): Promise<void> {
  const reader = log.reader();
  if (reader === null) throw new Fault("NO_FILE");
  try {
    await reader.size();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") throw new Fault("NO_FILE");
  }
  try {
    await log.clear();
  } catch (error) {
    throw new Fault("FAILED", (error as Error).message);
  }
}

export async function restart(departure: Departure, log: MainLog): Promise<void> {
  try {
    await departure.restart();
  } catch (error) {
    log.critical(`cannot restart, everything keeps running: ${(error as Error).message}`);
    throw new Fault("CANT_REREAD", (error as Error).message);
  }
}

/** For logrotate(8). */
export function reopenLogs({ stdout, stderr }: SupervisedProcess): void {
  stdout.reopen();
  stderr.reopen();
}
