/** What a process is at this moment: for those who ask, and for those who have asked it to start. */
import type { ProcessInfo, ProcessName } from "../api/daemon.ts";
import { exitStatus } from "../core/history.ts";
import { comesBack } from "../core/life.ts";
import type { Loss } from "../core/loss.ts";
import { isReferences } from "../core/restart.ts";
import { describe } from "./description.ts";
import type { SupervisedProcess } from "./process.ts";

/** `wallNow` in milliseconds since 1970. */
export function infoOf(process: SupervisedProcess, wallNow: number): ProcessInfo {
  const { life, history, settings } = process;
  const seconds = (ms: number) => Math.floor(ms / 1000);
  return {
    group: process.group,
    name: settings.name,
    state: process.state,
    returns: comesBack(life),
    pid: process.pid,
    start: seconds(history.startedAt),
    stop: seconds(history.endedAt),
    now: seconds(wallNow),
    exitStatus: exitStatus(history.exit),
    spawnError: history.failure,
    description: describe(life, history, wallNow) + comingBack(process),
    stdoutLogfile: process.stdout.path,
    stderrLogfile: process.stderr.path,
    health: process.health,
    wellness: process.wellness,
    losses: lossesOf(process),
    stuck: process.stdout.stuck ?? process.stderr.stuck,
  };
}

/** Both channels may have the same log. */
function lossesOf({ stdout, stderr }: SupervisedProcess): readonly Loss[] {
  const [first, second] = [stdout.losses, stderr.losses];
  return second.length === 0
    ? first
    : [...first, ...second.filter(({ path }) => !first.some((one) => one.path === path))];
}

/** Where the wait is of the program list's making; it may be long. */
function comingBack({ life, outlook, settings }: SupervisedProcess): string {
  if (isReferences(settings.care.restart) || !(life.state === "BACKOFF" || comesBack(life))) return "";
  return `; ${outlook.text}`;
}

/** How a start has fared; with `wait` "pending" until it is RUNNING, has done its work as a oneshot, or has failed. */
export function startOutcome(process: SupervisedProcess, wait: boolean) {
  const { life, history } = process;
  const rest = life.state === "CLEANING" ? life.next : life;
  // What is left of the life before is no failure of this start.
  const before = life.state === "STOPPING" || (life.state === "CLEANING" && rest.state !== "BACKOFF");
  if (history.failure !== "" && !before) return "SPAWN_ERROR";
  if (life.state === "RUNNING") return "done";
  if (rest.state === "EXITED" && rest.expected && rest.due === null && process.settings.care.type === "oneshot")
    return "done";
  if (
    life.state === "WAITING" ||
    life.state === "STARTING" ||
    (life.state === "STOPPING" && life.thenStart) ||
    (life.state === "CLEANING" && life.next.due !== null) ||
    life.due !== null
  )
    return wait ? "pending" : "done";
  return "ABNORMAL_TERMINATION";
}

export const nameOf = (process: SupervisedProcess): ProcessName => ({
  group: process.group,
  name: process.settings.name,
});

/** `group:name`, or just the name when they are the same. */
export const spell = ({ group, name }: ProcessName): string => (group === name ? name : `${group}:${name}`);
