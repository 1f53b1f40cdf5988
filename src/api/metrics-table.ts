/**
 * The one table of metrics: names, words and where each value comes from. The exposition, docs/metrics.md and the tests of
 * alerts and dashboard go by it. Names follow Prometheus's conventions: base units, `_total` for what only grows. One
 * series per process where one will do: the state is a number, as in the exporters for supervisord, and how many processes
 * are in each state is told for all of them.
 */

import { processStates } from "../core/states.ts";
import { expectedReasons } from "../core/tally.ts";
import type { ProcessOverview } from "./daemon.ts";
import type { LogTargetStatus, Measurements } from "./measurements.ts";

export type Labels = Readonly<Record<string, string | number>>;
/** null: not told of. */
export type Values = number | null | readonly (readonly [labels: Labels, value: number])[];

export interface Metric<T> {
  readonly name: string;
  readonly type: "gauge" | "counter";
  /** One sentence, for people who read /metrics. */
  readonly help: string;
  /** Names of labels, besides those of the process. */
  readonly labels: readonly string[];
  readonly values: (of: T) => Values;
}

export interface MeasuredProcess extends ProcessOverview {
  readonly openFiles: number | null;
}

export interface MeasuredDaemon extends Measurements {
  /** What /readyz says. */
  readonly ready: boolean;
}

type Row<T> = readonly [name: string, help: string, values: (of: T) => Values, labels?: readonly string[]];

const inSeconds = (ms: number): number => ms / 1000;
const flag = (value: boolean): number => (value ? 1 : 0);
const present = (value: number | null | undefined): number | null => value ?? null;

