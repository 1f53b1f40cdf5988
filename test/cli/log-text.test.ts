import { expect, test } from "vitest";
import { parseModifier } from "../../src/cli/log-text.ts";

test.each([
  ["-f", "follow"],
  ["-100", 100],
  ["-0", 0],
  ["-+5", 5],
  ["--5", -5],
  ["-1_000", 1000],
  ["-", null],
  ["-x", null],
  ["-5x", null],
  ["-1__0", null],
  ["-0x5", null],
  ["-1.5", null],
  ["-ff", null],
])("tail %s reads %j", (word, bytes) => {
  expect(parseModifier(word)).toBe(bytes);
});
