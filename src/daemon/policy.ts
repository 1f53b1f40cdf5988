/** What of a program's settings, and of the daemon's own state, decides about a life. */
import type { Input, Life, Policy } from "../core/life.ts";
import type { ProcessSettings } from "../core/program.ts";

export const policyOf = (settings: ProcessSettings, salt: number): Policy => ({
  autorestart: settings.autorestart,
  exitCodes: settings.exitCodes,
  startMs: settings.startSeconds * 1000,
  startRetries: settings.startRetries,
  stopSignal: settings.stopSignal,
  stopWaitMs: settings.stopWaitSeconds * 1000,
  stopAsGroup: settings.stopAsGroup,
  killAsGroup: settings.killAsGroup,
  oneshot: settings.care.type === "oneshot",
  prepares: settings.care.dependsOn.length > 0 || preparesItself(settings),
  prepareMs: settings.care.startTimeoutMs,
  beforeStop: (settings.care.hooks?.preStop ?? null) !== null,
  afterStop: (settings.care.hooks?.postStop ?? null) !== null,
  restart: settings.care.restart,
  salt,
});

/** Files have to be read or a command has to be run before a spawn. */
export const preparesItself = ({ care: { hooks, envFiles, secrets } }: ProcessSettings): boolean =>
  (hooks?.preStart ?? null) !== null || envFiles.length > 0 || secrets.length > 0;

/** A daemon that is ending starts nothing: what would be a start is a giving up instead. What has had its last try gives up by itself. */
export function whenEnding(life: Life, input: Input): Input {
  const { state } = life;
  if (state === "BACKOFF" && life.last && input.type === "due") return input;
  const starts =
    input.type === "start" ||
    input.type === "restart" ||
    input.type === "recycle" ||
    input.type === "cleared" ||
    (input.type === "due" && state !== "STARTING" && state !== "STOPPING");
  return starts ? { type: "abandon" } : input;
}
