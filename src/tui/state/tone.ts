/** How good or bad a process is, and the one sign and word for it. */
import type { RemoteProgram } from "../../client/overview.ts";
import { span as lasting } from "../text/figures.ts";
import type { Role } from "../text/look.ts";

/**
 * `warn`: it has failed and comes back, or has just come back. `idle`: it is not meant to run, or its work is done.
 */
export type Tone = "good" | "busy" | "warn" | "bad" | "idle";

/** `now`: the daemon's clock. */
export function toneOf(program: RemoteProgram, now: number): Tone {
  switch (program.state) {
    case "RUNNING":
      if (program.health === "unhealthy") return "bad";
      if (hasJustFailed(program, now)) return "warn";
      return program.ready || program.oneshot ? "good" : "busy";
    case "STARTING":
      return hasJustFailed(program, now) ? "warn" : "busy";
    case "STOPPING":
      return "busy";
    case "BACKOFF":
      return "warn";
    case "STOPPED":
      return "idle";
    case "EXITED":
      if (program.well || !program.wanted) return "idle";
      if (program.lastEnd?.expected === true) return "idle";
      return program.dueMs === null ? "bad" : "warn";
    default:
      return "bad";
  }
}

/** An end that nobody wanted, a moment ago. */
const hasJustFailed = ({ lastEnd }: RemoteProgram, now: number): boolean =>
  lastEnd !== null && !lastEnd.expected && lastEnd.cause === null && now - lastEnd.endedAt < justMs;

const justMs = 60_000;

export const isProblem = (program: RemoteProgram, now: number): boolean => {
  const tone = toneOf(program, now);
  return tone === "warn" || tone === "bad";
};

export const roleOf: Readonly<Record<Tone, Role>> = {
  good: "good",
  busy: "busy",
  warn: "warn",
  bad: "bad",
  idle: "dim",
};

const signs: Readonly<Record<string, string>> = {
  RUNNING: "●",
  STARTING: "◐",
  STOPPING: "◑",
  BACKOFF: "▲",
  STOPPED: "○",
  FATAL: "✗",
};

export function signOf(program: RemoteProgram, now: number): string {
  if (program.state === "EXITED") return toneOf(program, now) === "idle" ? "○" : "✗";
  if (program.state === "RUNNING" && program.health === "unhealthy") return "◆";
  return signs[program.state] ?? "?";
}

/** The most to be seen first. */
export const gravity: Readonly<Record<Tone, number>> = { bad: 0, warn: 1, busy: 2, good: 3, idle: 4 };

/** How many are how: for the header and for groups. */
export function countTones(programs: readonly RemoteProgram[], now: number): Readonly<Record<Tone, number>> {
  const counts: Record<Tone, number> = { good: 0, busy: 0, warn: 0, bad: 0, idle: 0 };
  for (const program of programs) counts[toneOf(program, now)]++;
  return counts;
}

/** What is wrong with it, or was last, in few words; "" when there is nothing to say. */
export function reasonOf(program: RemoteProgram, now: number): string {
  const { state, cause, why, failure, lastEnd } = program;
  const ended = howItEnded(program);
  const tone = toneOf(program, now);
  if (state === "STOPPING") return cause ?? "is being stopped";
  if (state === "RUNNING" && tone === "bad") return why;
  if (tone === "busy") return ended === "" ? why : `${why}; before: ${ended}`;
  if (state !== "RUNNING" && state !== "STARTING" && (tone === "warn" || tone === "bad")) {
    const what = ended || failure || why;
    return program.dueMs === null ? what : `${what}; ${program.next}`;
  }
  return lastEnd === null ? "" : `${ended}, ${lasting(now - lastEnd.endedAt)} ago`;
}

/** `exit 3`, `SIGKILL (out of memory)`, `not started: no such file`. */
export function howItEnded({ lastEnd: end }: Pick<RemoteProgram, "lastEnd">): string {
  if (end === null) return "";
  if (end.signal === null && end.code === null) return end.failure ?? "could not be started";
  const how = end.signal === null ? `exit ${end.code}` : end.signal;
  const note = end.oomKilled ? " (out of memory)" : end.core ? " (core dumped)" : "";
  return `${how}${note}${end.cause === null ? "" : `: ${end.cause}`}`;
}
