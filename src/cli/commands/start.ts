/** `start`: resolves each process when it is RUNNING or has failed. */
import { faultCodes } from "../../core/faults.ts";
import type { Command } from "../commands.ts";
import { words } from "../names.ts";
import { type Operation, operate } from "../operate.ts";
import { withProgress } from "../progress.ts";
import { usageError } from "../refusals.ts";
import { exitStatus, type Session } from "../session.ts";
import { upcheck } from "../upcheck.ts";

export const startFailures: ReadonlyMap<number, string> = new Map<number, string>([
  [faultCodes.BAD_NAME, "no such process"],
  [faultCodes.NO_FILE, "no such file"],
  [faultCodes.NOT_EXECUTABLE, "file is not executable"],
  [faultCodes.ALREADY_STARTED, "already started"],
  [faultCodes.SPAWN_ERROR, "spawn error"],
  [faultCodes.ABNORMAL_TERMINATION, "abnormal termination"],
]);

export async function run(session: Session, argument: string, command: Command): Promise<undefined> {
  if (!(await upcheck(session))) return;
  const names = words(argument);
  if (names.length === 0) {
    return usageError(session, command, "start requires a process name", exitStatus.invalidArguments);
  }
  const operation: Operation = {
    done: "started",
    all: () => session.call("startAllProcesses"),
    group: (group) => session.call("startProcessGroup", group),
    one: (name) => session.call("startProcess", name),
    failures: startFailures,
    harmless: faultCodes.ALREADY_STARTED,
    noSuchGroupStatus: exitStatus.invalidArguments,
  };
  await withProgress(session, "start", names, () => operate(session, names, operation));
}
