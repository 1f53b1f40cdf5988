/**
 * The control program: flags, then settings from the file, then one command or the shell, then an
 * exit status. Everything it prints has left when it exits, so it exits without waiting for anything.
 */
import { calledAs } from "../system/called.ts";
import { completer } from "./completion.ts";
import { type Flags, parseFlags, UsageError } from "./flags.ts";
import { execute } from "./interpreter.ts";
import { OutputClosed, standardOutput } from "./output.ts";
import { Interrupted, standardPrompter } from "./prompter.ts";
import { exitStatus, Session } from "./session.ts";
import { settingsOf } from "./settings.ts";

/** What the scripts of `completion` ask for what may stand at the cursor. Not for people. */
const offering = "_complete";

/** What a shell shows for a program that Ctrl-C ended. */
const interruptedStatus = 130;

void main(process.argv.slice(2)).then((status) => process.exit(status));

async function main(argv: readonly string[]): Promise<number> {
  try {
    if (argv[0] === offering) return await (await import("./offer.ts")).offer(argv.slice(1));
    const flags = parseFlags(argv);
    if (flags !== "help") return await run(flags);
    standardOutput.write((await import("./usage.ts")).usage(calledAs("spacectl")));
    return exitStatus.ok;
  } catch (error) {
    return told(error);
  }
}

async function run(flags: Flags): Promise<number> {
  const settings = await settingsOf(flags);
  const history: string[] = [];
  const prompter = standardPrompter(
    completer(() => session.listed()),
    history,
  );
  const session: Session = new Session(settings, standardOutput, prompter);
  if (flags.command !== null) {
    await execute(session, flags.command);
    return session.status;
  }
  const [{ shell }, { readHistory, writeHistory }] = await Promise.all([import("./shell.ts"), import("./history.ts")]);
  history.push(...readHistory(settings.historyFile));
  try {
    await shell(session, settings.prompt);
  } finally {
    prompter.close();
    writeHistory(settings.historyFile, history);
  }
  return exitStatus.ok;
}

/** The exit status for what ended the run early, told to the user where there is something to tell. */
function told(error: unknown): number {
  if (error instanceof OutputClosed) return exitStatus.ok;
  if (error instanceof Interrupted) return interruptedStatus;
  const usage = error instanceof UsageError;
  const message = error instanceof Error ? error.message.split("\n", 1)[0] : String(error);
  try {
    if (usage) standardOutput.errorLine(`Error: ${message}\nFor help, use ${calledAs("spacectl")} -h`);
    else standardOutput.errorLine(`error: ${message}`);
  } catch {
    // Nobody is there to be told.
  }
  return usage ? exitStatus.invalidArguments : exitStatus.generic;
}
