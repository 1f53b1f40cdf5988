import { describe, expect, test } from "vitest";
import { clip, drop, left, right, take, width } from "../../src/tui/text/cells.ts";
import { bar, sparkline } from "../../src/tui/text/charts.ts";
import { clean, cleanText } from "../../src/tui/text/clean.ts";
import { bytes, span as lasting, percent, restartsTold } from "../../src/tui/text/figures.ts";
import { prettyJson } from "../../src/tui/text/json.ts";
import {
  clipLine,
  dropLine,
  fillLine,
  highlight,
  lineText,
  lineWidth,
  rule,
  spread,
  takeLine,
  wrapLine,
} from "../../src/tui/text/line.ts";
import { type Line, span } from "../../src/tui/text/look.ts";
import { paint } from "../../src/tui/text/paint.ts";
import { themeFor, themes } from "../../src/tui/text/theme.ts";

describe("columns", () => {
  test.each([
    ["plain", 5],
    ["日本語", 6],
    ["é", 1],
    ["e\u0301", 1],
    ["🎉", 2],
    ["👩‍👩‍👧", 2],
    ["🇩🇪", 2],
    ["●◐▲✗─█▁", 7],
  ])("%s takes %i", (text, columns) => expect(width(text)).toBe(columns));

  test("what a user sees as one character is never cut in two", () => {
    expect(take("a日b", 2)).toBe("a");
    expect(take("a日b", 3)).toBe("a日");
    expect(drop("a日b", 2)).toBe(" b");
    expect(take("👩‍👩‍👧x", 1)).toBe("");
    expect(take("👩‍👩‍👧x", 2)).toBe("👩‍👩‍👧");
  });

  test("what is too long ends in an ellipsis, what is too short is filled", () => {
    expect(clip("worker_01", 6)).toBe("worke…");
    expect(clip("日本語", 4)).toBe("日…");
    expect([left("ab", 4), right("ab", 4), left("日本", 3)]).toEqual(["ab  ", "  ab", "日…"]);
    expect(clip("abc", 0)).toBe("");
  });
});

describe("lines", () => {
  const line: Line = [span("日本", "good"), span("語 text", "bad")];

  test("are cut, filled and wrapped by columns, with their looks", () => {
    expect(takeLine(line, 5).map(({ text, look }) => [text, look])).toEqual([["日本", "good"]]);
    expect(lineText(dropLine(line, 4))).toBe("語 text");
    expect(lineText(dropLine(line, 1))).toBe(" 本語 text");
    expect(lineText(clipLine(line, 7))).toBe("日本語…");
    for (const columns of [1, 4, 5, 9, 20]) expect(lineWidth(fillLine(line, columns))).toBe(columns);
    expect(wrapLine(line, 5).map(lineText)).toEqual(["日本", "語 te", "xt"]);
    expect(wrapLine(line, 1).map(lineText).join("")).toBe("日本語 text");
    expect(wrapLine([], 5)).toEqual([[]]);
    expect(take("ae\u0301x", 2)).toBe("ae\u0301");
  });

  test("stand at both sides when there is room", () => {
    expect(lineText(spread([span("left")], [span("right")], 12))).toBe("left   right");
    expect(lineText(spread([span("left")], [span("right")], 8))).toBe("l… right");
    expect(lineText(rule([span("log")], [span("end")], 20, "dim"))).toBe("─ log ──────── end ─");
    expect(lineText(rule([span("log")], [span("a long note")], 12, "dim"))).toBe("─ log ──────");
  });

  test("show what is looked for, across pieces and in any case", () => {
    const found = highlight([span("an Er"), span("ror")], "error", "match");
    expect(found.map(({ text, look }) => [text, look])).toEqual([
      ["an ", "plain"],
      ["Er", "match"],
      ["ror", "match"],
    ]);
    expect(highlight(line, "nothing", "match")).toBe(line);
  });
});

// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
const paintedText = /^(\x1b\[[\d;]+m)?(1;3m)?text(\x1b\[0m)?$/;

describe("what programs write", () => {
  test.each([
    ["moves the cursor", "a\x1b[2Jb\x1b[10;10Hc\x1b[Ad", "abcd"],
    ["sets a title", "a\x1b]0;owned\x07b\x1b]8;;http://x\x1b\\link", "ablink"],
    ["sends what nobody has ended", "a\x1b]0;owned", "a"],
    ["asks the terminal", "a\x1b[6nb\x1bcc\x1bP+q\x1b\\d", "abcd"],
    ["uses the one-byte forms", "a\x9b2Jb\x9d0;t\x9cc", "abc"],
    ["rings", "a\x07b\x00c", "a\ufffdb\ufffdc"],
    ["turns the direction", "a\u202eb\u2066c", "a\ufffdb\ufffdc"],
    ["overwrites itself", "10%\r50%\r90%\r", "90%"],
    ["ends in CR LF", "line\r", "line"],
    ["has half a character", "a\ud800b", "a\ufffdb"],
    ["has a lone Escape", "a\x1b", "a"],
    ["has several lines", "a\nb", "a b"],
  ])("%s: nothing of it reaches the terminal", (_what, text, shown) => {
    expect(cleanText(text)).toBe(shown);
    expect(paint(clean(text), themes.mono)).not.toMatch(/\p{Cc}/u);
  });

  test("keeps its colours, and tabs where they belong", () => {
    const line = clean("\x1b[1;31mred\x1b[0m\t\x1b[38;5;200mx\x1b[38;2;255;0;0my\x1b[39;22mz");
    expect(line).toEqual([
      { text: "red", look: { bold: true, fg: 1 } },
      { text: "     ", look: {} },
      { text: "x", look: { fg: 200 } },
      { text: "y", look: { fg: 196 } },
      { text: "z", look: {} },
    ]);
  });

  test("cannot ask for more than it may: wild parameters are colours or nothing", () => {
    for (const codes of ["38", "38;5", "38;2;1", "38;5;99999", "999;;;", "48;2;-1;3"])
      expect(paint(clean(`\x1b[${codes}mtext`), themes.dark)).toMatch(paintedText);
  });

  test("is laid out when it is JSON, and left alone when it only looks like it", () => {
    expect(prettyJson('12:00 {"a":{"b":[1,"x"]}}')?.map(lineText)).toEqual([
      "12:00 {",
      '  "a": {',
      '    "b": [',
      "      1,",
      '      "x"',
      "    ]",
      "  }",
      "}",
    ]);
    for (const text of ["{not json}", "plain", '["a"] {"b":1}', "{", '"{}"']) expect(prettyJson(text)).toBe(null);
    const [, escaped] = prettyJson('{"t":"\\u001b[2J\\u202e"}') ?? [];
    expect(lineText(escaped ?? [])).not.toMatch(/\p{Cc}|\u202e/u);
  });
});

describe("painting", () => {
  test("leaves nothing open, and mono has no colours at all", () => {
    const line: Line = [span("bad", "bad"), span("x", { fg: 200, bg: 3, bold: true }), span("plain")];
    expect(paint(line, themes.dark)).toBe("\x1b[1;91mbad\x1b[0m\x1b[1;38;5;200;43mx\x1b[0mplain");
    expect(paint(line, themes.mono)).toBe("\x1b[1mbad\x1b[0m\x1b[1mx\x1b[0mplain");
  });

  test("a ground lies under everything; a strong one takes the colours of what lies on it", () => {
    const line: Line = [span("a", "good"), span(" ")];
    expect(paint(line, themes.dark, "selected")).toBe("\x1b[1;92;48;5;238ma\x1b[0m\x1b[1;48;5;238m \x1b[0m");
    expect(paint(line, themes.mono, "selected")).toBe("\x1b[7ma\x1b[0m\x1b[7m \x1b[0m");
    expect(paint(line, themes.contrast, "selected")).toContain("1;30;107m");
  });

  test("the environment decides the theme, and the terminal how many colours there are", () => {
    const many = { TERM: "xterm-256color" };
    expect(themeFor(null, many).name).toBe("dark");
    expect(themeFor(null, { ...many, NO_COLOR: "1" }).name).toBe("mono");
    expect(themeFor(null, { ...many, NO_COLOR: "" }).name).toBe("dark");
    expect(themeFor(null, { ...many, COLORFGBG: "0;15" }).name).toBe("light");
    expect(themeFor("contrast", { ...many, NO_COLOR: "1" }).name).toBe("contrast");
    const few = paint([span("x", "dim"), span("y", { fg: 200 })], themeFor("dark", { TERM: "linux" }), "selected");
    expect(few).not.toMatch(/[34]8;5/);
  });
});

test("restarts are told with their reasons, and without the starts that have failed", () => {
  expect(restartsTold({ crash: 1, failed_start: 2, memory: 7, memory_hard: 0 })).toBe("1 crash, 7 memory");
  expect(restartsTold({})).toBe("");
});

test("figures take few columns", () => {
  expect(
    [0, 1024, 999 * 1024, 1000 * 1024, 1.44 * 2 ** 20, 9.97 * 2 ** 20, 312 * 2 ** 20, 23.4 * 2 ** 30].map(bytes),
  ).toEqual(["0K", "1K", "999K", "1.0M", "1.4M", "10M", "312M", "23G"]);
  expect([0, 0.04, 99.94, 99.96, 312.4].map(percent)).toEqual(["0.0", "0.0", "99.9", "100", "312"]);
  expect([0, 59_999, 60_000, 192_000, 7_500_000, 1_051_200_000, 12_960_000_000].map(lasting)).toEqual([
    "0s",
    "59s",
    "1m00s",
    "3m12s",
    "2h05m",
    "12d04h",
    "150d",
  ]);
});

test("charts stay within their columns, whatever the values", () => {
  expect(sparkline([0, 5, 10], 5, 0, 10)).toBe("  ▁▅█");
  expect(sparkline([3, 3], 2, 3, 3)).toBe("▁▁");
  expect(sparkline([], 3, 0, 1)).toBe("   ");
  for (const part of [-1, 0, 0.01, 0.5, 0.999, 1, 7, Number.NaN]) expect(lineWidth(bar(part, 10))).toBe(10);
});
