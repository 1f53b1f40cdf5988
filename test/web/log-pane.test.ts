import { describe, expect, test } from "vitest";
import { LogLines } from "../../src/web/feed/log-lines.ts";
import { type LogAction, reduceLog, viewOf } from "../../src/web/state/log-pane.ts";
import { firstPane } from "../../src/web/state/page.ts";

const lines = (...texts: string[]): LogAction => ({
  type: "lines",
  key: "",
  fresh: texts.map((text) => ({ id: "web:web", channel: text.startsWith("!") ? "stderr" : "stdout", at: 1, text })),
  skipped: 0,
});
const after = (...actions: LogAction[]) => actions.reduce(reduceLog, firstPane);
const texts = (...actions: LogAction[]) => viewOf(after(...actions)).lines.map(({ text }) => text);

describe("the log viewer", () => {
  test("stands still while lines come, counts them, and follows again", () => {
    const paused = [lines("a", "b"), { type: "pause" }, lines("c")] as const;
    expect(texts(...paused)).toEqual(["a", "b"]);
    expect(viewOf(after(...paused)).missed).toBe(1);
    expect(texts(...paused, { type: "pause" })).toEqual(["a", "b", "c"]);
  });

  test("searches upwards from the end, round and round, without the escape sequences", () => {
    const found = (...steps: number[]) =>
      viewOf(
        after(
          lines("no 1", "none", "\u001b[1mN\u001b[0mo 2", "yes"),
          { type: "search", text: "no" },
          ...steps.map((by): LogAction => ({ type: "match", by })),
        ),
      );
    expect(found().matches).toEqual([0, 1, 2]);
    expect([found().found, found(-1).found, found(-1, -1).found, found(-1, -1, -1).found]).toEqual([2, 1, 0, 2]);
    expect(found(1).found).toBe(0);
  });

  test("shows one stream, or only lines that have something", () => {
    const all = lines("out", "!err", "out again");
    expect(texts(all, { type: "channel" })).toEqual(["!err"]);
    expect(texts(all, { type: "channel" }, { type: "channel" })).toEqual(["out", "out again"]);
    expect(texts(all, { type: "only", text: "again" })).toEqual(["out again"]);
  });

  test("takes no lines of a log that is no longer looked at", () => {
    expect(texts({ ...lines("late"), key: "other" } as LogAction)).toEqual([]);
  });

  test("puts only so many on the page, more of them when it stands still", () => {
    const many = lines(...Array.from({ length: 3000 }, (_, index) => `line ${index}`));
    expect(texts(many)).toHaveLength(400);
    const still = viewOf(after(many, { type: "pause" }));
    expect([still.lines.length, still.above, still.lines.at(-1)?.text]).toEqual([2000, 1000, "line 2999"]);
  });
});

describe("pieces of logs", () => {
  const piece = (text: string, channel = "stdout") => ({ id: "web:web", channel, text });

  test("become lines, each channel by itself, and what has not ended waits", () => {
    const pieces = new LogLines(0);
    for (const each of [piece("a\nb"), piece("x", "stderr"), piece("c\n"), piece("y\n", "stderr")])
      pieces.take(each, 1000);
    expect(pieces.drain().fresh.map(({ text, channel, at }) => [text, channel, at])).toEqual([
      ["a", "stdout", 1000],
      ["bc", "stdout", 1000],
      ["xy", "stderr", 1000],
    ]);
    expect(pieces.drain().fresh).toEqual([]);
  });

  test("that were there before have no time, and a line without an end is shown in pieces", () => {
    const pieces = new LogLines(0);
    pieces.take(piece("old\n"), 10);
    pieces.take(piece("x".repeat(20_000)), 10);
    expect(pieces.drain().fresh.map(({ text, at }) => [text.length, at])).toEqual([
      [3, 0],
      [20_000, 0],
    ]);
  });

  test("that come faster than they are shown are left out and counted", () => {
    const pieces = new LogLines(0);
    for (let index = 0; index < 10; index++) pieces.take(piece("x\n".repeat(1000)), 1000);
    const { fresh, skipped } = pieces.drain();
    expect([fresh.length + skipped, fresh.length <= 8000]).toEqual([10_000, true]);
  });

  test("tell why there are none", () => {
    expect(new LogLines(0).take({ id: "web:web", channel: "stdout", trouble: "EACCES" }, 0)).toBe("EACCES");
  });
});
