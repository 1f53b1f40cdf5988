/**
 * The control program: flags, then settings from the file, then one command or the shell, then an
 * exit status. Everything it prints has left when it exits, so it exits without waiting for anything.
 */
import { dirname } from "node:path";
import { readControlSettings } from "../config/control.ts";
import { findConfigFile } from "../config/search.ts";
import { calledAs, fromLauncher } from "../system/called.ts";
import { commands } from "./commands.ts";
import { completer } from "./completion.ts";
import { type Flags, parseFlags, UsageError } from "./flags.ts";
import { execute, parse } from "./interpreter.ts";
import { OutputClosed, standardOutput } from "./output.ts";
import { Interrupted, standardPrompter } from "./prompter.ts";
import { exitStatus, Session } from "./session.ts";

const unreachable = { serverUrl: "", username: null, password: null, historyFile: null, prompt: "", plugins: [] };

/** What a shell shows for a program that Ctrl-C ended. */
const interruptedStatus = 130;

void main(process.argv.slice(2)).then((status) => process.exit(status));

async function main(argv: readonly string[]): Promise<number> {
  try {
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

async function settingsOf(flags: Flags) {
  const program = process.env[fromLauncher.path] ?? process.argv[1] ?? "";
  const file = flags.configFile ?? findConfigFile(dirname(program), process.cwd());
  const read = await readControlSettings(file);
  // What needs no daemon works on a file that says nothing, or nothing sensible, of how to reach one.
  const offline = flags.command !== null && commands.get(parse(flags.command).command)?.offline === true;
  // Nothing says where the daemon is: it may be where daemons are that were not told either.
  const lost = flags.configFile === null && flags.serverUrl === null && (file === null || !read.ok);
  const socket = lost ? (await import("../system/run-folder.ts")).findRunSocket() : null;
  if (!read.ok && !offline && socket === null) throw new UsageError(read.message);
  const settings = read.ok ? read.settings : unreachable;
  return {
    configFile: file,
    serverUrl: flags.serverUrl ?? (socket === null ? settings.serverUrl : `unix://${socket}`),
    username: flags.username ?? settings.username,
    password: flags.password ?? settings.password,
    historyFile: flags.historyFile ?? settings.historyFile,
    prompt: settings.prompt,
    plugins: settings.plugins,
    interactive: flags.interactive || flags.command === null,
  };
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
