/**
 * Whether the end of a program is the end of the container, and the exit code that it ends with: the child's,
 * 128 + n for signal n, as shells and container runtimes count.
 */
import { describeExit } from "./announce.ts";
import type { CareSettings } from "./care.ts";
import type { History } from "./history.ts";
import type { Exit, Life } from "./life.ts";

/** A program that takes the daemon with it. */
export interface Verdict {
  readonly key: "on_exit" | "on_fatal";
  readonly code: number;
  /** In words that go after its name: `exited with exit status 3`. */
  readonly how: string;
}

/** Of one that has just come to this life; null = the daemon goes on. */
export function verdictOf(
  life: Life,
  history: History,
  { type, onExit, onFatal }: Pick<CareSettings, "type" | "onExit" | "onFatal">,
): Verdict | null {
  if (life.state === "EXITED" && life.due === null && onExit === "shutdown")
    return { key: "on_exit", code: exitCode(life.exit), how: `has ended (${describeExit(life.exit)})` };
  // A oneshot that is not to be tried again has no other way to be given up.
  if (life.state === "EXITED" && life.due === null && type === "oneshot" && !life.expected && onFatal === "shutdown")
    return { key: "on_fatal", code: exitCode(life.exit) || 1, how: `has failed (${describeExit(life.exit)})` };
  if (life.state === "FATAL" && onFatal === "shutdown")
    return { key: "on_fatal", code: codeOfFailure(history), how: `was given up (${life.why})` };
  return null;
}

const exitCode = (exit: Exit): number => exit.code ?? 128 + exit.signal;

/** Of the last end of a child, by itself or not; null = there was none yet. */
export function lastExitCode({ ends }: History): number | null {
  const exit = ends.find((end) => end.exit !== null)?.exit ?? null;
  return exit === null ? null : exitCode(exit);
}

/** A failure is never 0: the last code that a child ended with by itself; without one what shells say, or 1. */
function codeOfFailure({ ends }: History): number {
  const exit = ends.find((end) => end.exit !== null && end.cause === null)?.exit ?? null;
  return exit === null ? (ends[0]?.unrunnable ?? 1) : exitCode(exit) || 1;
}
