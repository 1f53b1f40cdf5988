/** `open URL`: talks to another daemon from now on, and shows its processes. */
import type { Command } from "../commands.ts";
import { exitStatus, type Session } from "../session.ts";
import { run as status } from "./status.ts";

export async function run(session: Session, argument: string, command: Command): Promise<undefined> {
  if (!/^(unix|http):/i.test(argument)) {
    session.fail("ERROR: url must be http:// or unix://", exitStatus.generic);
    return;
  }
  session.open(argument);
  const before = session.status;
  await status(session, "", command);
  session.status = before;
}
