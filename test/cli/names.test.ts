import { describe, expect, test } from "vitest";
import { displayName, isGlob, matching, pad, parseName, words } from "../../src/cli/names.ts";

const members = ["cat", "worker-1", "worker-2", "web:web_00", "web:web_01", "web:web_10", "job:w+1", "job:[x]"].map(
  (text) => {
    const { group, name } = parseName(text);
    return { group, name: name ?? "" };
  },
);

describe("a name", () => {
  test.each([
    ["cat", "cat", "cat"],
    ["g:p", "g", "p"],
    ["g:*", "g", null],
    ["g:", "g", null],
    ["g:p:q", "g", "p:q"],
    [":p", "", "p"],
  ])("%s is group %j, process %j", (text, group, name) => {
    expect(parseName(text)).toEqual({ group, name });
  });

  test("is shown short when group and process are called alike", () => {
    expect(displayName({ group: "a", name: "a" })).toBe("a");
    expect(displayName({ group: "a", name: "b" })).toBe("a:b");
  });

  test("is padded by characters", () => {
    expect(pad("é🎉", 4)).toBe("é🎉  ");
    expect(pad("longer", 3)).toBe("longer");
  });
});

test("words are what blanks separate", () => {
  expect(words("  a\tb  c ")).toEqual(["a", "b", "c"]);
  expect(words("")).toEqual([]);
});

test("a process that is called as a glob is written is what that means, and no other", () => {
  const odd = ["a[1]", "a1", "b*", "b?", "bc", "g:x*", "g:xy"].map((text) => {
    const { group, name } = parseName(text);
    return { group, name: name ?? "" };
  });
  const meant = (glob: string) => matching(glob, odd).map(displayName);
  expect(["a[1]", "b*", "b?", "b*:b*", "b*:*", "g:x*"].map(meant)).toEqual([
    ["a[1]"],
    ["b*"],
    ["b?"],
    ["b*"],
    ["b*"],
    ["g:x*"],
  ]);
  expect(meant("a[1]*")).toEqual(["a1"]);
});

describe("a glob", () => {
  test.each(["*", "a*", "a?", "[ab]", "*:*", "g*:*", "g*:", "g:w*", "g:?"])("is %s", (text) => {
    expect(isGlob(text)).toBe(true);
  });

  test.each(["a", "g:a", "g:*", "g:", "all", "a-b_c.d"])("is not %s", (text) => {
    expect(isGlob(text)).toBe(false);
  });

  test.each([
    ["worker-*", ["worker-1", "worker-2"]],
    ["*_0?", ["web:web_00", "web:web_01"]],
    ["web:*_?0", ["web:web_00", "web:web_10"]],
    ["web:*", ["web:web_00", "web:web_01", "web:web_10"]],
    ["w*:*1", ["worker-1", "web:web_01"]],
    ["web_[01]1", ["web:web_01"]],
    ["web_[!0]?", ["web:web_10"]],
    ["worker-[0-1]", ["worker-1"]],
    ["w+*", ["job:w+1"]],
    ["[[]x]", ["job:[x]"]],
    ["[x*", ["job:[x]"]],
    ["[z-a]*", []],
    ["CAT*", []],
    ["*", members.map(displayName)],
    ["*:*", members.map(displayName)],
    ["**a**", ["cat"]],
    ["nosuch*", []],
  ])("%s means %j", (glob, names) => {
    expect(matching(glob, members).map(displayName)).toEqual(names);
  });
});
