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
