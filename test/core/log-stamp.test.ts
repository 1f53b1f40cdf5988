import { describe, expect, test } from "vitest";
import { longestLineBytes } from "../../src/core/log-line.ts";
import { LineStamper, visible } from "../../src/core/log-stamp.ts";

const origin = { program: "web", process: "web_00", stream: "stderr" } as const;
const stamp = "2026-01-02T12:00:00.007Z";

function stamped(format: "text" | "json", ...pieces: (string | Buffer)[]): string {
  const stamper = new LineStamper(format, origin);
  const lines = pieces.map((piece) => stamper.push(Buffer.from(piece as string), stamp).text());
  return [...lines, stamper.end(stamp).text()].join("");
}

const messages = (text: string) =>
  text
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line));

describe("a stamped line", () => {
  test("of text says when it came, from which process and stream", () => {
    expect(stamped("text", "one\ntw", "o\n\nlast")).toBe(
      ["one", "two", "", "last"].map((line) => `${stamp} web_00 stderr | ${line}\n`).join(""),
    );
  });

  test("of JSON says the program as well, and holds whatever the program wrote", () => {
    expect(messages(stamped("json", '"a"\t\\\u2028\n\x1b[1mb\n'))).toEqual([
      { time: stamp, program: "web", process: "web_00", stream: "stderr", message: '"a"\t\\\u2028' },
      { time: stamp, program: "web", process: "web_00", stream: "stderr", message: "\x1b[1mb" },
    ]);
  });

  test("has the time at which it was completed", () => {
    const stamper = new LineStamper("text", origin);
    expect(stamper.push(Buffer.from("begun "), stamp).empty).toBe(true);
    expect(stamper.push(Buffer.from("ended\n"), "2026-01-02T12:00:01.007Z").text()).toBe(
      "2026-01-02T12:00:01.007Z web_00 stderr | begun ended\n",
    );
  });

  test("can have its name shown in another way", () => {
    const stamper = new LineStamper("text", origin);
    expect(stamper.push(Buffer.from("x\n"), stamp).text("web_00  ")).toBe(`${stamp} web_00   stderr | x\n`);
  });

  test("goes without the carriage return of its end, and with any other", () => {
    expect(messages(stamped("json", "a\rb\r\n\r\n")).map(({ message }) => message)).toEqual(["a\rb", ""]);
  });

  test("of more than 16 KiB comes in pieces that are marked but for the last, and tear no character", () => {
    const long = `a${"é".repeat(longestLineBytes)}`;
    const pieces = messages(stamped("json", `${long}\nnext\n`));
    expect(pieces.map(({ partial }) => partial)).toEqual([true, true, undefined, undefined]);
    expect(
      pieces
        .slice(0, 3)
        .map(({ message }) => message)
        .join(""),
    ).toBe(long);
    const lines = stamped("text", `${"x".repeat(longestLineBytes + 1)}\n`).split("\n");
    expect(lines.map((line) => line.slice(-3))).toEqual(["xx…", "| x", ""]);
  });
});

describe("bytes that are no UTF-8", () => {
  test.each([
    ["plain é😀", "plain é😀"],
    ["\\xff\\xfe", Buffer.from([0xff, 0xfe])],
    ["a\\xc3(", Buffer.from([0x61, 0xc3, 0x28])],
    ["é\\xe2\\x82", Buffer.concat([Buffer.from("é"), Buffer.from([0xe2, 0x82])])],
    ["\\xc0\\x80 \\xed\\xa0\\x80 \\xf4\\x90\\x80\\x80", Buffer.from("c08020eda08020f4908080", "hex")],
    ["\ufeffmark\\x80", Buffer.from("efbbbf6d61726b80", "hex")],
  ])("are shown: %s", (expected, bytes) => {
    expect(visible(Buffer.from(bytes as string))).toBe(expected);
  });

  test("are told from text as the system's decoder does, whatever they are", () => {
    const decoder = new TextDecoder("utf-8", { ignoreBOM: true });
    const alphabet = [0x41, 0x7f, 0x80, 0x8f, 0x90, 0xa0, 0xbf, 0xc2, 0xe0, 0xed, 0xef, 0xf0, 0xf4, 0xf5];
    let seed = 1;
    for (let round = 0; round < 3000; round++) {
      const bytes = Uint8Array.from({ length: 6 }, () => {
        seed = (seed * 48271) % 2147483647;
        return alphabet[seed % alphabet.length] as number;
      });
      const replaced = visible(bytes).replaceAll(/(\\x[0-9a-f]{2})+/g, "?");
      expect(replaced).toBe(decoder.decode(bytes).replaceAll(/\ufffd+/g, "?"));
    }
  });
});
