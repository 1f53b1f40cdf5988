/** Logs over days that pass when the test says so. */
import * as fs from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gunzipSync, gzipSync } from "node:zlib";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { Keeping } from "../../src/core/program.ts";
import { Agenda } from "../../src/daemon/agenda.ts";
import { LogKeeper } from "../../src/daemon/log-keeper.ts";
import { Logs } from "../../src/daemon/logs.ts";
import type { LogFile } from "../../src/system/log-file.ts";
import { lastMoment, nextMoment } from "../../src/system/log-moments.ts";
import { type MainLog, openMainLog } from "../../src/system/main-log.ts";
import { until } from "../helpers/until.ts";

const hourMs = 3_600_000;
const dayMs = 24 * hourMs;

let directory: string;
let mainLog: MainLog;
let logs: Logs;
let clock: HandClock;
const open: LogFile[] = [];

class HandClock {
  passedMs = 0;
  readonly #startMs = Date.now();
  alarm: { at: number; call: () => void } | null = null;
  now = () => this.passedMs;
  wall = () => this.#startMs + this.passedMs;
  wakeAt(at: number | null, call: () => void) {
    this.alarm = at === null ? null : { at, call };
  }
  /** Up to a moment of the wall. */
  turnTo(wallMs: number): void {
    const end = wallMs - this.#startMs;
    while (this.alarm !== null && this.alarm.at <= end) {
      const { at, call } = this.alarm;
      this.alarm = null;
      this.passedMs = Math.max(this.passedMs, at);
      call();
    }
    this.passedMs = end;
  }
}

beforeEach(async () => {
  directory = fs.mkdtempSync(join(tmpdir(), "log-keeper-"));
  const plain = { maxBytes: 0, backups: 0, level: "info", format: "text", echo: false } as const;
  mainLog = await openMainLog({ logfile: at("s.log"), ...plain });
  clock = new HandClock();
  const keeper = new LogKeeper({ clock, agenda: new Agenda(clock), log: mainLog });
  logs = new Logs(mainLog, undefined, { keeper });
});
afterEach(async () => {
  await Promise.all(open.splice(0).map((log) => logs.release(log)));
  await mainLog.close();
  fs.rmSync(directory, { recursive: true, force: true });
});

const at = (name: string) => join(directory, name);
const read = (name: string) => fs.readFileSync(at(name), "utf8");
const unzipped = (name: string) => gunzipSync(fs.readFileSync(at(name))).toString();
const names = () =>
  fs
    .readdirSync(directory)
    .filter((name) => name !== "s.log")
    .sort()
    .join(" ");

const plain: Keeping = { rotate: null, maxAgeMs: null, compress: false };

function keep(keeping: Partial<Keeping>, { maxBytes = 0, backups = 10 } = {}): LogFile {
  const log = logs.acquire(at("a.log"), { maxBytes, backups, keeping: { ...plain, ...keeping } });
  open.push(log);
  return log;
}

async function put(log: LogFile, text: string): Promise<void> {
  log.write(Buffer.from(text));
  await log.flush();
}

/** A file that was last written before so long. */
function old(name: string, ageMs: number, content: string | Buffer = name): void {
  fs.writeFileSync(at(name), content);
  const seconds = (clock.wall() - ageMs) / 1000;
  fs.utimesSync(at(name), seconds, seconds);
}

