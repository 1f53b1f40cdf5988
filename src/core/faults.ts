/**
 * The one table of refusals. A request that cannot be granted fails with a `Fault`; each face of
 * the daemon shows the same row in its own way (XML-RPC number, HTTP status, exit code).
 * Codes and names: supervisor's XML-RPC API, `supervisor.xmlrpc.Faults`.
 */

export const faultCodes = {
  UNKNOWN_METHOD: 1,
  INCORRECT_PARAMETERS: 2,
  BAD_ARGUMENTS: 3,
  SIGNATURE_UNSUPPORTED: 4,
  SHUTDOWN_STATE: 6,
  BAD_NAME: 10,
  BAD_SIGNAL: 11,
  NO_FILE: 20,
  NOT_EXECUTABLE: 21,
  FAILED: 30,
  ABNORMAL_TERMINATION: 40,
  SPAWN_ERROR: 50,
  ALREADY_STARTED: 60,
  NOT_RUNNING: 70,
  SUCCESS: 80,
  ALREADY_ADDED: 90,
  STILL_RUNNING: 91,
  CANT_REREAD: 92,
} as const;

export type FaultName = keyof typeof faultCodes;

/** A request refused. `message` is the fault string on the wire: `NAME` or `NAME: detail`. */
export class Fault extends Error {
  override readonly name = "Fault";
  readonly fault: FaultName;

  constructor(fault: FaultName, detail?: string) {
    super(detail === undefined ? fault : `${fault}: ${detail}`);
    this.fault = fault;
  }

  get code(): number {
    return faultCodes[this.fault];
  }
}
