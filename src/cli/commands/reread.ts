/** `reread`: what has changed in the daemon's files; nothing is applied. JSON: `{added, changed, removed}`. */
import { asChanges, type RemoteChanges } from "../../client/replies.ts";
import type { Command } from "../commands.ts";
import { listingArguments, printJson } from "../listing.ts";
import { isFault, refusesArguments } from "../refusals.ts";
import type { Session } from "../session.ts";

export async function run(session: Session, argument: string, command: Command): Promise<undefined> {
  const wanted = await listingArguments(session, command, argument);
  if (wanted === null || refusesArguments(session, command, wanted.names.join(" "))) return;
  try {
    const changes = asChanges(await session.call("reloadConfig"));
    if (wanted.json) printJson(session, changes);
    else session.out.line(lines(changes).join("\n"));
  } catch (error) {
    if (isFault(error, "SHUTDOWN_STATE")) session.fail("ERROR: supervisor shutting down");
    else if (isFault(error, "CANT_REREAD")) session.fail(`ERROR: ${error.text}`);
    else throw error;
  }
}

/** Sorted by name; a name in several lists is told as the last of them. */
function lines({ added, changed, removed }: RemoteChanges): string[] {
  const fates = new Map<string, string>();
  for (const name of added) fates.set(name, "available");
  for (const name of changed) fates.set(name, "changed");
  for (const name of removed) fates.set(name, "disappeared");
  if (fates.size === 0) return ["No config updates to processes"];
  return [...fates.keys()].sort().map((name) => `${name}: ${fates.get(name)}`);
}
