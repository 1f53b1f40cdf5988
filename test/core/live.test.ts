import { expect, test } from "vitest";
import { type CareSettings, plainCare } from "../../src/core/care.ts";
import { canChangeInPlace, processChange } from "../../src/core/live.ts";
import type { GroupSettings, ProcessSettings } from "../../src/core/program.ts";

const channel = {
  log: { type: "auto" },
  maxBytes: 0,
  backups: 0,
  captureMaxBytes: 0,
  eventsEnabled: false,
  syslog: false,
} as const;
const settings = {
  name: "a",
  command: "x",
  priority: 1,
  environment: {},
  stdout: channel,
  stderr: channel,
  care: plainCare,
} as never as ProcessSettings;

test.each([
  [{}, "none"],
  [{ priority: 2 }, "live"],
  [{ stopSignal: 2, exitCodes: [3], autorestart: "never" }, "live"],
  [{ stderr: { ...channel, maxBytes: 5, eventsEnabled: true } }, "live"],
  [{ stdout: { ...channel, format: "json" } }, "live"],
  [{ stderr: { ...channel, keeping: { rotate: "daily", maxAgeMs: null, compress: true } } }, "live"],
  [{ stdout: { ...channel, log: { type: "none" } } }, "restart"],
  [{ stdout: { ...channel, captureMaxBytes: 10 } }, "restart"],
  [{ command: "y" }, "restart"],
  [{ environment: { A: "1" }, priority: 2 }, "restart"],
] as const)("a change of %j is %s", (change, expected) => {
  expect(processChange(settings, { ...settings, ...change } as ProcessSettings)).toBe(expected);
});

const { kernel, restart } = plainCare;
const health = {
  test: { type: "tcp", host: "localhost", port: 80 },
  intervalMs: 1000,
  timeoutMs: 1000,
  retries: 3,
  startPeriodMs: 0,
  action: "none",
} as const;

const careChanges = [
  [{ type: "oneshot" }, "live"],
  [{ dependsOn: [{ on: "db", condition: "started" }], startTimeoutMs: 5 }, "live"],
  [{ health }, "live"],
  [{ ready: { type: "log", pattern: "ready" } }, "live"],
  [{ ready: { type: "fd", fd: 3 } }, "restart"],
  [{ memory: { limitBytes: 1, hardBytes: null, action: "stop" } }, "live"],
  [{ cpu: { percent: 50, forMs: 1 }, maxRuntime: { maxMs: 1, jitter: 0 } }, "live"],
  [{ kernel: { ...kernel, rlimits: [{ name: "nofile", soft: 5 }] } }, "restart"],
  [{ kernel: { ...kernel, nice: 5 } }, "restart"],
  [{ kernel: { ...kernel, oomScoreAdj: 5 } }, "restart"],
  [{ kernel: { ...kernel, cgroup: "off" } }, "restart"],
  [{ kernel: { ...kernel, pids: 5 } }, "restart"],
  [{ restart: { ...restart, delayMs: 5, crashloop: { exits: 1, withinMs: 1 }, retryAfterMs: 1 } }, "live"],
  [{ onExit: "shutdown", onFatal: "shutdown" }, "live"],
  [{ hooks: { preStart: "a", postStart: null, preStop: null, postStop: null } }, "live"],
  [{ envFiles: ["/a"] }, "restart"],
  [{ secrets: [{ name: "A", path: "/a" }] }, "restart"],
  [{ watch: { paths: ["/a"], ignore: [], debounceMs: 1 } }, "live"],
  [{ schedule: { cron: "@daily", timezone: null, overlap: "skip" } }, "live"],
  [{ orphans: "keep" }, "live"],
] as const satisfies readonly [Partial<CareSettings>, string][];

test.each(careChanges)("new care %j is %s", (change, expected) => {
  expect(processChange(settings, { ...settings, care: { ...plainCare, ...change } })).toBe(expected);
});

test("a descriptor to report on that goes away asks for a new child as one that comes", () => {
  const before = { ...settings, care: { ...plainCare, ready: { type: "fd", fd: 3 } } } as const;
  expect(processChange(before, settings)).toBe("restart");
});

test("every part of the care is decided on", () => {
  const decided = new Set(careChanges.flatMap(([change]) => Object.keys(change)));
  expect([...decided].sort()).toEqual(Object.keys(plainCare).sort());
});

test("groups whose members share something that changes are replaced whole", () => {
  const program = { kind: "program" } as GroupSettings;
  const socket = (url: string) => ({ kind: "fcgi-program", socket: { url } }) as GroupSettings;
  const listener = { kind: "eventlistener" } as GroupSettings;
  expect(canChangeInPlace(program, program)).toBe(true);
  expect(canChangeInPlace(socket("a"), socket("a"))).toBe(true);
  expect(canChangeInPlace(socket("a"), socket("b"))).toBe(false);
  expect(canChangeInPlace(program, socket("a"))).toBe(false);
  expect(canChangeInPlace(listener, listener)).toBe(true);
  expect(canChangeInPlace(listener, program)).toBe(false);
});
