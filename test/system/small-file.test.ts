import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { readSmallFile } from "../../src/system/small-file.ts";

const directory = mkdtempSync(join(tmpdir(), "small-file-"));
const at = (name: string) => join(directory, name);
afterAll(() => rmSync(directory, { recursive: true, force: true }));

test("gives the text of a file, up to the limit", async () => {
  writeFileSync(at("a"), "\uFEFFä\n");
  expect(await readSmallFile(at("a"), 6)).toBe("\uFEFFä\n");
  await expect(readSmallFile(at("a"), 5)).rejects.toThrow(`cannot read ${at("a")}: it is larger than 5 bytes`);
  expect(await readSmallFile("/proc/self/comm", 1000)).not.toBe("");
});

test("says what is wrong with everything else", async () => {
  await expect(readSmallFile(at("none"), 100)).rejects.toThrow(`cannot read ${at("none")}: no such file or directory`);
  await expect(readSmallFile(directory, 100)).rejects.toThrow(`cannot read ${directory}: it is no regular file`);
  await expect(readSmallFile("/dev/zero", 100)).rejects.toThrow("cannot read /dev/zero: it is no regular file");
  rmSync(at("pipe"), { force: true });
  execFileSync("mkfifo", [at("pipe")]);
  await expect(readSmallFile(at("pipe"), 100)).rejects.toThrow(`cannot read ${at("pipe")}: it is no regular file`);
  writeFileSync(at("latin"), Buffer.from([0x66, 0xfc, 0x72]));
  await expect(readSmallFile(at("latin"), 100)).rejects.toThrow(`cannot read ${at("latin")}: it is not UTF-8 text`);
});
