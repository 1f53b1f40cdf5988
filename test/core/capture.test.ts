import { describe, expect, test } from "vitest";
import { capture, endCapture, noCapture } from "../../src/core/capture.ts";

const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);

/** Reads in pieces, then the end; what came out, neighbours of one kind joined. */
function read(pieces: readonly string[], maxBytes = 1024) {
  let state = noCapture;
  const out: [string, string][] = [];
  const put = (type: string, data: string) => {
    const last = out.at(-1);
    if (type === "output" && last?.[0] === "output") last[1] += data;
    else out.push([type, data]);
  };
  // One buffer for all reads, as the daemon has.
  const buffer = Buffer.alloc(4096);
  for (const piece of pieces) {
    const { written } = new TextEncoder().encodeInto(piece, buffer.fill(0));
    const turn = capture(state, buffer.subarray(0, written), maxBytes);
    state = turn.state;
    for (const { type, bytes } of turn.pieces) put(type, text(bytes));
  }
  for (const { type, bytes } of endCapture(state)) put(type, text(bytes));
  return out;
}
const script =
  "before\n<!--XSUPERVISOR:BEGIN-->the message<!--XSUPERVISOR:END-->between<!--<!--XSUPERVISOR:BEGIN--><!--XSUPERVISOR:END-->\nafter";
const expected = [
  ["output", "before\n"],
  ["message", "the message"],
  ["output", "between<!--"],
  ["message", ""],
  ["output", "\nafter"],
];

test("what stands between the marks is a message, the rest is output", () => {
  expect(read([script])).toEqual(expected);
});

test("wherever the reads are cut, the outcome is the same", () => {
  for (let cut = 0; cut <= script.length; cut++)
    expect(read([script.slice(0, cut), script.slice(cut)])).toEqual(expected);
  expect(read([...script])).toEqual(expected);
});

describe("at the end", () => {
  test("a short last line is not held back", () => {
    expect(read(["ok\n"])).toEqual([["output", "ok\n"]]);
  });

  test("the beginning of a mark that never came is output", () => {
    expect(read(["x<!--XSUPER"])).toEqual([["output", "x<!--XSUPER"]]);
  });

  test("a message that was never finished is output, not lost", () => {
    expect(read(["<!--XSUPERVISOR:BEGIN-->half"])).toEqual([["output", "half"]]);
  });
});

describe("a message that is longer than allowed", () => {
  const begin = "<!--XSUPERVISOR:BEGIN-->";
  const end = "<!--XSUPERVISOR:END-->";

  test("is whole when it comes in one read, as programs are used to", () => {
    expect(read([`${begin}0123456789${end}`], 4)).toEqual([["message", "0123456789"]]);
  });

  const [as, bs] = ["a".repeat(50), "b".repeat(30)];
  test.each([
    [[as.slice(20), bs], bs],
    [[as, bs], as.slice(30) + bs],
    [[as.slice(25), "b", "c"], `${as.slice(25)}bc`],
    // What is shorter than a mark is taken together with what follows it.
    [[as.slice(20), "b".repeat(12), "c".repeat(12)], `${"a".repeat(6)}${"b".repeat(12)}${"c".repeat(12)}`],
  ])("loses as many of its oldest bytes as come: %j with room for 40 is %j", (reads, message) => {
    expect(read([begin, ...reads, end], 40)).toEqual([["message", message]]);
  });

  test("is no longer than allowed, or than a read or a mark, whatever the reads and the limit are", () => {
    const digits = Array.from({ length: 3000 }, (_, n) => String(n % 10)).join("");
    for (const size of [1, 7, 1000])
      for (const max of [1, 10, 999, 3000, 4000]) {
        const reads = digits.match(new RegExp(`.{1,${size}}`, "g")) ?? [];
        const [[type, message] = ["", ""]] = read([begin, ...reads, end], max);
        expect([type, digits.endsWith(message)]).toEqual(["message", true]);
        expect(message.length).toBeLessThanOrEqual(Math.max(size + end.length, max));
        expect(message.length).toBeGreaterThan(Math.min(max, 3000) - size - end.length);
      }
  });
});

test("taking more of a long message costs what is taken, not what there is", () => {
  let state = capture(noCapture, new TextEncoder().encode("<!--XSUPERVISOR:BEGIN-->"), 1).state;
  const bytes = new Uint8Array(65_536);
  const begin = performance.now();
  for (let n = 0; n < 1600; n++) state = capture(state, bytes, 50_000_000).state;
  expect(performance.now() - begin).toBeLessThan(5_000); // all of it anew each time would take a minute
  expect(endCapture(state).map((piece) => piece.bytes.length > 49_900_000)).toEqual([true]);
});
