import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { Client } from "../../src/client/client.ts";
import type { Happening } from "../../src/core/happenings.ts";
import { Happenings } from "../../src/tui/feed/happenings.ts";
import { asTold, type Told } from "../../src/tui/state/happenings.ts";
import { toldKept } from "../../src/tui/state/timeline.ts";
import { width } from "../../src/tui/text/cells.ts";
import { type Served, serve } from "../helpers/api-server.ts";
import { FakeDaemon } from "../helpers/fake-daemon.ts";
import { noon, shop } from "../helpers/overview.ts";
import { until } from "../helpers/until.ts";
import { frame } from "./frame.ts";
import { play } from "./state.ts";

const told = (serial: number, raw: Record<string, unknown>): Told =>
  asTold({ serial, time: new Date(noon - 60_000 + serial).toISOString(), ...raw }) as Told;
const worker = { group: "worker", name: "worker_01" };
const day: readonly Told[] = [
  told(1, { type: "state", group: "web", name: "web", to: "RUNNING" }),
  told(2, { type: "health", group: "web", name: "web", to: "healthy", why: "200 in 3 ms" }),
  told(3, { type: "state", ...worker, to: "EXITED", expected: false, livedMs: 200, why: "exit status 3" }),
  told(4, { type: "request", what: "stopProcess", target: "worker:*", by: "unix socket", client: "spacectl" }),
  told(5, { type: "state", ...worker, to: "FATAL", why: "Exited too quickly" }),
  told(6, { type: "config", what: "read" }),
];
const many = (count: number): Told[] =>
  Array.from({ length: count }, (_, index) => told(index + 1, { type: "waiting", ...worker, why: `for ${index + 1}` }));

const begun = (columns = 100, rows = 30) =>
  play(shop, { columns, rows }).act({ type: "feed", feed: "live" }).act({ type: "happened", told: day });

test("a log target that takes no lines is told as in the main log", () => {
  const target = { type: "log_target", target: "loki" };
  const failing = told(7, { ...target, to: "failing", why: "connection refused" });
  const screen = play(shop)
    .act({ type: "feed", feed: "live" })
    .act({ type: "happened", told: [failing, told(8, { ...target, to: "well" })] });
  const lines = frame(screen.press("E")).join("\n");
  expect(lines).toMatch(/▲ loki +log target takes no lines {2}connection refused/);
  expect(lines).toMatch(/● loki +log target takes lines again/);
});

describe.each([
  [60, 15],
  [100, 30],
  [200, 50],
])("the timeline at %i×%i", (columns, rows) => {
  test("has all programs, latest first, with why, and no line is wider than the screen", () => {
    const lines = frame(begun(columns, rows).press("E"));
    expect(lines.length).toBeLessThanOrEqual(rows);
    for (const line of lines) expect(width(line), line).toBeLessThanOrEqual(columns);
    const found = lines.filter((line) => /^ \d\d:\d\d:\d\d /.test(line)).map((line) => line.slice(10).trim());
    expect(found.map((line) => line.slice(0, 12).trim())).toEqual(
      ["◐ daemon", "✗ worker_01", "○ worker:*", "✗ worker_01", "● web", "● web"].map((start) =>
        expect.stringContaining(start),
      ),
    );
    expect(found[3]).toMatch(/EXITED after 200ms +exit status 3/);
    expect(lines.at(-1)).toContain("/ filter");
  });
});