describe("rotation by time", () => {
  test("begins a new file at local midnight, once, and none for a day without output", async () => {
    const log = keep({ rotate: "daily" });
    await put(log, "monday\n");
    let midnight = nextMoment("daily", clock.wall());
    clock.turnTo(midnight - 1);
    await log.flush();
    expect(names()).toBe("a.log");
    clock.turnTo(midnight);
    await until("it is rotated", () => names() === "a.log a.log.1");
    await put(log, "tuesday\n");
    midnight = nextMoment("daily", midnight);
    clock.turnTo(midnight);
    await until("it is rotated again", () => names() === "a.log a.log.1 a.log.2");
    for (let day = 0; day < 3; day++) {
      midnight = nextMoment("daily", midnight);
      clock.turnTo(midnight);
      await log.flush();
    }
    expect([names(), read("a.log.1"), read("a.log.2")]).toEqual(["a.log a.log.1 a.log.2", "tuesday\n", "monday\n"]);
  });

  test("begins one at each full hour, and at a size besides", async () => {
    const log = keep({ rotate: "hourly" }, { maxBytes: 10 });
    await put(log, "0123456789");
    await put(log, "rest");
    clock.turnTo(nextMoment("hourly", clock.wall()));
    await until("it is rotated", () => names() === "a.log a.log.1 a.log.2");
    expect([read("a.log.1"), read("a.log.2")]).toEqual(["rest", "0123456789"]);
  });

  test("happens at the start for what an earlier day has left, and only then", async () => {
    old("a.log", clock.wall() - lastMoment("daily", clock.wall()) + 1000, "yesterday\n");
    const log = keep({ rotate: "daily" });
    await until("it is rotated", () => names() === "a.log a.log.1");
    await put(log, "today\n");
    await logs.release(open.pop() as LogFile);
    await put(keep({ rotate: "daily" }), "still today\n");
    expect([names(), read("a.log")]).toEqual(["a.log a.log.1", "today\nstill today\n"]);
  });

  test("that is impossible is told once, and made up for when that is mended", async () => {
    const log = keep({ rotate: "hourly" }, { backups: 1 });
    await put(log, "one\n");
    fs.mkdirSync(at("a.log.1"));
    for (let hour = 0; hour < 2; hour++) {
      clock.turnTo(nextMoment("hourly", clock.wall()));
      await log.flush();
    }
    await until("it is told", () => /ERRO cannot rotate .*a\.log: /.test(read("s.log")));
    fs.rmdirSync(at("a.log.1"));
    clock.turnTo(nextMoment("hourly", clock.wall()));
    await until("it is rotated", () => /ERRO rotating .*a\.log again/.test(read("s.log")));
    expect(read("a.log.1")).toBe("one\n");
    expect(read("s.log").match(/cannot rotate/g)).toHaveLength(1);
  });

  test("opens no file that nobody writes to, nor that of a log whose place is gone", async () => {
    old("a.log", 0);
    const log = keep({ rotate: "hourly" });
    await log.flush();
    const opened = fs.readdirSync("/proc/self/fd").map((fd) => {
      try {
        return fs.readlinkSync(`/proc/self/fd/${fd}`);
      } catch {
        return "";
      }
    });
    expect(opened).not.toContain(at("a.log"));
    fs.rmSync(at("a.log"));
    fs.mkdirSync(at("a.log"));
    clock.turnTo(nextMoment("hourly", clock.wall()));
    await until("it is told", () =>
      /ERRO cannot rotate .*a\.log: illegal operation on a directory/.test(read("s.log")),
    );
  });

  test("disturbs no follower", async () => {
    const log = keep({ rotate: "hourly", compress: true });
    await put(log, "one\n");
    const stop = new AbortController();
    let seen = "";
    const following = (async () => {
      for await (const bytes of log.reader().follow(100, stop.signal)) seen += bytes.toString();
    })();
    for (const line of ["two\n", "three\n"]) {
      await put(log, line);
      clock.turnTo(nextMoment("hourly", clock.wall()));
      await log.flush();
    }
    await until("both are compressed", () => names() === "a.log a.log.1.gz a.log.2.gz");
    await put(log, "four\n");
    await until("all is seen", () => seen === "one\ntwo\nthree\nfour\n");
    stop.abort();
    await following;
  });

  test("can be taken up and given up while the log is open; nothing is waited for then", async () => {
    const log = keep({});
    logs.rotateAs(log, { maxBytes: 0, backups: 10 });
    expect(clock.alarm).toBeNull();
    logs.rotateAs(log, { maxBytes: 0, backups: 10, keeping: { ...plain, rotate: "hourly" } });
    await put(log, "one\n");
    clock.turnTo(nextMoment("hourly", clock.wall()));
    await until("it is rotated", () => names() === "a.log a.log.1");
    logs.rotateAs(log, { maxBytes: 0, backups: 10 });
    await put(log, "two\n");
    clock.turnTo(clock.wall() + dayMs);
    await log.flush();
    expect([names(), clock.alarm]).toEqual(["a.log a.log.1", null]);
  });
});

