/** `fg NAME`: shows what a process prints and sends it what is typed, line by line. */
import { RemoteFault } from "../../client/failures.ts";
import { asProcess } from "../../client/replies.ts";
import { processStates } from "../../core/states.ts";
import type { Command } from "../commands.ts";
import { faultText } from "../error-line.ts";
import { pressCtrlC, stream } from "../follow.ts";
import { words } from "../names.ts";
import { isFault } from "../refusals.ts";
import type { Session } from "../session.ts";
import { upcheck } from "../upcheck.ts";

export async function run(session: Session, argument: string, command: Command): Promise<undefined> {
  if (!(await upcheck(session))) return;
  const [name, ...more] = words(argument);
  if (name === undefined) {
    session.fail("ERROR: no process name supplied");
    session.complain(command.help);
  } else if (more.length > 0) session.fail("ERROR: too many process names supplied");
  else if (await isThere(session, name)) await connect(session, name);
}

async function isThere(session: Session, name: string): Promise<boolean> {
  try {
    if (await isRunning(session, name)) return true;
    session.fail("ERROR: process not running");
  } catch (error) {
    if (!(error instanceof RemoteFault)) throw error;
    if (isFault(error, "BAD_NAME")) session.fail("ERROR: bad process name supplied");
    else session.complain(`ERROR: ${faultText(error)}`);
  }
  return false;
}

async function isRunning(session: Session, name: string): Promise<boolean> {
  return asProcess(await session.call("getProcessInfo", name)).state === processStates.RUNNING;
}

async function connect(session: Session, name: string): Promise<void> {
  session.out.line(pressCtrlC);
  const abort = new AbortController();
  const streams = ["stdout", "stderr"].map((channel) => stream(session, `/logtail/${name}/${channel}`, abort.signal));
  const broken = Promise.all(streams).then(() => new Promise<never>(() => undefined)); // their end is not ours
  try {
    await Promise.race([sendLines(session, name), broken]);
    session.out.line("Exiting foreground");
  } finally {
    abort.abort();
  }
}

/** Until the user has had enough or the process is gone. */
async function sendLines(session: Session, name: string): Promise<void> {
  for (;;) {
    const answer = await session.prompter.ask("");
    if (answer.type !== "line") return;
    try {
      await session.call("sendProcessStdin", name, `${answer.text}\n`);
    } catch (error) {
      if (!(error instanceof RemoteFault)) throw error;
      const killed = isFault(error, "NOT_RUNNING");
      session.out.line(killed ? "Process got killed" : `ERROR: ${faultText(error)}`);
      return;
    }
    if (await isRunning(session, name)) continue;
    session.out.line("Process got killed");
    return;
  }
}
