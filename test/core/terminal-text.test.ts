import { expect, test } from "vitest";
import { harmless } from "../../src/core/terminal-text.ts";

test.each([
  ["plain text, ünïcödé and 漢字", "plain text, ünïcödé and 漢字"],
  ["a\ttab", "a\ttab"],
  ["\x1b[31mred\x1b[0m", "\x1b[31mred\x1b[0m\x1b[0m"],
  ["\x1b[38;5;12;1mbold", "\x1b[38;5;12;1mbold\x1b[0m"],
  ["\x1b[2J\x1b[Hcleared", "cleared"],
  ["\x1b[?25lhidden cursor\x1b[?1049h", "hidden cursor"],
  ["\x1b]0;a title\x07text", "text"],
  ["\x1b]8;;http://x\x1b\\a link\x1b]8;;\x1b\\", "a link"],
  ["\x1bP+q544e\x1b\\answer\x1bc", "answer"],
  ["\x9b31mone byte\x9d0;title\x9c!", "\x1b[31mone byte!\x1b[0m"],
  ["\x1b[>4;2mkeys", "keys"],
  ["bell\x07 null\x00 rubout\x7f", "bell� null� rubout�"],
  ["right\u202eto left\u2066", "right�to left�"],
  ["\x1b]0;no end", ""],
  ["10%\r50%\r100%", "100%"],
  ["carriage return\r", "carriage return"],
])("%j is shown as %j", (written, shown) => {
  expect(harmless(written, true)).toBe(shown);
});

test("without colours nothing of them is left", () => {
  expect(harmless("\x1b[31mred\x1b[0m \x1b[1Gx", false)).toBe("red x");
});
