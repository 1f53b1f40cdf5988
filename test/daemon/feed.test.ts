import { describe, expect, test } from "vitest";
import type { Happening } from "../../src/core/happenings.ts";
import { Feed } from "../../src/daemon/feed.ts";

const added = (group: string): Happening => ({ type: "group", group, what: "added" });
const groupsOf = (feed: Feed, after: number, limit = 100) =>
  feed.after(after, limit).map(({ happening }) => "group" in happening && happening.group);

describe("the feed of happenings", () => {
  test("numbers begin at the start and go up by one, so that those of a later start are higher", () => {
    const feed = new Feed(1, () => 1_000);
    const later = new Feed(1, () => 1_001);
    for (const name of ["a", "b", "c"]) feed.tell(added(name));
    expect([feed.oldest, feed.latest]).toEqual([1_000_001, 1_000_003]);
    expect(later.latest).toBeGreaterThan(feed.latest - 3);
    expect(later.first).toBe(1_001_001);
    expect(JSON.parse(feed.after(0, 1)[0]?.json ?? "")).toEqual({
      serial: 1_000_001,
      time: "1970-01-01T00:00:01.000Z",
      type: "group",
      group: "a",
      what: "added",
    });
  });

  test("keeps at most so many entries, and whoever asks for older ones gets what is left", () => {
    const feed = new Feed(1, () => 0, { entries: 3, bytes: 10_000 });
    for (const name of ["a", "b", "c", "d", "e"]) feed.tell(added(name));
    expect(groupsOf(feed, 0)).toEqual(["c", "d", "e"]);
    expect(groupsOf(feed, 4)).toEqual(["e"]);
    expect(groupsOf(feed, 5)).toEqual([]);
    expect(groupsOf(feed, 0, 2)).toEqual(["c", "d"]);
    expect([feed.oldest, feed.latest]).toEqual([3, 5]);
  });

  test("keeps at most so many bytes", () => {
    const feed = new Feed(1, () => 0, { entries: 1000, bytes: 1000 });
    for (let n = 0; n < 500; n++) feed.tell(added(`group${n}`));
    const kept = feed.after(0, 1000);
    expect(kept.reduce((sum, { json }) => sum + json.length, 0)).toBeLessThanOrEqual(1000);
    expect(kept.length).toBeGreaterThan(5);
    expect(kept.at(-1)?.serial).toBe(500);
  });

  test("long texts are cut", () => {
    const feed = new Feed(1, () => 0);
    feed.tell({ type: "request", what: "x", target: "y".repeat(1_000_000), by: "unix socket" });
    expect(feed.after(0, 1)[0]?.json.length).toBeLessThan(600);
  });

  test("everything from a moment on can be had", () => {
    let now = 1000;
    const feed = new Feed(1, () => now);
    for (const name of ["a", "b", "c"]) {
      feed.tell(added(name));
      now += 1000;
    }
    expect(groupsOf(feed, feed.before(0))).toEqual(["a", "b", "c"]);
    expect(groupsOf(feed, feed.before(2000))).toEqual(["b", "c"]);
    expect(groupsOf(feed, feed.before(2001))).toEqual(["c"]);
    expect(groupsOf(feed, feed.before(9999))).toEqual([]);
  });

  test("whoever waits is woken by the next, and by the end", async () => {
    const feed = new Feed(1, () => 0);
    const change = feed.changed();
    feed.tell(added("a"));
    await change;
    const end = feed.changed();
    feed.end();
    await end;
    await feed.changed();
  });

  test("whoever watches is told of the next, and of the end, until it has seen enough", () => {
    const feed = new Feed(1, () => 0);
    let calls = 0;
    const stop = feed.watch(() => calls++);
    feed.tell(added("a"));
    expect(calls).toBe(1);
    feed.end();
    expect([calls, feed.over]).toEqual([2, true]);
    feed.begin();
    stop();
    feed.tell(added("b"));
    expect([calls, feed.over]).toEqual([2, false]);
  });
});
