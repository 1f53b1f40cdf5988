import { execFileSync } from "node:child_process";
import { expect, test } from "vitest";
import { lastMoment, nextMoment } from "../../src/system/log-moments.ts";

const script = `
  import { lastMoment, nextMoment } from "./src/system/log-moments.ts";
  const [period, from, count] = process.argv.slice(1);
  let at = Date.parse(from);
  const moments = [];
  for (let n = 0; n < Number(count); n++) {
    at = nextMoment(period, at);
    if (lastMoment(period, at) !== at || lastMoment(period, at + 1) !== at) moments.push("not last");
    moments.push(new Date(at).toISOString().slice(5, 16));
  }
  console.log(moments.join(" "));`;

/** The moments after `from`, in UTC. */
function moments(zone: string, period: string, from: string, count: number): string {
  const root = new URL("../..", import.meta.url).pathname;
  const words = ["--input-type=module", "-e", script, period, from, String(count)];
  return execFileSync(process.execPath, words, { cwd: root, env: { TZ: zone }, encoding: "utf8" }).trim();
}

test.each([
  [
    "are midnights, also when summer time begins",
    "Europe/Berlin",
    "daily",
    "2026-03-28T12:00Z",
    3,
    "03-28T23:00 03-29T22:00 03-30T22:00",
  ],
  [
    "are midnights, also when summer time ends",
    "Europe/Berlin",
    "daily",
    "2026-10-24T12:00Z",
    3,
    "10-24T22:00 10-25T23:00 10-26T23:00",
  ],
  [
    "begin a day that has no midnight at its first moment",
    "Africa/Cairo",
    "daily",
    "2026-04-23T12:00Z",
    3,
    "04-23T22:00 04-24T21:00 04-25T21:00",
  ],
  [
    "do not come again with a midnight that comes twice",
    "America/Havana",
    "daily",
    "2026-10-31T12:00Z",
    3,
    "11-01T04:00 11-02T05:00 11-03T05:00",
  ],
  [
    "are full hours, also the one that comes twice",
    "Europe/Berlin",
    "hourly",
    "2026-10-24T23:30Z",
    4,
    "10-25T00:00 10-25T01:00 10-25T02:00 10-25T03:00",
  ],
  [
    "are full hours where zones are off by half an hour",
    "Asia/Kolkata",
    "hourly",
    "2026-01-01T00:00Z",
    2,
    "01-01T00:30 01-01T01:30",
  ],
])("moments of rotation %s", (_, zone, period, from, count, expected) => {
  expect(moments(zone, period, from, count)).toBe(expected);
});

test("moments of rotation come one after the other", () => {
  const now = Date.UTC(2026, 5, 1, 10, 20, 30);
  for (const period of ["daily", "hourly"] as const) {
    expect(lastMoment(period, now)).toBeLessThan(now);
    expect(nextMoment(period, lastMoment(period, now))).toBe(nextMoment(period, now));
  }
});
