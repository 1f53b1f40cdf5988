/** `clear`: empties the log files of processes. Groups are not known to it, as in supervisorctl. */
import { RemoteFault } from "../../client/failures.ts";
import { asOutcomes } from "../../client/replies.ts";
import { faultCodes } from "../../core/faults.ts";
import type { Command } from "../commands.ts";
import { NamedError } from "../error-line.ts";
import { displayName, isGlob, type Member, parseName, words } from "../names.ts";
import { expand, noteFault } from "../operate.ts";
import { usageError } from "../refusals.ts";
import type { Session } from "../session.ts";
import { upcheck } from "../upcheck.ts";

export async function run(session: Session, argument: string, command: Command): Promise<undefined> {
  if (!(await upcheck(session))) return;
  const names = words(argument);
  if (names.length === 0) return usageError(session, command, "clear requires a process name");
  if (names.includes("all")) {
    for (const { status, ...member } of asOutcomes(await session.call("clearAllProcessLogs"))) {
      tell(session, member, status);
    }
    return;
  }
  for (const name of names) {
    if (isGlob(name)) {
      for (const member of await expand(session, name)) await one(session, `${member.group}:${member.name}`);
    } else await one(session, name);
  }
}

async function one(session: Session, name: string): Promise<void> {
  const { group, name: process } = parseName(name);
  // A whole group shows as the reference shows it, whose word for "no name" is None.
  const member = { group, name: process ?? "None" };
  try {
    await session.call("clearProcessLogs", name);
    tell(session, member, faultCodes.SUCCESS);
  } catch (error) {
    if (!(error instanceof RemoteFault)) throw error;
    tell(session, member, error.code);
  }
}

function tell(session: Session, member: Member, code: number): void {
  const name = displayName(member);
  if (code === faultCodes.SUCCESS) session.out.line(`${name}: cleared`);
  else if (code === faultCodes.BAD_NAME) session.out.line(`${name}: ERROR (no such process)`);
  else if (code === faultCodes.FAILED) session.out.line(`${name}: ERROR (failed)`);
  else throw new NamedError("ValueError", `Unknown result code ${code} for ${name}`);
  noteFault(session, code);
}
