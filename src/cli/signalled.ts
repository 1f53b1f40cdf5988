/** How refusals to stop or signal a process are told. */
import { faultCodes } from "../core/faults.ts";

export const signalFailures: ReadonlyMap<number, string | null> = new Map([
  [faultCodes.BAD_NAME, "no such process"],
  [faultCodes.BAD_SIGNAL, "bad signal name"],
  [faultCodes.NOT_RUNNING, "not running"],
  [faultCodes.FAILED, null],
]);
