import { describe, expect, test } from "vitest";
import { type Input, type Policy, stopped } from "../../src/core/life.ts";
import { code, killed, world } from "./life-world.ts";

describe("starting", () => {
  test("a process that stays up for startsecs is RUNNING", () => {
    const w = world();
    w.feed({ type: "start" });
    w.after(5000);
    expect(w.trail).toEqual(["STARTING@0", "RUNNING@1000"]);
  });

  test("with startsecs=0 it is RUNNING at once", () => {
    const w = world({ startMs: 0 });
    w.feed({ type: "start" });
    expect(w.trail).toEqual(["STARTING@0", "RUNNING@0"]);
  });

  test("three retries, each a second later than the one before, then FATAL", () => {
    const w = world({}, () => ({ type: "spawnFailed", why: "no" }));
    w.feed({ type: "start" });
    w.after(60_000);
    expect(w.trail).toEqual([
      "STARTING@0",
      "BACKOFF@0",
      "STARTING@1000",
      "BACKOFF@1000",
      "STARTING@3000",
      "BACKOFF@3000",
      "STARTING@6000",
      "BACKOFF@6000",
      "FATAL@6000",
    ]);
    expect(w.life()).toMatchObject({ why: "no" });
  });

  test("an exit before startsecs is a failed start, whatever the code", () => {
    const w = world({ autorestart: "never" });
    w.feed({ type: "start" });
    w.after(500);
    w.feed(code(0));
    expect(w.life()).toMatchObject({ state: "BACKOFF", tries: 1, due: 1500 });
  });

  test("an exit exactly at startsecs is a life: RUNNING, then EXITED", () => {
    const w = world({ autorestart: "never" });
    w.feed({ type: "start" });
    w.after(1000);
    w.feed(code(0));
    expect(w.trail).toEqual(["STARTING@0", "RUNNING@1000", "EXITED@1000"]);
  });

  test("a start that succeeded forgets the failed tries", () => {
    const w = world();
    w.feed({ type: "start" });
    w.feed(code(1));
    w.after(2500);
    w.feed(code(1));
    expect(w.trail.slice(-3)).toEqual(["RUNNING@2000", "EXITED@2500", "STARTING@2500"]);
    expect(w.life()).toMatchObject({ tries: 0 });
  });

  test("startretries=0 gives up after the first failure", () => {
    const w = world({ startRetries: 0 });
    w.feed({ type: "start" });
    w.feed(code(1));
    expect(w.trail).toEqual(["STARTING@0", "BACKOFF@0", "FATAL@0"]);
  });

  test("a start in BACKOFF is a try at once", () => {
    const w = world();
    w.feed({ type: "start" });
    w.feed(code(1));
    w.feed({ type: "start" });
    expect(w.spawned()).toBe(2);
    expect(w.life()).toMatchObject({ state: "STARTING", tries: 1 });
  });
});

describe("restarting by itself", () => {
  const exits: [Policy["autorestart"], number[], Input, boolean][] = [
    ["always", [0], code(0), true],
    ["always", [0], code(5), true],
    ["never", [0], code(5), false],
    ["unexpected", [0], code(0), false],
    ["unexpected", [0], code(5), true],
    ["unexpected", [0, 5], code(5), false],
    ["unexpected", [2], code(0), true],
    ["unexpected", [], code(0), true],
    ["unexpected", [0], killed(9), true],
    ["never", [0], killed(9), false],
  ];
  test.each(exits)("autorestart=%s, exitcodes=%j, %o: restarted is %s", (autorestart, exitCodes, exit, again) => {
    const w = world({ autorestart, exitCodes });
    w.feed({ type: "start" });
    w.after(2000);
    w.feed(exit);
    expect(w.trail.slice(2)).toEqual(again ? ["EXITED@2000", "STARTING@2000"] : ["EXITED@2000"]);
  });

  test("a crash loop with startsecs=0 is slowed to one start a second after five", () => {
    const w = world({ startMs: 0, autorestart: "always" });
    w.feed({ type: "start" });
    for (let crash = 0; crash < 5; crash++) {
      w.after(10);
      w.feed(code(1));
    }
    expect(w.spawned()).toBe(6);
    w.after(10);
    w.feed(code(1));
    expect(w.life()).toMatchObject({ state: "EXITED", due: 60 + 990 });
    w.after(989);
    expect(w.spawned()).toBe(6);
    w.after(1);
    expect(w.spawned()).toBe(7);
    w.after(1500);
    w.feed(code(1));
    expect(w.spawned()).toBe(8);
  });
});

