/** The end of a log as `tail` and `maintail` show it. */

import { RemoteFault } from "../client/failures.ts";
import { asText } from "../client/replies.ts";
import { faultCodes } from "../core/faults.ts";
import { wholeNumber } from "../core/python.ts";
import { NamedError } from "./error-line.ts";
import type { Session } from "./session.ts";

export const defaultBytes = 1600;
/** Of XML-RPC: 32 bits with a sign. */
const integers = { least: -(2 ** 31), most: 2 ** 31 - 1 };

/** `-100` -> 100 bytes, `-f` -> follow; null for anything else. Numbers are read as Python's `int()` does. */
export function parseModifier(word: string): number | "follow" | null {
  if (word === "-f") return "follow";
  return word.startsWith("-") ? wholeNumber(word.slice(1)) : null;
}

/** Prints what `read` fetches; `offset` is negative to count from the end. `label` names the log in errors. */
export async function printLog(
  session: Session,
  label: string,
  bytes: number,
  read: (offset: number) => Promise<unknown>,
): Promise<void> {
  const offset = 0 - bytes;
  if (offset < integers.least || offset > integers.most)
    throw new NamedError("OverflowError", "int exceeds XML-RPC limits");
  try {
    session.out.line(asText(await read(offset)));
  } catch (error) {
    const text = error instanceof RemoteFault ? problems.get(error.code) : undefined;
    if (text === undefined) throw error;
    session.fail(`${label}: ERROR (${text})`);
  }
}

const problems = new Map<number, string>([
  [faultCodes.NO_FILE, "no log file"],
  [faultCodes.FAILED, "unknown error reading log"],
  [faultCodes.BAD_NAME, "no such process name"],
]);
