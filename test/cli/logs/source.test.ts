import { expect, test } from "vitest";
import { lineOf } from "../../../src/cli/logs/line.ts";
import { select } from "../../../src/cli/logs/source.ts";
import { unstamp } from "../../../src/cli/logs/unstamp.ts";
import type { RemoteLog } from "../../../src/client/logs.ts";
import { LineStamper } from "../../../src/core/log-stamp.ts";

const user = (text: string, channel: "stdout" | "stderr" = "stdout") => {
  const [group = "", name = group] = text.split(":");
  return { group, name, program: group, channel };
};
const log = (path: string, users: RemoteLog["users"], more: Partial<RemoteLog> = {}): RemoteLog => ({
  path,
  users,
  format: "raw",
  missing: null,
  current: null,
  older: false,
  ...more,
});

const logs = [
  log("/w.out", [user("web")]),
  log("/w.err", [user("web", "stderr")]),
  log("/j", [user("job:j_0"), user("job:j_1")], { format: "json" }),
  log("/r", [user("raw:r_0"), user("raw:r_1")]),
  log("", [user("job:j_0", "stderr")], { missing: "redirected" }),
  log("/dev/stdout", [user("out")], { missing: "stream" }),
  log("", [user("out", "stderr")], { missing: "none" }),
];

test("a log that is shared is one source, called by what its processes have in common", () => {
  const { sources, silent } = select(logs, null, null);
  expect(sources.map(({ label, channel, process }) => [label, channel, process?.name ?? null])).toEqual([
    ["web", "stdout", "web"],
    ["web", "stderr", "web"],
    ["job:*", "stdout", null],
    ["raw:*", "stdout", null],
  ]);
  expect([...silent]).toEqual([["stdout goes to /dev/stdout, which cannot be read back; look there", ["out"]]]);
});

test("who has nothing on the channel that is wanted is told, with the reason", () => {
  const { sources, silent } = select(logs, [user("job:j_0"), user("out"), user("web")], "stderr");
  expect(sources.map(({ log: { path } }) => path)).toEqual(["/w.err"]);
  expect([...silent.values()]).toEqual([["job:j_0"], ["out"]]);
});

test("of a shared log whose lines say whose they are only those are taken that are wanted", () => {
  expect(select(logs, [user("job:j_1")], null).sources[0]?.wanted).toEqual([user("job:j_1")]);
  expect(select(logs, [user("raw:r_1")], null).sources[0]?.wanted).toBe(null);
});

test.each(["text", "json"] as const)("lines that were stamped as %s are read back", (format) => {
  const stamper = new LineStamper(format, { program: "p", process: "p_00", stream: "stderr" });
  const time = "2026-11-22T08:41:33.123Z";
  const stamped = stamper.push(new TextEncoder().encode('stdout | "quoted" ü\n'), time).text().trimEnd();
  expect(unstamp(stamped, format)).toEqual({
    at: Date.parse(time),
    process: "p_00",
    stream: "stderr",
    message: 'stdout | "quoted" ü',
  });
  expect(unstamp("a line from before", format)).toBe(null);
  const [source] = select([log("/p", [user("p:p_00", "stderr")], { format })], null, null).sources;
  if (source === undefined) throw new Error("there is one");
  const when = { at: null, from: 0, to: 9 };
  expect(lineOf(source, Buffer.from(stamped), when)).toMatchObject({ order: Date.parse(time), channel: "stderr" });
  expect(lineOf(source, Buffer.from("unstamped"), when)).toMatchObject({ order: 9, when });
});