/** With the labels `group`, `process` and `program`. */
export const processMetrics: readonly Metric<MeasuredProcess>[] = table([
  [
    "spaced_process_state",
    `Its state as supervisord numbers it: ${Object.entries(processStates)
      .map(([name, number]) => `${number} ${name}`)
      .join(", ")}.`,
    ({ info }) => processStates[info.state],
  ],
  ["spaced_process_up", "1 while it is RUNNING.", ({ info }) => flag(info.state === "RUNNING")],
  [
    "spaced_process_wanted",
    "1 while it counts for /readyz: somebody has not stopped it, and it does not run by a schedule.",
    ({ info }) => flag(info.wellness.wanted),
  ],
  [
    "spaced_process_ready",
    "1 while it is ready, or its work is done, as /readyz counts it.",
    ({ info }) => flag(info.wellness.well),
  ],
  [
    "spaced_process_healthy",
    "1 after a passed check, 0 when unhealthy; only with a check, and not before its first result.",
    ({ info: { health } }) =>
      health.status === "healthy" || health.status === "unhealthy" ? flag(health.status === "healthy") : null,
  ],
  [
    "spaced_process_start_time_seconds",
    "When its child was started, in seconds since 1970; only while it has one.",
    ({ info, startedAt }) => (info.pid === 0 ? null : inSeconds(startedAt)),
  ],
  [
    "spaced_process_restarts_total",
    "How often it was started again, by reason.",
    ({ settings, counts: { tally } }) => {
      const none = expectedReasons(settings.autorestart, settings.care).map((reason) => [reason, 0] as const);
      return by("reason", { ...Object.fromEntries(none), ...tally.restarts });
    },
    ["reason"],
  ],
  [
    "spaced_process_start_failures_total",
    "How often it has failed to start: it could not be spawned, or did not live for startsecs.",
    ({ counts }) => counts.tally.startFailures,
  ],
  [
    "spaced_process_exits_total",
    "How its children have ended, by exit code or signal.",
    ({ counts: { tally } }) => [...by("code", tally.codes), ...by("signal", tally.signals)],
    ["code", "signal"],
  ],
  [
    "spaced_process_oom_kills_total",
    "How often the kernel has killed it for want of memory.",
    ({ counts }) => counts.tally.oomKills,
  ],
  [
    "spaced_process_hook_failures_total",
    "How often a command of its hooks has failed.",
    ({ settings: { care }, counts: { tally } }) =>
      by(
        "hook",
        Object.fromEntries(
          Object.entries(hookNames).flatMap(([hook, name]) => {
            const failures = tally.hookFailures[hook as keyof typeof hookNames] ?? 0;
            const known = failures > 0 || care.hooks?.[hook as keyof typeof hookNames] != null;
            return known ? [[name, failures]] : [];
          }),
        ),
      ),
    ["hook"],
  ],
  [
    "spaced_process_cpu_seconds_total",
    "Processor time of all its children, and of what these have started.",
    ({ usage, counts }) => inSeconds(counts.tally.cpuMs + (usage?.cpuMs ?? 0)),
  ],
  [
    "spaced_process_memory_bytes",
    "Memory of its child and all that is below it, what they share counted once; only while it has one.",
    ({ usage }) => present(usage?.memoryBytes),
  ],
  [
    "spaced_process_processes",
    "How many processes its child and all that is below it are.",
    ({ usage }) => present(usage?.processes),
  ],
  [
    "spaced_process_open_fds",
    "Open file descriptors of its child and all that is below it; only while it has one.",
    ({ openFiles }) => openFiles,
  ],
  [
    "spaced_process_output_bytes_total",
    "What it has written to its log, by stream.",
    ({ settings, counts: { outputBytes } }) => {
      const { stdout, stderr } = outputBytes;
      return by("stream", settings.redirectStderr ? { stdout } : { stdout, stderr });
    },
    ["stream"],
  ],
  [
    "spaced_process_output_lost_bytes_total",
    "Bytes that its log files lack because they could not be written, also those of others who share them.",
    ({ info: { losses } }) => losses.reduce((sum, { unit, lost }) => sum + (unit === "bytes" ? lost : 0), 0),
  ],
  [
    "spaced_process_output_stuck_seconds",
    "How long what it writes to has taken nothing, so that it may hang; only while that is so.",
    ({ info: { stuck } }) => (stuck === null ? null : inSeconds(stuck.ms)),
  ],
  [
    "spaced_process_backoff_seconds",
    "How long until it is started again; only while it waits for that.",
    ({ info, outlook }) =>
      outlook.inMs !== null && (info.returns || info.state === "BACKOFF") ? inSeconds(outlook.inMs) : null,
  ],
  [
    "spaced_process_memory_limit_bytes",
    "Its memory_limit.",
    ({ settings }) => present(settings.care.memory?.limitBytes),
  ],
  [
    "spaced_process_memory_hard_limit_bytes",
    "Its memory_limit_hard.",
    ({ settings }) => present(settings.care.memory?.hardBytes),
  ],
  [
    "spaced_process_cpu_limit_cores",
    "Its cpu_limit; 1.5 is 150%.",
    ({ settings: { care } }) => (care.cpu === null ? null : care.cpu.percent / 100),
  ],
  [
    "spaced_process_max_runtime_seconds",
    "Its max_runtime.",
    ({ settings: { care } }) => (care.maxRuntime === null ? null : inSeconds(care.maxRuntime.maxMs)),
  ],
]);

