import { expect, test } from "vitest";
import { LineCutter, longestLine } from "../../src/core/line-cutter.ts";

const text = new TextDecoder();
const bytes = (written: string) => new TextEncoder().encode(written);

function cut(portions: readonly string[]): { lines: [string, number][]; rest: [string, number][] } {
  const cutter = new LineCutter();
  const lines: [string, number][] = [];
  const rest: [string, number][] = [];
  let offset = 0;
  for (const portion of portions) {
    const piece = bytes(portion);
    cutter.push(piece, offset, (line, end) => lines.push([text.decode(line), end]));
    // What a reader does with its buffer afterwards is its own affair.
    piece.fill(0x3f);
    offset += piece.length;
  }
  cutter.end((line, end) => rest.push([text.decode(line), end]));
  return { lines: lines.map(([line, end]) => [line, end]), rest };
}

test("lines come with the place of their end, whatever the portions they are read in", () => {
  const whole = "one\n\nzwölf\nthe end";
  for (let size = 1; size <= whole.length; size++) {
    const portions = Array.from({ length: Math.ceil(whole.length / size) }, (_, n) =>
      whole.slice(n * size, (n + 1) * size),
    );
    const { lines, rest } = cut(portions);
    expect(lines).toEqual([
      ["one", 3],
      ["", 4],
      ["zwölf", 11],
    ]);
    expect(rest).toEqual([["the end", 18]]);
  }
});

test("a line that never ends is given out in pieces", () => {
  const { lines, rest } = cut(["x".repeat(longestLine - 1), "yz", "\n"]);
  expect(lines.map(([line]) => line.length)).toEqual([longestLine + 1, 0]);
  expect(rest).toEqual([]);
});
