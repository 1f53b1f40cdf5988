/** `signal NAME processes`: the daemon knows the signal names. */

import type { Command } from "../commands.ts";
import { words } from "../names.ts";
import { operate } from "../operate.ts";
import { usageError } from "../refusals.ts";
import { exitStatus, type Session } from "../session.ts";
import { signalFailures } from "../signalled.ts";
import { upcheck } from "../upcheck.ts";

export async function run(session: Session, argument: string, command: Command): Promise<undefined> {
  if (!(await upcheck(session))) return;
  const [signal, ...names] = words(argument);
  if (signal === undefined || names.length === 0) {
    return usageError(session, command, "signal requires a signal name and a process name");
  }
  await operate(session, names, {
    done: "signalled",
    all: () => session.call("signalAllProcesses", signal),
    group: (group) => session.call("signalProcessGroup", group, signal),
    one: (name) => session.call("signalProcess", name, signal),
    failures: signalFailures,
    harmless: null,
    noSuchGroupStatus: exitStatus.generic,
  });
}
