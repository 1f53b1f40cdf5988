import { execFileSync } from "node:child_process";
import { expect, test } from "vitest";
import { splitWords } from "../../src/core/words.ts";
import { randomNumbers } from "../helpers/random.ts";

test.each([
  ["a b", ["a", "b"]],
  [" a\tb\r\n c ", ["a", "b", "c"]],
  [`'a b' "c d"`, ["a b", "c d"]],
  [`a'b'"c"d`, ["abcd"]],
  [`'' "" x''`, ["", "", "x"]],
  [String.raw`a\ b c\\d`, ["a b", "c\\d"]],
  [String.raw`"a\"b" "a\\b" "a\nb" "\$x"`, [`a"b`, "a\\b", "a\\nb", "\\$x"]],
  [String.raw`'a\b'`, ["a\\b"]],
  [String.raw`'a\\b'"c"`, ["a\\\\bc"]],
  [`$'a' $"b"`, ["$a", "$b"]],
  ["a \\\nb", ["a", "\nb"]],
  ['"a\\\nb"', ["a\\\nb"]],
  ["a # b;c", ["a", "#", "b;c"]],
  ["", []],
])("%j is %j", (text, words) => {
  expect(splitWords(text)).toEqual(words);
});

test.each([`'a`, `"a`, `a"b\\"`])("%j lacks a quotation mark", (text) => {
  expect(() => splitWords(text)).toThrow("No closing quotation");
});

test.each(["a\\", `"a\\`])("%j lacks what is escaped", (text) => {
  expect(() => splitWords(text)).toThrow("No escaped character");
});

test("random texts are cut as Python cuts them", () => {
  const random = randomNumbers(7);
  const texts = Array.from({ length: 2000 }, () =>
    Array.from({ length: random(12) }, () => "ab $\\\\'\"\n\t#é"[random(13)]).join(""),
  );
  const program = `import json, shlex, sys
def cut(text):
    try:
        return shlex.split(text)
    except ValueError as error:
        return str(error)
print(json.dumps([cut(text) for text in json.load(sys.stdin)]))`;
  const theirs = JSON.parse(
    execFileSync("/usr/bin/python3", ["-c", program], { input: JSON.stringify(texts), encoding: "utf8" }),
  );
  expect(texts.map(cut)).toEqual(theirs);
});

function cut(text: string): string[] | string {
  try {
    return splitWords(text);
  } catch (error) {
    return (error as Error).message;
  }
}
