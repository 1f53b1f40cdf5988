/** Lines on their way to a log target: whose they are, when they came, how they wait, what is sent, and when again. */
import { describe, expect, test } from "vitest";
import { BodyWriter } from "../../src/core/line-body.ts";
import { LineClock, nanosecondsAfter } from "../../src/core/line-clock.ts";
import { type Block, LineQueue } from "../../src/core/line-queue.ts";
import { LineSplitter } from "../../src/core/log-line.ts";
import { LineStamper } from "../../src/core/log-stamp.ts";
import { labelsOf, nameMarks, shownPlace, takes } from "../../src/core/log-target.ts";
import { backoffMs, retryAfterMs, verdictOf } from "../../src/core/retry.ts";
import { Shipment } from "../../src/daemon/log-shipment.ts";
import { logTargetSettings } from "../helpers/log-target.ts";
import { randomNumbers } from "../helpers/random.ts";

const settings = logTargetSettings();
const origin = { group: "workers", program: "mail", process: "mail_01", stream: "stdout" } as const;

describe("a log target", () => {
  test.each([
    [[], true],
    [["mail"], true],
    [["workers"], true],
    [["ma*"], true],
    [["web"], false],
    [["*", "-mail"], false],
    [["-mail"], false],
    [["-web"], true],
    [["mail", "-work*"], false],
  ])("with programs %j takes the lines of workers:mail_01: %j", (programs, expected) => {
    expect(takes({ ...settings, programs }, origin)).toBe(expected);
  });

  test("takes the streams that it is to take", () => {
    expect(takes({ ...settings, streams: ["stderr"] }, origin)).toBe(false);
    expect(takes({ ...settings, streams: ["stderr"] }, { ...origin, stream: "stderr" })).toBe(true);
  });

  test("has labels of the process, with those of the list beside or in their place", () => {
    expect(labelsOf(settings, origin)).toEqual({
      group: "workers",
      process: "mail_01",
      program: "mail",
      stream: "stdout",
    });
    const { program_name, process_name, group_name } = nameMarks;
    const labels = { job: `${program_name}/${process_name}@${group_name}`, process: "", stream: "out" };
    expect(labelsOf({ ...settings, labels }, origin)).toEqual({
      group: "workers",
      job: "mail/mail_01@workers",
      program: "mail",
      stream: "out",
    });
  });

  test("has names in its labels as they are, also where they have dollar signs", () => {
    const { program_name } = nameMarks;
    const odd = { ...origin, program: "a$$b$&" };
    expect(labelsOf({ ...settings, labels: { job: `${program_name}!` } }, odd)).toMatchObject({ job: "a$$b$&!" });
  });

  test("is told of without what could be secret in its address", () => {
    expect(shownPlace("https://logs.example:8443/inputs/t0ken?key=s3cret")).toBe("https://logs.example:8443");
    expect(shownPlace("http://unix:/run/vector.sock:/logs")).toBe("unix:/run/vector.sock");
  });
});

describe("LineClock", () => {
  const at = (clock: LineClock, wallMs: number, lines = 1) => nanosecondsAfter(clock.take(wallMs, lines), 0);

  test("tells lines of one millisecond apart, in more digits than a number has", () => {
    const clock = new LineClock();
    expect(at(clock, 1_795_354_692_823, 3)).toBe("1795354692823000000");
    expect(at(clock, 1_795_354_692_823.9)).toBe("1795354692823000003");
    expect(at(clock, 1_795_354_692_824)).toBe("1795354692824000000");
    expect(at(clock, 1_795_354_692_824, 2_500_000)).toBe("1795354692824000001");
    expect(at(clock, 1_795_354_692_825)).toBe("1795354692826500001");
  });

  test("does not go back with a clock that is set back a little, and follows one that was far wrong", () => {
    const clock = new LineClock();
    clock.take(100_000, 1);
    expect(at(clock, 99_000)).toBe("100000000001");
    expect(at(clock, 39_000)).toBe("39000000000");
  });
});

const streamOf = (labels: Record<string, string>) => ({ labels, clock: new LineClock() });
const stream = streamOf({ program: "a" });
const block = (text: string, more: Partial<Block> = {}): Block => ({
  stream,
  at: { ms: 1_795_354_692_823, nanos: 999_999 },
  bytes: Buffer.from(text),
  lines: text.split("\n").length,
  partial: false,
  ...more,
});
const textOf = (blocks: readonly Block[]) => blocks.map(({ bytes }) => Buffer.from(bytes).toString());

