/** `maintail [-f|-BYTES]`: the daemon's own log. */

import type { Command } from "../commands.ts";
import { followLog } from "../follow.ts";
import { defaultBytes, parseModifier, printLog } from "../log-text.ts";
import { words } from "../names.ts";
import { usageError } from "../refusals.ts";
import type { Session } from "../session.ts";
import { upcheck } from "../upcheck.ts";

export async function run(session: Session, argument: string, command: Command): Promise<undefined> {
  if (!(await upcheck(session))) return;
  const given = words(argument);
  if (given.length > 1) return usageError(session, command, "too many arguments");
  const modifier = given[0];
  const bytes = modifier === undefined ? defaultBytes : parseModifier(modifier);
  if (bytes === null) session.fail(`Error: bad argument ${modifier}`);
  else if (bytes === "follow") await followLog(session, "/mainlogtail");
  else await printLog(session, "supervisord", bytes, (offset) => session.call("readLog", offset, 0));
}
