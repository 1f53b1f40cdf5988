/** `add`: activates groups that the daemon has read but does not run yet. */
import { words } from "../names.ts";
import { isFault } from "../refusals.ts";
import type { Session } from "../session.ts";

export async function run(session: Session, argument: string): Promise<undefined> {
  for (const name of words(argument)) {
    try {
      await session.call("addProcessGroup", name);
      session.out.line(`${name}: added process group`);
    } catch (error) {
      if (isFault(error, "SHUTDOWN_STATE")) session.fail("ERROR: shutting down");
      else if (isFault(error, "ALREADY_ADDED")) session.complain("ERROR: process group already active");
      else if (isFault(error, "BAD_NAME")) session.fail(`ERROR: no such process/group: ${name}`);
      else throw error;
    }
  }
}