describe("old rotated files", () => {
  test("are removed at the start and as the days pass, compressed ones too; the file that is written is not", async () => {
    old("a.log", 30 * dayMs);
    old("a.log.1", 6 * dayMs);
    old("a.log.2.gz", 8 * dayMs);
    old("a.log.30", 9 * dayMs);
    old("a.log.old", 9 * dayMs);
    old("a.log.1x", 9 * dayMs);
    keep({ maxAgeMs: 7 * dayMs });
    await until("the old are gone", () => names() === "a.log a.log.1 a.log.1x a.log.old");
    clock.turnTo(clock.wall() + 2 * dayMs);
    await until("another is old", () => names() === "a.log a.log.1x a.log.old");
  });
});

describe("compression", () => {
  test("leaves the newest as .1.gz with its time and mode, keeps as many as there may be, and lets clear be", async () => {
    const log = keep({ compress: true }, { maxBytes: 1, backups: 3 });
    for (const text of ["one", "two", "three", "four", "five"]) {
      await put(log, text);
      await until("it is compressed", () => fs.existsSync(at("a.log.1.gz")) && unzipped("a.log.1.gz") === text);
    }
    await until("the rest has moved", () => names() === "a.log a.log.1.gz a.log.2.gz a.log.3.gz");
    expect(["1", "2", "3"].map((n) => unzipped(`a.log.${n}.gz`))).toEqual(["five", "four", "three"]);
    expect(fs.statSync(at("a.log.1.gz")).mode).toBe(fs.statSync(at("a.log")).mode);
    await log.clear();
    expect(names()).toBe("a.log a.log.1.gz a.log.2.gz a.log.3.gz");
  });

  test("loses nothing of a log that is rotated faster than it can be compressed", async () => {
    const log = keep({ compress: true }, { maxBytes: 20_000, backups: 200 });
    let text = "";
    for (let n = 0; n < 100; n++) {
      const lines = Array.from({ length: 400 }, (_, m) => `${n} ${m}\n`).join("");
      text += lines;
      await put(log, lines);
    }
    await until("all are compressed", () => /^a\.log( a\.log\.\d+\.gz)+$/.test(names()));
    const files = fs.readdirSync(directory).filter((name) => name.endsWith(".gz"));
    const number = (name: string) => Number(name.split(".")[2]);
    const all = files.sort((a, b) => number(b) - number(a)).map(unzipped);
    expect(all.join("") + read("a.log") === text).toBe(true);
  });

  test("goes on where an earlier daemon was killed", async () => {
    old("a.log.1", hourMs, "one");
    old("a.log.2", 2 * hourMs, "two");
    old("a.log.2.gz", 2 * hourMs, gzipSync("two"));
    old("a.log.3", 3 * hourMs, "another");
    old("a.log.3.gz", 5 * hourMs, gzipSync("three"));
    old("a.log.gz.tmp", 0, "half");
    keep({ compress: true });
    await until("all is well", () => names() === "a.log a.log.1.gz a.log.2.gz a.log.3 a.log.3.gz");
    expect(["1", "2", "3"].map((n) => unzipped(`a.log.${n}.gz`))).toEqual(["one", "two", "three"]);
    expect(Math.abs(fs.statSync(at("a.log.1.gz")).mtimeMs - (clock.wall() - hourMs))).toBeLessThan(2000);
  });

  test("that is impossible is told, and nothing is lost", async () => {
    fs.mkdirSync(at("a.log.gz.tmp"));
    const log = keep({ compress: true }, { maxBytes: 1 });
    await put(log, "one");
    await until("it is told", () => /WARN cannot compress .*a\.log\.1: /.test(read("s.log")));
    expect(read("a.log.1")).toBe("one");
  });
});
