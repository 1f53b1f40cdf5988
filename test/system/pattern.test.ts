import { expect, test } from "vitest";
import { Pattern } from "../../src/system/pattern.ts";

test("finds in any of the lines, or does not", () => {
  const pattern = new Pattern("^ready on \\d+$");
  expect(pattern.findsIn(["no", "ready on 80"])).toBe(true);
  expect(pattern.findsIn(["not ready on 80"])).toBe(false);
  expect(pattern.findsIn([])).toBe(false);
});

test("one that would take for ever is stopped, and works on what is easy", () => {
  const pattern = new Pattern("^(([a-z])+.)+[A-Z]([a-z])+$");
  const before = performance.now();
  expect(pattern.findsIn(["a".repeat(2048)])).toBeNull();
  expect(performance.now() - before).toBeLessThan(500);
  expect(pattern.findsIn(["ab.Cd"])).toBe(true);
});

test("a mistake in it is an error at once", () => {
  expect(() => new Pattern("(")).toThrow(SyntaxError);
});
