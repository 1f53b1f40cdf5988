/**
 * The keys of a section that supervisord does not know, to `CareSettings`. A section without any of them
 * gets `plainCare` itself; one whose values name no process, one object for all its processes. Paths are
 * as the program would take them: relative to its directory, or to where the daemon was started.
 */
import {
  type CareSettings,
  type CpuSettings,
  type HealthSettings,
  type HealthTest,
  type HookSettings,
  type KernelSettings,
  type MemorySettings,
  plainCare,
  type ReadySignal,
  type RestartSettings,
  type RlimitSettings,
  type RuntimeSettings,
  type ScheduleSettings,
  type WatchSettings,
} from "../core/care.ts";
import { same } from "../core/changes.ts";
import { type RlimitName, rlimits } from "../core/rlimits.ts";
import { checkCare } from "./care-checks.ts";
import { careOptions } from "./care-options.ts";
import type { Entry } from "./document.ts";
import { absolutePath } from "./paths.ts";
import type { SectionReader } from "./section-reader.ts";

export type CareReader = SectionReader<"program">;

/** Reads the same section for one process after another. */
export class CareSection {
  readonly #reader: CareReader;
  /** Of our keys; the others have their defaults. */
  readonly #entries: readonly Entry[];
  readonly #varies: boolean;
  #last: { readonly care: CareSettings; readonly directory: string | null } | null = null;

  constructor(reader: CareReader) {
    this.#reader = reader;
    // Most sections have few keys, and none of these: it is theirs that are gone through.
    const { section, evaluation } = reader;
    const entries = [...section.entries.values(), ...evaluation.document.defaults.values()];
    this.#entries = entries.filter(({ key }) => Object.hasOwn(careOptions, key));
    this.#varies = this.#entries.some(({ value }) => value.includes("%("));
  }

  /** For the process that the reader's names are set to. */
  read(directory: string | null): CareSettings {
    if (this.#entries.length === 0) return plainCare;
    const last = this.#last;
    if (last !== null && !this.#varies && last.directory === directory) return last.care;
    const read = readCare(this.#reader, directory);
    const care = last !== null && same(last.care, read) ? last.care : read;
    if (care !== last?.care) checkCare(this.#reader, care);
    this.#last = { care, directory };
    return care;
  }
}

type Resolve = (path: string) => string;

function readCare(reader: CareReader, directory: string | null): CareSettings {
  const { paths } = reader.evaluation.machine;
  const base = paths.absolute(directory ?? "");
  const resolve: Resolve = (path) => absolutePath(path, base);
  return {
    type: reader.read("type"),
    dependsOn: reader.read("depends_on"),
    startTimeoutMs: reader.read("start_timeout"),
    health: health(reader, resolve),
    ready: ready(reader),
    memory: memory(reader),
    cpu: cpu(reader),
    maxRuntime: maxRuntime(reader),
    kernel: kernel(reader),
    restart: restart(reader),
    onExit: reader.read("on_exit"),
    onFatal: reader.read("on_fatal"),
    hooks: hooks(reader),
    envFiles: reader.read("env_file").map(resolve),
    secrets: reader.read("secrets").map(({ name, path }) => ({ name, path: resolve(path) })),
    watch: watch(reader, resolve),
    schedule: schedule(reader),
    orphans: reader.read("orphans"),
  };
}

function health(reader: CareReader, resolve: Resolve): HealthSettings | null {
  const settings = {
    intervalMs: reader.read("healthcheck_interval"),
    timeoutMs: reader.read("healthcheck_timeout"),
    retries: reader.read("healthcheck_retries"),
    startPeriodMs: reader.read("healthcheck_start_period"),
    action: reader.read("healthcheck_action"),
  };
  const test = healthTest(reader, resolve);
  return test === null ? null : { test, ...settings };
}

/** The first that is there; a second one is complained about. */
function healthTest(reader: CareReader, resolve: Resolve): HealthTest | null {
  const url = reader.read("healthcheck_http");
  const endpoint = reader.read("healthcheck_tcp");
  const command = reader.read("healthcheck_command");
  const path = reader.read("healthcheck_file");
  const maxAgeMs = reader.read("healthcheck_file_max_age");
  if (url !== null) return { type: "http", url };
  if (endpoint !== null) return { type: "tcp", ...endpoint };
  if (command !== null) return { type: "command", command };
  return path === null ? null : { type: "file", path: resolve(path), maxAgeMs };
}

function ready(reader: CareReader): ReadySignal | null {
  const pattern = reader.read("ready_log");
  const fd = reader.read("ready_fd");
  if (pattern !== null) return { type: "log", pattern };
  return fd === null ? null : { type: "fd", fd };
}

function memory(reader: CareReader): MemorySettings | null {
  const limitBytes = reader.read("memory_limit");
  const hardBytes = reader.read("memory_limit_hard");
  const action = reader.read("memory_limit_action");
  return limitBytes === null && hardBytes === null ? null : { limitBytes, hardBytes, action };
}

function cpu(reader: CareReader): CpuSettings | null {
  const percent = reader.read("cpu_limit");
  const forMs = reader.read("cpu_limit_for");
  return percent === null ? null : { percent, forMs };
}

function maxRuntime(reader: CareReader): RuntimeSettings | null {
  const maxMs = reader.read("max_runtime");
  const jitter = reader.read("max_runtime_jitter") / 100;
  return maxMs === null ? null : { maxMs, jitter };
}

function kernel(reader: CareReader): KernelSettings {
  const limits: RlimitSettings[] = [];
  for (const name of Object.keys(rlimits) as RlimitName[]) {
    const bounds = reader.read(`rlimit_${name}`);
    if (bounds !== null) limits.push({ name, ...bounds });
  }
  return {
    rlimits: limits,
    nice: reader.read("nice"),
    oomScoreAdj: reader.read("oom_score_adj"),
    cgroup: reader.read("cgroup"),
    pids: reader.read("pids_limit"),
  };
}

function restart(reader: CareReader): RestartSettings {
  return {
    delayMs: reader.read("restart_delay"),
    delayMaxMs: reader.read("restart_delay_max"),
    backoff: reader.read("restart_backoff"),
    crashloop: reader.read("crashloop"),
    retryAfterMs: reader.read("retry_after"),
  };
}

function hooks(reader: CareReader): HookSettings | null {
  const commands = {
    preStart: reader.read("pre_start_command"),
    postStart: reader.read("post_start_command"),
    preStop: reader.read("pre_stop_command"),
    postStop: reader.read("post_stop_command"),
  };
  return Object.values(commands).every((command) => command === null) ? null : commands;
}

function watch(reader: CareReader, resolve: Resolve): WatchSettings | null {
  const paths = reader.read("watch").map(resolve);
  const ignore = reader.read("watch_ignore");
  const debounceMs = reader.read("watch_debounce");
  return paths.length === 0 ? null : { paths, ignore, debounceMs };
}

function schedule(reader: CareReader): ScheduleSettings | null {
  const cron = reader.read("schedule");
  const timezone = reader.read("schedule_timezone");
  const overlap = reader.read("schedule_overlap");
  return cron === null ? null : { cron, timezone, overlap };
}
