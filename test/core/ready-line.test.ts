import { expect, test } from "vitest";
import { ReadyLine } from "../../src/core/ready-line.ts";

const text = `starting\r\n\u001b[1;32mlistening\u001b[0m on é:80\n${"x".repeat(5000)}\nthe end\nunfinished`;
const lines = ["starting", "listening on é:80", "x".repeat(2048), "the end"];

test("lines are whole, without colours, and cut where they are too long", () => {
  expect(new ReadyLine().lines(Buffer.from(text))).toEqual(lines);
});

test("wherever reads cut the output, the lines are the same", () => {
  const bytes = Buffer.from(text);
  for (const size of [1, 2, 3, 7, 64]) {
    const reader = new ReadyLine();
    const found: string[] = [];
    for (let at = 0; at < bytes.length; at += size) found.push(...reader.lines(bytes.subarray(at, at + size)));
    expect(found).toEqual(lines);
  }
});

test("a line without an end takes no more memory than a long one", () => {
  const reader = new ReadyLine();
  let found = 0;
  for (let n = 0; n < 200; n++) found += reader.lines(Buffer.alloc(16 * 1024, "a")).length;
  // It is looked at in pieces, as if each were a line.
  expect(found).toBeGreaterThan(190);
});
