import { afterEach, expect, test } from "vitest";
import { type Input, InputReader } from "../../src/tui/terminal/input.ts";
import { until } from "../helpers/until.ts";

let reader: InputReader;
afterEach(() => reader.end());

function read(...portions: string[]): Input[] {
  const seen: Input[] = [];
  reader = new InputReader((input) => seen.push(input));
  for (const portion of portions) reader.push(portion);
  return seen;
}
const keys = (...portions: string[]) =>
  read(...portions).map((input) => (input.type === "key" ? input.key : input.type));

test.each([
  ["a", "a"],
  ["A", "A"],
  [" ", "space"],
  ["\r", "enter"],
  ["\t", "tab"],
  ["\x1b[Z", "shift-tab"],
  ["\x7f", "backspace"],
  ["\x1b[A", "up"],
  ["\x1bOB", "down"],
  ["\x1b[5~", "pageup"],
  ["\x1b[H", "home"],
  ["\x1b[3~", "delete"],
  ["\x1bOP", "f1"],
  ["\x1b[15~", "f5"],
  ["\x03", "ctrl-c"],
  ["\x0c", "ctrl-l"],
  ["\x1a", "ctrl-z"],
  ["\x1bx", "alt-x"],
  ["\x1b[1;5A", "ctrl-up"],
  ["é", "é"],
  ["日", "日"],
  ["🎉", "🎉"],
  ["?", "?"],
])("%j is %s", (bytes, key) => expect(keys(bytes)).toEqual([key]));

test("a lone Escape is a key after a moment, and not the beginning of the next one", async () => {
  const seen: Input[] = [];
  reader = new InputReader((input) => seen.push(input));
  reader.push("\x1b");
  await until("it is seen", () => seen.length > 0, 1000, 5);
  reader.push("j");
  expect(seen.map((input) => (input.type === "key" ? input.key : ""))).toEqual(["esc", "j"]);
});

test.each([
  ["\x1b\x1b[H", ["esc", "home"]],
  ["\x1b\x1b[1~i", ["esc", "home", "i"]],
  ["\x1b\x1bOP", ["esc", "f1"]],
  ["\x1b\x1bz", ["esc", "alt-z"]],
  ["\x1b:", ["alt-:"]],
  ["\x1b\x03", ["ctrl-alt-c"]],
])("an Escape that comes together with a key is not lost: %j", (bytes, expected) => {
  expect(keys(bytes)).toEqual(expected);
});

test("Escapes that come together are as many", async () => {
  const seen: Input[] = [];
  reader = new InputReader((input) => seen.push(input));
  reader.push("\x1b\x1b\x1b");
  await until("they are seen", () => seen.length > 0, 1000, 5);
  expect(seen.map((input) => (input.type === "key" ? input.key : ""))).toEqual(["esc", "esc", "esc"]);
});

test("the mouse is told from keys, also in one portion with them and cut in two", () => {
  expect(read("\x1b[<64;1;1Mj\x1b[<0;10;5M", "\x1b[<0;10", ";7M\x1b[<0;10;7m\x1b[<2;1;1M\x1b[<65;300;100M")).toEqual([
    { type: "mouse", what: "wheel-up", x: 0, y: 0 },
    { type: "key", key: "j" },
    { type: "mouse", what: "click", x: 9, y: 4 },
    { type: "mouse", what: "click", x: 9, y: 6 },
    { type: "mouse", what: "wheel-down", x: 299, y: 99 },
  ]);
});

test("pasted text is one thing, whatever is in it and however it comes", () => {
  const paste = { type: "paste", text: "q\nstop all\x1b[A" };
  expect(read("\x1b[200~q\nstop all\x1b[A\x1b[201~x")).toEqual([paste, { type: "key", key: "x" }]);
  expect(read("\x1b[20", "0~q\nst", "op all\x1b[A\x1b[20", "1~")).toEqual([paste]);
});

test("keys that come together stay in order", () =>
  expect(keys("jjk\x1b[A\r")).toEqual(["j", "j", "k", "up", "enter"]));
