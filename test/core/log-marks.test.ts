import { describe, expect, test } from "vitest";
import { LogMarks, markAt, mostMarks } from "../../src/core/log-marks.ts";
import { mayBeWithin, orderOf, whenWritten } from "../../src/core/log-when.ts";

const file = (marks: LogMarks, size: number) => ({ marks: marks.between(0, size), size, after: 5, before: 9e9 });

describe("marks of when a log was written", () => {
  test("tell each write's moment exactly while there are few, those within 20 ms as one", () => {
    const marks = new LogMarks();
    marks.add(0, 1000);
    marks.add(10, 1015);
    marks.add(20, 1021);
    marks.add(30, 61_000);
    expect(marks.between(0, 99)).toEqual([
      { offset: 0, from: 1000, to: 1015 },
      { offset: 20, from: 1021, to: 1021 },
      { offset: 30, from: 61_000, to: 61_000 },
    ]);
    // Up to the last write before a pause, and not into it.
    expect(whenWritten(29, file(marks, 40))).toEqual({ at: 1021, from: 1021, to: 1021 });
    expect(whenWritten(39, file(marks, 40))).toEqual({ at: 61_000, from: 61_000, to: 61_000 });
  });

  test("of a flood say between which moments it was, and a line in it is as far along in time as in bytes", () => {
    const marks = new LogMarks();
    marks.addRange(0, 0, 1000);
    marks.add(100, 2000);
    expect(whenWritten(50, file(marks, 110))).toEqual({ at: 500, from: 0, to: 1000 });
  });

  test("never become more than 512, and stay exact to some percent of a moment's age", () => {
    const marks = new LogMarks();
    const writes = 200_000;
    for (let write = 0; write < writes; write++) marks.add(write * 10, write * 1000);
    expect(marks.count).toBeLessThanOrEqual(mostMarks);
    const times = file(marks, writes * 10);
    for (const ageWrites of [1, 10, 100, 600, 3600, 36_000, 150_000]) {
      const write = writes - 1 - ageWrites;
      const { at, from, to } = whenWritten(write * 10, times);
      expect(from <= write * 1000 && write * 1000 <= to).toBe(true);
      expect(Math.abs((at ?? 0) - write * 1000)).toBeLessThanOrEqual(ageWrites * 1000 * 0.1);
    }
  });

  test("come to an end also when the clock was set back", () => {
    const marks = new LogMarks();
    for (let write = 0; write < 2000; write++) marks.add(write, 1e6 - write * 100);
    expect(marks.count).toBeLessThanOrEqual(mostMarks);
  });

  test("lead to where a span begins and ends, where that is known", () => {
    const marks = new LogMarks();
    marks.add(100, 1000);
    marks.add(200, 2000);
    marks.add(300, 3000);
    expect([500, 1000, 1500, 2000, 3001].map((at) => marks.offsetSince(at))).toEqual([null, null, 200, 200, null]);
    expect([500, 1000, 2500, 3000].map((at) => marks.offsetUntil(at))).toEqual([100, 200, 300, null]);
    expect([0, 99, 100, 250, 999].map((at) => markAt(marks.between(0, 999), at))).toEqual([-1, -1, 0, 1, 2]);
  });

  test("leave what was before them to the file's own times, and such a line belongs to every span that it may be in", () => {
    const marks = new LogMarks();
    marks.add(100, 1000);
    const when = whenWritten(50, file(marks, 110));
    expect(when).toEqual({ at: null, from: 5, to: 1000 });
    expect(orderOf(when)).toBe(1000);
    expect([4, 5, 1000, 1001].map((at) => mayBeWithin(when, at, null))).toEqual([true, true, true, false]);
    expect([4, 5].map((at) => mayBeWithin(when, null, at))).toEqual([false, true]);
  });
});
