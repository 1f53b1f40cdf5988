/** Whether a daemon is there that speaks our API: what most commands find out before they do anything. */
import { ConnectionFailure, RemoteFault } from "../client/failures.ts";
import { faultCodes } from "../core/faults.ts";
import type { Command } from "./commands.ts";
import { failureHint } from "./hints.ts";
import { type ListingArguments, listingArguments } from "./listing.ts";
import { exitStatus, type Session } from "./session.ts";

const apiVersion = "3.0";

/** False when the user has been told why not; other failures are thrown. */
export async function upcheck(session: Session): Promise<boolean> {
  try {
    const version = await session.call("getVersion");
    if (version === apiVersion) return true;
    session.fail(
      `Sorry, this version of supervisorctl expects to talk to a server with API version ${apiVersion}, but the remote version is ${version}.`,
      exitStatus.wrongApi,
    );
  } catch (error) {
    if (error instanceof RemoteFault && error.code === faultCodes.UNKNOWN_METHOD) {
      session.fail(
        "Sorry, supervisord responded but did not recognize the supervisor namespace commands that supervisorctl uses to control it.  Please check that the [rpcinterface:supervisor] section is enabled in the configuration file (see sample.conf).",
        exitStatus.noSupervisorInterface,
      );
    } else if (error instanceof ConnectionFailure && error.code === "ECONNREFUSED") {
      session.fail(`${session.serverUrl} refused connection`, exitStatus.refused);
    } else if (error instanceof ConnectionFailure && error.code === "ENOENT") {
      session.fail(`${session.serverUrl} no such file`, exitStatus.notRunning);
    } else throw error;
    session.hint(failureHint(error, session.serverUrl));
  }
  return false;
}

/** Tells the user why one of our own methods is unknown to a daemon that answers. */
export async function tellUntold(session: Session): Promise<void> {
  if (await upcheck(session))
    session.fail("Error: the daemon does not tell that: it is supervisord, or an older spaced", exitStatus.wrongApi);
}

/** What a command about processes is to tell, once a daemon is there; null when the user has been told why not. */
export async function wantedOf(session: Session, command: Command, argument: string): Promise<ListingArguments | null> {
  const wanted = await listingArguments(session, command, argument);
  if (wanted === null || (await upcheck(session))) return wanted;
  session.status = exitStatus.unknown;
  return null;
}

/** null from a daemon that does not tell. */
export async function perhaps<T>(
  session: Session,
  method: string,
  read: (value: unknown) => T,
  params: Parameters<Session["client"]["call"]>[1] = [],
): Promise<T | null> {
  try {
    return read(await session.client.call(method, params));
  } catch (error) {
    if (error instanceof RemoteFault) return null;
    throw error;
  }
}
