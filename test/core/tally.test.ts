import { describe, expect, test } from "vitest";
import { plainCare } from "../../src/core/care.ts";
import type { Input } from "../../src/core/life.ts";
import { countHookFailure, expectedReasons, noTally } from "../../src/core/tally.ts";
import { code, killed, world } from "./life-world.ts";

const memory: Input = {
  type: "recycle",
  because: { type: "memory", usedBytes: 2, limitBytes: 1, hard: false },
};

/** One that is RUNNING for the first time. */
function running(changes: Parameters<typeof world>[0] = {}) {
  const w = world({ startMs: 0, ...changes });
  w.feed({ type: "start" });
  return w;
}

test("who has not ended costs nothing: everybody has the same tally", () => {
  const w = running();
  w.after(60_000);
  expect(w.tally()).toBe(noTally);
  const never = world();
  never.feed({ type: "stop" });
  expect(never.tally()).toBe(noTally);
});

describe("a restart is counted by what it was for", () => {
  test("a crash", () => {
    const w = running();
    w.feed(code(3));
    w.feed(killed(11));
    expect(w.tally().restarts).toEqual({ crash: 2 });
  });

  test("an end as expected", () => {
    const w = running({ autorestart: "always" });
    w.feed(code(0));
    expect(w.tally().restarts).toEqual({ exit: 1 });
  });

  test("a start that failed, spawned or not", () => {
    const early = world();
    early.feed({ type: "start" });
    early.feed(code(1));
    early.after(1000);
    expect(early.tally()).toMatchObject({ restarts: { failed_start: 1 }, startFailures: 1, codes: { 1: 1 } });
    const unspawned = world({}, () => ({ type: "spawnFailed", why: "no" }));
    unspawned.feed({ type: "start" });
    unspawned.after(60_000);
    expect(unspawned.tally()).toMatchObject({ restarts: { failed_start: 3 }, startFailures: 4, codes: {} });
  });

  test("the OOM killer", () => {
    const w = running();
    w.feed({ ...killed(9), evidence: { memoryBytes: 1, oomKilled: true, cpuMs: 70 } } as Input);
    expect(w.tally()).toMatchObject({ restarts: { oom: 1 }, oomKills: 1, signals: { SIGKILL: 1 }, cpuMs: 70 });
  });

  test("a limit, also when somebody asks for a start meanwhile", () => {
    const w = running();
    w.feed(memory);
    w.feed({ type: "start" });
    w.feed(killed(15));
    expect(w.tally()).toMatchObject({ restarts: { memory: 1 }, signals: { SIGTERM: 1 }, next: null });
  });

  test("a request: a restart in one, or a stop and a start later", () => {
    const w = running();
    w.feed({ type: "restart" });
    w.feed(killed(15));
    w.feed({ type: "stop" });
    w.feed(killed(15));
    w.feed({ type: "start" });
    expect(w.tally().restarts).toEqual({ request: 2 });
  });

  test("a request counts also for one that was given up or had crashed before", () => {
    const w = running({ autorestart: "never" });
    w.feed(code(1));
    w.feed({ type: "start", because: { type: "schedule", cron: "@daily" } });
    w.feed(code(1));
    w.feed({ type: "start" });
    expect(w.tally().restarts).toEqual({ schedule: 1, request: 1 });
  });

  test("a limit that was followed by a stop counts for nothing", () => {
    const w = running();
    w.feed(memory);
    w.feed({ type: "stop" });
    w.feed(killed(15));
    expect(w.tally().restarts).toEqual({});
  });

  test("also when something has to be done before the start, or of the last life is left", () => {
    const waiting = running({ prepares: true });
    waiting.feed({ type: "cleared" });
    waiting.feed(code(1));
    waiting.feed({ type: "cleared" });
    expect(waiting.tally().restarts).toEqual({ crash: 1 });
    const cleaning = running({ afterStop: true });
    cleaning.feed(code(1));
    cleaning.feed({ type: "cleaned" });
    expect(cleaning.tally()).toMatchObject({ restarts: { crash: 1 }, startFailures: 0 });
  });
});

test("processor time is that of all lives", () => {
  const w = running();
  for (const cpuMs of [100, 250])
    w.feed({ ...code(1), evidence: { memoryBytes: null, oomKilled: false, cpuMs } } as Input);
  expect(w.tally()).toMatchObject({ cpuMs: 350, codes: { 1: 2 } });
});

test("hooks that fail are counted by their name", () => {
  const once = countHookFailure(noTally, "preStop");
  expect(countHookFailure(once, "preStop").hookFailures).toEqual({ preStop: 2 });
});

test("what may restart a program is told of before it does", () => {
  expect(expectedReasons("unexpected", plainCare)).toEqual(["crash", "failed_start"]);
  const watch = { paths: ["x"], ignore: [], debounceMs: 1 };
  const limited = { ...plainCare, memory: { limitBytes: 1, hardBytes: null, action: "stop" as const }, watch };
  expect(expectedReasons("always", limited)).toEqual(["crash", "failed_start", "exit", "watch"]);
});
