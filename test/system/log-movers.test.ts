import { type ChildProcess, spawn } from "node:child_process";
import * as fs from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { closeFd, nonBlocking, pipe } from "../../src/system/libc.ts";
import { ByteCount } from "../../src/system/log-mover.ts";
import { Movers } from "../../src/system/log-movers.ts";
import { until } from "../helpers/until.ts";

let directory: string;
const children: ChildProcess[] = [];
const descriptors: number[] = [];

beforeEach(() => {
  directory = fs.mkdtempSync(join(tmpdir(), "log-movers-"));
});
afterEach(() => {
  for (const child of children.splice(0)) child.kill("SIGKILL");
  for (const fd of descriptors.splice(0)) closeFd(fd);
  fs.rmSync(directory, { recursive: true, force: true });
});

/** The read end of the pipe of a child that floods. */
function flood(bytes: number): number {
  const { read, write } = pipe();
  nonBlocking(read);
  descriptors.push(read);
  children.push(spawn("head", ["-c", String(bytes), "/dev/zero"], { stdio: ["ignore", write, "inherit"] }));
  closeFd(write);
  return read;
}

function openFile(name: string): number {
  const fd = fs.openSync(join(directory, name), "a");
  descriptors.push(fd);
  return fd;
}

const sizeOf = (name: string): number => fs.statSync(join(directory, name)).size;

test("several floods at a time are moved by several threads: one whose disk hangs holds up no other", async () => {
  const movers = new Movers(2);
  // A pipe that nobody reads stands for a disk that does not answer.
  const stuck = pipe();
  descriptors.push(stuck.write);
  await until("a thread is ready", () => movers.ready());
  const hanging = movers.move(flood(1e9), stuck.write, Number.POSITIVE_INFINITY, new ByteCount());
  await until("another thread is ready", () => movers.ready());
  const other = movers.move(flood(300_000_000), openFile("a"), Number.POSITIVE_INFINITY, new ByteCount());
  expect(await other.done).toMatchObject({ why: "over" });
  expect(sizeOf("a")).toBe(300_000_000);
  children[0]?.kill("SIGKILL");
  closeFd(stuck.read);
  expect(["failed", "over", "stopped"]).toContain((await hanging.done).why);
});

test("more floods than threads share them, and each is whole", async () => {
  const movers = new Movers(2);
  const sizes = [30_000_000, 40_000_000, 50_000_000, 60_000_000, 70_000_000];
  const moves = [];
  for (const [index, size] of sizes.entries()) {
    await until("a thread is ready", () => movers.ready());
    moves.push(movers.move(flood(size), openFile(String(index)), Number.POSITIVE_INFINITY, new ByteCount()));
  }
  for (const move of moves) expect(await move.done).toMatchObject({ why: "over" });
  expect(sizes.map((_, index) => sizeOf(String(index)))).toEqual(sizes);
});
