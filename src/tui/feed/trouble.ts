/** What has gone wrong between us and the daemon, in a few words for a line of the screen. */
import { BadReply, ConnectionFailure, Disconnected, HttpFailure, RemoteFault } from "../../client/failures.ts";

const codes: Readonly<Record<string, string>> = {
  ECONNREFUSED: "nobody listens there",
  ENOENT: "its socket is not there",
  EACCES: "its socket is not open to you",
  ETIMEDOUT: "it does not answer",
  ECONNRESET: "it has hung up",
  EPIPE: "it has hung up",
  ENOTFOUND: "its host is not known",
};

const faults: Readonly<Record<string, string>> = {
  ABNORMAL_TERMINATION: "ended too early",
  SPAWN_ERROR: "could not be started",
  ALREADY_STARTED: "is running already",
  NOT_RUNNING: "is not running",
  BAD_NAME: "is not there any more",
  SHUTDOWN_STATE: "the daemon is on its way out",
};

export function trouble(error: unknown): string {
  if (error instanceof ConnectionFailure) return codes[error.code] ?? error.code;
  if (error instanceof Disconnected) return "it has hung up";
  if (error instanceof HttpFailure)
    return error.status === 401 ? "it wants another password" : `${error.status} ${error.reason}`;
  if (error instanceof RemoteFault) return faultWords(error.text);
  if (error instanceof BadReply) return error.message;
  return error instanceof Error ? error.message : String(error);
}

/** `NAME: detail` */
function faultWords(text: string): string {
  const [, name = "", detail = ""] = /^([A-Z_]+)(?:: (.*))?$/s.exec(text) ?? [];
  return faults[name] ?? (detail === "" ? text : detail);
}
