import { describe, expect, test } from "vitest";
import { LineSplitter, longestLineBytes } from "../../src/core/log-line.ts";

function lines(...pieces: (string | Buffer)[]): string[] {
  const splitter = new LineSplitter();
  const out: string[] = [];
  const emit = (line: Uint8Array) => out.push(Buffer.from(line).toString());
  for (const piece of pieces) splitter.push(Buffer.from(piece as string), emit);
  splitter.end(emit);
  return out;
}

describe("LineSplitter", () => {
  test("hands out complete lines, empty ones too, and the unfinished one at the end", () => {
    expect(lines("a\n\nb", "c\nd")).toEqual(["a", "", "bc", "d"]);
    expect(lines("a\n")).toEqual(["a"]);
    expect(lines()).toEqual([]);
  });

  test("does not matter where reads cut the stream", () => {
    const text = "one\ntwo\n\nthrée\nfour";
    for (let cut = 0; cut <= text.length; cut++)
      expect(lines(text.slice(0, cut), text.slice(cut))).toEqual(text.split("\n"));
  });

  test("cuts a line of more than 16 KiB into pieces that lose nothing", () => {
    const long = "x".repeat(longestLineBytes * 2 + 5);
    expect(lines(`${long}\nnext\n`).map((line) => line.length)).toEqual([longestLineBytes, longestLineBytes, 5, 4]);
    expect(lines("y".repeat(longestLineBytes), "\nz\n").map((line) => line.length)).toEqual([longestLineBytes, 1]);
  });

  test("does not tear a character when it cuts", () => {
    for (const lead of ["", "a", "ab", "abc"]) {
      const long = lead + "😀".repeat(longestLineBytes / 2);
      const pieces = lines(Buffer.from(long).subarray(0, 20_001), Buffer.from(long).subarray(20_001));
      expect(pieces.join("")).toBe(long);
    }
  });

  test("cuts bytes that are no text at the limit", () => {
    const splitter = new LineSplitter();
    const lengths: number[] = [];
    splitter.push(Buffer.alloc(longestLineBytes + 10, 0x80), (line) => lengths.push(line.length));
    splitter.end((line) => lengths.push(line.length));
    expect(lengths).toEqual([longestLineBytes, 10]);
  });

  test("hands out the same lines when they come together, however the stream is cut", () => {
    const long = "x".repeat(longestLineBytes + 7);
    const text = Buffer.from(`one\n\ntwo\n${long}\n${"short\n".repeat(4000)}é${"y".repeat(longestLineBytes)}\nlast`);
    for (const size of [1, 5, 1000, 8191, 65_536, text.length]) {
      const splitter = new LineSplitter();
      const seen: [string, boolean][] = [];
      const take = (bytes: Uint8Array, count: number, partial: boolean) => {
        const found = Buffer.from(bytes).toString().split("\n");
        expect(found.length).toBe(count);
        expect(bytes.length).toBeLessThanOrEqual(longestLineBytes + 8192 + 1);
        seen.push(...found.map((line): [string, boolean] => [line, partial]));
      };
      for (let at = 0; at < text.length; at += size) splitter.pushRuns(text.subarray(at, at + size), take);
      splitter.end((line, partial) => take(line, 1, partial));
      expect(seen.filter(([, partial]) => partial).length).toBe(2);
      expect(seen.map(([line, partial]) => (partial ? line : `${line}\n`)).join("")).toBe(`${text}\n`);
    }
  });
});
