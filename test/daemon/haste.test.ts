import { expect, test } from "vitest";
import { Haste } from "../../src/daemon/haste.ts";

const answers = (...signals: readonly (readonly [NodeJS.Signals, number])[]): boolean[] => {
  const haste = new Haste();
  return signals.map(([signal, at]) => haste.asked(signal, at));
};

test("a second request to end is one for haste", () => {
  expect(answers(["SIGTERM", 0], ["SIGTERM", 300])).toEqual([false, true]);
  expect(answers(["SIGQUIT", 0], ["SIGTERM", 300])).toEqual([false, true]);
  expect(answers(["SIGINT", 0], ["SIGTERM", 60], ["SIGINT", 300])).toEqual([false, true, true]);
});

test("one that arrives twice is one request", () => {
  expect(answers(["SIGTERM", 0], ["SIGTERM", 2], ["SIGTERM", 10])).toEqual([false, false, false]);
  expect(answers(["SIGINT", 0], ["SIGTERM", 49])).toEqual([false, false]);
});

test("SIGQUIT, with which listeners end the daemon at each event, never hurries", () => {
  expect(answers(["SIGQUIT", 0], ["SIGQUIT", 1000], ["SIGQUIT", 2000])).toEqual([false, false, false]);
  expect(answers(["SIGTERM", 0], ["SIGQUIT", 1000])).toEqual([false, false]);
});
