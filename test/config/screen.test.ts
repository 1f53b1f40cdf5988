import { homedir } from "node:os";
import { expect, test } from "vitest";
import { readScreen, screenFile, usualScreen } from "../../src/config/screen.ts";

test("the file is where XDG says", () => {
  expect(screenFile({ XDG_CONFIG_HOME: "/etc/xdg" })).toBe("/etc/xdg/spacectl/top.yaml");
  for (const base of ["", "relative", undefined])
    expect(screenFile({ XDG_CONFIG_HOME: base })).toBe(`${homedir()}/.config/spacectl/top.yaml`);
});

test("what it does not say is as usual, and a key may be a word or a list", async () => {
  expect(await readScreen("")).toEqual(usualScreen);
  expect(await readScreen("# nothing\n")).toEqual(usualScreen);
  expect(
    await readScreen(
      "theme: contrast\nmouse: false\nascii: true\nkeys:\n  restart: [ctrl-r, r]\n  quit: f10\n  first: 0\n",
    ),
  ).toEqual({
    theme: "contrast",
    mouse: false,
    ascii: true,
    keys: { restart: ["ctrl-r", "r"], quit: ["f10"], first: ["0"] },
  });
});

test.each([
  ["them: dark", "them is not known; known are theme, mouse, ascii and keys"],
  ["- theme", "the file has to be a map"],
  ["mouse: perhaps", "mouse has to be true or false"],
  ["keys: [r]", "keys has to be a map"],
  ["keys: { quit: { a: b } }", "keys.quit has to be a word"],
  ["theme: [dark]", "theme has to be a word"],
])("%s is refused", async (text, message) => {
  await expect(readScreen(text)).rejects.toThrow(message);
});

test("what is no YAML is refused with the place", async () => {
  await expect(readScreen("keys: {")).rejects.toThrow(/line 1/);
});
