/**
 * `scale NAME=N …`, or `scale NAME N`: another number of copies than the program list says. The copies that stay are not
 * touched; those too many are stopped, from the last. It holds until the list's numprocs is edited, or the daemon ends.
 */
import { RemoteFault } from "../../client/failures.ts";
import { faultCodes } from "../../core/faults.ts";
import type { Command } from "../commands.ts";
import { words } from "../names.ts";
import { withProgress } from "../progress.ts";
import { usageError } from "../refusals.ts";
import { exitStatus, type Session } from "../session.ts";
import { upcheck } from "../upcheck.ts";

export async function run(session: Session, argument: string, command: Command): Promise<undefined> {
  const wishes = read(words(argument));
  if (wishes === null)
    return usageError(session, command, "scale requires NAME=NUMBER, at least 1", exitStatus.invalidArguments);
  if (!(await upcheck(session))) return;
  await withProgress(session, "change", [], async () => {
    for (const [program, copies] of wishes) await one(session, program, copies);
  });
}

/** null when it is none. */
function read(given: readonly string[]): (readonly [string, number])[] | null {
  const pairs = given.length === 2 && !given.join("").includes("=") ? [given.join("=")] : given;
  const wishes = pairs.map((pair) => {
    const [, program = "", copies = ""] = /^(.+)=(\d{1,6})$/.exec(pair) ?? [];
    return [program, Number(copies)] as const;
  });
  return wishes.length === 0 || wishes.some(([, copies]) => copies < 1) ? null : wishes;
}

async function one(session: Session, program: string, copies: number): Promise<void> {
  try {
    await session.client.call("spaced.scale", [program, copies]);
    session.out.line(`${program}: scaled to ${copies}`);
  } catch (error) {
    if (!(error instanceof RemoteFault)) throw error;
    if (error.code === faultCodes.BAD_NAME) session.fail(`${program}: ERROR (no such program)`);
    else if (error.code === faultCodes.UNKNOWN_METHOD)
      session.fail("Error: the daemon cannot do that: it is supervisord, or an older spaced", exitStatus.wrongApi);
    else session.fail(`${program}: ERROR (${error.text.replace(/^[A-Z_]+: /, "")})`);
  }
}
