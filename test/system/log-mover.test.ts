import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import * as fs from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { closeFd, pipe } from "../../src/system/libc.ts";
import { ByteCount, type Moved, Mover } from "../../src/system/log-mover.ts";
import { until } from "../helpers/until.ts";

let directory: string;
const children: ChildProcess[] = [];
const descriptors: number[] = [];
const mover = new Mover();

beforeEach(() => {
  directory = fs.mkdtempSync(join(tmpdir(), "log-mover-"));
});
afterEach(() => {
  for (const child of children.splice(0)) child.kill("SIGKILL");
  for (const fd of descriptors.splice(0)) closeFd(fd);
  fs.rmSync(directory, { recursive: true, force: true });
});

/** A pipe whose read end does not block, as those that libuv reads. */
function openPipe(): { read: number; write: number } {
  const { read: blocking, write } = pipe();
  const read = fs.openSync(`/proc/self/fd/${blocking}`, fs.constants.O_RDONLY | fs.constants.O_NONBLOCK);
  closeFd(blocking);
  descriptors.push(read);
  return { read, write };
}

/** A child, and the pipe that its output comes through. */
function run(command: string): { child: ChildProcess; fd: number } {
  const { read, write } = openPipe();
  const child = spawn("/bin/sh", ["-c", command], { stdio: ["ignore", write, "inherit"] });
  children.push(child);
  closeFd(write);
  return { child, fd: read };
}

function openFile(path: string): number {
  const fd = fs.openSync(path, "a");
  descriptors.push(fd);
  return fd;
}

async function start(command: string, path = join(directory, "out"), limit = Number.POSITIVE_INFINITY) {
  mover.start();
  await until("the thread is ready", () => mover.ready);
  const { child, fd } = run(command);
  const count = new ByteCount();
  return { child, fd, count, ...mover.move(fd, openFile(path), limit, count) };
}

/** Reads what is in the pipe, and returns how much that was. */
const rest = (fd: number): number => {
  const buffer = Buffer.alloc(1 << 20);
  try {
    return fs.readSync(fd, buffer);
  } catch {
    return 0;
  }
};

describe("a move", () => {
  test("takes every byte of a flood, in order, and counts them while it does", async () => {
    const { done, count } = await start("seq 1 3000000");
    await until("something is counted", () => count.sum > 0);
    expect(await done).toMatchObject({ why: "over" });
    const text = fs.readFileSync(join(directory, "out"), "latin1");
    expect(count.sum).toBe(text.length);
    let expected = 1;
    for (let at = 0; at < text.length; at = text.indexOf("\n", at) + 1) {
      if (text.slice(at, text.indexOf("\n", at)) !== String(expected)) break;
      expected++;
    }
    expect(expected).toBe(3_000_001);
  });

  test("ends within one block of its limit", async () => {
    const { done } = await start("exec cat /dev/zero", undefined, 1_000_000);
    expect(await done).toMatchObject({ why: "limit" });
    const { size } = fs.statSync(join(directory, "out"));
    expect(size).toBeGreaterThanOrEqual(1_000_000);
    expect(size).toBeLessThan(1_000_000 + 128 * 1024);
  });

  test("ends when it is told to, and leaves the rest in the pipe", async () => {
    const { child, fd, stop, done } = await start("exec head -c 500000000 /dev/zero");
    await until("it moves", () => fs.statSync(join(directory, "out")).size > 0);
    stop();
    const moved: Moved = await done;
    expect(moved.why).toBe("stopped");
    const ended = once(child, "exit");
    let bytes = fs.statSync(join(directory, "out")).size;
    while (child.exitCode === null) {
      bytes += rest(fd);
      await Promise.race([ended, new Promise(setImmediate)]);
    }
    for (let more = rest(fd); more > 0; more = rest(fd)) bytes += more;
    expect(bytes).toBe(500_000_000);
  });

  test("ends by itself when the flood is over", async () => {
    const { done } = await start("head -c 20000000 /dev/zero; exec sleep 60");
    expect(await done).toMatchObject({ why: "over" });
    expect(fs.statSync(join(directory, "out")).size).toBe(20_000_000);
  });

  test("hands back what could not be written", async () => {
    const { done } = await start("exec cat /dev/zero", "/dev/full");
    const { why, rest: bytes } = await done;
    expect(why).toBe("failed");
    expect(bytes.length).toBeGreaterThan(0);
  });

  test("behind a write that hangs is given up, and the others go on", async () => {
    // A pipe that nobody reads stands for a disk that does not answer.
    const stuck = openPipe();
    descriptors.push(stuck.write);
    mover.start();
    await until("the thread is ready", () => mover.ready);
    const hanging = run("exec cat /dev/zero");
    const first = mover.move(hanging.fd, stuck.write, Number.POSITIVE_INFINITY, new ByteCount());
    await until("it hangs", () => rest(stuck.read) > 0);
    const other = run("exec cat /dev/zero");
    const second = mover.move(other.fd, openFile(join(directory, "out")), Number.POSITIVE_INFINITY, new ByteCount());
    expect(await second.done).toMatchObject({ why: "stopped" });
    expect(mover.ready).toBe(false);
    hanging.child.kill("SIGKILL");
    other.child.kill("SIGKILL");
    await until("it works again", () => {
      rest(stuck.read);
      return mover.ready;
    });
    expect(["over", "stopped"]).toContain((await first.done).why);
  });
});
