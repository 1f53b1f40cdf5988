/** `shutdown`: ends the daemon and what it runs; returns at once. */
import { ConnectionFailure } from "../../client/failures.ts";
import type { Command } from "../commands.ts";
import { isFault, refusesArguments } from "../refusals.ts";
import type { Session } from "../session.ts";

export async function run(session: Session, argument: string, command: Command): Promise<undefined> {
  if (refusesArguments(session, command, argument)) return;
  if (session.interactive) {
    const answer = await session.ask("Really shut the remote supervisord process down y/N? ");
    if (!/^y/i.test(answer)) return;
  }
  try {
    await session.call("shutdown");
    session.out.line("Shut down");
  } catch (error) {
    const code = error instanceof ConnectionFailure ? error.code : "";
    if (isFault(error, "SHUTDOWN_STATE")) session.complain("ERROR: already shutting down");
    else if (code === "ECONNREFUSED") {
      session.fail(`ERROR: ${session.serverUrl} refused connection (already shut down?)`);
    } else if (code === "ENOENT") session.fail(`ERROR: ${session.serverUrl} no such file (already shut down?)`);
    else throw error;
  }
}
