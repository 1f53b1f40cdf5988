import { expect, test } from "vitest";
import { Agenda, type Entry } from "../../src/daemon/agenda.ts";
import type { Clock } from "../../src/system/clock.ts";

/** A clock turned by hand; it counts how often it was asked to wake somebody. */
function handClock() {
  let now = 0;
  let wake: { at: number; callback: () => void } | null = null;
  let armed = 0;
  const clock: Clock = {
    now: () => now,
    wall: () => now,
    wakeAt(at, callback) {
      armed++;
      wake = at === null ? null : { at, callback };
    },
  };
  const turnTo = (end: number) => {
    while (wake !== null && wake.at <= end) {
      const { at, callback } = wake;
      wake = null;
      now = Math.max(now, at);
      callback();
    }
    now = end;
  };
  return { clock, turnTo, armed: () => armed, waiting: () => wake?.at ?? null };
}

function entry(
  agenda: Agenda,
  log: string[],
  name: string,
  ...moments: (number | null)[]
): Entry & { due: number | null } {
  const made = {
    due: moments.shift() ?? null,
    wake() {
      log.push(name);
      made.due = moments.shift() ?? null;
      agenda.changed(made);
    },
  };
  agenda.add(made);
  return made;
}

test("everybody is woken at their moment, in order, and nobody else", () => {
  const { clock, turnTo, waiting } = handClock();
  const agenda = new Agenda(clock);
  const log: string[] = [];
  entry(agenda, log, "late", 500, 700);
  entry(agenda, log, "early", 100);
  entry(agenda, log, "never");
  turnTo(100);
  expect(log).toEqual(["early"]);
  turnTo(1000);
  expect(log).toEqual(["early", "late", "late"]);
  expect(waiting()).toBeNull();
});

test("a moment that moves nearer is kept, one that moves away or is deleted wakes nobody", () => {
  const { clock, turnTo } = handClock();
  const agenda = new Agenda(clock);
  const log: string[] = [];
  const nearer = entry(agenda, log, "nearer", 900);
  const away = entry(agenda, log, "away", 100);
  const gone = entry(agenda, log, "gone", 100);
  nearer.due = 50;
  agenda.changed(nearer);
  away.due = 2000;
  agenda.changed(away);
  agenda.delete(gone);
  turnTo(1000);
  expect(log).toEqual(["nearer"]);
  turnTo(2000);
  expect(log).toEqual(["nearer", "away"]);
});

test("a thousand entries due at a time cost one timer, not a thousand", () => {
  const { clock, turnTo, armed } = handClock();
  const agenda = new Agenda(clock);
  const log: string[] = [];
  for (let n = 0; n < 1000; n++) entry(agenda, log, String(n), 100, 300);
  turnTo(400);
  expect(log).toHaveLength(2000);
  expect(armed()).toBeLessThan(6);
});

test("one that fails keeps nobody else from being woken", () => {
  const { clock, turnTo } = handClock();
  const agenda = new Agenda(clock);
  const log: string[] = [];
  const bad = {
    due: 100 as number | null,
    wake() {
      bad.due = null;
      throw new Error("a mistake");
    },
  };
  agenda.add(bad);
  entry(agenda, log, "same moment", 100);
  entry(agenda, log, "later", 200);
  expect(() => turnTo(100)).toThrow("a mistake");
  turnTo(300);
  expect(log).toEqual(["same moment", "later"]);
});

test("whatever moves, comes and goes, each is woken when it is due and never before", () => {
  const { clock, turnTo } = handClock();
  const agenda = new Agenda(clock);
  let seed = 7;
  const random = (below: number) => {
    seed = (Math.imul(seed, 1_103_515_245) + 12_345) >>> 0;
    return (seed >>> 16) % below;
  };
  let woken = 0;
  const entries = Array.from({ length: 50 }, () => {
    const made = {
      due: null as number | null,
      wake() {
        woken++;
        expect(made.due).toBeLessThanOrEqual(clock.now());
        made.due = random(3) === 0 ? null : clock.now() + 1 + random(200);
      },
    };
    return made;
  });
  const members = new Set<(typeof entries)[number]>();
  for (let step = 0; step < 20_000; step++) {
    const one = entries[random(entries.length)] as (typeof entries)[number];
    switch (random(4)) {
      case 0:
        members.add(one);
        agenda.add(one);
        break;
      case 1:
        members.delete(one);
        agenda.delete(one);
        break;
      case 2:
        one.due = random(4) === 0 ? null : clock.now() + random(300);
        agenda.changed(one);
        break;
      default:
        turnTo(clock.now() + random(20));
        for (const { due } of members) expect(due ?? Number.POSITIVE_INFINITY).toBeGreaterThan(clock.now());
    }
  }
  expect(woken).toBeGreaterThan(1000);
});
