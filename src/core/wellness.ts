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
  };
}

function lack(life: Life, health: HealthView, care: ProcessSettings["care"]): string {
  switch (life.state) {
    case "STOPPED":
      return life.due === null ? "is stopped" : "is about to start";
    case "WAITING":
      return life.why ?? "waits for what has to be done before the start";
    case "STARTING":
    case "RUNNING":
      return notReady(health, care) ?? "is starting";
    case "STOPPING":
      return life.thenStart ? "is being restarted" : "is being stopped";
    case "BACKOFF":
    case "FATAL":
    case "UNKNOWN":
      return life.why;
    case "EXITED":
      return life.due === null ? "has ended unexpectedly" : "has ended and is about to start again";
    case "CLEANING":
      return "waits until what it left behind has ended";
  }
}

function notReady({ status, failures, last }: HealthView, { type, health, ready }: ProcessSettings["care"]) {
  if (type === "oneshot") return "is still at work";
  if (status === "unhealthy")
    return `${failures} failed ${failures === 1 ? "check" : "checks in a row"}: ${last?.text}`;
  if (ready !== null) return `has not said that it is ready (${ready.type === "log" ? "ready_log" : "ready_fd"})`;
  if (health !== null) return last === null ? "has not been checked yet" : last.text;
  return null;
}
