/** What a life does beyond supervisord's: waiting before a spawn, cleaning up after one, oneshots, recycling, giving up. */
import { describe, expect, test } from "vitest";
import { plainCare } from "../../src/core/care.ts";
import type { Cause } from "../../src/core/cause.ts";
import { outwardState, stopped } from "../../src/core/life.ts";
import { code, killed, world } from "./life-world.ts";

const memory: Cause = { type: "memory", usedBytes: 300, limitBytes: 200, hard: false };
const { restart } = plainCare;

describe("before a spawn", () => {
  test("what has to be done first is asked for, and the spawn comes when the way is clear", () => {
    const w = world({ prepares: true, prepareMs: 60_000 });
    w.feed({ type: "start" });
    w.after(2000);
    expect(w.errands).toEqual(["prepare@0"]);
    expect([w.spawned(), outwardState(w.life())]).toEqual([0, "STARTING"]);
    w.feed({ type: "held", why: "for db to be healthy" });
    expect(w.life()).toMatchObject({ state: "WAITING", why: "for db to be healthy" });
    w.feed({ type: "cleared" });
    w.after(1000);
    expect(w.trail).toEqual(["WAITING@0", "STARTING@2000", "RUNNING@3000"]);
  });

  test("a wait that is too long ends in FATAL and says for what", () => {
    const w = world({ prepares: true, prepareMs: 5000 });
    w.feed({ type: "start" });
    w.feed({ type: "held", why: "for db to be healthy" });
    w.after(10_000);
    expect(w.trail).toEqual(["WAITING@0", "FATAL@5000"]);
    expect(w.life()).toMatchObject({ why: "start_timeout is over: for db to be healthy" });
  });

  test("it can be stopped, and an answer that comes later starts nothing", () => {
    const w = world({ prepares: true });
    w.feed({ type: "start" });
    w.feed({ type: "stop" });
    w.feed({ type: "cleared" });
    expect([w.spawned(), w.life()]).toEqual([0, stopped]);
  });

  test("a failure before the spawn is a failed start", () => {
    const w = world({ prepares: true });
    w.feed({ type: "start" });
    w.feed({ type: "spawnFailed", why: "pre_start_command: exit status 1" });
    expect(w.life()).toMatchObject({ state: "BACKOFF", tries: 1, due: 1000 });
    w.after(1000);
    expect(w.errands).toEqual(["prepare@0", "prepare@1000"]);
  });
});

describe("before the stop signal", () => {
  test("what has to be done first is done, within stopwaitsecs", () => {
    const w = world({ beforeStop: true });
    w.feed({ type: "start" });
    w.after(2000);
    w.feed({ type: "stop" });
    expect([w.errands, w.kills]).toEqual([["beforeStop@2000"], []]);
    w.after(500);
    w.feed({ type: "stopPrepared" });
    expect(w.kills).toEqual(["15@2500"]);
    w.after(9500);
    expect(w.kills).toEqual(["15@2500", "9@12000"]);
  });

  test("SIGKILL does not wait for it, and no signal follows", () => {
    const w = world({ beforeStop: true, stopWaitMs: 1000 });
    w.feed({ type: "start" });
    w.feed({ type: "stop" });
    w.after(1000);
    w.feed({ type: "stopPrepared" });
    expect(w.kills).toEqual(["9@1000"]);
  });
});

describe("after the end", () => {
  test("nothing is started while something of the one before lives", () => {
    const w = world();
    w.feed({ type: "start" });
    w.after(2000);
    w.feed(killed(9, true));
    w.after(3000);
    expect([w.spawned(), w.errands, outwardState(w.life())]).toEqual([1, ["cleanUp end@2000"], "EXITED"]);
    w.feed({ type: "cleaned" });
    expect(w.trail).toEqual(["STARTING@0", "RUNNING@1000", "CLEANING@2000", "EXITED@5000", "STARTING@5000"]);
  });

  test("after a stop it may end by itself, and STOPPED is not said before it has", () => {
    const w = world();
    w.feed({ type: "start" });
    w.after(2000);
    w.feed({ type: "stop" });
    w.feed(killed(15, true));
    expect([w.errands, outwardState(w.life())]).toEqual([["cleanUp spare@2000"], "STOPPING"]);
    w.feed({ type: "cleaned" });
    expect(outwardState(w.life())).toBe("STOPPED");
  });

  test("who had to be killed has had its time, and so have its descendants", () => {
    const w = world();
    w.feed({ type: "start" });
    w.feed({ type: "stop" });
    w.after(10_000);
    w.feed(killed(9, true));
    expect([w.kills, w.errands]).toEqual([["15@0", "9@10000"], ["cleanUp kill@10000"]]);
  });

  test("a start that is asked for makes it urgent", () => {
    const w = world();
    w.feed({ type: "start" });
    w.feed({ type: "stop" });
    w.feed(killed(15, true));
    w.feed({ type: "start" });
    expect(w.errands).toEqual(["cleanUp spare@0", "cleanUp end@0"]);
    w.feed({ type: "cleaned" });
    expect(w.spawned()).toBe(2);
  });

  test("what a command that ended as expected has left behind was meant", () => {
    const w = world({ startMs: 0 });
    w.feed({ type: "start" });
    w.feed(code(0, true));
    expect([w.errands, w.life().state]).toEqual([[], "EXITED"]);
  });

  test("what has to be done after the end is done before the next start", () => {
    const w = world({ afterStop: true, autorestart: "always" });
    w.feed({ type: "start" });
    w.after(2000);
    w.feed(code(0));
    expect([w.errands, w.spawned()]).toEqual([["cleanUp leave@2000"], 1]);
    w.feed({ type: "cleaned" });
    expect(w.spawned()).toBe(2);
  });

  test("a stop cancels the start that was to follow", () => {
    const w = world({ autorestart: "always" });
    w.feed({ type: "start" });
    w.after(2000);
    w.feed(code(0, true));
    w.feed({ type: "stop" });
    w.feed({ type: "cleaned" });
    w.after(5000);
    expect([w.spawned(), w.life().state]).toEqual([1, "EXITED"]);
  });
});

