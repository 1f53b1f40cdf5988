/** `version`: the daemon's, which for scripts is that of the supervisord it stands in for. */
import { asText } from "../../client/replies.ts";
import type { Command } from "../commands.ts";
import { refusesArguments } from "../refusals.ts";
import type { Session } from "../session.ts";
import { upcheck } from "../upcheck.ts";

export async function run(session: Session, argument: string, command: Command): Promise<undefined> {
  if (refusesArguments(session, command, argument) || !(await upcheck(session))) return;
  session.out.line(asText(await session.call("getSupervisorVersion")));
}
