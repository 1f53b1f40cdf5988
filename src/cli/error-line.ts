/**
 * How failures are told: in the words of supervisorctl, which shows the class and text of the Python
 * exception, because scripts match on them. Where Python names a source file and a line we name the
 * daemon we were talking to.
 */
import { BadAddress } from "../client/address.ts";
import { BadReply, ConnectionFailure, Disconnected, HttpFailure, RemoteFault } from "../client/failures.ts";
import { repr } from "../core/python.ts";

/** A failure that has its own name in Python, e.g. `ValueError`. */
export class NamedError extends Error {
  override readonly name = "NamedError";
  readonly pythonClass: string;

  constructor(pythonClass: string, text: string) {
    super(text);
    this.pythonClass = pythonClass;
  }
}

/** A system error as Python shows it: number, text and class. */
const systemErrors: Readonly<Record<string, readonly [number: number, text: string, pythonClass?: string]>> = {
  EPERM: [1, "Operation not permitted", "PermissionError"],
  ENOENT: [2, "No such file or directory", "FileNotFoundError"],
  EIO: [5, "Input/output error"],
  EAGAIN: [11, "Resource temporarily unavailable", "BlockingIOError"],
  EACCES: [13, "Permission denied", "PermissionError"],
  ENOTDIR: [20, "Not a directory", "NotADirectoryError"],
  EINVAL: [22, "Invalid argument"],
  EMFILE: [24, "Too many open files"],
  EPIPE: [32, "Broken pipe", "BrokenPipeError"],
  ELOOP: [40, "Too many levels of symbolic links"],
  EPROTOTYPE: [91, "Protocol wrong type for socket"],
  EADDRNOTAVAIL: [99, "Cannot assign requested address"],
  ENETUNREACH: [101, "Network is unreachable"],
  ECONNABORTED: [103, "Software caused connection abort", "ConnectionAbortedError"],
  ECONNRESET: [104, "Connection reset by peer", "ConnectionResetError"],
  ETIMEDOUT: [110, "Connection timed out", "TimeoutError"],
  ECONNREFUSED: [111, "Connection refused", "ConnectionRefusedError"],
  EHOSTUNREACH: [113, "No route to host"],
};

/** `error: <class '…'>, …: file: … line: …` in one line. */
export function errorLine(error: unknown, serverUrl: string): string {
  const [pythonClass, text] = pythonError(error);
  const what = pythonClass === null ? text : `<class '${pythonClass}'>, ${text}`;
  return `error: ${what}: file: ${serverUrl.replace(/\s/g, "%20") || "-"} line: 0`;
}

/** `<Fault 10: 'BAD_NAME: x'>`: a fault where a message shows the exception itself. */
export const faultText = (fault: RemoteFault): string => `<Fault ${fault.code}: ${repr(fault.text)}>`;

function pythonError(error: unknown): readonly [pythonClass: string | null, text: string] {
  if (error instanceof RemoteFault) return ["xmlrpc.client.Fault", faultText(error)];
  if (error instanceof HttpFailure) {
    return ["xmlrpc.client.ProtocolError", `<ProtocolError for 127.0.0.1/RPC2: ${error.status} ${error.reason}>`];
  }
  if (error instanceof ConnectionFailure) return systemError(error.code);
  if (error instanceof Disconnected) {
    return ["http.client.RemoteDisconnected", "Remote end closed connection without response"];
  }
  if (error instanceof BadReply) return ["xmlrpc.client.ResponseError", error.message];
  if (error instanceof BadAddress) return ["ValueError", error.message];
  if (error instanceof NamedError) return [error.pythonClass, error.message];
  return [null, firstLine(error instanceof Error ? error.message : String(error))];
}

function systemError(code: string): readonly [string, string] {
  if (code === "ENOTFOUND") return ["socket.gaierror", "[Errno -2] Name or service not known"];
  if (code === "EAI_AGAIN") return ["socket.gaierror", "[Errno -3] Temporary failure in name resolution"];
  if (code === "ENAMETOOLONG") return ["OSError", "AF_UNIX path too long"];
  const known = systemErrors[code];
  if (known === undefined) return ["OSError", code];
  const [number, text, pythonClass = "OSError"] = known;
  return [pythonClass, `[Errno ${number}] ${text}`];
}

const firstLine = (text: string): string => text.split("\n", 1)[0] ?? "";