describe("LineQueue", () => {
  test("hands out the oldest first, up to a size, and again when they were not taken", () => {
    const queue = new LineQueue(1024 * 1024);
    const big = "x".repeat(30_000);
    for (const name of ["a", "b", "c", "d", "e"]) expect(queue.push(block(name + big))).toBe(0);
    expect(textOf(queue.take(60_002)).map(([first]) => first)).toEqual(["a", "b"]);
    expect([queue.bytes, queue.holds(3 * 30_001), queue.holds(3 * 30_001 + 1)]).toEqual([5 * 30_001, true, false]);
    queue.push(block("f"));
    queue.restore();
    expect(textOf(queue.take(1)).map(([first]) => first)).toEqual(["a", "b"]);
    expect(queue.settle()).toBe(2);
    expect(textOf(queue.take(1_000_000)).map(([first]) => first)).toEqual(["c", "d", "e", "f"]);
    expect(queue.settle()).toBe(4);
    expect([queue.empty, queue.bytes]).toEqual([true, 0]);
  });

  test("drops the oldest that wait when it is full, never what is under way, and counts every line", () => {
    const queue = new LineQueue(256 * 1024);
    queue.push(block("first"));
    queue.take(1);
    let lost = 0;
    for (let number = 0; number < 100; number++) lost += queue.push(block(`${number}\n${"x".repeat(20_000)}`));
    expect(queue.bytes).toBeLessThanOrEqual(256 * 1024);
    queue.restore();
    const kept = textOf(queue.take(1_000_000));
    expect(kept[0]).toBe("first");
    expect(kept.slice(1).map((text) => Number.parseInt(text, 10))).toEqual(
      Array.from({ length: kept.length - 1 }, (_, n) => 101 - kept.length + n),
    );
    expect(lost + queue.settle()).toBe(201);
  });

  test("is bounded by what keeping lines costs where they are short", () => {
    const queue = new LineQueue(256 * 1024);
    let lost = 0;
    // Before anything is lost it says that it is time to send.
    while (!queue.holds(128 * 1024)) lost += queue.push(block("x"));
    expect(lost).toBe(0);
    for (let number = 0; number < 10_000; number++) queue.push(block("x"));
    expect(queue.take(1_000_000).length).toBeLessThan((256 * 1024) / 128);
  });

  test("with a smaller bound drops what is too much, and forgets everything at the end", () => {
    const queue = new LineQueue(1024 * 1024);
    for (let number = 0; number < 40; number++) queue.push(block("x".repeat(20_000)));
    const lost = queue.limit(256 * 1024);
    expect(lost).toBeGreaterThan(20);
    expect(queue.clear()).toBe(40 - lost);
    expect([queue.empty, queue.bytes, queue.take(1000)]).toEqual([true, 0, []]);
  });
});

