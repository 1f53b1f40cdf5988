import { fstatSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setImmediate as turn } from "node:timers/promises";
import { afterAll, expect, test } from "vitest";
import { closeFd, dup2, pipe } from "../../src/system/libc.ts";
import { PipeReader } from "../../src/system/log-source.ts";

const folder = mkdtempSync(join(tmpdir(), "log-source-"));
const file = join(folder, "other");
writeFileSync(file, "another's");
afterAll(() => rmSync(folder, { recursive: true }));

function isOpen(fd: number): boolean {
  try {
    fstatSync(fd);
    return true;
  } catch {
    return false;
  }
}

test("a pipe that has ended is not read from again, though its number may be another file's by then", async () => {
  const { read, write } = pipe();
  const taken: string[] = [];
  let ended = false;
  const reader = new PipeReader(
    read,
    (bytes) => taken.push(bytes.toString()) > 0,
    () => {
      ended = true;
    },
  );
  reader.resume();
  writeSync(write, "own");
  closeFd(write);
  // Between the end of the pipe and the news of it a turn of the loop goes on, which may accept a connection.
  while (isOpen(read)) await turn();
  expect(ended).toBe(false);
  const other = openSync(file, "r");
  dup2(other, read);
  expect(reader.drain()).toBe("ended");
  expect(taken.join("")).toBe("own");
  expect(readFileSync(read, "utf8")).toBe("another's");
  for (const fd of new Set([other, read])) closeFd(fd);
  while (!ended) await turn();
});
