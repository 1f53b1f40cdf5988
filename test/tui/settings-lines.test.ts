/** The detail pane tells what the list says of a process, file by file. */
import { expect, test } from "vitest";
import type { Setting } from "../../src/core/setting.ts";
import { settingsLines } from "../../src/tui/state/settings-lines.ts";
import { lineText, lineWidth } from "../../src/tui/text/line.ts";

const setting = (key: string, value: string, source: string, line: number | null): Setting => ({
  section: "program:a",
  key,
  yaml: null,
  value,
  source,
  line,
});

const told = [
  setting("command", "\nsleep\n  1000", "/etc/s.conf", 4),
  setting("exitcodes", "0,2", "/etc/s.conf", 112),
  { ...setting("priority", "5", "/etc/s.conf", 113), section: "group:g" },
  setting("numprocs", "3", "spacectl scale", null),
];

test("each file is named once, above its lines with their numbers", () => {
  expect(settingsLines(told, 40).map((line) => lineText(line).trimEnd())).toEqual([
    "",
    "settings",
    "/etc/s.conf",
    "   4  command             sleep 1000",
    " 112  exitcodes           0,2",
    " 113  [group:g] priority  5",
    "spacectl scale",
    "      numprocs            3",
  ]);
});

test("a long value goes on below itself, and no line is wider than the pane", () => {
  const lines = settingsLines([setting("command", "one two three four five six seven", "/etc/s.conf", 4)], 34);
  expect(lines.map(lineText).join("").replace(/\s+/g, "")).toContain("onetwothreefourfivesixseven");
  for (const columns of [12, 20, 34, 60])
    for (const line of settingsLines(told, columns)) expect(lineWidth(line)).toBeLessThanOrEqual(columns);
});

test("a daemon that tells nothing has no such part", () => {
  expect(settingsLines([], 40)).toEqual([]);
});