describe("the timeline", () => {
  test("is gone to and left by its key, and Esc takes the filter first", () => {
    const screen = begun().press("E");
    expect(screen.state.panes.focus).toBe("events");
    expect(screen.press("E").state.panes.focus).toBe("table");
    screen.press("E", "/").type("worker !fatal").press("enter");
    expect(frame(screen).filter((line) => /^ \d\d:\d\d/.test(line))).toHaveLength(2);
    expect(frame(screen).join("\n")).toContain("2 events of 6");
    expect(screen.press("esc").state).toMatchObject({ timeline: { filter: "" }, panes: { focus: "events" } });
    expect(screen.press("esc").state.panes.focus).toBe("table");
    expect(screen.press("E", "/").type("none of it").press("enter").state.table.filter).toBe("");
    expect(frame(screen).join("\n")).toContain("nothing has none of it; Esc shows all");
  });

  test("of an event goes to its program, also of a request for its group", () => {
    expect(begun().press("E", "down", "enter").state).toMatchObject({
      table: { selected: "worker:worker_01" },
      panes: { focus: "table" },
    });
    expect(begun().press("home", "E", "down", "down", "enter").state.table.selected).toBe("worker:worker_00");
    const none = begun().press("E", "enter");
    expect(none.state.panes.focus).toBe("events");
    expect(none.state.message?.text).toBe("that is about no program that is there");
  });

  test("shows what comes at its top, and stands where one looks further down", () => {
    const screen = play()
      .act({ type: "happened", told: many(100) })
      .press("E");
    expect(frame(screen)[5]).toContain("for 100");
    for (let down = 0; down < 40; down++) screen.press("down");
    const before = frame(screen);
    screen.act({ type: "happened", told: [told(101, { type: "waiting", ...worker, why: "for more" })] });
    const after = frame(screen);
    expect(after.slice(5)).toEqual(before.slice(5));
    expect(after[4]).toContain("42 of 101 events");
    expect(frame(screen.press("home"))[5]).toContain("for more");
    expect(frame(screen.press("end")).at(-2)).toMatch(/for 1 *$/);
    expect(frame(screen.act({ type: "mouse", what: "click", x: 5, y: 10, at: noon }))[4]).toMatch(/\d+ of 101/);
  });

  test("keeps the latest, each once, whatever comes again after a connection was lost", () => {
    const screen = play();
    for (let at = 0; at < 3; at++) screen.act({ type: "happened", told: many(toldKept + 500) });
    const { told: kept } = screen.state.timeline;
    expect(kept).toHaveLength(toldKept);
    expect([kept[0]?.serial, kept.at(-1)?.serial]).toEqual([toldKept + 500, 501]);
  });

  test("says the day of what was on another one, in few columns", () => {
    const old = asTold({ serial: 1, time: new Date(noon - 86_400_000).toISOString(), type: "config", what: "read" });
    const screen = play(shop, { columns: 60, rows: 15 })
      .act({ type: "happened", told: [old as Told] })
      .press("E");
    expect(frame(screen)[4]).toMatch(/^ 11-2[01] \d\d:\d\d ◐ daemon +program list read *$/);
  });

  test("says why it is empty", () => {
    const text = (feed: "waiting" | "live" | "none") => frame(play().act({ type: "feed", feed }).press("E")).join("\n");
    expect(text("none")).toContain("this daemon does not tell what happens");
    expect(text("live")).toContain("nothing has happened that the daemon remembers");
    expect(text("waiting")).toContain("waiting for the daemon to tell");
  });
});

test("the details have the recent events of the program, and requests for it or its group", () => {
  const lines = frame(begun(200, 50));
  const at = lines.findIndex((line) => line.startsWith(" recent events"));
  expect(lines.slice(at + 1, at + 4).map((line) => line.slice(10, 80).split("│")[0]?.trim())).toEqual([
    expect.stringMatching(/^✗ FATAL +Exited too quickly$/),
    "○ asked for: stopProcess worker:* by spacectl (unix socket)",
    expect.stringMatching(/^✗ EXITED after 200ms +exit status 3$/),
  ]);
  expect(frame(play(shop, { columns: 200, rows: 50 })).join("\n")).not.toContain("recent events");
});

describe("the feed", () => {
  let daemon: FakeDaemon;
  let served: Served;
  let client: Client;
  beforeEach(async () => {
    daemon = new FakeDaemon();
    served = await serve(daemon);
    client = new Client(served.unixUrl, null);
  });
  afterEach(async () => {
    client.close();
    await served.close();
  });
  const waiting = (why: string): Happening => ({ type: "waiting", group: "web", name: "web", why });

  function read() {
    const seen: string[] = [];
    const feeds: string[] = [];
    const happenings = new Happenings(client, {
      told: (list) => seen.push(...list.map(({ why, what }) => why || what)),
      feed: (feed) => feeds.push(feed),
    });
    happenings.begin();
    return { happenings, seen, feeds };
  }

  test("comes with what is remembered, then what happens, without children", async () => {
    daemon.feed.tell(waiting("before"));
    daemon.feed.tell({ type: "spawned", group: "web", name: "web", pid: 7 });
    const { happenings, seen, feeds } = read();
    await until("it is there", () => seen.length > 0);
    daemon.feed.tell(waiting("now"));
    await until("that too", () => seen.length > 1);
    expect([seen, feeds]).toEqual([["before", "now"], ["live"]]);
    happenings.end();
  });

  test("goes on after the daemon was away, and has nothing twice", async () => {
    daemon.feed.tell(waiting("before"));
    const { happenings, seen, feeds } = read();
    await until("it is there", () => seen.length > 0);
    await served.close();
    daemon.feed.tell(waiting("meanwhile"));
    await until("it is missed", () => feeds.includes("lost"));
    served = await serve(daemon, { directory: served.directory });
    await until("it is told", () => seen.includes("meanwhile"));
    expect(seen).toEqual(["before", "meanwhile"]);
    expect(feeds.at(-1)).toBe("live");
    happenings.end();
  });

  test("of a daemon that has none is not asked for again and again", async () => {
    await served.close();
    served = await serve(daemon, { directory: served.directory, credentials: { username: "u", password: "p" } });
    const { happenings, seen, feeds } = read();
    await until("it is known", () => feeds.length > 0);
    expect([seen, feeds]).toEqual([[], ["none"]]);
    happenings.end();
  });
});
