/**
 * Why something was done to a program: who asked, or what it had come to. Kept with its ends, written to
 * the main log, and shown by `spacectl why`.
 */
import { duration, size } from "./quantity.ts";

export type Cause =
  /** A person or a tool asked. */
  | { readonly type: "request" }
  /** The daemon is going. */
  | { readonly type: "ending" }
  /** The program list says something else now. */
  | { readonly type: "update" }
  | { readonly type: "memory"; readonly usedBytes: number; readonly limitBytes: number; readonly hard: boolean }
  | { readonly type: "cpu"; readonly percent: number; readonly limitPercent: number; readonly forMs: number }
  | { readonly type: "runtime"; readonly ranMs: number }
  | { readonly type: "unhealthy"; readonly why: string }
  | { readonly type: "watch"; readonly path: string }
  | { readonly type: "schedule"; readonly cron: string }
  /** What it depends on, or what depends on it, needed it. */
  | { readonly type: "dependency"; readonly name: string };

/** In words that go after a colon: `memory 312MB is over memory_limit=256MB`. */
export function describeCause(cause: Cause): string {
  switch (cause.type) {
    case "request":
      return "somebody asked for it";
    case "ending":
      return "the daemon is ending";
    case "update":
      return "the program list has changed";
    case "memory": {
      const key = cause.hard ? "memory_limit_hard" : "memory_limit";
      return `memory ${size(cause.usedBytes)} is over ${key}=${size(cause.limitBytes)}`;
    }
    case "cpu":
      return `cpu ${Math.round(cause.percent)}% is over cpu_limit=${cause.limitPercent}% for ${duration(cause.forMs)}`;
    case "runtime":
      return `it has run for ${duration(cause.ranMs)}, its max_runtime`;
    case "unhealthy":
      return `unhealthy: ${cause.why}`;
    case "watch":
      return `${cause.path} has changed`;
    case "schedule":
      return `schedule=${cause.cron}`;
    case "dependency":
      return `needed by ${cause.name}`;
  }
}
