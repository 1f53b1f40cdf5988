import * as fs from "node:fs";
import { setImmediate } from "node:timers/promises";
import { describe, expect, test } from "vitest";
import type { LogFile } from "../../src/system/log-file.ts";
import { at, directory, openLog as openAt, prepareLogs, put } from "../helpers/log-files.ts";
import { until } from "../helpers/until.ts";

prepareLogs();

const openLog = (maxBytes = 0, backups = 0, path = at("a.log")): LogFile => openAt(path, maxBytes, backups);

/** A `tail -f` that remembers what it has seen; `pace` is awaited after each piece. */
async function startFollower(log: LogFile, tailBytes = 0, pace: () => Promise<unknown> = async () => {}) {
  const stop = new AbortController();
  const pieces: Buffer[] = [];
  const follower = {
    text: () => Buffer.concat(pieces).toString("latin1"),
    stop: () => stop.abort(),
    ended: false,
    done: Promise.resolve(),
  };
  const run = async () => {
    for await (const piece of log.reader().follow(tailBytes, stop.signal)) {
      expect(piece.length).toBeGreaterThan(0);
      pieces.push(piece);
      await pace();
    }
    follower.ended = true;
  };
  follower.done = run();
  // It has found its place once this has gone through the same queue.
  await log.flush();
  await setImmediate();
  return follower;
}

/** Descriptors of this process that point into the directory. */
function descriptors(): number {
  return fs.readdirSync("/proc/self/fd").filter((fd) => {
    try {
      return fs.readlinkSync(`/proc/self/fd/${fd}`).startsWith(directory);
    } catch {
      return false;
    }
  }).length;
}

describe("reading", () => {
  test("tells the size and any part of the current file, with all that was written before", async () => {
    const log = openLog();
    log.write(Buffer.from("0123456789"));
    const reader = log.reader();
    expect(await reader.size()).toBe(10);
    expect((await reader.read(3, 4)).toString()).toBe("3456");
    expect((await reader.read(8, 100)).toString()).toBe("89");
    expect((await reader.read(50, 1)).length).toBe(0);
  });

  test("tells when bytes last went into it: what waits to be written counts, an empty file's making too", async () => {
    const log = openLog();
    const modified = () => log.reader().modified();
    expect(await modified()).toBe(fs.statSync(at("a.log")).mtimeMs);
    fs.utimesSync(at("a.log"), 1, 1);
    expect(await modified()).toBe(1000);
    const before = Date.now();
    log.write(Buffer.from("x"));
    // The clock of file systems goes in steps of a few milliseconds.
    expect(await modified()).toBeGreaterThan(before - 50);
  });

  test("begins anew after a rotation", async () => {
    const log = openLog(5, 1);
    await put(log, "12345");
    await put(log, "6");
    expect(await log.reader().size()).toBe(1);
  });
});

