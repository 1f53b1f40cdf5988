import { expect, test } from "vitest";
import { nameExpression } from "../../src/core/glob.ts";

test.each<[pattern: string, fits: string[], not: string[]]>([
  ["web", ["web"], ["we", "webs", "Web"]],
  ["", [""], ["a"]],
  ["*", ["", "a", ".hidden", "a\nb"], []],
  ["w*", ["w", "web"], ["aw"]],
  ["*w", ["w", "ww", "aw"], ["wa"]],
  ["a*b*c", ["abc", "aXbYc", "abbcc"], ["ab", "acb", "abcd"]],
  ["***", ["", "x"], []],
  ["a?c", ["abc", "a😀c"], ["ac", "abbc"]],
  ["[a-c]x", ["ax", "cx"], ["dx", "x"]],
  ["[!a-c]x", ["dx"], ["ax", "x"]],
  ["[]a]", ["]", "a"], ["b"]],
  ["[!]a]", ["b"], ["]", "a"]],
  ["[a", ["[a"], ["a"]],
  ["[z-a]*", [], ["z", "a", ""]],
  ["[!z-a]", ["q"], [""]],
  ["[\\]", ["\\"], ["]"]],
  ["[[^]", ["[", "^"], ["a"]],
  ["a.b(c)|{d}$", ["a.b(c)|{d}$"], ["aXb(c)|{d}$"]],
  ["😀*[😀-😂]", ["😀😁", "😀a😂"], ["😀", "😀a"]],
])("the pattern %j fits %j and not %j", (pattern, fits, not) => {
  const expression = nameExpression(pattern);
  expect(fits.filter((name) => !expression.test(name))).toEqual([]);
  expect(not.filter((name) => expression.test(name))).toEqual([]);
});

test.each([
  ["stars between letters", `${"*a".repeat(200)}b`, "a".repeat(250)],
  ["stars between anything", `${"*?".repeat(120)}b`, "a".repeat(250)],
  ["brackets without end", "[".repeat(16_000), "a"],
  ["a long name", `${"*a".repeat(1000)}b`, "a".repeat(4000)],
])("a pattern with %s takes no time", (_, pattern, name) => {
  const began = performance.now();
  expect(nameExpression(pattern).test(name)).toBe(false);
  expect(performance.now() - began).toBeLessThan(100);
});
