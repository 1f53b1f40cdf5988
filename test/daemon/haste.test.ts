import { expect, test } from "vitest";
import { Haste } from "../../src/daemon/haste.ts";

const answers = (...signals: readonly (readonly [NodeJS.Signals, number])[]): boolean[] => {
  const haste = new Haste();
  return signals.map(([signal, at]) => haste.asked(signal, at));
};

test("a Ctrl-C after another request to end is one for haste", () => {
  expect(answers(["SIGINT", 0], ["SIGINT", 300])).toEqual([false, true]);
  expect(answers(["SIGTERM", 0], ["SIGINT", 300])).toEqual([false, true]);
  expect(answers(["SIGINT", 0], ["SIGTERM", 60], ["SIGINT", 300])).toEqual([false, false, true]);
});

test("one that arrives twice is one request", () => {
  expect(answers(["SIGINT", 0], ["SIGINT", 2], ["SIGINT", 10])).toEqual([false, false, false]);
  expect(answers(["SIGTERM", 0], ["SIGINT", 49])).toEqual([false, false]);
});

test.each(["SIGQUIT", "SIGTERM"] as const)(
  "%s, with which listeners end the daemon at each event, never hurries",
  (signal) => {
    expect(answers([signal, 0], [signal, 1000], [signal, 2000], [signal, 60_000])).toEqual([
      false,
      false,
      false,
      false,
    ]);
    expect(answers(["SIGTERM", 0], ["SIGQUIT", 1000])).toEqual([false, false]);
  },
);
