/**
 * What is remembered of a process beyond its present state: last start and end, last exit, last
 * failure. Pure, like the life it watches.
 */
import { type Exit, type Input, type Life, tooQuickly } from "./lifecycle.ts";

/** Times are wall-clock milliseconds since 1970, 0 = never: they are for people. */
export interface History {
  readonly startedAt: number;
  readonly endedAt: number;
  readonly exit: Exit | null;
  /** The reference's `spawnerr`: why the last start or life failed, "" when it did not. */
  readonly failure: string;
  /** How often a child has been spawned. */
  readonly starts: number;
}

export const noHistory: History = { startedAt: 0, endedAt: 0, exit: null, failure: "", starts: 0 };

/** Folds one step of a life into its history. */
export function remember(history: History, before: Life, input: Input, after: Life, wallNow: number): History {
  if (after.state === "STARTING" && before.state !== "STARTING")
    return { ...history, startedAt: wallNow, exit: null, failure: "", starts: history.starts + 1 };
  if (input.type === "spawnFailed") return { ...history, failure: input.why };
  if (input.type !== "exited") return history;
  switch (after.state) {
    case "BACKOFF":
      return { ...history, endedAt: wallNow, exit: null, failure: tooQuickly };
    case "EXITED":
      return {
        ...history,
        endedAt: wallNow,
        exit: input.exit,
        failure: after.expected ? history.failure : `Bad exit code ${exitStatus(input.exit)}`,
      };
    default:
      return { ...history, endedAt: wallNow, exit: input.exit };
  }
}

/** The number XML-RPC knows: the code, -1 after a signal, 0 when nothing has ended. */
export const exitStatus = (exit: Exit | null): number => (exit === null ? 0 : (exit.code ?? -1));
