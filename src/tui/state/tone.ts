/** How good or bad a process is, and the one sign and word for it. */
import type { RemoteProgram } from "../../client/overview.ts";
import { span as lasting } from "../text/figures.ts";
import type { Role } from "../text/look.ts";

/** `idle`: it is not meant to run, or its work is done. */
export type Tone = "good" | "busy" | "warn" | "bad" | "idle";

export function toneOf(program: RemoteProgram): Tone {
  switch (program.state) {
    case "RUNNING":
      if (program.health === "unhealthy") return "bad";
      return program.ready || program.oneshot ? "good" : "busy";
    case "STARTING":
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

export const isProblem = (program: RemoteProgram): boolean => {
  const tone = toneOf(program);
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

export function signOf(program: RemoteProgram): string {
  if (program.state === "EXITED") return toneOf(program) === "idle" ? "○" : "✗";
  if (program.state === "RUNNING" && program.health === "unhealthy") return "◆";
  return signs[program.state] ?? "?";
}

/** The most to be seen first. */
export const gravity: Readonly<Record<Tone, number>> = { bad: 0, warn: 1, busy: 2, good: 3, idle: 4 };

/** How many are how: for the header and for groups. */
export function countTones(programs: readonly RemoteProgram[]): Readonly<Record<Tone, number>> {
  const counts: Record<Tone, number> = { good: 0, busy: 0, warn: 0, bad: 0, idle: 0 };
  for (const program of programs) counts[toneOf(program)]++;
  return counts;
}

/** What is wrong with it, or was last, in few words; "" when there is nothing to say. `now`: the daemon's clock. */
export function reasonOf(program: RemoteProgram, now: number): string {
  const tone = toneOf(program);
  if (program.state === "STOPPING") return program.cause ?? "is being stopped";
  if (tone === "busy") {
    const before = program.lastEnd === null ? "" : `; before: ${howItEnded(program)}`;
    return `${program.why}${before}`;
  }
  if (tone === "warn" || tone === "bad") {
    const what = program.state === "RUNNING" ? program.why : howItEnded(program) || program.failure || program.why;
    return program.dueMs === null ? what : `${what}; ${program.next}`;
  }
  const { lastEnd } = program;
  return lastEnd === null ? "" : `${howItEnded(program)}, ${lasting(now - lastEnd.endedAt)} ago`;
}

/** It runs, but has come back from an end that nobody wanted, a moment ago. */
export const hasJustFailed = ({ pid, lastEnd }: RemoteProgram, now: number): boolean =>
  pid !== 0 && lastEnd !== null && !lastEnd.expected && lastEnd.cause === null && now - lastEnd.endedAt < justMs;

const justMs = 60_000;

/** `exit 3`, `SIGKILL (out of memory)`, `not started: no such file`. */
export function howItEnded({ lastEnd: end }: Pick<RemoteProgram, "lastEnd">): string {
  if (end === null) return "";
  if (end.signal === null && end.code === null) return end.failure ?? "could not be started";
  const how = end.signal === null ? `exit ${end.code}` : end.signal;
  const note = end.oomKilled ? " (out of memory)" : end.core ? " (core dumped)" : "";
  return `${how}${note}${end.cause === null ? "" : `: ${end.cause}`}`;
}
