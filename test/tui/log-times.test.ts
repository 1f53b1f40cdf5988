/** What stood in several logs before, in the order of time. */
import { describe, expect, test } from "vitest";
import { Gathering } from "../../src/tui/feed/gathering.ts";
import { inTimeOrder, type LogTimes, type TimedLine } from "../../src/tui/feed/log-times.ts";
import type { FreshLine } from "../../src/tui/state/log.ts";
import { until } from "../helpers/until.ts";

const line = (id: string, text: string, at = 0): FreshLine => ({ id, channel: "stdout", at, text });
const timed = (text: string, at: number, order = at): TimedLine => ({ text, at, order });
const times = (all: Record<string, TimedLine[]>): LogTimes =>
  new Map(Object.entries(all).map(([id, lines]) => [`${id} stdout`, lines]));
const shown = (lines: readonly FreshLine[] | null) => lines?.map(({ id, text, at }) => `${id} ${text} ${at}`);

test("lines of different logs are put in order, and say when they were written", () => {
  const lines = [line("a", "1"), line("a", "3"), line("b", "2"), line("b", "4"), line("a", "now", 50)];
  const known = times({ a: [timed("0", 5), timed("1", 10), timed("3", 30)], b: [timed("2", 20), timed("4", 40)] });
  expect(shown(inTimeOrder(lines, known))).toEqual(["a 1 10", "b 2 20", "a 3 30", "b 4 40", "a now 50"]);
});

test("what is not known stays behind the line before it, and each log in its own order", () => {
  const lines = ["lost", "1", "new", "3"].map((text) => line("a", text));
  const known = times({ a: [timed("1", 10), timed("3", 30)], b: [timed("2", 20)] });
  expect(shown(inTimeOrder([...lines, line("b", "2")], known))).toEqual([
    "a lost 0",
    "a 1 10",
    "a new 0",
    "b 2 20",
    "a 3 30",
  ]);
});

test("lines that say the same are taken from the end on", () => {
  const known = times({ a: [timed("tick", 1), timed("tick", 2), timed("tick", 3)] });
  expect(shown(inTimeOrder([line("a", "tick"), line("a", "tick")], known))).toEqual(["a tick 2", "a tick 3"]);
});

test("a line of which only the file's time is known has its place, and shows no time", () => {
  const known = times({ a: [timed("old", 0, 25)], b: [timed("x", 20), timed("y", 30)] });
  expect(shown(inTimeOrder([line("a", "old"), line("b", "x"), line("b", "y")], known))).toEqual([
    "b x 20",
    "a old 0",
    "b y 30",
  ]);
});

test("without times nothing is lost or moved", () => {
  const lines = [line("a", "1"), line("b", "2"), line("a", "3")];
  expect(shown(inTimeOrder(lines, new Map()))?.toSorted()).toEqual(shown(lines)?.toSorted());
});

describe("they are held back", () => {
  const known = times({ a: [timed("1", 10)], b: [timed("0", 5)] });
  const arrivals = (a: number | null, b: number | null) =>
    new Map([
      ["a stdout", a],
      ["b stdout", b],
      ["empty stdout", null],
    ]);
  const settled = () => new Promise((resolve) => setImmediate(resolve));

  test("until all that have something are there, and it is known when they were written", async () => {
    let ready = 0;
    const gathering = new Gathering(Promise.resolve(known), 0, () => ready++);
    expect(gathering.take([line("a", "1")], arrivals(5, null), 10)).toBe(null);
    await settled();
    expect(ready).toBe(1);
    expect(gathering.take([], arrivals(5, null), 20)).toBe(null);
    // The rest of its tail may still come; then it is looked at again.
    expect(gathering.take([line("b", "0")], arrivals(5, 40), 30)).toBe(null);
    await until("it is time", () => ready === 2);
    expect(shown(gathering.take([], arrivals(5, 40), 41))).toEqual(["b 0 5", "a 1 10"]);
  });

  test("not for longer than a moment by a daemon that is slow, and not at all by one that has no times", async () => {
    const late = new Gathering(new Promise(() => {}), 0, () => {});
    expect(late.take([line("a", "1")], arrivals(1, 1), 1000)).toBe(null);
    expect(shown(late.take([], arrivals(1, 1), 2000))).toEqual(["a 1 0"]);
    const refused = new Gathering(Promise.reject(new Error("404")), 0, () => {});
    await settled();
    expect(shown(refused.take([line("a", "1")], arrivals(1, null), 60))).toEqual(["a 1 0"]);
  });
});
