/**
 * The part of the options table that supervisord does not know: what a program can be asked beyond being
 * started, stopped and started again. By topic, which is also the order of the manual.
 */
import { type RlimitName, rlimits } from "../core/rlimits.ts";
import { choice, type Option, own } from "./option.ts";

const kind = {
  type: choice(["simple", "oneshot"], "simple", "Whether the program stays, or is done when it exits as expected.", {
    example: "oneshot",
  }),
} as const satisfies Record<string, Option>;

const order = {
  depends_on: own(
    "dependencies",
    "",
    "Programs that come first, each with what it must have come to: started, healthy or completed.",
    { example: "db:healthy, migrate:completed" },
  ),
  start_timeout: own("duration", "5m", "How long a start waits for what the program depends on.", {
    least: 1,
    example: "90s",
  }),
} as const satisfies Record<string, Option>;

const health = {
  healthcheck_http: own("url", null, "Healthy while this address answers with a status of 200 to 399.", {
    yaml: "healthcheck.http",
    example: "http://localhost:8080/health",
  }),
  healthcheck_tcp: own("endpoint", null, "Healthy while this port takes connections: host:port, or a port.", {
    yaml: "healthcheck.tcp",
    example: "localhost:5432",
  }),
  healthcheck_command: own("commandline", null, "Healthy while this command exits with 0; no shell.", {
    yaml: "healthcheck.command",
    example: "redis-cli ping",
  }),
  healthcheck_file: own("filename", null, "Healthy while the program keeps changing this file.", {
    yaml: "healthcheck.file",
    example: "/run/worker.ping",
  }),
  healthcheck_file_max_age: own("duration", "60s", "How long ago its last change may be.", {
    yaml: "healthcheck.file_max_age",
    least: 1000,
    example: "30s",
  }),
  healthcheck_interval: own("duration", "10s", "Time from one check to the next.", {
    yaml: "healthcheck.interval",
    least: 100,
    example: "5s",
  }),
  healthcheck_timeout: own("duration", "3s", "When a check that has not answered has failed.", {
    yaml: "healthcheck.timeout",
    least: 1,
    example: "1s",
  }),
  healthcheck_retries: own("count", "3", "Failures in a row that make it unhealthy.", {
    yaml: "healthcheck.retries",
    least: 1,
    most: 1000,
    example: "5",
  }),
  healthcheck_start_period: own("duration", "0s", "Time after the start in which failures do not count.", {
    yaml: "healthcheck.start_period",
    example: "30s",
  }),
  healthcheck_action: choice(
    ["restart", "kill", "none"],
    "restart",
    "What happens to an unhealthy process: kill does not ask it to end before it is started again.",
    {
      yaml: "healthcheck.action",
      example: "none",
    },
  ),
  ready_log: own("regexp", null, "Ready when a line of output matches this regular expression.", {
    yaml: "ready.log",
    example: "listening on port \\d+",
  }),
  ready_fd: own("count", null, "Ready when the program writes a newline to this file descriptor, 3 to 9.", {
    yaml: "ready.fd",
    least: 3,
    most: 9,
    example: "3",
  }),
} as const satisfies Record<string, Option>;

const mebibyte = 1024 ** 2;

const limits = {
  memory_limit: own("size", null, "Memory of the process and all it started, above which it is restarted gracefully.", {
    yaml: "memory.limit",
    least: mebibyte,
    example: "256MB",
  }),
  memory_limit_hard: own("size", null, "Memory above which it is killed at once and started again.", {
    yaml: "memory.limit_hard",
    least: mebibyte,
    example: "512MB",
  }),
  memory_limit_action: choice(["restart", "stop", "none"], "restart", "What happens above memory_limit.", {
    yaml: "memory.limit_action",
    example: "stop",
  }),
  cpu_limit: own("percent", null, "Processor time it may use, of one core.", {
    yaml: "cpu.limit",
    least: 1,
    most: 100_000,
    example: "150%",
  }),
  cpu_limit_for: own(
    "duration",
    null,
    "How long it may use more before it is restarted; without this it is only slowed down, where a cgroup can be made.",
    {
      yaml: "cpu.limit_for",
      least: 1000,
      example: "60s",
    },
  ),
  max_runtime: own("duration", null, "Age at which it is restarted gracefully.", { least: 1000, example: "1h" }),
  max_runtime_jitter: own("percent", "0%", "Random part of max_runtime that is taken off, so that copies take turns.", {
    least: 0,
    most: 100,
    example: "10%",
  }),
} as const satisfies Record<string, Option>;

/** Where the usual one would be none. */
const rlimitExamples: Readonly<Record<string, string>> = {
  core: "0",
  cpu: "3600",
  memlock: "unlimited",
  nice: "30",
  nofile: "65536",
  rtprio: "50",
  rttime: "200000",
};