/** Without labels, or with their own. */
export const daemonMetrics: readonly Metric<MeasuredDaemon>[] = table([
  [
    "spaced_build_info",
    "1, with the version of the daemon and of Node.",
    ({ overview }) => [[{ version: overview.version, node: process.versions.node }, 1]],
    ["version", "node"],
  ],
  ["spaced_ready", "1 when all that are meant to run are ready: what /readyz says.", ({ ready }) => flag(ready)],
  [
    "spaced_processes",
    "How many processes are in each state.",
    ({ overview: { processes } }) => {
      const counts: Record<string, number> = Object.fromEntries(Object.keys(processStates).map((state) => [state, 0]));
      for (const { info } of processes) counts[info.state] = (counts[info.state] ?? 0) + 1;
      return by("state", counts);
    },
    ["state"],
  ],
  [
    "spaced_container_memory_bytes",
    "Memory that the container uses, or the machine where there is none; without caches of files.",
    ({ overview: { container } }) => container.memory.usedBytes,
  ],
  [
    "spaced_container_memory_limit_bytes",
    "Memory that it may use.",
    ({ overview: { container } }) => container.memory.limitBytes,
  ],
  [
    "spaced_config_reloads_total",
    "How often the program list was read again.",
    ({ reloads: { succeeded, failed } }) => by("result", { success: succeeded, failure: failed }),
    ["result"],
  ],
  [
    "spaced_config_last_reload_successful",
    "1 when the program list was fine when it was last read.",
    ({ reloads }) => flag(reloads.ok),
  ],
  [
    "spaced_config_last_reload_success_timestamp_seconds",
    "When it last was, in seconds since 1970.",
    ({ reloads }) => inSeconds(reloads.goodAt),
  ],
  [
    "spaced_log_target_up",
    "1 while a log target takes lines, 0 when it has last not done so.",
    ofTargets(({ failing }) => flag(failing === null)),
    ["target"],
  ],
  [
    "spaced_log_target_sent_lines_total",
    "Lines that a log target has taken.",
    ofTargets(({ sentLines }) => sentLines),
    ["target"],
  ],
  [
    "spaced_log_target_sent_bytes_total",
    "Bytes of requests that were sent to a log target.",
    ofTargets(({ sentBytes }) => sentBytes),
    ["target"],
  ],
  [
    "spaced_log_target_dropped_lines_total",
    "Lines that a log target has not got: no memory was left for them, or it has refused them.",
    ofTargets(({ dropped: { overflow, refused } }) => ({ overflow, refused }), "reason"),
    ["target", "reason"],
  ],
  [
    "spaced_log_target_failures_total",
    "Requests to a log target that have failed, by the status of the answer or by what went wrong.",
    ofTargets(({ failures }) => failures, "reason"),
    ["target", "reason"],
  ],
  [
    "spaced_log_target_queue_bytes",
    "Memory of lines that wait for a log target.",
    ofTargets(({ queueBytes }) => queueBytes),
    ["target"],
  ],
  [
    "spaced_event_loop_lag_seconds",
    "How long something that is to be done at once waited for its turn at this scrape.",
    ({ own }) => inSeconds(own.lagMs),
  ],
  [
    "spaced_event_loop_active_seconds_total",
    "How long the daemon's event loop has been at work.",
    ({ own }) => inSeconds(own.busyMs),
  ],
  ["process_cpu_seconds_total", "Processor time of the daemon itself.", ({ own }) => inSeconds(own.cpuMs)],
  ["process_resident_memory_bytes", "Memory of the daemon itself.", ({ overview }) => overview.own.memoryBytes],
  ["process_open_fds", "Open file descriptors of the daemon itself.", ({ own }) => own.openFiles],
  [
    "process_start_time_seconds",
    "When the daemon was started, in seconds since 1970.",
    ({ own }) => inSeconds(own.startedAt),
  ],
]);

const hookNames = {
  preStart: "pre_start",
  postStart: "post_start",
  preStop: "pre_stop",
  postStop: "post_stop",
} as const;

/** One sample for each entry. */
const by = (label: string, counts: Readonly<Record<string, number>>): [Labels, number][] =>
  Object.entries(counts).map(([name, value]) => [{ [label]: name }, value]);

/** Of each log target a number, or one for each word. */
function ofTargets(told: (target: LogTargetStatus) => number | Readonly<Record<string, number>>, label = "") {
  return ({ overview: { logTargets } }: MeasuredDaemon): [Labels, number][] =>
    logTargets.flatMap((target) => {
      const value = told(target);
      const of = { target: target.name };
      if (typeof value === "number") return [[of, value] as [Labels, number]];
      return by(label, value).map(([labels, number]): [Labels, number] => [{ ...of, ...labels }, number]);
    });
}

function table<T>(rows: readonly Row<T>[]): Metric<T>[] {
  return rows.map(([name, help, values, labels = []]) => {
    const type = name.endsWith("_total") ? "counter" : "gauge";
    return { name, type, help, labels, values };
  });
}
