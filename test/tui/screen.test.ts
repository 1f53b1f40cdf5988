import { beforeEach, expect, test } from "vitest";
import { inAscii, knowsOnlyAscii } from "../../src/tui/terminal/ascii.ts";
import { Screen } from "../../src/tui/terminal/screen.ts";

let written: string[];
let screen: Screen;
beforeEach(() => {
  written = [];
  screen = new Screen((text) => written.push(text));
});

/** The rows that a portion writes to, 1-based. */
const rowsIn = (text = "") => [...text.matchAll(/\[(\d+);1H/g)].map(([, row]) => Number(row));

test("the first frame clears the screen, later ones write only what has changed", () => {
  screen.show("one\ntwo\nthree", 3);
  screen.show("one\n2\nthree", 3);
  screen.show("one\n2\nthree", 3);
  expect(written).toHaveLength(2);
  expect(written[0]).toContain("\x1b[2J");
  expect(rowsIn(written[1])).toEqual([2]);
  expect(written[1]).not.toContain("\x1b[2J");
});

test("a frame is shown at once, and leaves no colour open", () => {
  screen.show("\x1b[31mred", 1);
  expect(written[0]?.startsWith("\x1b[?2026h")).toBe(true);
  expect(written[0]?.endsWith("\x1b[0m\x1b[?2026l")).toBe(true);
});

test("lines that are no more are erased, and what does not fit is not written", () => {
  screen.show("one\ntwo\nthree", 3);
  screen.show("one", 3);
  expect(rowsIn(written[1])).toEqual([2, 3]);
  screen.show("1\n2\n3\n4", 2);
  expect(written[2]).not.toContain("4");
});

test("after somebody else has written, everything is written again", () => {
  screen.show("one\ntwo", 2);
  screen.forget();
  screen.show("one\ntwo", 2);
  expect(written[1]).toBe(written[0]);
});

test("in ASCII every sign is as wide as it was", () => {
  expect(inAscii("● worker ▁▅█ 日本 ─ \x1b[1mé")).toBe("* worker _=# ???? - \x1b[1m?");
  expect(knowsOnlyAscii({})).toBe(false);
  expect(knowsOnlyAscii({ LANG: "C.UTF-8" })).toBe(false);
  expect(knowsOnlyAscii({ LANG: "de_DE.UTF-8", LC_ALL: "de_DE.ISO-8859-1" })).toBe(true);
});
