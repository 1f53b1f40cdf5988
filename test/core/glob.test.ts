import { expect, test } from "vitest";
import { nameExpression, pathMatcher } from "../../src/core/glob.ts";
import { randomNumbers } from "../helpers/random.ts";

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
  expect(performance.now() - began).toBeLessThan(2000); // every way would take for ever
});

test.each<[pattern: string, fits: string[], not: string[]]>([
  ["src", ["src", "src/a", "src/a/b"], ["a/src", "srcs"]],
  ["src/*.ts", ["src/a.ts", "src/a.ts/b"], ["src", "src/a", "src/a/b.ts"]],
  ["**/cache", ["cache", "a/cache", "a/b/cache/c"], ["a", "a/caches"]],
  ["a/**/b", ["a/b", "a/x/b", "a/x/y/b/c"], ["a", "b", "a/x", "x/a/b"]],
  ["a/**", ["a/b", "a/b/c"], ["a", "b"]],
  ["./a//b/", ["a/b"], ["a"]],
  ["**", ["a", "a/b"], [""]],
  ["", [], ["a"]],
])("the pattern of paths %j fits %j and not %j", (pattern, fits, not) => {
  const matches = pathMatcher(pattern);
  const parts = (path: string) => path.split("/").filter((part) => part !== "");
  expect(fits.filter((path) => !matches(parts(path)))).toEqual([]);
  expect(not.filter((path) => matches(parts(path)))).toEqual([]);
});

/** The rule as one would say it: `**` is any number of folders, and at the end at least one name. */
function fitsPlainly(pattern: readonly string[], path: readonly string[]): boolean {
  const [first, ...rest] = pattern;
  if (first === undefined) return true;
  if (first === "**")
    return rest.length === 0 ? path.length > 0 : path.some((_, skipped) => fitsPlainly(rest, path.slice(skipped)));
  const [name, ...below] = path;
  return name !== undefined && nameExpression(first).test(name) && fitsPlainly(rest, below);
}

test("short patterns of paths fit what they fit when every way is tried", () => {
  const random = randomNumbers(7);
  const some = (words: readonly string[], most: number) =>
    Array.from({ length: 1 + random(most) }, () => words[random(words.length)] as string);
  const seen = { fits: 0, not: 0 };
  for (let round = 0; round < 20_000; round++) {
    const pattern = some(["**", "**", "a", "b", "?", "*b"], 6);
    const path = some(["a", "b", "ab"], 7);
    const expected = fitsPlainly(pattern, path);
    seen[expected ? "fits" : "not"]++;
    if (pathMatcher(pattern.join("/"))(path) !== expected) expect([pattern.join("/"), path.join("/")]).toBe(expected);
  }
  expect(Math.min(seen.fits, seen.not)).toBeGreaterThan(2000);
});

test("a pattern of paths with many ** takes no time", () => {
  const began = performance.now();
  expect(pathMatcher(`${"**/a/".repeat(40)}b`)(Array.from({ length: 400 }, () => "a"))).toBe(false);
  expect(performance.now() - began).toBeLessThan(2000); // every way would take for ever
});
