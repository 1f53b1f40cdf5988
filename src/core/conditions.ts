/**
 * Whether the programs that one depends on have come to what it waits for, and in words what is missing.
 * The words hold no figures that change by themselves: they are said again only when something has happened.
 */
import { describeExit } from "./announce.ts";
import type { Condition } from "./care.ts";
import { type Life, outwardState } from "./life.ts";

/** One process that another depends on, as it is now. */
export interface Standing {
  readonly name: string;
  readonly life: Life;
  /** It is RUNNING, and healthy or ready where it has a way to tell. */
  readonly healthy: boolean;
  /** It is a oneshot that has ended as expected, at least once since the daemon started. */
  readonly completed: boolean;
}

/** One entry of `depends_on`: all processes of that name are meant. */
export interface Need<S extends Standing = Standing> {
  readonly on: string;
  readonly condition: Condition;
  /** Empty = nobody has the name now. */
  readonly standings: readonly S[];
}

/** A oneshot that is done has come to all that it could; its next run takes nothing back. */
export function isMet(condition: Condition, { life, healthy, completed }: Standing): boolean {
  if (completed || condition === "completed") return completed;
  return condition === "healthy" ? healthy : life.state === "RUNNING";
}

/** More of them in one line say nothing more. */
const named = 3;

/**
 * What still has to come, in words that go after "waiting": `for db to be healthy (it is STARTING)`; null when
 * nothing is missing.
 */
export function missing(needs: Iterable<Need>): string | null {
  const found: string[] = [];
  for (const { on, condition, standings } of needs) {
    if (standings.length === 0) found.push(`${on}, which is not there`);
    for (const standing of standings) {
      if (isMet(condition, standing)) continue;
      if (found.length >= named) return `for ${found.join(", for ")}, and for others`;
      found.push(`${standing.name} to ${verb[condition]} (${told(standing, condition)})`);
    }
  }
  return found.length === 0 ? null : `for ${found.join(", for ")}`;
}

const verb: Readonly<Record<Condition, string>> = {
  started: "be started",
  healthy: "be healthy",
  completed: "complete",
};

function told({ life }: Standing, condition: Condition): string {
  switch (life.state) {
    case "WAITING":
      return "it is waiting, too";
    case "BACKOFF":
      return `it ${failed(life.why)}; it is tried again`;
    case "FATAL":
      return `it ${failed(life.why)}; gave up`;
    case "EXITED":
      return life.expected ? "it has exited" : `it failed: ${describeExit(life.exit)}`;
    case "RUNNING":
      return condition === "healthy" ? "it is RUNNING, but not healthy yet" : "it is RUNNING";
    default:
      return `it is ${outwardState(life)}`;
  }
}

/** Without the reference's hint on where to look, and without what one that waited in vain has waited for. */
const failed = (why: string): string => `failed: ${why.replace(/^failed: /, "").replace(/(?: \(.*\)|: for .*)$/, "")}`;
