import { describe, expect, test } from "vitest";
import { look, type Schedule, unscheduled, untilLook } from "../../src/core/schedule.ts";
import { nextMoment } from "../../src/system/cron.ts";

const minute = 60_000;
const hour = 60 * minute;

/** A schedule with a wall clock that is turned by hand, to anywhere. */
async function world(cron: string, start: string, timezone = "UTC") {
  const nextAfter = await nextMoment(cron, timezone);
  let schedule: Schedule = unscheduled;
  let wall = Date.parse(start);
  const came: string[] = [];
  const lookNow = () => {
    const [next, occasion] = look(schedule, wall, nextAfter);
    schedule = next;
    if (occasion !== null) came.push(`${occasion.missed ? "missed " : ""}${new Date(occasion.at).toISOString()}`);
  };
  lookNow();
  return {
    /** Time passes. */
    after(ms: number) {
      const end = wall + ms;
      for (
        let wait = untilLook(schedule, wall);
        wait !== null && wall + wait <= end;
        wait = untilLook(schedule, wall)
      ) {
        wall += wait;
        lookNow();
      }
      wall = end;
    },
    /** Somebody sets the clock. It is looked at within a minute, then. */
    set(time: string) {
      wall = Date.parse(time);
      lookNow();
    },
    came,
    next: () => (schedule.next === null ? null : new Date(schedule.next).toISOString()),
  };
}

describe("a schedule", () => {
  test("comes at each of its moments, to the millisecond", async () => {
    const w = await world("*/20 3 * * *", "2026-01-01T00:00:00Z");
    w.after(24 * hour);
    expect(w.came).toEqual(["2026-01-01T03:00:00.000Z", "2026-01-01T03:20:00.000Z", "2026-01-01T03:40:00.000Z"]);
    expect(w.next()).toBe("2026-01-02T03:00:00.000Z");
  });

  test("may have seconds", async () => {
    const w = await world("*/20 * * * * *", "2026-01-01T00:00:00Z");
    w.after(minute);
    expect(w.came).toHaveLength(3);
  });

  test("is looked at every minute, and not at all when it never comes", async () => {
    const far = await world("0 0 1 1 *", "2026-01-02T00:00:00Z");
    expect(untilLook({ next: Date.parse(far.next() ?? ""), last: null }, Date.parse("2026-01-02T00:00:00Z"))).toBe(
      minute,
    );
    const never = await world("0 0 30 2 *", "2026-01-01T00:00:00Z");
    never.after(100 * hour);
    expect([never.next(), never.came]).toEqual([null, []]);
  });
});

describe("when the clock is set", () => {
  test("forward over a moment, that comes late; of several only one", async () => {
    const w = await world("*/10 * * * *", "2026-01-01T02:55:00Z");
    w.set("2026-01-01T03:35:00Z");
    expect(w.came).toEqual(["2026-01-01T03:00:00.000Z"]);
    expect(w.next()).toBe("2026-01-01T03:40:00.000Z");
  });

  test("forward by more than an hour, as when a machine gets its time after its start, it does not come", async () => {
    const w = await world("0 3 * * *", "1970-01-01T00:00:00Z");
    w.set("2026-01-01T12:00:00Z");
    expect(w.came).toEqual(["missed 1970-01-01T03:00:00.000Z"]);
    expect(w.next()).toBe("2026-01-02T03:00:00.000Z");
  });

  test("back a little, no moment comes twice", async () => {
    const w = await world("0 3 * * *", "2026-01-01T02:00:00Z");
    w.after(hour + minute);
    w.set("2026-01-01T02:30:00Z");
    w.after(2 * hour);
    expect(w.came).toEqual(["2026-01-01T03:00:00.000Z"]);
    expect(w.next()).toBe("2026-01-02T03:00:00.000Z");
  });

  test("back by a day, all that is ahead comes again", async () => {
    const w = await world("0 3 * * *", "2026-01-05T02:00:00Z");
    w.after(2 * hour);
    w.set("2026-01-04T02:00:00Z");
    expect(w.next()).toBe("2026-01-04T03:00:00.000Z");
  });

  test("back before a moment that was waited for, the nearer one is found", async () => {
    const w = await world("0 3 * * *", "2026-01-05T04:00:00Z");
    w.set("2026-01-05T02:00:00Z");
    w.after(hour);
    expect(w.came).toEqual(["2026-01-05T03:00:00.000Z"]);
  });
});

describe("in a time zone with summer time", () => {
  const days = async (cron: string, start: string, hours: number) => {
    const w = await world(cron, start, "Europe/Berlin");
    w.after(hours * hour);
    return w.came;
  };

  test("a fixed time that is left out comes right after the gap", async () => {
    expect(await days("30 2 * * *", "2026-03-28T12:00:00Z", 24)).toEqual(["2026-03-29T01:00:00.000Z"]);
  });

  test("a fixed time that comes twice counts once, also one of a list", async () => {
    expect(await days("30 2 * * *", "2026-10-24T12:00:00Z", 24)).toEqual(["2026-10-25T00:30:00.000Z"]);
    expect(await days("0 2,3 * * *", "2026-10-24T12:00:00Z", 24)).toEqual([
      "2026-10-25T00:00:00.000Z",
      "2026-10-25T02:00:00.000Z",
    ]);
  });

  test("what comes every half hour goes on doing so", async () => {
    expect(await days("*/30 * * * *", "2026-10-24T23:45:00Z", 3)).toHaveLength(6);
    expect(await days("*/30 * * * *", "2026-03-28T23:45:00Z", 3)).toHaveLength(6);
  });
});

test("an unknown time zone and an expression that is none are refused", async () => {
  await expect(nextMoment("0 3 * * *", "Europe/Atlantis")).rejects.toThrow(/Atlantis/);
  await expect(nextMoment("every day", null)).rejects.toThrow();
});
