/** What commands say to a wrong number of arguments, and to refusals of the daemon. */
import { RemoteFault } from "../client/failures.ts";
import { type FaultName, faultCodes } from "../core/faults.ts";
import type { Command } from "./commands.ts";
import { exitStatus, type Session } from "./session.ts";

/** The error, then the help of the command. */
export function usageError(
  session: Session,
  command: Command,
  error: string,
  status: number = exitStatus.generic,
): undefined {
  session.fail(`Error: ${error}`, status);
  session.complain(command.help);
}

/** True, with the error told, when a command that takes no arguments was given some. */
export function refusesArguments(session: Session, command: Command, argument: string): boolean {
  if (argument === "") return false;
  usageError(session, command, `${command.name} accepts no arguments`);
  return true;
}

export const isFault = (error: unknown, name: FaultName): error is RemoteFault =>
  error instanceof RemoteFault && error.code === faultCodes[name];
