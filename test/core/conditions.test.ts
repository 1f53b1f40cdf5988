/** When what is depended on has come to what is waited for, and the words for what has not. */
import { describe, expect, test } from "vitest";
import type { Condition } from "../../src/core/care.ts";
import { isMet, missing, type Standing } from "../../src/core/conditions.ts";
import { type Life, stopped } from "../../src/core/life.ts";
import { calm } from "../../src/core/restart.ts";

const running: Life = { state: "RUNNING", due: null, pid: 7, since: 0, tries: 0, past: calm };
const starting: Life = { state: "STARTING", due: 1000, pid: 7, since: 0, tries: 0, past: calm };
const fatal = (why: string): Life => ({ state: "FATAL", due: null, why });
const backoff = (why: string): Life => ({ state: "BACKOFF", due: 1000, tries: 1, why, past: calm, last: false });
const exited = (code: number): Life => ({
  state: "EXITED",
  due: null,
  exit: { code, signal: null, core: false },
  expected: code === 0,
  past: calm,
  giveUp: null,
});

const db = (life: Life, rest: Partial<Standing> = {}): Standing => ({
  name: "db",
  life,
  healthy: false,
  completed: false,
  ...rest,
});

const says = (condition: Condition, ...standings: Standing[]) => missing([{ on: "db", condition, standings }]);

describe("a condition", () => {
  test("started is met while it is RUNNING, healthy only while it is healthy, too", () => {
    expect([isMet("started", db(running)), isMet("healthy", db(running))]).toEqual([true, false]);
    expect(isMet("healthy", db(running, { healthy: true }))).toBe(true);
    expect([isMet("started", db(starting)), isMet("completed", db(running))]).toEqual([false, false]);
  });

  test("every one is met by a oneshot that has been done once, also while it runs again or fails", () => {
    for (const life of [exited(0), starting, running, fatal("x"), stopped])
      for (const condition of ["started", "healthy", "completed"] as const)
        expect(isMet(condition, db(life, { completed: true }))).toBe(true);
  });
});

describe("what is missing", () => {
  test("is nothing when all is there", () => {
    expect(says("started", db(running))).toBe(null);
    expect(missing([])).toBe(null);
  });

  test.each<[Condition, Life, string]>([
    ["healthy", starting, "for db to be healthy (it is STARTING)"],
    ["healthy", running, "for db to be healthy (it is RUNNING, but not healthy yet)"],
    ["started", stopped, "for db to be started (it is STOPPED)"],
    ["completed", running, "for db to complete (it is RUNNING)"],
    ["completed", fatal("failed: exit status 1"), "for db to complete (it failed: exit status 1; gave up)"],
    ["completed", backoff("failed: exit status 1"), "for db to complete (it failed: exit status 1; it is tried again)"],
    [
      "started",
      backoff("Exited too quickly (process log may have details)"),
      "for db to be started (it failed: Exited too quickly; it is tried again)",
    ],
    [
      "started",
      fatal("start_timeout is over: for cache to be started (it is STOPPED)"),
      "for db to be started (it failed: start_timeout is over; gave up)",
    ],
    ["started", exited(3), "for db to be started (it failed: exit status 3)"],
    ["started", exited(0), "for db to be started (it has exited)"],
    [
      "started",
      { state: "WAITING", due: null, why: null, tries: 0, past: calm },
      "for db to be started (it is waiting, too)",
    ],
    [
      "started",
      { state: "CLEANING", due: null, next: { state: "STOPPED", due: null }, sparing: true, stopped: 7 },
      "for db to be started (it is STOPPING)",
    ],
  ])("%s of one that is %o", (condition, life, words) => {
    expect(says(condition, db(life))).toBe(words);
  });

  test("names who is not there", () => {
    expect(says("started")).toBe("for db, which is not there");
  });

  test("names three, and mentions the others", () => {
    const copies = [0, 1, 2, 3, 4].map((n) => ({ ...db(n === 1 ? running : starting), name: `w:w_${n}` }));
    expect(says("started", ...copies)).toBe(
      "for w:w_0 to be started (it is STARTING), for w:w_2 to be started (it is STARTING), " +
        "for w:w_3 to be started (it is STARTING), and for others",
    );
  });
});
