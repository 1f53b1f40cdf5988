/**
 * What is remembered of a process beyond its present state: last start and end, last exit, last
 * failure, and the last few ends with their reasons. Pure, like the life it watches.
 */
import type { Cause } from "./cause.ts";
import type { Evidence, Exit, Input, Life, Unrunnable } from "./life.ts";

/** How one life, or one try to begin one, ended. Times are wall-clock milliseconds. */
export interface End {
  readonly startedAt: number;
  readonly endedAt: number;
  /** null: there was no child. */
  readonly exit: Exit | null;
  /** What went wrong, "" when nothing did. */
  readonly failure: string;
  readonly unrunnable?: Unrunnable;
  readonly expected: boolean;
  /** Why we ended it; null when it ended by itself. */
  readonly cause: Cause | null;
  readonly evidence: Evidence;
}

/** Times are wall-clock milliseconds since 1970, 0 = never: they are for people. */
export interface History {
  readonly startedAt: number;
  readonly endedAt: number;
  readonly exit: Exit | null;
  /** The reference's `spawnerr`: why the last start or life failed, "" when it did not. */
  readonly failure: string;
  /** How often a child has been spawned. */
  readonly starts: number;
  /** Whether it has ever ended by itself as expected: for a oneshot, whether its work has been done. */
  readonly completed: boolean;
  /** The last ends, latest first. */
  readonly ends: readonly End[];
  /** Why it is being ended, or was last started by somebody else than its policy. */
  readonly cause: Cause | null;
}

/** How many ends are remembered. */
const endsKept = 10;

export const noHistory: History = {
  startedAt: 0,
  endedAt: 0,
  exit: null,
  failure: "",
  starts: 0,
  completed: false,
  ends: [],
  cause: null,
};

const nothingKnown: Evidence = { memoryBytes: null, oomKilled: false, cpuMs: 0 };

/** Folds one step of a life into its history. */
export function remember(history: History, before: Life, input: Input, after: Life, wallNow: number): History {
  switch (input.type) {
    case "spawnFailed":
      return withEnd({ ...history, failure: input.why }, null, before, wallNow, nothingKnown, false, input.unrunnable);
    case "exited":
      return ended(history, before, input.exit, input.evidence ?? nothingKnown, atRest(after), wallNow);
    default:
      return began(history, before, input, after, wallNow);
  }
}

function began(history: History, before: Life, input: Input, after: Life, wallNow: number): History {
  if (before === after) return history;
  if (after.state === "FATAL") return { ...history, failure: after.why };
  // One that is stopping may yet be killed for another reason.
  if (input.type === "kill" && after.state === "STOPPING") return { ...history, cause: input.because };
  if (after.state === before.state) return history;
  if (after.state === "WAITING") return { ...history, exit: null, failure: "" };
  if (after.state === "STARTING")
    return { ...history, startedAt: wallNow, exit: null, failure: "", starts: history.starts + 1, cause: null };
  if (after.state === "STOPPING") return { ...history, cause: causeOf(input) };
  return history;
}

function causeOf(input: Input): Cause | null {
  if (input.type === "abandon") return { type: "ending" };
  return ("because" in input ? input.because : undefined) ?? { type: "request" };
}

const atRest = (life: Life): Life => (life.state === "CLEANING" ? life.next : life);

function ended(history: History, before: Life, exit: Exit, evidence: Evidence, after: Life, wallNow: number): History {
  const now = { ...history, endedAt: wallNow };
  switch (after.state) {
    case "BACKOFF":
      return withEnd({ ...now, exit: null, failure: after.why }, exit, before, wallNow, evidence);
    case "EXITED":
      return withEnd(
        {
          ...now,
          exit,
          failure: after.expected ? history.failure : `Bad exit code ${exitStatus(exit)}`,
          completed: history.completed || after.expected,
        },
        exit,
        before,
        wallNow,
        evidence,
        after.expected,
      );
    default:
      return withEnd({ ...now, exit }, exit, before, wallNow, evidence, true);
  }
}

function withEnd(
  history: History,
  exit: Exit | null,
  before: Life,
  endedAt: number,
  evidence: Evidence,
  expected = false,
  unrunnable?: Unrunnable,
): History {
  const wasAsked = before.state === "STOPPING";
  const end: End = {
    startedAt: exit === null ? endedAt : history.startedAt,
    endedAt,
    exit,
    failure: wasAsked ? "" : history.failure,
    ...(unrunnable !== undefined && { unrunnable }),
    expected,
    cause: wasAsked ? history.cause : null,
    evidence,
  };
  return { ...history, ends: [end, ...history.ends].slice(0, endsKept) };
}

/** The number XML-RPC knows: the code, -1 after a signal, 0 when nothing has ended. */
export const exitStatus = (exit: Exit | null): number => (exit === null ? 0 : (exit.code ?? -1));