const kernel = {
  ...rlimitOptions(),
  nice: own("count", null, "Scheduling priority, -20 (first) to 19 (last).", { least: -20, most: 19, example: "10" }),
  oom_score_adj: own("count", null, "How soon the kernel kills it for want of memory, -1000 (never) to 1000 (first).", {
    least: -1000,
    most: 1000,
    example: "500",
  }),
  cgroup: choice(["auto", "off"], "auto", "Whether a cgroup holds it to its limits, where one can be made.", {
    example: "off",
  }),
  pids_limit: own("count", null, "How many processes and threads it may have; kept by a cgroup only.", {
    least: 1,
    most: 4_194_304,
    example: "100",
  }),
} as const satisfies Record<string, Option>;

type RlimitKey = `rlimit_${RlimitName}`;

function rlimitOptions(): Readonly<Record<RlimitKey, Option<"rlimit", null>>> {
  const rows = Object.entries(rlimits).map(([name, { unit, what }]) => [
    `rlimit_${name}`,
    own("rlimit", null, `Kernel limit on ${what}${unit === "number" ? "" : `, in ${unit}`}: soft or soft:hard.`, {
      yaml: `rlimit.${name}`,
      ...(unit === "bytes" ? { sized: true } : {}),
      example: rlimitExamples[name] ?? (unit === "bytes" ? "64MB" : "1024:4096"),
    }),
  ]);
  return Object.fromEntries(rows) as Record<RlimitKey, Option<"rlimit", null>>;
}

const restarts = {
  restart_delay: own("duration", null, "Time before a start after an end of its own; as supervisord by default.", {
    yaml: "restart.delay",
    example: "2s",
  }),
  restart_delay_max: own("duration", "60s", "The longest that this time grows to.", {
    yaml: "restart.delay_max",
    example: "5m",
  }),
  restart_backoff: choice(["linear", "exponential", "none"], "linear", "How it grows from one failure to the next.", {
    yaml: "restart.backoff",
    example: "exponential",
  }),
  crashloop: own("crashloop", null, "How many unexpected exits in how much time are given up: N/TIME.", {
    example: "5/60s",
  }),
  retry_after: own("duration", null, "When one that was given up is tried again; never by default.", {
    least: 1000,
    example: "5m",
  }),
  on_exit: choice(["ignore", "shutdown"], "ignore", "Whether the daemon ends when the program does, with its code.", {
    example: "shutdown",
  }),
  on_fatal: choice(["ignore", "shutdown"], "ignore", "Whether the daemon ends when the program is given up.", {
    example: "shutdown",
  }),
  orphans: choice(["end", "keep"], "end", "What becomes of processes that the program leaves behind.", {
    example: "keep",
  }),
} as const satisfies Record<string, Option>;

const hooks = {
  pre_start_command: own("commandline", null, "Run to its end before each start; the start fails with it.", {
    example: "bin/prepare --cache",
  }),
  post_start_command: own("commandline", null, "Run when the process is RUNNING.", { example: "bin/announce up" }),
  pre_stop_command: own("commandline", null, "Run to its end before the stop signal.", { example: "bin/drain" }),
  post_stop_command: own("commandline", null, "Run when the process and all it started have ended.", {
    example: "rm -f /run/web.lock",
  }),
} as const satisfies Record<string, Option>;

const environment = {
  env_file: own("filenames", "", "Files of NAME=value lines; what environment= says goes over them.", {
    example: "app.env, local.env",
  }),
  secrets: own("secrets", "", "Variables that take the content of a file: NAME=path.", {
    example: "DB_PASSWORD=/run/secrets/db_password",
  }),
} as const satisfies Record<string, Option>;

const moments = {
  watch: own("filenames", "", "Files and folders whose changes restart the program.", {
    yaml: "watch.paths",
    example: "src, config.json",
  }),
  watch_ignore: own("globs", "", "Names and paths in them that do not count.", {
    yaml: "watch.ignore",
    example: "*.log, node_modules",
  }),
  watch_debounce: own("duration", "300ms", "How long all must be quiet before the restart.", {
    yaml: "watch.debounce",
    example: "2s",
  }),
  schedule: own("cron", null, "When a oneshot is run, or another program restarted: a cron expression.", {
    yaml: "schedule.cron",
    example: "30 3 * * *",
  }),
  schedule_timezone: own("timezone", null, "Time zone of the schedule; the machine's by default.", {
    yaml: "schedule.timezone",
    example: "Europe/Berlin",
  }),
  schedule_overlap: choice(
    ["skip", "queue"],
    "skip",
    "What happens to a moment that comes while a oneshot still runs.",
    { yaml: "schedule.overlap", example: "queue" },
  ),
} as const satisfies Record<string, Option>;

export const careTopics = {
  "Kind of program": kind,
  "Order of starts": order,
  "Health and readiness": health,
  "Memory, processor and time": limits,
  "Limits kept by the kernel": kernel,
  "Restarts and endings": restarts,
  Hooks: hooks,
  "Environment and secrets": environment,
  "Watching and schedules": moments,
} as const satisfies Record<string, Record<string, Option>>;

export const careOptions = {
  ...kind,
  ...order,
  ...health,
  ...limits,
  ...kernel,
  ...restarts,
  ...hooks,
  ...environment,
  ...moments,
} as const;