describe("following", () => {
  test("shows the last bytes and then what is written", async () => {
    const log = openLog();
    await put(log, "0123456789");
    const follower = await startFollower(log, 3);
    await put(log, "abc");
    await until("all is seen", () => follower.text() === "789abc");
  });

  test("begins with all there is when that is less than asked for", async () => {
    const log = openLog();
    await put(log, "0123");
    const follower = await startFollower(log, 1000);
    await until("all is seen", () => follower.text() === "0123");
  });

  test("loses and repeats nothing through 1000 rotations", async () => {
    const log = openLog(1000, 3);
    const follower = await startFollower(log);
    let written = "";
    for (let i = 0; i < 10_000; i++) {
      const line = `${String(i).padStart(99, "0")}\n`;
      written += line;
      log.write(Buffer.from(line));
      if (i % 10 === 9) await log.flush();
    }
    await until("the end is seen", () => follower.text().length >= written.length);
    expect(follower.text()).toBe(written);
    await until("only the file that is written is open", () => descriptors() === 1);
  });

  test("reads rotated files to their end, however slow it is", async () => {
    const log = openLog(1000, 1);
    const gate = Promise.withResolvers<void>();
    const follower = await startFollower(log, 0, () => gate.promise);
    let written = "";
    for (let i = 0; i < 600; i++) {
      const line = `${String(i).padStart(99, "0")}\n`;
      written += line;
      await put(log, line);
    }
    expect(fs.readdirSync(directory)).toHaveLength(2);
    gate.resolve();
    await until("the end is seen", () => follower.text().length >= written.length);
    expect(follower.text()).toBe(written);
    await until("rotated files are closed", () => descriptors() === 1);
  });

  test("holds a bounded number of files open, and says how much it has passed over", async () => {
    const log = openLog(100, 1);
    const gate = Promise.withResolvers<void>();
    const follower = await startFollower(log, 0, () => gate.promise);
    const line = (i: number) => `${String(i).padStart(99, "0")}\n`;
    await put(log, line(0));
    await until("it has begun", () => follower.text() !== "");
    for (let i = 1; i <= 1000; i++) await put(log, line(i));
    expect(descriptors()).toBeLessThan(70);
    gate.resolve();
    await until("the end is seen", () => follower.text().endsWith(line(1000)));
    const [, skipped, rest] = /==> (\d+) bytes skipped <==\n([\s\S]*)$/.exec(follower.text()) ?? [];
    expect(Number(skipped) + (rest as string).length).toBe(1000 * 100);
  });

  test("goes on after a clear, a deletion and a reopening, each of which costs no byte", async () => {
    const log = openLog();
    const follower = await startFollower(log);
    await put(log, "one\n");
    await log.clear();
    await put(log, "two\n");
    fs.renameSync(at("a.log"), at("a.old"));
    await put(log, "three\n");
    await log.reopen();
    await put(log, "four\n");
    fs.unlinkSync(at("a.log"));
    await log.reopen();
    await put(log, "five\n");
    await until("all is seen", () => follower.text() === "one\ntwo\nthree\nfour\nfive\n");
  });

  test("is told when the file is emptied because it keeps no backups", async () => {
    const log = openLog(10, 0);
    const follower = await startFollower(log);
    await put(log, "0123456789");
    await put(log, "abc");
    await until("all is seen", () => follower.text() === "0123456789==> File truncated <==\nabc");
    expect(fs.readFileSync(at("a.log"), "utf8")).toBe("abc");
  });

  test("is told when somebody else empties the file, and begins anew", async () => {
    const log = openLog();
    const follower = await startFollower(log);
    await put(log, "0123456789");
    await until("the first is seen", () => follower.text() === "0123456789");
    fs.truncateSync(at("a.log"));
    await put(log, "abc");
    await until("all is seen", () => follower.text() === "0123456789==> File truncated <==\nabc");
    await put(log, "def");
    await until("more is seen", () => follower.text().endsWith("abcdef"));
  });

  test("ends when the log is closed, after the last byte", async () => {
    const log = openLog();
    const follower = await startFollower(log);
    log.write(Buffer.from("last words"));
    await log.close();
    await follower.done;
    expect(follower.text()).toBe("last words");
    expect(follower.ended).toBe(true);
    await until("the file is closed", () => descriptors() === 0);
  });

  test("ends when it is told to, and lets go of its files", async () => {
    const log = openLog(10, 1);
    const follower = await startFollower(log);
    follower.stop();
    await follower.done;
    await put(log, "0123456789");
    await until("one file is open", () => descriptors() === 1);
  });

  test("of a device shows the last bytes that were sent there, and what follows", async () => {
    const log = openLog(10, 3, "/dev/null");
    await put(log, "x".repeat(10_000));
    const before = Date.now();
    await put(log, "0123456789");
    expect(await log.reader().modified()).toBeGreaterThanOrEqual(before);
    expect(await log.reader().size()).toBe(4096);
    expect((await log.reader().read(4090, 100)).toString()).toBe("456789");
    const follower = await startFollower(log, 4);
    await put(log, "abc");
    await until("all is seen", () => follower.text() === "6789abc");
    await log.clear();
    expect(await log.reader().size()).toBe(0);
    expect(fs.statSync("/dev/null").isCharacterDevice()).toBe(true);
  });
});
