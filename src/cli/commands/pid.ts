/**
 * `pid`: of the daemon, or of processes, one per line; 0 for one that does not run.
 * JSON: `{"pid": N}` for the daemon, else a list of `{group, name, pid}` with pid null for none.
 */
import { asInteger, asProcess, asProcesses, type RemoteProcess } from "../../client/replies.ts";
import type { Command } from "../commands.ts";
import { listingArguments, printJson } from "../listing.ts";
import { isGlob } from "../names.ts";
import { expand } from "../operate.ts";
import { isFault } from "../refusals.ts";
import { exitStatus, type Session } from "../session.ts";
import { upcheck } from "../upcheck.ts";

export async function run(session: Session, argument: string, command: Command): Promise<undefined> {
  const wanted = await listingArguments(session, command, argument);
  if (wanted === null || !(await upcheck(session))) return;
  if (wanted.names.length === 0) {
    const pid = asInteger(await session.call("getPID"));
    if (wanted.json) printJson(session, { pid });
    else session.out.line(String(pid));
    return;
  }
  const shown: RemoteProcess[] = [];
  const show = (process: RemoteProcess): void => {
    shown.push(process);
    if (!wanted.json) session.out.line(String(process.pid));
  };
  if (wanted.names.includes("all")) asProcesses(await session.call("getAllProcessInfo")).forEach(show);
  else for (const name of wanted.names) await named(session, name, show);
  if (wanted.json) {
    printJson(
      session,
      shown.map(({ group, name, pid }) => ({ group, name, pid: pid === 0 ? null : pid })),
    );
  }
}

async function named(session: Session, name: string, show: (process: RemoteProcess) => void): Promise<void> {
  const names = isGlob(name)
    ? (await expand(session, name, unknown(name))).map((each) => `${each.group}:${each.name}`)
    : [name];
  for (const one of names) {
    try {
      const process = asProcess(await session.call("getProcessInfo", one));
      show(process);
      if (process.pid === 0) session.status = exitStatus.notRunning;
    } catch (error) {
      if (!isFault(error, "BAD_NAME")) throw error;
      session.fail(unknown(one));
    }
  }
}

const unknown = (name: string): string => `No such process ${name}`;
