import { describe, expect, test } from "vitest";
import { AnsiStripper } from "../../src/core/ansi.ts";

/** What is left when the text arrives in these pieces. */
function strip(...pieces: string[]): string {
  const stripper = new AnsiStripper();
  const parts = pieces.map((piece) => Buffer.from(stripper.strip(Buffer.from(piece, "latin1"))));
  return Buffer.concat([...parts, stripper.end()]).toString("latin1");
}

describe("strip_ansi", () => {
  test("removes colours, cursor movements and erasures, and keeps the text between them", () => {
    expect(strip("\x1b[31mred\x1b[0m and \x1b[1;42mgreen\x1b[m.\n\x1b[2J\x1b[10;20Hmoved\x1b[K\n")).toBe(
      "red and green.\nmoved\n",
    );
  });

  test("ends a sequence at each of the letters that the reference knows, and at no other", () => {
    for (const letter of "HfABCDRsuJKhlpm") expect(strip(`a\x1b[1${letter}b`)).toBe("ab");
    expect(strip("a\x1b[5nbcAd")).toBe("ad");
  });

  test("leaves window titles and other escapes alone", () => {
    expect(strip("\x1b]0;title\x07x\x1bMy\x1b")).toBe("\x1b]0;title\x07x\x1bMy\x1b");
  });

  test("does not matter where reads cut the stream", () => {
    const text = "a\x1b[31mred\x1b[0m\x1b\x1b[1mb\x1b]0;t\x07\x1b[10;20Hc\x1b";
    const whole = strip(text);
    for (let cut = 0; cut <= text.length; cut++) expect(strip(text.slice(0, cut), text.slice(cut))).toBe(whole);
    expect(strip(...text)).toBe(whole);
    expect(whole).toBe("ared\x1bb\x1b]0;t\x07c\x1b");
  });

  test("takes a sequence without an end for text after 256 bytes", () => {
    const rest = strip(`\x1b[${"1".repeat(10_000)}`);
    expect(rest).toBe("1".repeat(10_000 - 254));
  });

  test("hands text without escapes through without copying it", () => {
    const bytes = Buffer.from([0xff, 0xfe, 0x00, 0x41]);
    expect(new AnsiStripper().strip(bytes)).toBe(bytes);
  });
});
