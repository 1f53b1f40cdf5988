import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { autoLogPath, removeAutoLogs } from "../../src/system/auto-logs.ts";

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "auto-logs-"));
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

describe("AUTO log files", () => {
  test("are named after process, channel and identifier, each differently", () => {
    const path = autoLogPath("/logs", "web", "stdout", "farm");
    expect(path).toMatch(/^\/logs\/web-stdout---farm-[a-z0-9_]{8}\.log$/);
    expect(autoLogPath("/logs", "web", "stdout", "farm")).not.toBe(path);
    // The daemon may be in another directory when it is next opened.
    expect(autoLogPath("logs", "web", "stdout", "farm")).toContain(join(process.cwd(), "logs", "web-stdout---farm-"));
  });

  test("of the same identifier are removed with their backups, and nothing else is", () => {
    const mine = ["a-stdout---farm-12345678.log", "a-stdout---farm-12345678.log.1", "x y---farm-abc.log.10"];
    const others = [
      "a-stdout---other-12345678.log",
      "a-stdout---farm2-12345678.log",
      "---farm-12345678.log",
      "a-stdout---farm-1234 5678.log",
      "mine.log",
      "farm.log",
    ];
    for (const name of [...mine, ...others]) writeFileSync(join(directory, name), "x");
    expect(removeAutoLogs(directory, "farm")).toEqual([]);
    expect(readdirSync(directory).sort()).toEqual(others.sort());
  });

  test("take an identifier literally, whatever a pattern would make of it", () => {
    writeFileSync(join(directory, "a-stdout---xyz-12345678.log"), "");
    expect(removeAutoLogs(directory, "x.z")).toEqual([]);
    expect(removeAutoLogs(directory, "(")).toEqual([]);
    expect(readdirSync(directory)).toEqual(["a-stdout---xyz-12345678.log"]);
  });

  test("that cannot be removed are named, and so is a directory that cannot be read", () => {
    mkdirSync(join(directory, "a-stdout---farm-12345678.log"));
    writeFileSync(join(directory, "b-stdout---farm-12345678.log"), "");
    expect(removeAutoLogs(directory, "farm")).toEqual([
      `Failed to clean up '${join(directory, "a-stdout---farm-12345678.log")}'`,
    ]);
    expect(readdirSync(directory)).toEqual(["a-stdout---farm-12345678.log"]);
    expect(removeAutoLogs(join(directory, "gone"), "farm")).toEqual(["Could not clear childlog dir"]);
  });
});