describe("a body", () => {
  const writer = new BodyWriter((ms) => new Date(ms).toISOString());
  const write = (type: "loki" | "ndjson", ...blocks: Block[]) => Buffer.from(writer.write(type, blocks)).toString();

  test("for Loki is streams with labels, each with pairs of nanoseconds and text, in their order", () => {
    const other = streamOf({ program: "b", stream: "stderr" });
    const body = write("loki", block("one\ntwo"), block("x", { stream: other }), block('q"\\n\r\ncafé\tü\r'));
    expect(JSON.parse(body)).toEqual({
      streams: [
        {
          stream: { program: "a" },
          values: [
            ["1795354692823999999", "one"],
            ["1795354692824000000", "two"],
            ["1795354692823999999", 'q"\\n'],
            ["1795354692824000000", "café\tü"],
          ],
        },
        { stream: { program: "b", stream: "stderr" }, values: [["1795354692823999999", "x"]] },
      ],
    });
  });

  test("of ndjson is an object for each line, as in a log of JSON, with the labels", () => {
    const piece = block("long\r", { partial: true });
    const lines = write("ndjson", block("one\n"), piece, block("\\x", { stream: streamOf({}) })).split("\n");
    const time = "2026-11-22T13:38:12.823Z";
    expect(lines.pop()).toBe("");
    expect(lines.map((line) => JSON.parse(line))).toEqual([
      { time, program: "a", message: "one" },
      { time, program: "a", message: "" },
      { time, program: "a", message: "long\r", partial: true },
      { time, message: "\\x" },
    ]);
  });

  test("is made by steps when it is large, so that it holds nobody up for long", () => {
    const blocks = Array.from({ length: 300 }, (_, n) => block(`${n} ${"x".repeat(8000)}`));
    const whole = write("loki", ...blocks);
    const steps = [...writer.steps("loki", blocks)];
    expect(steps.length).toBe(4);
    expect(Buffer.from(writer.body).toString()).toBe(whole);
    expect([...writer.steps("ndjson", [block("small")])]).toEqual([]);
  });

  test("has the lines that a stamped log has, whatever bytes come and however they are cut", () => {
    const below = randomNumbers(4711);
    const pieces = [
      "\n",
      "\n",
      "\r\n",
      "\r",
      "\\n",
      '"',
      "é",
      "€",
      "😀",
      "\u2028",
      "\x1b[31m",
      "\0",
      "abc",
      "x".repeat(9000),
    ];
    for (let round = 0; round < 60; round++) {
      const text = Array.from({ length: below(60) }, () => Buffer.from(pieces[below(pieces.length)] ?? ""));
      for (const piece of text) if (below(4) === 0 && piece.length > 1) piece[below(piece.length)] = below(256);
      const bytes = Buffer.concat(text);
      const stamper = new LineStamper("json", { program: "a", process: "a", stream: "stdout" });
      const splitter = new LineSplitter();
      const blocks: Block[] = [];
      const shipment = new Shipment(
        [{ stream, target: { take: (each) => blocks.push({ ...each, bytes: Buffer.from(each.bytes) }), loss: null } }],
        () => 1e12,
      );
      let stamped = "";
      for (let at = 0; at < bytes.length; ) {
        const end = at + 1 + below(20_000);
        const part = bytes.subarray(at, end);
        at = end;
        stamped += stamper.push(part, "now").text();
        shipment.push(splitter, part);
      }
      stamped += stamper.end("now").text();
      shipment.end(splitter);
      const shown = (lines: string) =>
        lines
          .split("\n")
          .filter((line) => line !== "")
          .map((line) => JSON.parse(line))
          .map(({ message, partial }) => [message, partial]);
      expect(shown(write("ndjson", ...blocks))).toEqual(shown(stamped));
      const { streams } = blocks.length === 0 ? { streams: [] } : JSON.parse(write("loki", ...blocks));
      const values: [string, string][] = streams.flatMap(({ values }: { values: [string, string][] }) => values);
      expect(values.map(([, line]) => line)).toEqual(
        shown(stamped).map(([line, partial]) => (partial ? `${line}…` : line)),
      );
      expect(new Set(values.map(([time]) => time)).size).toBe(values.length);
    }
  });

  test("shows what is no UTF-8, and a piece of a line that goes on, as a stamped log does", () => {
    const bytes = Buffer.from([0x61, 0xff, 0x0a, 0xc3, 0x0a, 0xa9, 0x5c]);
    const { streams } = JSON.parse(write("loki", block("", { bytes, lines: 3 }), block("x", { partial: true })));
    expect(streams[0].values.map(([, text]: string[]) => text)).toEqual(["a\\xff", "\\xc3", "\\xa9\\", "x…"]);
  });
});

describe("what was not taken", () => {
  test.each([
    [200, "taken"],
    [204, "taken"],
    [302, "refused"],
    [400, "refused"],
    [401, "refused"],
    [413, "refused"],
    [408, "later"],
    [429, "later"],
    [500, "later"],
    [503, "later"],
  ])("is with status %i %s", (status, verdict) => {
    expect(verdictOf(status)).toBe(verdict);
  });

  test("is sent again after ever longer times, of which chance takes up to half", () => {
    expect([1, 2, 3, 7, 100].map((failures) => backoffMs(failures, 1))).toEqual([500, 1000, 2000, 30_000, 30_000]);
    expect([1, 100].map((failures) => backoffMs(failures, 0))).toEqual([250, 15_000]);
  });

  test.each([
    [null, null],
    ["", null],
    ["soon", null],
    ["7", 7000],
    ["-1", null],
    ["99999999", 300_000],
    ["Sun, 22 Nov 2026 13:00:05 GMT", 5000],
    ["Sun, 22 Nov 2020 13:00:05 GMT", 0],
  ])("waits as Retry-After: %j asks: %j", (header, expected) => {
    const now = Date.UTC(2026, 10, 22, 13, 0, 0);
    expect(retryAfterMs(header, now, (text) => (/^\w{3},/.test(text) ? Date.parse(text) : Number.NaN))).toBe(expected);
  });
});
