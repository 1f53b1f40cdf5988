import { expect, test } from "vitest";
import { signalName, signalNumber } from "../../src/core/signals.ts";

test.each([
  ["TERM", 15],
  ["sigterm", 15],
  [" SIGUSR2 ", 12],
  ["9", 9],
  ["0", 0],
  ["64", 64],
  ["1_5", 15],
  ["CLD", 17],
])("%s is signal %i", (text, number) => {
  expect(signalNumber(text)).toBe(number);
});

test.each(["FOO", "999", "32", "-1", "", "SIG", "TERM1"])("%j is no signal", (text) => {
  expect(signalNumber(text)).toBeNull();
});

test("numbers are shown by their usual name, or as numbers when they have none", () => {
  expect([15, 17, 6, 40].map(signalName)).toEqual(["SIGTERM", "SIGCHLD", "SIGABRT", "signal 40"]);
});

test("of the two names of signal 29 the reference writes SIGPOLL", () => {
  expect([signalName(29), signalNumber("IO"), signalNumber("POLL")]).toEqual(["SIGPOLL", 29, 29]);
});
