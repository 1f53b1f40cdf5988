import { describe, expect, test } from "vitest";
import { busy, type Heard, hear, type Listener, newListener } from "../../src/core/listener.ts";

const bytes = (text: string) => new TextEncoder().encode(text);

/** Says pieces in turn; `EVENT` stands for an event sent to the listener. */
function talk(...pieces: string[]): { heard: Heard[]; listener: Listener } {
  let listener = newListener;
  const heard: Heard[] = [];
  for (const piece of pieces) {
    if (piece === "EVENT") listener = busy(listener);
    else {
      const read = Buffer.from(piece);
      const turn = hear(listener, read);
      // The daemon reads everything into one buffer.
      read.fill(0);
      listener = turn.listener;
      heard.push(...turn.heard);
    }
  }
  return { heard, listener };
}
const ok: Heard = { type: "result", accepted: true };
const fail: Heard = { type: "result", accepted: false };
const ready: Heard = { type: "ready" };

describe("an honest listener", () => {
  test("is ready, answers, and is ready again, however its bytes are cut", () => {
    const script = ["READY\n", "EVENT", "RESULT 2\nOKREADY\n", "EVENT", "RESULT 4\nFAILREADY\n"];
    expect(talk(...script).heard).toEqual([ready, ok, ready, fail, ready]);
    const cut = script.flatMap((piece) => (piece === "EVENT" ? [piece] : [...piece]));
    expect(talk(...cut).heard).toEqual([ready, ok, ready, fail, ready]);
  });

  test("may answer with nothing at all, which rejects", () => {
    expect(talk("READY\n", "EVENT", "RESULT 0\n").heard).toEqual([ready, fail]);
  });

  test("may answer with much, of which only that it is not OK is kept", () => {
    const { heard, listener } = talk("READY\n", "EVENT", "RESULT 3000000\n", "x".repeat(2_999_999));
    expect(heard).toEqual([ready]);
    expect(listener.result?.data.length).toBeLessThan(10);
    expect(hear(listener, bytes("xREADY\n")).heard).toEqual([fail, ready]);
  });

  test("OK with something behind it is not OK", () => {
    expect(talk("READY\n", "EVENT", "RESULT 3\nOK\n").heard).toEqual([ready, fail]);
  });

  test("the word RESULT itself is not looked at, as in the reference", () => {
    expect(talk("READY\n", "EVENT", "ANSWERS: 2\n").heard).toEqual([ready, { type: "violation", line: "ANSWERS: 2" }]);
    expect(talk("READY\n", "EVENT", "ANSWER 2\nOK").heard).toEqual([ready, ok]);
  });
});

test("less than READY is long means nothing yet, whatever it is", () => {
  expect(talk("hello").heard).toEqual([]);
  expect(talk("READY\n", "EVENT", "RESULT 2\nOK\n").heard).toEqual([ready, ok]);
  expect(talk("READY\n", "EVENT", "RESULT 2\nOK\n", "READY\n").heard.at(-1)).toEqual({ type: "violation", line: null });
});

test.each(["2", " 2 ", "+2", "02", "0_2", "2\r"])(
  "the length of a result is any that Python reads as a number: %j",
  (two) => {
    expect(talk("READY\n", "EVENT", `RESULT ${two}\nOK`).heard).toEqual([ready, ok]);
  },
);

describe("a listener that breaks the protocol is not spoken to any more", () => {
  test.each([
    ["noise before READY", ["hello\n"], null],
    ["output while READY", ["READY\n", "more\nand more"], "more"],
    ["output right behind READY", ["READY\nx"], "x"],
  ])("%s", (_, script, line) => {
    const { heard, listener } = talk(...script);
    expect(heard.at(-1)).toEqual({ type: "violation", line });
    expect(hear(listener, bytes("READY\n"))).toEqual({
      listener: { state: "UNKNOWN", pending: new Uint8Array(), result: null },
      heard: [],
    });
  });

  test.each(["RESULT two", "RESULT", "RESULT -1", "RESULT 1.5", "RESULT 99999999999", "RESULT 0x2", "RESULT 2_"])(
    "bad result line %j",
    (line) => {
      expect(talk("READY\n", "EVENT", `${line}\n`).heard).toEqual([ready, { type: "violation", line }]);
    },
  );

  test("a result line without end is cut off, not collected", () => {
    const { heard, listener } = talk("READY\n", "EVENT", "x".repeat(5000));
    expect(heard.at(-1)).toEqual({ type: "violation", line: "x".repeat(1024) });
    expect(listener.pending.length).toBe(0);
  });
});
