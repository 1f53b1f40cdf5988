import * as fs from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { LogBudget } from "../../src/daemon/log-budget.ts";
import { Logs } from "../../src/daemon/logs.ts";
import type { LogFile } from "../../src/system/log-file.ts";
import { type MainLog, openMainLog } from "../../src/system/main-log.ts";
import { until } from "../helpers/until.ts";

let directory: string;
let mainLog: MainLog;
let logs: Logs;
const open: LogFile[] = [];

const limitBytes = 100_000;

beforeEach(async () => {
  directory = fs.mkdtempSync(join(tmpdir(), "log-budget-"));
  const plain = { maxBytes: 0, backups: 0, level: "info", format: "text", echo: false } as const;
  mainLog = await openMainLog({ logfile: at("s.main"), ...plain });
  logs = new Logs(mainLog, undefined, { budget: new LogBudget(limitBytes, mainLog) });
});
afterEach(async () => {
  await Promise.all(open.splice(0).map((log) => logs.release(log)));
  await mainLog.close();
  fs.rmSync(directory, { recursive: true, force: true });
});

const at = (name: string) => join(directory, name);
const names = () =>
  fs
    .readdirSync(directory)
    .filter((name) => name !== "s.main")
    .sort()
    .join(" ");
const told = async () => {
  await mainLog.flush();
  return fs.readFileSync(at("s.main"), "utf8").split("\n").slice(0, -1);
};

function acquire(name: string, maxBytes = 0): LogFile {
  const log = logs.acquire(at(name), { maxBytes, backups: 10 });
  open.push(log);
  return log;
}

function old(name: string, bytes: number, ageSeconds: number): void {
  fs.writeFileSync(at(name), Buffer.alloc(bytes));
  const seconds = Date.now() / 1000 - ageSeconds;
  fs.utimesSync(at(name), seconds, seconds);
}

test("the oldest rotated files of all logs go first, until the rest is within the budget; it is told once", async () => {
  old("a.log", 40_000, 500);
  old("a.log.1", 20_000, 100);
  old("a.log.2.gz", 20_000, 300);
  old("b.log.1", 20_000, 200);
  old("b.log.2", 20_000, 400);
  old("b.log.3", 20_000, 350);
  old("c.log.1", 90_000, 900);
  acquire("a.log");
  acquire("b.log");
  await until("it is within", () => names() === "a.log a.log.1 a.log.2.gz b.log b.log.1 c.log.1");
  const lines = await told();
  expect(lines).toHaveLength(1);
  expect(lines[0]).toMatch(
    /WARN logs of programs take 137KB, more than log_budget=98KB: the oldest rotated files are removed/,
  );
});

test("is kept while logs grow, which are told of once more when only they are left", async () => {
  const log = acquire("a.log", 10_000);
  for (let n = 0; n < 40; n++) {
    log.write(Buffer.alloc(10_000, n));
    await log.flush();
  }
  const total = () => fs.readdirSync(directory).reduce((sum, name) => sum + fs.statSync(at(name)).size, 0);
  await until("it is within", () => total() <= limitBytes + 1000);
  const other = acquire("b.log");
  other.write(Buffer.alloc(150_000));
  await until("no rotated file is left", () => names() === "a.log b.log");
  other.write(Buffer.alloc(50_000));
  await other.flush();
  await until("it is told", async () => (await told()).length === 2);
  expect((await told())[1]).toMatch(
    /WARN logs of programs take \d+KB, more than log_budget=98KB, and no rotated file is left/,
  );
});

test("a log that is named like another's rotated file is none", async () => {
  old("a.log", 90_000, 10);
  old("a.log.1", 20_000, 100);
  acquire("a.log.1");
  acquire("a.log");
  await until("it is told", async () => (await told()).length === 1);
  expect(names()).toBe("a.log a.log.1");
});
