import { describe, expect, test } from "vitest";
import { LastWords } from "../../src/tui/feed/last-words.ts";
import { tellingLine } from "../../src/tui/state/last-words.ts";
import { wordsWish } from "../../src/tui/state/wants.ts";
import { width } from "../../src/tui/text/cells.ts";
import { end, noon, overview, program, shop } from "../helpers/overview.ts";
import { until } from "../helpers/until.ts";
import { frame } from "./frame.ts";
import { type Played, play } from "./state.ts";

function head(played: Played): string {
  const lines = frame(played);
  for (const line of lines) expect(width(line)).toBeLessThanOrEqual(played.state.size.columns);
  return lines.slice(0, 4).join("\n");
}

test.each([
  ["Traceback:\n  File x\nConnectionError: refused\n\n", "ConnectionError: refused"],
  ["Error: no such table\n    at run (error.js:3)\n\nNode.js v26\n", "Error: no such table"],
  ["one\ntwo\n", "two"],
  ["error: long ago\n".padEnd(40, "\n") + "line\n".repeat(20), "line"],
  ["\u001b[31mfatal:\u001b[0m x\u0007", "fatal: x\ufffd"],
  ["", ""],
])("of %j it is %j that is shown", (text, line) => expect(tellingLine(text)).toBe(line));

describe("the header", () => {
  const words = {
    type: "words",
    words: { id: "worker:worker_01", text: "database shop refused the connection" },
  } as const;

  test("has them where there is room, and gives way to the reason and the number of others", () => {
    expect(head(play(shop).act(words))).toMatch(
      /worker_01 FATAL: exit 3 {2}▌database shop refused the connection \(and 1 more: !\)/,
    );
    expect(head(play(shop, { columns: 75 }).act(words))).toMatch(/exit 3 {2}▌database sho.*… \(and 1 more: !\)/);
    expect(head(play(shop, { columns: 60 }).act(words))).not.toMatch(/ ▌\S/);
    expect(head(play(shop, { columns: 60, rows: 15 }).act(words))).not.toMatch(/ ▌\S/);
  });

  test("has none of another program, and none that is empty", () => {
    const other = { ...words, words: { ...words.words, id: "web:web" } };
    expect(head(play().act(other))).not.toMatch(/ ▌\S/);
    expect(head(play().act({ ...words, words: { ...words.words, text: "" } }))).not.toMatch(/ ▌\S/);
  });
});

test("they are wanted of the first that has failed, while it does not run and keeps a log of stderr", () => {
  expect(wordsWish(play().state)).toEqual({
    id: "worker:worker_01",
    channel: "stderr",
    end: noon - 5000,
  });
  const of = (options: Parameters<typeof program>[1]) => wordsWish(play(overview([program("a", options)])).state);
  expect(of({})).toBe(null);
  expect(of({ lastEnd: end() })).toBe(null);
  expect(of({ state: "FATAL", lastEnd: null })).toBe(null);
  const logs = { stdout: true, stderr: false, stderrToStdout: false };
  expect(of({ state: "FATAL", lastEnd: end(), logs })).toBe(null);
  expect(of({ state: "FATAL", lastEnd: end(), logs: { ...logs, stdout: false, stderrToStdout: true } })).toBe(null);
  // With redirect_stderr they are in the log of stdout.
  expect(of({ state: "FATAL", lastEnd: end(), logs: { ...logs, stderrToStdout: true } })?.channel).toBe("stdout");
});

test("they are asked for once for each end, and not every second of one that fails again and again", async () => {
  const asked: unknown[] = [];
  const found: string[] = [];
  const client = {
    call: async (method: string, params: readonly unknown[] = []) => {
      asked.push(`${params[0]} ${method}`);
      return `words ${asked.length}\n`;
    },
  };
  const words = new LastWords(client, ({ text }) => found.push(text));
  for (let now = 0; now < 4000; now += 1000) words.want({ id: "a:a", channel: "stderr", end: 1 }, now);
  await until("the first are there", () => found.length === 1);
  for (let now = 4000; now < 9500; now += 1000) words.want({ id: "a:a", channel: "stderr", end: now }, now);
  await until("the next are there", () => found.length === 2);
  words.want({ id: "b:b", channel: "stdout", end: 1 }, 9500);
  words.want(null, 9600);
  await until("all are there", () => found.length === 3);
  const ofStderr = "a:a supervisor.readProcessStderrLog";
  expect(asked).toEqual([ofStderr, ofStderr, "b:b supervisor.readProcessStdoutLog"]);
});
