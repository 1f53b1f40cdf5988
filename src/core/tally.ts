/**
 * What is counted of a process over all its lives, for metrics. Pure, and folded from its steps as its history is; a
 * process that has never ended has the one `noTally`, so that who is counted costs nothing until there is something to count.
 */
import type { CareSettings, HookSettings } from "./care.ts";
import type { Cause } from "./cause.ts";
import { type Exit, type Input, type Life, pidOf } from "./life.ts";
import type { Autorestart } from "./program.ts";
import { signalName } from "./signals.ts";

/**
 * Why it was started again: because it had ended by itself as expected (`exit`) or not (`crash`), had not come up
 * (`failed_start`), had been killed for want of memory (`oom`), or because of what somebody did.
 */
export type Reason = "exit" | "crash" | "failed_start" | "oom" | Cause["type"];

export interface Tally {
  readonly restarts: Readonly<Partial<Record<Reason, number>>>;
  /** How its children have ended, by exit code, or by the name of the signal. */
  readonly codes: Readonly<Record<number, number>>;
  readonly signals: Readonly<Record<string, number>>;
  readonly startFailures: number;
  readonly oomKills: number;
  readonly hookFailures: Readonly<Partial<Record<keyof HookSettings, number>>>;
  /** Processor time of the children that have ended, in milliseconds. */
  readonly cpuMs: number;
  /** What it is started for next, where that is known. */
  readonly next: Reason | null;
}

export const noTally: Tally = {
  restarts: {},
  codes: {},
  signals: {},
  startFailures: 0,
  oomKills: 0,
  hookFailures: {},
  cpuMs: 0,
  next: null,
};

/** Folds one step of a life. The same object when there is nothing to count. */
export function count(tally: Tally, before: Life, input: Input, after: Life): Tally {
  if (input.type === "spawnFailed") return { ...failed(tally, before, after), next: "failed_start" };
  if (before === after) return tally;
  const counted = failed(tally, before, after);
  switch (input.type) {
    case "exited":
      return exited(counted, before, input, after);
    case "start":
    case "restart":
    case "recycle":
    case "kill":
      return started(asked(counted, before, input.because?.type ?? "request"), before, after);
    default:
      return started(counted, before, after);
  }
}

export const countHookFailure = (tally: Tally, hook: keyof HookSettings): Tally => ({
  ...tally,
  hookFailures: { ...tally.hookFailures, [hook]: (tally.hookFailures[hook] ?? 0) + 1 },
});

/** Reasons that a restart may come to have without anybody's doing: they are told of as 0 until then. */
export function expectedReasons(autorestart: Autorestart, care: CareSettings): Reason[] {
  const { memory, cpu, maxRuntime, health, watch, schedule } = care;
  const reasons: [Reason, boolean][] = [
    ["crash", true],
    ["failed_start", true],
    ["exit", autorestart === "always"],
    ["memory", memory?.hardBytes != null || (memory?.limitBytes != null && memory.action === "restart")],
    ["cpu", cpu?.forMs != null],
    ["runtime", maxRuntime !== null],
    ["unhealthy", health !== null && health.action !== "none"],
    ["watch", watch !== null],
    ["schedule", schedule !== null],
  ];
  return reasons.filter(([, may]) => may).map(([reason]) => reason);
}

const restOf = (life: Life): Life => (life.state === "CLEANING" ? life.next : life);

function failed(tally: Tally, before: Life, after: Life): Tally {
  const hasFailed = restOf(after).state === "BACKOFF" && restOf(before).state !== "BACKOFF";
  return hasFailed ? { ...tally, startFailures: tally.startFailures + 1 } : tally;
}

/** Only who has been there before is started again. */
function started(tally: Tally, before: Life, after: Life): Tally {
  if (after.state !== "STARTING" || before.state === "STARTING" || tally === noTally) return tally;
  const reason = tally.next ?? "request";
  return { ...tally, restarts: { ...tally.restarts, [reason]: (tally.restarts[reason] ?? 0) + 1 }, next: null };
}

function exited(tally: Tally, before: Life, { exit, evidence }: Input & { type: "exited" }, after: Life): Tally {
  const oomKilled = evidence?.oomKilled === true;
  return {
    ...tally,
    ...ends(tally, exit),
    oomKills: tally.oomKills + (oomKilled ? 1 : 0),
    cpuMs: tally.cpuMs + (evidence?.cpuMs ?? 0),
    next: before.state === "STOPPING" ? tally.next : oomKilled ? "oom" : reasonAfter(restOf(after)),
  };
}

function ends({ codes, signals }: Tally, exit: Exit): Pick<Tally, "codes" | "signals"> {
  if (exit.code !== null) return { codes: { ...codes, [exit.code]: (codes[exit.code] ?? 0) + 1 }, signals };
  const name = signalName(exit.signal);
  return { codes, signals: { ...signals, [name]: (signals[name] ?? 0) + 1 } };
}

function reasonAfter(rest: Life): Reason {
  if (rest.state === "BACKOFF") return "failed_start";
  return rest.state === "EXITED" && rest.expected ? "exit" : "crash";
}

/** A first start is no restart, and who stops already in order to be started again keeps its reason. */
function asked(tally: Tally, before: Life, reason: Reason): Tally {
  const first = tally === noTally && pidOf(before) === 0;
  const decided = before.state === "STOPPING" && before.thenStart;
  return first || decided ? tally : { ...tally, next: reason };
}
