/** What a daemon tells, made up: for the screen without a daemon. Everything has a default that is as it should be. */
import type { RemoteOverview, RemoteProgram } from "../../src/client/overview.ts";
import type { RemoteEnd } from "../../src/client/report.ts";

/** Sunday, 22 November 2026, 09:30:00 UTC. */
export const noon = Date.UTC(2026, 10, 22, 9, 30);
export const MB = 1024 * 1024;

export function end(options: Partial<RemoteEnd> = {}): RemoteEnd {
  const usual = { startedAt: noon - 65_000, endedAt: noon - 5000, code: 1, signal: null, core: false, failure: null };
  return { ...usual, expected: false, cause: null, memoryBytes: null, oomKilled: false, ...options };
}

/** `name` or `group:name`. */
export function program(fullName: string, options: Partial<RemoteProgram> = {}): RemoteProgram {
  const [group = "", name = group] = fullName.split(":");
  const state = options.state ?? "RUNNING";
  const runs = state === "RUNNING";
  return {
    group,
    name,
    program: group,
    oneshot: false,
    state,
    description: "",
    pid: runs ? 4000 + name.length : 0,
    starts: 1,
    startedAt: noon - 3_600_000,
    endedAt: 0,
    failure: "",
    cause: null,
    next: runs ? "keeps running" : "stays stopped until somebody starts it",
    dueMs: null,
    lastEnd: null,
    wanted: state !== "STOPPED",
    well: runs,
    why: "",
    ready: runs,
    health: "none",
    since: null,
    failures: 0,
    lastCheck: null,
    usage: runs ? { memoryBytes: 24 * MB, cpuPercent: 1.5, cpuSeconds: 12, processes: 1 } : null,
    limits: { memoryBytes: null, memoryHardBytes: null, cpuPercent: null, maxRuntimeMs: null, pids: null },
    counts: null,
    logs: { stdout: true, stderr: true, stderrToStdout: false },
    ...options,
  };
}

export function overview(processes: readonly RemoteProgram[], options: Partial<RemoteOverview> = {}): RemoteOverview {
  return {
    identifier: "shop",
    version: "0.1.0",
    state: "RUNNING",
    pid: 1,
    now: noon,
    startedAt: noon - 93_600_000,
    own: { memoryBytes: 48 * MB, cpuPercent: 0.4 },
    memory: { ofMachine: false, usedBytes: 340 * MB, limitBytes: 1024 * MB },
    cpu: { ofMachine: false, usedPercent: 62, limitPercent: 200 },
    pids: { used: 61, limit: 512 },
    logTargets: [],
    processes,
    raw: {},
    ...options,
  };
}

/** A web server, workers of which one has crashed, and what stands around them. */
export const shop: RemoteOverview = overview([
  program("cache", { usage: { memoryBytes: 61 * MB, cpuPercent: 0.3, cpuSeconds: 40, processes: 2 } }),
  program("mailer", { state: "STOPPED", startedAt: 0, starts: 0 }),
  program("migrate", {
    state: "EXITED",
    oneshot: true,
    well: true,
    endedAt: noon - 3_500_000,
    lastEnd: end({ code: 0, expected: true, endedAt: noon - 3_500_000, startedAt: noon - 3_504_000 }),
    next: "has done its work",
  }),
  program("web", {
    health: "healthy",
    usage: { memoryBytes: 210 * MB, cpuPercent: 41.7, cpuSeconds: 1900, processes: 9 },
    limits: { memoryBytes: 256 * MB, memoryHardBytes: null, cpuPercent: 150, maxRuntimeMs: null, pids: null },
  }),
  program("worker:worker_00"),
  program("worker:worker_01", {
    state: "FATAL",
    starts: 4,
    endedAt: noon - 5000,
    failure: "Exited too quickly (process log may have details)",
    why: "Exited too quickly (process log may have details)",
    lastEnd: end({ code: 3, startedAt: noon - 5200 }),
    next: "is given up until somebody starts it",
  }),
  program("worker:worker_02", {
    starts: 2,
    startedAt: noon - 20_000,
    lastEnd: end({ signal: "SIGKILL", code: null, oomKilled: true, endedAt: noon - 20_000 }),
  }),
]);
