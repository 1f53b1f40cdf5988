import { describe, expect, test } from "vitest";
import { type Draft, draftOf, edits, emptyDraft, inColumns, inserted, redrawn } from "../../src/cli/draft.ts";

const at = (text: string): Draft => {
  const [before = "", after = ""] = text.split("|");
  return { typed: [...before, ...after], at: [...before].length };
};
const shown = ({ typed, at }: Draft) => `${typed.slice(0, at).join("")}|${typed.slice(at).join("")}`;

/** What a terminal shows that can print and step back: its line and where the cursor is. */
function terminal(draft: Draft, text: string): string {
  const line = [...draft.typed];
  let { at } = draft;
  for (const char of text) {
    if (char === "\b") at--;
    else line[at++] = char;
  }
  return `${line.slice(0, at).join("")}|${line.slice(at).join("").trimEnd()}`;
}

describe("a key", () => {
  test.each([
    ["home", "\x01", "ab|c", "|abc"],
    ["home, as the terminal names it", "\x1b[H", "ab|c", "|abc"],
    ["end", "\x1b[4~", "a|bc", "abc|"],
    ["left", "\x1b[D", "ab|c", "a|bc"],
    ["left of nothing", "\x02", "|ab", "|ab"],
    ["right", "\x1bOC", "a|bc", "ab|c"],
    ["right of everything", "\x06", "ab|", "ab|"],
    ["backspace", "\x7f", "aé|c", "a|c"],
    ["backspace at the beginning", "\b", "|ab", "|ab"],
    ["delete", "\x1b[3~", "a|bc", "a|c"],
    ["Ctrl-K", "\x0b", "a|bc", "a|"],
    ["Ctrl-U", "\x15", "ab|c", "|c"],
    ["Ctrl-W", "\x17", "start a  |b", "start |b"],
  ])("%s", (_name, key, before, after) => {
    expect(shown(edits.get(key)?.(at(before)) ?? emptyDraft)).toBe(after);
  });

  test("that is text goes in where the cursor is, up to a megabyte", () => {
    expect(shown(inserted(at("a|d"), "bc"))).toBe("abc|d");
    expect(inserted(draftOf("x".repeat(2 ** 20)), "y").typed).toHaveLength(2 ** 20);
  });
});

test("whatever a line becomes, the terminal shows it and where its cursor is", () => {
  const texts = ["|", "a|", "|a", "abc|", "a|bc", "|abc", "abd|", "ab|d", "start cat |", "sta|rt cat", "ü🎉|x"];
  for (const before of texts)
    for (const after of texts) expect(terminal(at(before), redrawn(at(before), at(after)))).toBe(after);
});

test("what is written at the end costs what it is long", () => {
  expect(redrawn(at("stat|"), at("status|"))).toBe("us");
  expect(redrawn(at("status|"), at("statu|"))).toBe("\b \b");
});

describe("words in columns", () => {
  const words = ["add ", "avail ", "clear ", "exit ", "fg "];
  test.each([
    [41, "add     avail   clear   exit    fg"],
    [40, "add     clear   fg\navail   exit"],
    [30, "add     clear   fg\navail   exit"],
    [24, "add     exit\navail   fg\nclear"],
    [9, "add\navail\nclear\nexit\nfg"],
    [1, "add\navail\nclear\nexit\nfg"],
  ])("fill %i downwards", (width, listing) => {
    expect(inColumns(words, width)).toBe(listing);
  });
});
