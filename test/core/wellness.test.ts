import { describe, expect, test } from "vitest";
import { type CareSettings, plainCare } from "../../src/core/care.ts";
import type { HealthView } from "../../src/core/health.ts";
import type { Life } from "../../src/core/life.ts";
import type { ProcessSettings } from "../../src/core/program.ts";
import { calm } from "../../src/core/restart.ts";
import { wellness } from "../../src/core/wellness.ts";

const unchecked: HealthView = { status: "none", ready: false, since: null, failures: 0, last: null };
const at = { at: 0, tookMs: 1 };
const running: Life = { state: "RUNNING", due: null, pid: 7, since: 0, tries: 0, past: calm };
const exited = (expected: boolean, due: number | null = null): Life => ({
  state: "EXITED",
  due,
  exit: { code: expected ? 0 : 1, signal: null, core: false },
  expected,
  past: calm,
  giveUp: null,
});
const judge = (life: Life, health: Partial<HealthView> = {}, care: Partial<CareSettings> = {}) =>
  wellness(life, { ...unchecked, ...health }, { care: { ...plainCare, ...care } } as ProcessSettings);
const well = { wanted: true, well: true, why: "", brief: "" };
const lacks = (why: string, brief = why) => ({ wanted: true, well: false, why, brief });
const check: CareSettings["health"] = {
  test: { type: "tcp", host: "localhost", port: 1 },
  intervalMs: 1000,
  timeoutMs: 1000,
  retries: 3,
  startPeriodMs: 0,
  action: "none",
};

describe("a program is well", () => {
  test("when it is ready", () => expect(judge(running, { ready: true })).toEqual(well));
  test("when it has ended as expected and stays so", () => expect(judge(exited(true))).toEqual(well));
  test("as a oneshot when its work is done, not while it is at work", () => {
    expect(judge(exited(true), {}, { type: "oneshot" })).toEqual(well);
    expect(judge(running, { ready: true }, { type: "oneshot" })).toEqual(lacks("is still at work"));
  });
});

test.each<[string, Life, Partial<HealthView>, Partial<CareSettings>, string?]>([
  ["has ended unexpectedly", exited(false), {}, {}],
  ["has ended and is about to start again", exited(true, 0), {}, {}],
  ["is starting", { state: "STARTING", due: 1, pid: 7, since: 0, tries: 0, past: calm }, {}, {}],
  [
    "waits for db to be healthy",
    { state: "WAITING", due: 1, why: "for db to be healthy", tries: 0, past: calm },
    {},
    {},
    "waits for what has to be done before the start",
  ],
  [
    "no such file",
    { state: "BACKOFF", due: 1, why: "no such file", tries: 1, past: calm, last: false },
    {},
    {},
    "has failed to start and is tried again",
  ],
  ["no such file", { state: "FATAL", due: null, why: "no such file" }, {}, {}, "has been given up"],
  ["is being restarted", { state: "STOPPING", due: 1, pid: 7, thenStart: true, asked: true, killed: false }, {}, {}],
  ["is about to start", { state: "STOPPED", due: 1 }, {}, {}],
  ["has not been checked yet", running, { status: "starting" }, { health: check }],
  [
    "HTTP 503",
    running,
    { status: "starting", last: { outcome: "failed", text: "HTTP 503", ...at } },
    { health: check },
    "has not passed a check yet",
  ],
  [
    "3 failed checks in a row: HTTP 503",
    running,
    { status: "unhealthy", failures: 3, last: { outcome: "failed", text: "HTTP 503", ...at } },
    { health: check },
    "3 failed checks in a row",
  ],
  ["has not said that it is ready (ready_fd)", running, {}, { ready: { type: "fd", fd: 3 } }],
])("what it lacks is told, and to everyone without what others have said: %s", (why, life, health, care, brief) => {
  expect(judge(life, health, care)).toEqual(lacks(why, brief));
});

describe("what nobody has named does not count", () => {
  test("when somebody has stopped it", () =>
    expect(judge({ state: "STOPPED", due: null })).toEqual({
      wanted: false,
      well: false,
      why: "is stopped",
      brief: "is stopped",
    }));
  test("when it runs by a schedule", () => {
    const schedule: CareSettings["schedule"] = { cron: "0 3 * * *", timezone: null, overlap: "skip" };
    expect(judge(running, { ready: true }, { type: "oneshot", schedule }).wanted).toBe(false);
    expect(judge(running, { ready: true }, { schedule }).wanted).toBe(true);
  });
});
