/**
 * Runs one line of input: finds the command, runs it, and turns whatever goes wrong into one line of
 * text and an exit status. The word rules are those of the reference's shell: a command is the
 * leading letters, digits and underscores, so `status-x` is `status` with the argument `-x`.
 */
import { HttpFailure } from "../client/failures.ts";
import { type Command, commands } from "./commands.ts";
import { errorLine, NamedError } from "./error-line.ts";
import { commandHint, failureHint } from "./hints.ts";
import { OutputClosed } from "./output.ts";
import { Interrupted } from "./prompter.ts";
import { exitStatus, type Session } from "./session.ts";

const unauthorized = 401;

/** Returns "leave" when the line ends the shell. Throws only `OutputClosed` and `Interrupted`. */
export async function execute(session: Session, input: string): Promise<"leave" | undefined> {
  const { line, command, argument } = parse(input);
  if (line === "") return undefined;
  const start = command === "" ? null : await find(command);
  if (start === null) {
    session.fail(`*** Unknown syntax: ${line}`);
    for (const section of session.plugins)
      session.out.errorLine(`[${section}]: plugins of supervisorctl are not loaded, and their commands not known here`);
    session.hint(commandHint(command, ["help", ...commands.keys()]));
    return undefined;
  }
  session.machineReadable = false;
  try {
    return await start(session, argument);
  } catch (error) {
    if (error instanceof OutputClosed || error instanceof Interrupted) throw error;
    if (error instanceof HttpFailure && error.status === unauthorized) {
      session.complain("Server requires authentication");
      if (session.interactive) return await retryLoggedIn(session, line);
    }
    session.fail(errorLine(error, session.serverUrl));
    session.hint(failureHint(error, session.serverUrl));
    return undefined;
  }
}

export function parse(input: string): { line: string; command: string; argument: string } {
  const trimmed = input.trim();
  const line = trimmed.startsWith("?") ? `help ${trimmed.slice(1)}` : trimmed;
  const command = /^[A-Za-z0-9_]*/.exec(line)?.[0] ?? "";
  return { line, command, argument: line.slice(command.length).trim() };
}

type Start = (session: Session, argument: string) => Promise<"leave" | undefined>;

async function find(name: string): Promise<Start | null> {
  if (name === "help") return (await import("./help.ts")).run;
  const command = name === "EOF" ? commands.get("quit") : commands.get(name);
  if (command === undefined) return null;
  return async (session, argument) => {
    if (await asksForHelp(command, argument)) {
      session.out.line(command.help);
      return undefined;
    }
    const { run } = await command.load();
    return run(session, argument, command);
  };
}

/** Commands with options of their own answer it themselves; to supervisorctl's it is a name, which no process has. */
async function asksForHelp({ name }: Command, argument: string): Promise<boolean> {
  if (argument !== "--help" && argument !== "-h") return false;
  return (await import("./syntax.ts")).syntaxOf(name) === null;
}

async function retryLoggedIn(session: Session, line: string): Promise<"leave" | undefined> {
  try {
    const username = await session.ask("Username:");
    const password = await session.askSecret("Password:");
    session.out.line("");
    session.logIn(username, password);
  } catch (error) {
    if (!(error instanceof NamedError)) throw error;
    session.fail(errorLine(error, session.serverUrl), exitStatus.generic);
    return undefined;
  }
  return execute(session, line);
}