describe("a oneshot", () => {
  test("is done when it exits as expected, however quickly", () => {
    const w = world({ oneshot: true });
    w.feed({ type: "start" });
    w.after(20);
    w.feed(code(0));
    w.after(60_000);
    expect(w.trail).toEqual(["STARTING@0", "EXITED@20"]);
    expect(w.life()).toMatchObject({ expected: true, due: null });
  });

  test("that fails is tried again like a failed start, however long it ran, and given up", () => {
    const w = world({ oneshot: true, startRetries: 1 });
    w.feed({ type: "start" });
    w.after(5000);
    w.feed(code(3));
    expect(w.life()).toMatchObject({ state: "BACKOFF", tries: 1, why: "failed: exit status 3", due: 6000 });
    w.after(5000);
    w.feed(code(3));
    expect(w.life()).toMatchObject({ state: "FATAL", why: "failed: exit status 3" });
  });

  test("with autorestart=false is tried once", () => {
    const w = world({ oneshot: true, autorestart: "never" });
    w.feed({ type: "start" });
    w.feed(code(3));
    expect(w.life()).toMatchObject({ state: "EXITED", expected: false, due: null });
  });
});

describe("recycling", () => {
  test("is a graceful stop and then a start, for whoever has a child", () => {
    const w = world({ autorestart: "never" });
    w.feed({ type: "recycle", because: memory });
    expect(w.trail).toEqual([]);
    w.feed({ type: "start" });
    w.after(2000);
    w.feed({ type: "recycle", because: memory });
    w.feed(killed(15));
    expect(w.kills).toEqual(["15@2000"]);
    expect(w.trail.slice(2)).toEqual(["STOPPING@2000", "STOPPED@2000", "STARTING@2000"]);
  });

  test("at once is SIGKILL, for all that is below it too, and then a start", () => {
    const w = world({ autorestart: "never" });
    w.feed({ type: "start" });
    w.after(2000);
    w.feed({ type: "kill", because: memory });
    w.feed(killed(9));
    expect([w.kills, w.spawned()]).toEqual([["9 below@2000", "9@2000"], 2]);
  });

  test("one that is stopping is killed at once, too", () => {
    const w = world();
    w.feed({ type: "start" });
    w.after(2000);
    w.feed({ type: "stop" });
    w.after(500);
    w.feed({ type: "kill", because: memory });
    w.feed(killed(9));
    expect([w.kills, w.life()]).toEqual([["15@2000", "9 below@2500", "9@2500"], stopped]);
  });
});

describe("restarts", () => {
  test("restart_delay is waited for after a life", () => {
    const w = world({ autorestart: "always", restart: { ...restart, delayMs: 3000 } });
    w.feed({ type: "start" });
    w.after(20_000);
    w.feed(code(0));
    expect(w.life()).toMatchObject({ state: "EXITED", due: 23_000 });
  });

  test("exponential ones double up to the cap, are spread, and begin anew after a good life", () => {
    const delays: number[] = [];
    const w = world({ restart: { ...restart, delayMs: 1000, delayMaxMs: 5000, backoff: "exponential" } });
    w.feed({ type: "start" });
    for (let round = 0; round < 5; round++) {
      w.after(2000);
      w.feed(code(1));
      delays.push((w.life().due ?? 0) - w.now());
      w.after(delays.at(-1) ?? 0);
    }
    const full = [1000, 2000, 4000, 5000, 5000];
    for (const [n, delay] of delays.entries()) {
      expect(delay).toBeLessThanOrEqual(full[n] ?? 0);
      expect(delay).toBeGreaterThan((full[n] ?? 0) * 0.7);
    }
    w.after(11_000);
    w.feed(code(1));
    expect((w.life().due ?? 0) - w.now()).toBeLessThanOrEqual(1000);
  });

  test("a crash loop is given up with its reason, and tried again after retry_after", () => {
    const loop = { ...restart, crashloop: { exits: 3, withinMs: 60_000 }, retryAfterMs: 300_000 };
    const w = world({ restart: loop });
    w.feed({ type: "start" });
    for (let round = 0; round < 3; round++) {
      w.after(2000);
      w.feed(killed(11));
    }
    expect(w.life()).toMatchObject({ state: "FATAL", why: "crash loop: 3 unexpected exits within 1m" });
    const due = w.life().due ?? 0;
    expect(due - w.now()).toBeGreaterThanOrEqual(300_000);
    expect(due - w.now()).toBeLessThanOrEqual(330_000);
    w.after(331_000);
    expect(w.life().state).toBe("RUNNING");
  });

  test("crashes that are far apart are no loop, nor are ends that are expected", () => {
    const loop = { ...restart, crashloop: { exits: 3, withinMs: 10_000 } };
    const w = world({ autorestart: "always", restart: loop });
    w.feed({ type: "start" });
    for (let round = 0; round < 8; round++) {
      w.after(round % 2 === 0 ? 6000 : 1500);
      w.feed(code(round % 2));
    }
    expect(w.spawned()).toBe(9);
  });
});
