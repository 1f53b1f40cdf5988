/** `avail`: every configured process, running or not. JSON: the same columns by name. */
import { asConfigs, type RemoteConfig } from "../../client/replies.ts";
import type { Command } from "../commands.ts";
import { listingArguments, printJson } from "../listing.ts";
import { displayName, pad } from "../names.ts";
import { isFault, refusesArguments } from "../refusals.ts";
import type { Session } from "../session.ts";

export async function run(session: Session, argument: string, command: Command): Promise<undefined> {
  const wanted = await listingArguments(session, command, argument);
  if (wanted === null || refusesArguments(session, command, wanted.names.join(" "))) return;
  try {
    const configs = asConfigs(await session.call("getAllConfigInfo"));
    if (wanted.json) printJson(session, configs);
    else session.out.write(configs.map(row).join(""));
  } catch (error) {
    if (!isFault(error, "SHUTDOWN_STATE")) throw error;
    session.fail("ERROR: supervisor shutting down");
  }
}

function row(config: RemoteConfig): string {
  const use = config.inUse ? "in use" : "avail";
  const start = config.autostart ? "auto" : "manual";
  const priorities = `${config.groupPriority}:${config.processPriority}`;
  return `${pad(displayName(config), 32)} ${pad(use, 9)} ${pad(start, 9)} ${priorities}\n`;
}
