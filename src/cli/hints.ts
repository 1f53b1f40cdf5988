/**
 * What to do about a failure, in one line below what supervisorctl says of it: for people at a terminal. On a pipe and
 * in the shell nothing is added, since scripts and tools read what is there.
 */
import { ConnectionFailure, HttpFailure } from "../client/failures.ts";
import { didYouMean } from "../config/nearest.ts";

/** Of a word that is no command. */
export function commandHint(word: string, known: Iterable<string>): string {
  const meant = didYouMean(word, known);
  return `${meant === null ? "" : `${meant}? `}spacectl -h lists all commands`;
}

/** null when the failure says enough. */
export function failureHint(error: unknown, serverUrl: string): string | null {
  if (error instanceof HttpFailure) return error.status === unauthorized ? loginHint : null;
  if (!(error instanceof ConnectionFailure)) return null;
  if (error.code === "EACCES" || error.code === "EPERM")
    return "this user may not open the socket: be the daemon's user or root, or set chmod and chown in [unix_http_server]";
  if (error.code === "ENOENT") return `no daemon has made this socket: ${otherwise}`;
  if (error.code !== "ECONNREFUSED") return null;
  const gone = serverUrl.startsWith("unix:") ? "the daemon that made this socket is gone" : "nobody listens there";
  return `${gone}: ${otherwise}`;
}

const unauthorized = 401;
const loginHint = "log in with -u NAME -p PASSWORD, or write username= and password= in [supervisorctl] of the list";
const otherwise = "start spaced, or say with -c FILE or -s URL where it listens";
