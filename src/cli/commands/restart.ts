/** `restart`: stops everything named, then starts it. */

import type { Command } from "../commands.ts";
import { words } from "../names.ts";
import { usageError } from "../refusals.ts";
import type { Session } from "../session.ts";
import { upcheck } from "../upcheck.ts";
import { run as start } from "./start.ts";
import { run as stop } from "./stop.ts";

export async function run(session: Session, argument: string, command: Command): Promise<undefined> {
  if (!(await upcheck(session))) return;
  if (words(argument).length === 0) return usageError(session, command, "restart requires a process name");
  await stop(session, argument, command);
  await start(session, argument, command);
}
