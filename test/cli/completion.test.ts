import { describe, expect, test } from "vitest";
import { completer } from "../../src/cli/completion.ts";
import { processInfo } from "../helpers/process-info.ts";

const complete = completer(async () => [
  processInfo("cat", "cat"),
  processInfo("web-1", "a"),
  processInfo("web-1", "b"),
  processInfo("idle", "idle"),
]);

describe("TAB", () => {
  test.each([
    ["sto", "sto", ["stop "]],
    ["re", "re", ["reload ", "remove ", "reread ", "restart "]],
    ["help ta", "ta", ["tail "]],
    ["status i", "i", ["idle "]],
    ["status web", "web", ["web-1:* ", "web-1:a ", "web-1:b "]],
    ["stop cat web-1:", "web-1:", ["web-1:* ", "web-1:a ", "web-1:b "]],
    ["stop cat:", "cat:", ["cat:* ", "cat:cat "]],
    ["start ", "", ["cat ", "idle ", "web-1:* ", "web-1:a ", "web-1:b "]],
    ["update ", "", ["cat ", "idle ", "web-1 "]],
    ["add w", "w", ["web-1 "]],
    ["version ", "", []],
    ["nonsense ", "", []],
    ["status x/c", "c", ["cat "]],
  ])("after %j completes %j to %j", async (line, fragment, matches) => {
    expect(await complete(line)).toEqual({ matches, fragment });
  });

  test("on an empty line offers every command", async () => {
    const { matches } = await complete("");
    expect(matches).toContain("help ");
    expect(matches).toContain("status ");
  });

  test("offers nothing while the daemon does not answer", async () => {
    const failing = completer(() => Promise.reject(new Error("no daemon")));
    expect(await failing("start c")).toEqual({ matches: [], fragment: "c" });
    const odd = completer(async () => ["x"]);
    expect(await odd("start c")).toEqual({ matches: [], fragment: "c" });
  });
});
