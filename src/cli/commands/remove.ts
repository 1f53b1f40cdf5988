/** `remove`: takes stopped groups out of the active ones. */
import { words } from "../names.ts";
import { isFault } from "../refusals.ts";
import type { Session } from "../session.ts";

export async function run(session: Session, argument: string): Promise<undefined> {
  for (const name of words(argument)) {
    try {
      await session.call("removeProcessGroup", name);
      session.out.line(`${name}: removed process group`);
    } catch (error) {
      if (isFault(error, "STILL_RUNNING")) session.fail(`ERROR: process/group still running: ${name}`);
      else if (isFault(error, "BAD_NAME")) session.fail(`ERROR: no such process/group: ${name}`);
      else throw error;
    }
  }
}
