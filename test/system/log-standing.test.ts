/** What readers of a log get: what stands at its path when they ask, whatever is written elsewhere. */
import * as fs from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { LogFile } from "../../src/system/log-file.ts";

let directory: string;
const open: LogFile[] = [];

beforeEach(() => {
  directory = fs.mkdtempSync(join(tmpdir(), "log-standing-"));
});
afterEach(async () => {
  await Promise.all(open.splice(0).map((log) => log.close(200)));
  fs.rmSync(directory, { recursive: true, force: true });
});

const at = (name: string) => join(directory, name);

function openLog(path: string, maxBytes = 0, backups = 0): LogFile {
  const log = new LogFile({ path, maxBytes, backups, report: () => undefined });
  open.push(log);
  return log;
}

async function put(log: LogFile, text: string): Promise<void> {
  log.write(Buffer.from(text));
  await log.flush();
}

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
