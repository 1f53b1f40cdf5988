/** `reload`: the daemon stops everything, reads its files again and starts anew. */

import type { Command } from "../commands.ts";
import { isFault, refusesArguments } from "../refusals.ts";
import type { Session } from "../session.ts";

export async function run(session: Session, argument: string, command: Command): Promise<undefined> {
  if (refusesArguments(session, command, argument)) return;
  if (session.interactive) {
    const answer = await session.ask("Really restart the remote supervisord process y/N? ");
    if (!/^y/i.test(answer)) return;
  }
  try {
    await session.call("restart");
    session.out.line("Restarted supervisord");
  } catch (error) {
    if (!isFault(error, "SHUTDOWN_STATE")) throw error;
    session.fail("ERROR: already shutting down");
  }
}
