/** `tail [-f|-BYTES] NAME [stdout|stderr]`. */
import { repr } from "../../core/python.ts";
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
  if (given.length < 1) return usageError(session, command, "too few arguments");
  if (given.length > 3) return usageError(session, command, "too many arguments");
  const modifier = given[0]?.startsWith("-") ? given.shift() : undefined;
  const [name, ...more] = given;
  if (name === undefined) return session.fail("Error: tail requires process name");
  const channel = (more.at(-1) ?? "stdout").toLowerCase();
  if (channel !== "stdout" && channel !== "stderr") {
    return session.fail(`Error: bad channel ${repr(channel)}`);
  }
  const bytes = modifier === undefined ? defaultBytes : parseModifier(modifier);
  if (bytes === null) return session.fail(`Error: bad argument ${modifier}`);
  if (bytes === "follow") await followLog(session, `/logtail/${name}/${channel}`);
  else {
    const method = channel === "stdout" ? "readProcessStdoutLog" : "readProcessStderrLog";
    await printLog(session, name, bytes, (offset) => session.call(method, name, offset, 0));
  }
}
