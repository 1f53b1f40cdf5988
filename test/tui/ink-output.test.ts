/** Our last step of Ink does what Ink's own does, for all that our views may draw. */
import { expect, test } from "vitest";
import InkOutput from "../../node_modules/ink/build/output.js";
import { Output, widestLine } from "../../src/tui/terminal/ink-output.ts";
import { width } from "../../src/tui/text/cells.ts";
import { paint } from "../../src/tui/text/paint.ts";
import { themes } from "../../src/tui/text/theme.ts";

interface Sheet {
  write(x: number, y: number, text: string, options: { transformers: [] }): void;
  get(): { output: string; height: number };
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
const tokens = /\x1b\[[\d;]*m|[^\x1b]+/g;

/** What is to be seen of a frame: each character with the codes that are open there. */
function cells(frame: string): string[][] {
  return frame.split("\n").map((line) => {
    const seen: string[] = [];
    let open = new Set<string>();
    for (const [part = ""] of line.matchAll(tokens)) {
      if (!part.startsWith("\u001b")) {
        for (const character of part) seen.push(`${[...open].sort().join()} ${character}`);
        continue;
      }
      for (const code of codesIn(part)) open = changed(open, code);
    }
    // Blanks at the end are the same as none, with a ground or without.
    while (/^\S* ?$/.test(seen.at(-1) ?? "x") && seen.at(-1)?.endsWith(" ")) seen.pop();
    return seen;
  });
}

const codesIn = (part: string): string[] => (part.slice(2, -1) || "0").match(/[34]8;5;\d+|\d+/g) ?? [];

function changed(open: Set<string>, code: string): Set<string> {
  const kind = (each: string) =>
    /^(38;5;|3\d$|9\d$)/.test(each) ? "fg" : /^(48;5;|4\d$|10\d$)/.test(each) ? "bg" : each;
  if (code === "0") return new Set();
  const ends: Record<string, string> = { 39: "fg", 49: "bg", 22: "1", 24: "4", 27: "7" };
  const rest = new Set(
    [...open].filter((each) => kind(each) !== (ends[code] ?? kind(code)) && !(code === "22" && each === "2")),
  );
  return ends[code] === undefined ? rest.add(code) : rest;
}

const pieces = ["plain", "日本語", "█▁▂", "🎉", " ", "x", "a longer text"];
const looks = ["plain", "good", "bad", "selected", "match", "title"] as const;

test("random texts, one above the other, look the same", () => {
  let random = 11;
  const next = (below: number): number => {
    random = (random * 48_271) % 2_147_483_647;
    return random % below;
  };
  const pick = <T>(all: readonly T[]): T => all[next(all.length)] as T;
  for (let round = 0; round < 300; round++) {
    const size = { width: 60, height: 8 };
    const [theirs, ours]: [Sheet, Sheet] = [new InkOutput(size), new Output(size)];
    for (let write = 1 + next(4); write > 0; write--) {
      const lines = Array.from({ length: 1 + next(4) }, () =>
        paint(
          Array.from({ length: 1 + next(3) }, () => ({ text: pick(pieces), look: pick(looks) })),
          themes.dark,
        ),
      );
      // Half a wide character is a matter of taste, so texts begin where a blank one would.
      const [x, y] = [10 * next(4), next(6)];
      const text = lines.map((line) => line + " ".repeat(Math.max(0, 50 - widestLine(line)))).join("\n");
      for (const sheet of [theirs, ours]) sheet.write(x, y, text, { transformers: [] });
    }
    const [expected, got] = [theirs.get(), ours.get()];
    expect(got.height).toBe(expected.height);
    for (const [row, line] of cells(expected.output).entries())
      if (!hasCutCharacter(expected.output, row)) expect(cells(got.output)[row]).toEqual(line);
  }
});

/** Ink leaves the other half of a wide character out, and the line gets shorter; ours puts a blank there. */
const hasCutCharacter = (frame: string, row: number): boolean => {
  const line = frame.split("\n")[row]?.replace(tokens, (part) => (part.startsWith("\u001b") ? "" : part)) ?? "";
  return /[日本語🎉]/u.test(line) && width(line) > 0;
};

test("what is put above a wide character leaves a blank of its other half", () => {
  const sheet = new Output({ width: 20, height: 1 });
  sheet.write(0, 0, "日本語", { transformers: [] });
  sheet.write(3, 0, "x", { transformers: [] });
  expect(sheet.get().output).toBe("日 x語");
});
