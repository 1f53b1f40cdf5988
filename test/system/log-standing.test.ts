/** What readers of a log get: what stands at its path when they ask, whatever is written elsewhere. */
import * as fs from "node:fs";
import { describe, expect, test } from "vitest";
import type { LogFile } from "../../src/system/log-file.ts";
import { at, openLog, prepareLogs, put } from "../helpers/log-files.ts";

prepareLogs();

describe("what is asked for is what stands at the path", () => {
  const text = async (log: LogFile) => {
    const reader = log.reader();
    return (await reader.read(0, await reader.size())).toString();
  };

  test("is nothing once somebody has taken it away, and the log again once it is opened anew", async () => {
    const log = openLog(at("a.log"));
    await put(log, "one\n");
    expect(await text(log)).toBe("one\n");
    fs.renameSync(at("a.log"), at("old"));
    await put(log, "two\n");
    const reader = log.reader();
    for (const ask of [() => reader.size(), () => reader.modified(), () => reader.read(0, 9)])
      await expect(ask()).rejects.toMatchObject({ code: "ENOENT", path: at("a.log") });
    await log.reopen();
    await put(log, "three\n");
    expect([await text(log), fs.readFileSync(at("old"), "utf8")]).toEqual(["three\n", "one\ntwo\n"]);
  });

  test("is another file where one has been put there, though the log is still written elsewhere", async () => {
    const log = openLog(at("a.log"));
    await put(log, "one\n");
    fs.renameSync(at("a.log"), at("old"));
    fs.writeFileSync(at("a.log"), "another\n");
    expect(await text(log)).toBe("another\n");
  });

  test("is there all the time while the log is rotated again and again", async () => {
    const log = openLog(at("a.log"), 10, 2);
    const sizes: number[] = [];
    for (let n = 0; n < 100; n++) {
      log.write(Buffer.from("0123456789"));
      if (n % 3 === 0) sizes.push(await log.reader().size());
    }
    expect(sizes).toHaveLength(34);
  });
});
