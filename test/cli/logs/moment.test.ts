import { expect, test } from "vitest";
import { momentOf, NoMoment } from "../../../src/cli/logs/moment.ts";

const now = new Date(2026, 10, 22, 15, 30, 0).getTime();
const local = (month: number, day: number, ...time: number[]) =>
  new Date(2026, month - 1, day, ...(time as [number])).getTime();

test.each([
  ["10m", now - 600_000],
  ["1h30m", now - 5_400_000],
  ["45", now - 45_000],
  ["now", now],
  ["14:30", local(11, 22, 14, 30)],
  ["9:05:07", local(11, 22, 9, 5, 7)],
  ["23:00", local(11, 21, 23)],
  ["today", local(11, 22)],
  ["yesterday", local(11, 21)],
  ["2026-11-02", local(11, 2)],
  ["2026-11-02 08:15", local(11, 2, 8, 15)],
  ["2026-11-02T08:15:30.5Z", Date.UTC(2026, 10, 2, 8, 15, 30, 500)],
  ["2026-11-02T08:15+02:00", Date.UTC(2026, 10, 2, 6, 15)],
])("%s is a moment", (text, at) => {
  expect(momentOf(text, now)).toBe(at);
});

test.each(["", "noon", "25:00", "12:60", "2026-13-01", "10 parsecs", "2026"])("%j is none", (text) => {
  if (text === "2026") expect(momentOf(text, now)).toBe(now - 2_026_000);
  else expect(() => momentOf(text, now)).toThrow(NoMoment);
});