describe("stopping", () => {
  test("the stop signal goes to the process, SIGKILL after stopwaitsecs, again and again", () => {
    const w = world();
    w.feed({ type: "start" });
    w.after(2000);
    w.feed({ type: "stop" });
    w.after(20_000);
    expect(w.kills).toEqual(["15@2000", "9@12000", "9@22000"]);
    w.feed(killed(9));
    expect(w.life()).toEqual(stopped);
  });

  test("stopasgroup and killasgroup aim at the process group", () => {
    const w = world({ stopAsGroup: true, killAsGroup: true });
    w.feed({ type: "start" });
    w.feed({ type: "stop" });
    w.after(10_000);
    expect(w.kills).toEqual(["15 group@0", "9 group@10000"]);
  });

  test("killasgroup alone leaves the stop signal to the process", () => {
    const w = world({ killAsGroup: true, stopWaitMs: 1000 });
    w.feed({ type: "start" });
    w.feed({ type: "stop" });
    w.after(1000);
    expect(w.kills).toEqual(["15@0", "9 group@1000"]);
  });

  test("stopwaitsecs=0 kills at once, then once a second", () => {
    const w = world({ stopWaitMs: 0 });
    w.feed({ type: "start" });
    w.feed({ type: "stop" });
    w.after(1500);
    expect(w.kills).toEqual(["15@0", "9@0", "9@1000"]);
  });

  test("a stop while STARTING stops; its end is STOPPED, not a failed start", () => {
    const w = world();
    w.feed({ type: "start" });
    w.feed({ type: "stop" });
    w.feed(killed(15));
    expect(w.trail).toEqual(["STARTING@0", "STOPPING@0", "STOPPED@0"]);
  });

  test("a stop in BACKOFF is immediate and forgets the failed tries", () => {
    const w = world();
    w.feed({ type: "start" });
    w.feed(code(1));
    w.feed({ type: "stop" });
    expect(w.life()).toEqual(stopped);
    w.feed({ type: "start" });
    expect(w.life()).toMatchObject({ tries: 0 });
  });

  test("a start while STOPPING starts when the stop is over; a stop after that takes it back", () => {
    const w = world();
    w.feed({ type: "start" });
    w.after(2000);
    w.feed({ type: "stop" });
    w.feed({ type: "start" });
    w.feed(killed(15));
    expect(w.trail.slice(2)).toEqual(["STOPPING@2000", "STOPPED@2000", "STARTING@2000"]);
    w.feed({ type: "restart" });
    w.feed({ type: "stop" });
    w.feed(killed(15));
    expect(w.life()).toEqual(stopped);
  });

  test("a restart is a stop and a start", () => {
    const w = world();
    w.feed({ type: "start" });
    w.after(2000);
    w.feed({ type: "restart" });
    w.feed(code(0));
    w.after(1000);
    expect(w.trail.slice(2)).toEqual(["STOPPING@2000", "STOPPED@2000", "STARTING@2000", "RUNNING@3000"]);
  });

  test("hurry kills who is stopping, and nobody else", () => {
    const w = world();
    w.feed({ type: "start" });
    w.feed({ type: "hurry" });
    expect(w.kills).toEqual([]);
    w.feed({ type: "stop" });
    w.feed({ type: "hurry" });
    expect(w.kills).toEqual(["15@0", "9@0"]);
  });
});

describe("the daemon's end", () => {
  test("abandon stops what runs and gives up what is between tries", () => {
    const running = world();
    running.feed({ type: "start" });
    running.after(2000);
    running.feed({ type: "abandon" });
    expect(running.life().state).toBe("STOPPING");
    const failing = world();
    failing.feed({ type: "start" });
    failing.feed(code(1));
    failing.feed({ type: "abandon" });
    failing.after(60_000);
    expect(failing.trail).toEqual(["STARTING@0", "BACKOFF@0", "FATAL@0"]);
  });

  test("abandon takes back a start that was to come", () => {
    const w = world();
    w.feed({ type: "start" });
    w.feed({ type: "stop" });
    w.feed({ type: "start" });
    w.feed({ type: "abandon" });
    w.feed(killed(15));
    expect(w.life()).toEqual(stopped);
  });
});

describe("UNKNOWN", () => {
  test("a child that cannot be signalled is out of our hands until it ends, and never doubled", () => {
    const w = world({ autorestart: "always" });
    w.feed({ type: "start" });
    w.after(2000);
    w.feed({ type: "stop" });
    w.feed({ type: "killFailed", why: "operation not permitted" });
    expect(w.life()).toMatchObject({ state: "UNKNOWN", pid: 1 });
    w.feed({ type: "start" });
    w.feed({ type: "restart" });
    expect(w.spawned()).toBe(1);
    w.feed(code(0));
    w.after(60_000);
    expect(w.life()).toMatchObject({ state: "EXITED", expected: true });
    expect(w.spawned()).toBe(1);
  });
});
