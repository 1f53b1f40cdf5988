/** `stop`: resolves each process when it has ended. */
import { faultCodes } from "../../core/faults.ts";
import type { Command } from "../commands.ts";
import { words } from "../names.ts";
import { type Operation, operate } from "../operate.ts";
import { withProgress } from "../progress.ts";
import { usageError } from "../refusals.ts";
import { exitStatus, type Session } from "../session.ts";
import { signalFailures } from "../signalled.ts";
import { upcheck } from "../upcheck.ts";

export async function run(session: Session, argument: string, command: Command): Promise<undefined> {
  if (!(await upcheck(session))) return;
  const names = words(argument);
  if (names.length === 0) return usageError(session, command, "stop requires a process name");
  const operation: Operation = {
    done: "stopped",
    all: () => session.call("stopAllProcesses"),
    group: (group) => session.call("stopProcessGroup", group),
    one: (name) => session.call("stopProcess", name),
    failures: signalFailures,
    harmless: faultCodes.NOT_RUNNING,
    noSuchGroupStatus: exitStatus.generic,
  };
  await withProgress(session, "stop", names, () => operate(session, names, operation));
}
