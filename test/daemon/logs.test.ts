import * as fs from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { Logs } from "../../src/daemon/logs.ts";
import type { LogFile } from "../../src/system/log-file.ts";
import type { MainLog } from "../../src/system/main-log.ts";
import { mainLogIn } from "../helpers/main-log.ts";
import { until } from "../helpers/until.ts";

let directory: string;
let mainLog: MainLog;
let logs: Logs;
const open: LogFile[] = [];

const at = (name: string) => join(directory, name);
const read = (name: string) => fs.readFileSync(at(name), "utf8");
const rotation = { maxBytes: 0, backups: 0, mode: 0o600 };

beforeEach(async () => {
  directory = fs.mkdtempSync(join(tmpdir(), "logs-"));
  mainLog = await mainLogIn(at("s.log"));
  logs = new Logs(mainLog);
});
afterEach(async () => {
  await Promise.all(open.splice(0).map((log) => logs.release(log)));
  await mainLog.close();
  fs.rmSync(directory, { recursive: true, force: true });
});

function acquire(name: string): LogFile {
  const log = logs.acquire(at(name), rotation);
  open.push(log);
  return log;
}

function acquireNew(name: string): LogFile {
  const log = logs.acquireNew(at(name), rotation);
  if (log === null) throw new Error("nothing can be written there");
  open.push(log);
  return log;
}

function openFiles(): string[] {
  return fs.readdirSync("/proc/self/fd").flatMap((fd) => {
    try {
      return fs.readlinkSync(`/proc/self/fd/${fd}`);
    } catch {
      return [];
    }
  });
}

async function put(log: LogFile, text: string): Promise<void> {
  log.write(Buffer.from(text));
  await log.flush();
}

describe("a log that nothing has been written to", () => {
  test("has its file, which is no longer open", () => {
    acquire("a.log");
    expect(fs.existsSync(at("a.log"))).toBe(true);
    expect(openFiles()).not.toContain(at("a.log"));
  });

  test("goes on behind what stood there before, also when it was lengthened meanwhile", async () => {
    fs.writeFileSync(at("a.log"), "one\n");
    const log = acquire("a.log");
    fs.appendFileSync(at("a.log"), "two\n");
    await put(log, "three\n");
    expect(read("a.log")).toBe("one\ntwo\nthree\n");
  });

  test("loses bytes that come while it cannot be opened, says so once, and takes what comes later", async () => {
    const log = acquire("a.log");
    fs.rmSync(at("a.log"));
    fs.mkdirSync(at("a.log"));
    await put(log, "lost\n");
    await put(log, "lost as well\n");
    fs.rmdirSync(at("a.log"));
    await put(log, "taken\n");
    expect(read("a.log")).toBe("taken\n");
    await mainLog.flush();
    expect(read("s.log").match(/ERRO cannot write .*a\.log: illegal operation on a directory; .*lost/g)).toHaveLength(
      1,
    );
  });
});

describe("new logs", () => {
  test("have their files soon, the first one at once, and each one for whoever asks", async () => {
    const many = Array.from({ length: 100 }, (_, n) => acquireNew(`${n}.log`));
    expect(fs.readdirSync(directory).sort()).toEqual(["0.log", "s.log"]);
    expect(await many[99]?.reader().size()).toBe(0);
    expect(fs.statSync(at("99.log")).mode & 0o777).toBe(0o600);
    await until("all are there", () => fs.readdirSync(directory).length === 101);
    await put(many[98] as LogFile, "hello\n");
    expect(read("98.log")).toBe("hello\n");
    await mainLog.flush();
    expect(read("s.log")).toBe("");
  });

  test("are refused where no folder is, and done without where it has gone, which is told when it turns out", async () => {
    fs.writeFileSync(at("file"), "");
    expect(() => acquireNew("file/0.log")).toThrow(/^cannot create .*file\/0\.log: not a directory$/);
    fs.mkdirSync(at("gone"));
    acquireNew("gone/0.log");
    acquireNew("gone/1.log");
    fs.rmSync(at("gone"), { recursive: true });
    await until("it is told", () => /WARN cannot create .*gone\/1\.log: no such file/.test(read("s.log")));
    expect(() => acquireNew("gone/2.log")).toThrow("nothing can be written there");
    await mainLog.flush();
    expect(read("s.log")).toMatch(/gone\/2\.log: no such file or directory; programs run without such logs/);
  });

  test("make no file when they are given back before", async () => {
    acquireNew("0.log");
    const log = acquireNew("1.log");
    open.splice(open.indexOf(log), 1);
    await logs.release(log);
    acquireNew("2.log");
    await until("the others are there", () => fs.existsSync(at("2.log")));
    expect(fs.existsSync(at("1.log"))).toBe(false);
  });
});
