/** When a unit is started again, given up and stopped, with systemd's own values where it says nothing. */
import { literal, time } from "./draft.ts";
import type { Told } from "./systemd.ts";
import { milliseconds } from "./systemd-time.ts";

/** systemd-system.conf(5): DefaultRestartSec=, DefaultStartLimitBurst=, DefaultStartLimitIntervalSec=, DefaultTimeoutStopSec= */
const usual = { restartMs: 100, burst: 5, intervalMs: 10_000, stopMs: 90_000 } as const;

/** Our restart_delay_max, which no delay may be above. */
const usualLongestMs = 60_000;

export function setRestarts({ section: { keys, notes }, unit }: Told): void {
  const restart = unit.service("Restart") ?? "no";
  const oneshot = keys.get("type") === "oneshot";
  const codes = unit.all("Service", "SuccessExitStatus").flatMap((value) => value.split(/\s+/));
  const prevented = unit.all("Service", "RestartPreventExitStatus").flatMap((value) => value.split(/\s+/));
  const numbers = [...new Set(["0", ...codes, ...prevented].filter((code) => /^\d+$/.test(code)))];
  const others = [...codes, ...prevented].filter((code) => !/^\d+$/.test(code));
  if (others.length > 0) notes.push(`not carried over: ${others.join(" ")} among the statuses of success; codes only`);
  if (prevented.length > 0) notes.push("RestartPreventExitStatus became expected exit codes");
  if (numbers.length > 1) keys.set("exitcodes", numbers);
  const paceMs = milliseconds(unit.service("RestartSec")) ?? usual.restartMs;
  const longest = unit.service("RestartMaxDelaySec");
  const steps = unit.service("RestartSteps");
  const burst = unit.last("Unit", "StartLimitBurst") ?? unit.service("StartLimitBurst");
  const interval =
    unit.last("Unit", "StartLimitIntervalSec") ??
    unit.last("Unit", "StartLimitInterval") ??
    unit.service("StartLimitInterval");
  if (restart === "no") {
    keys.set("autorestart", false);
    if (!oneshot) keys.set("startsecs", 0);
    return;
  }
  keys.set("autorestart", restart === "always" && prevented.length === 0 ? true : "unexpected");
  if (!["always", "on-failure"].includes(restart))
    notes.push(`Restart=${restart} became on-failure: after every exit that is not expected`);
  keys
    .set("restart_delay", time(paceMs))
    .set("restart_backoff", longest === null || steps === null ? "none" : "exponential");
  const longestMs = steps === null ? null : milliseconds(longest);
  if (longestMs !== null || paceMs > usualLongestMs)
    keys.set("restart_delay_max", time(Math.max(longestMs ?? 0, paceMs)));
  if (oneshot) return;
  // A unit is up as soon as it is started: an early exit counts for the limit alone.
  keys.set("startsecs", 0);
  const window = milliseconds(interval) ?? usual.intervalMs;
  if (window > 0 && burst !== "0") keys.set("crashloop", `${burst ?? usual.burst}/${time(window)}`);
}

export function setStop({ section: { keys, notes }, unit }: Told): void {
  keys.set("stopsignal", literal((unit.service("KillSignal") ?? "TERM").replace(/^SIG/, "")));
  const given = unit.service("TimeoutStopSec") ?? unit.service("TimeoutSec");
  const stopMs = milliseconds(given) ?? usual.stopMs;
  // Nothing is waited for without an end: a day is as good.
  keys.set("stopwaitsecs", given === "infinity" || stopMs === 0 ? 86_400 : Math.ceil(stopMs / 1000));
  const mode = unit.service("KillMode") ?? "control-group";
  if (mode === "control-group") keys.set("stopasgroup", true);
  else if (mode === "mixed") keys.set("killasgroup", true);
  else keys.set("orphans", "keep");
  if (mode === "none") notes.push("KillMode=none is not carried over: the process is stopped, what it started is kept");
  if (/^(no|false|off|0)$/i.test(unit.service("SendSIGKILL") ?? "")) notes.push("not carried over: SendSIGKILL=no");
  const runtime = milliseconds(unit.service("RuntimeMaxSec"));
  if (runtime !== null && runtime >= 1000) keys.set("max_runtime", time(runtime));
  if (unit.service("WatchdogSec") !== null) notes.push("not carried over: WatchdogSec; a healthcheck does that");
}
