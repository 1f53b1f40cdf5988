/**
 * Whether a program is as it should be, for whoever asks about the whole container (`spacectl health`,
 * HEALTHCHECK, a readiness probe): it is at work and ready, or its work is done. Pure.
 */
import type { HealthView } from "./health.ts";
import type { Life } from "./life.ts";
import type { ProcessSettings } from "./program.ts";

export interface Wellness {
  /** Whether it counts when nobody is named: not what somebody has stopped, nor what runs by a schedule. */
  readonly wanted: boolean;
  readonly well: boolean;
  /** What it lacks, in words; "" when it is well. */
  readonly why: string;
  /** The same without what the program, its check or its command line had to do with it: for everyone's eyes. */
  readonly brief: string;
}

export function wellness(life: Life, health: HealthView, { care }: ProcessSettings): Wellness {
  const oneshot = care.type === "oneshot";
  const done = life.state === "EXITED" && life.expected && life.due === null;
  const well = done || (health.ready && !oneshot);
  const stopped = life.state === "STOPPED" && life.due === null;
  return {
    wanted: !stopped && !(oneshot && care.schedule !== null),
    well,
    why: well ? "" : lack(life, health, care),
    brief: well ? "" : lackInBrief(life, health, care),
  };
}

function lack(life: Life, health: HealthView, care: ProcessSettings["care"]): string {
  if ("why" in life && life.why !== null) return life.state === "WAITING" ? `waits ${life.why}` : life.why;
  const said = life.state === "RUNNING" || life.state === "STARTING" ? lastWords(health, care) : null;
  return said ?? lackInBrief(life, health, care);
}

/** What its check had to say; null where that is not what it lacks. */
function lastWords({ status, failures, last }: HealthView, { type, ready }: ProcessSettings["care"]): string | null {
  if (type === "oneshot" || last === null) return null;
  if (status === "unhealthy") return `${inARow(failures)}: ${last.text}`;
  return ready === null ? last.text : null;
}

function lackInBrief(life: Life, health: HealthView, care: ProcessSettings["care"]): string {
  switch (life.state) {
    case "STOPPED":
      return life.due === null ? "is stopped" : "is about to start";
    case "WAITING":
      return "waits for what has to be done before the start";
    case "STARTING":
    case "RUNNING":
      return notReady(health, care) ?? "is starting";
    case "STOPPING":
      return life.thenStart ? "is being restarted" : "is being stopped";
    case "BACKOFF":
      return "has failed to start and is tried again";
    case "FATAL":
      return "has been given up";
    case "UNKNOWN":
      return "cannot be signalled";
    case "EXITED":
      return life.due === null ? "has ended unexpectedly" : "has ended and is about to start again";
    case "CLEANING":
      return "waits until what it left behind has ended";
  }
}

const inARow = (failures: number): string => `${failures} failed ${failures === 1 ? "check" : "checks in a row"}`;

function notReady({ status, failures, last }: HealthView, { type, health, ready }: ProcessSettings["care"]) {
  if (type === "oneshot") return "is still at work";
  if (status === "unhealthy") return inARow(failures);
  if (ready !== null) return `has not said that it is ready (${ready.type === "log" ? "ready_log" : "ready_fd"})`;
  if (health !== null) return last === null ? "has not been checked yet" : "has not passed a check yet";
  return null;
}
