import { stripVTControlCharacters } from "node:util";
import { describe, expect, test } from "vitest";
import { EventLines } from "../../src/cli/event-line.ts";
import { coloured, plain } from "../../src/cli/paint.ts";
import type { RemoteEvent } from "../../src/client/events.ts";

const event = (fields: Record<string, unknown>): RemoteEvent => ({
  type: String(fields.type),
  serial: 1,
  at: Date.parse("2026-11-22T10:00:00.123"),
  fields,
  json: JSON.stringify(fields),
});
const line = (fields: Record<string, unknown>) => new EventLines(plain).of(event(fields)).slice(25);
const web = { group: "web", name: "web" };

describe("one event on a line", () => {
  test("begins with the local time", () => {
    expect(new EventLines(plain).of(event({ type: "state", ...web, to: "RUNNING", pid: 7 }))).toBe(
      "2026-11-22 10:00:00.123  web           RUNNING     pid 7",
    );
  });

  test.each([
    [
      { type: "state", ...web, to: "EXITED", why: "exit status 3", expected: false, livedMs: 5000, nextMs: 1500 },
      "web           EXITED      exit status 3 (not expected); lived 5s; next in 1.5s",
    ],
    [
      { type: "state", group: "w", name: "w_0", to: "STARTING", starts: 4, nextMs: 9 },
      "w:w_0         STARTING    start 4",
    ],
    [{ type: "spawned", ...web, pid: 7, nextMs: 1000 }, "web           spawned     pid 7"],
    [{ type: "killed", ...web, pid: 7, why: "late" }, "web           killed      SIGKILL to pid 7: late"],
    [{ type: "waiting", ...web, why: "for db" }, "web           waiting     for db"],
    [{ type: "health", ...web, to: "unhealthy", why: "x" }, "web           unhealthy   x"],
    [{ type: "ready", ...web, ready: false, why: "x" }, "web           not ready   x"],
    [{ type: "limit", ...web, action: "restart", why: "too old" }, "web           limit       too old; restart"],
    [{ type: "trigger", ...web, by: "watch", action: "none", why: "x" }, "web           watch       x"],
    [
      { type: "hook", ...web, hook: "pre_stop", ok: false, why: "x" },
      "web           hook        pre_stop_command failed: x",
    ],
    [
      { type: "orphans", ...web, signal: "SIGTERM", pids: [1, 2], count: 5 },
      "web           orphans     SIGTERM to what it left behind: 1, 2 and 3 more",
    ],
    [{ type: "group", group: "web", what: "removed" }, "web:*         removed     group of the program list"],
    [
      { type: "config", what: "applied", added: ["a", "b"], changed: [], removed: ["c"] },
      "daemon        config      program list applied: added a, b; removed c",
    ],
    [
      { type: "daemon", to: "SHUTDOWN", pid: 1, why: "web has ended" },
      "daemon        SHUTDOWN    pid 1; web has ended",
    ],
    [
      { type: "request", what: "stopProcess", target: "web", by: "::1", client: "curl/8", failed: "NOT_RUNNING: web" },
      "web           request     stopProcess by curl/8, ::1; failed: NOT_RUNNING: web",
    ],
    [{ type: "news", ...web }, 'web           news        {"type":"news","group":"web","name":"web"}'],
  ])("%j", (fields, expected) => {
    expect(line(fields)).toBe(expected);
  });

  test("columns are as wide as the widest name so far", () => {
    const lines = new EventLines(plain);
    const long = { group: "a-long-name-of-a-group", name: "x" };
    lines.of(event({ type: "waiting", ...long, why: "y" }));
    expect(lines.of(event({ type: "waiting", ...web, why: "y" })).slice(25)).toBe(`${"web".padEnd(24)}  waiting     y`);
  });

  test("columns fit names that are known to come from the beginning, and no line ends with blanks", () => {
    const lines = new EventLines(coloured);
    lines.expect(["a-long-name:of-a-process", "x".repeat(99)]);
    const told = lines.of(event({ type: "waiting", ...web }));
    expect(stripVTControlCharacters(told).slice(25)).toBe(`${"web".padEnd(32)}  waiting`);
    expect(lines.of(event({ type: "state", ...web, to: "FATAL" })).endsWith("FATAL\u001b[0m")).toBe(true);
  });

  test("what a client calls itself cannot move the cursor", () => {
    expect(line({ type: "request", what: "x", target: "\u001b[2J\n", by: "\u0007" })).not.toMatch(/\p{Cc}/u);
  });

  test("is coloured by what it says", () => {
    const lines = new EventLines(coloured);
    expect(lines.of(event({ type: "state", ...web, to: "FATAL", why: "x" }))).toContain(
      "\u001b[31mFATAL     \u001b[0m  x",
    );
  });
});
