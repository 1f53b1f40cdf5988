/**
 * What happens next to a program and when, in words: the last line of `spacectl why`. Pure.
 */
import { isAtRest, type Life, type Ms, type Policy } from "./life.ts";
import { duration } from "./quantity.ts";
import { signalName } from "./signals.ts";

export interface Outlook {
  readonly text: string;
  /** From now; null when nothing comes by itself. */
  readonly inMs: Ms | null;
}

export function outlook(life: Life, policy: Policy, now: Ms): Outlook {
  const inMs = life.due === null ? null : Math.max(0, life.due - now);
  return { text: words(life, policy, inMs === null ? "" : duration(inMs)), inMs };
}

function words(life: Life, policy: Policy, when: string): string {
  switch (life.state) {
    case "STOPPED":
      return when === "" ? "stays stopped until somebody starts it" : "is started now";
    case "WAITING": {
      const end = when === "" ? "" : `; given up in ${when} (start_timeout)`;
      return `waits ${life.why ?? "for what has to be done before the start"}${end}`;
    }
    case "STARTING":
      return policy.oneshot ? "runs until its work is done" : `counts as RUNNING in ${when} (startsecs)`;
    case "RUNNING":
      return policy.oneshot ? "runs until its work is done" : "keeps running";
    case "BACKOFF":
      return life.last
        ? "is given up"
        : `is started again in ${when} (try ${life.tries + 1} of ${policy.startRetries + 1})`;
    case "STOPPING": {
      const first = life.asked ? `has been sent ${signalName(policy.stopSignal)}` : "runs its pre_stop_command";
      return `${first}; SIGKILL in ${when} (stopwaitsecs)${life.thenStart ? "; is started again after that" : ""}`;
    }
    case "EXITED":
      return afterExit(life, policy, when);
    case "FATAL":
      return when === "" ? "is given up until somebody starts it" : `is tried again in ${when} (retry_after)`;
    case "CLEANING": {
      const next = isAtRest(life.next) && life.next.due === null ? "" : "; is started again after that";
      const what = policy.afterStop ? "and its post_stop_command have" : "has";
      return `waits until what it left behind ${what} ended${next}`;
    }
    case "UNKNOWN":
      return "cannot be signalled; nothing is done until it ends";
  }
}

function afterExit(life: Extract<Life, { state: "EXITED" }>, policy: Policy, when: string): string {
  if (when !== "") return life.giveUp === null ? `is started again in ${when}` : "is given up";
  if (policy.oneshot) return life.expected ? "has done its work" : "stays down: autorestart=false";
  if (policy.autorestart === "never") return "stays down: autorestart=false";
  if (policy.autorestart === "unexpected" && life.expected)
    return "stays down: autorestart=unexpected, and its exit code was expected";
  return "stays down until somebody starts it";
}
