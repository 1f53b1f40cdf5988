import { execFileSync, spawnSync } from "node:child_process";
import * as fs from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { MainLog, MainLogOptions } from "../../src/system/main-log.ts";
import { mainLogIn } from "../helpers/main-log.ts";
import { until } from "../helpers/until.ts";

let directory: string;
const open: MainLog[] = [];

beforeEach(() => {
  directory = fs.mkdtempSync(join(tmpdir(), "main-log-"));
});
afterEach(async () => {
  await Promise.all(open.splice(0).map((log) => log.close()));
  fs.rmSync(directory, { recursive: true, force: true });
});

const at = (name: string) => join(directory, name);
const read = (name: string) => fs.readFileSync(at(name), "utf8");

async function openLog(options: Partial<MainLogOptions> = {}): Promise<MainLog> {
  const log = await mainLogIn(at("s.log"), options);
  open.push(log);
  return log;
}

describe("the main log", () => {
  test("has a line per message: local time, level, text", async () => {
    const log = await openLog({ level: "blather" });
    const before = Date.now();
    log.critical("a");
    log.error("b");
    log.warn("c");
    log.info("spawned: 'x' with pid 7");
    log.debug("d");
    log.trace("e");
    log.blather("f");
    await log.flush();
    const lines = read("s.log").trimEnd().split("\n");
    const [, time, millis] = /^(\d{4}-\d\d-\d\d \d\d:\d\d:\d\d),(\d{3}) CRIT a$/.exec(lines[0] as string) ?? [];
    expect(Math.abs(new Date(`${time?.replace(" ", "T")}.${millis}`).getTime() - before)).toBeLessThan(5000);
    expect(lines.map((line) => line.slice(24))).toEqual([
      "CRIT a",
      "ERRO b",
      "WARN c",
      "INFO spawned: 'x' with pid 7",
      "DEBG d",
      "TRAC e",
      "BLAT f",
    ]);
  });

  test("leaves out what is below its level", async () => {
    const log = await openLog({ level: "warn" });
    log.info("no");
    log.debug("no");
    log.warn("yes");
    log.critical("yes");
    await log.flush();
    expect(read("s.log")).toMatch(/^.* WARN yes\n.* CRIT yes\n$/);
    expect([log.enabled("error"), log.enabled("warn"), log.enabled("info")]).toEqual([true, true, false]);
  });

  test("in json is one object per line", async () => {
    const log = await openLog({ format: "json", level: "trace" });
    log.info('with "quotes"\nand lines');
    log.trace("fine");
    log.blather("too fine");
    await log.flush();
    const lines = read("s.log")
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line));
    expect(lines).toEqual([
      {
        level: "info",
        time: expect.stringMatching(/^\d{4}-.*T.*Z$/),
        pid: process.pid,
        msg: 'with "quotes"\nand lines',
      },
      { level: "trace", time: expect.anything(), pid: process.pid, msg: "fine" },
    ]);
  });

  test("is rotated, reopened, cleared and read like any log", async () => {
    const log = await openLog({ maxBytes: 40, backups: 1 });
    log.info("a line to fill the file");
    await log.flush();
    expect(read("s.log.1")).toContain("a line to fill");
    log.info("x");
    expect(await log.reader()?.size()).toBe("2000-01-01 00:00:00,000 INFO x\n".length);
    fs.renameSync(at("s.log"), at("old"));
    await log.reopen();
    expect(read("s.log")).toBe("");
    log.info("y");
    await log.clear();
    expect(read("s.log")).toBe("");
    expect((await openLog({ logfile: null })).reader()).toBeNull();
  });

  test("says which file cannot be opened", async () => {
    await expect(openLog({ logfile: at("gone/s.log") })).rejects.toThrow(
      `cannot open ${at("gone/s.log")}: no such file or directory`,
    );
  });

  test("writes what waits when the daemon dies of an error", async () => {
    const log = await openLog();
    for (let i = 0; i < 100; i++) log.error(`line ${i}`);
    log.flushSync();
    expect(read("s.log")).toContain("line 99\n");
  });
});

describe("the echo on stdout", () => {
  test("has the same lines", async () => {
    fs.writeFileSync(at("out"), "");
    const log = await openLog({ echo: true, echoTo: at("out") });
    log.info("hello");
    log.debug("no");
    await log.flush();
    expect(read("out")).toBe(read("s.log"));
    expect(read("out")).toMatch(/ INFO hello\n$/);
  });

  test("drops lines that nobody takes, keeps the file complete, and tells how many it dropped", async () => {
    execFileSync("mkfifo", [at("out")]);
    const reader = fs.openSync(at("out"), fs.constants.O_RDONLY | fs.constants.O_NONBLOCK);
    const log = await openLog({ echo: true, echoTo: at("out") });
    const text = "x".repeat(1000);
    for (let i = 0; i < 2000; i++) log.info(text);
    await until("the file is complete", () => read("s.log").split("\n").length === 2001);
    let shown = "";
    const buffer = Buffer.alloc(1 << 20);
    const drain = () => {
      try {
        for (let count = 1; count > 0; ) {
          count = fs.readSync(reader, buffer);
          shown += buffer.toString("latin1", 0, count);
        }
      } catch {
        // Nothing now.
      }
      return shown;
    };
    await until("the waiting lines have come", () => drain().length > 250_000);
    await until("the echo works again", () => {
      log.info("again");
      return drain().includes("again");
    });
    const lines = shown.split("\n").filter((line) => line.endsWith(text)).length;
    const [, dropped] = / WARN (\d+) lines were not shown here, because nobody read them\n/.exec(shown) ?? [];
    expect(lines).toBeLessThan(1000);
    expect(lines + Number(dropped)).toBeGreaterThanOrEqual(2000);
    fs.closeSync(reader);
  });

  test("survives a stdout that is closed", () => {
    const module = JSON.stringify(new URL("../../src/system/main-log.ts", import.meta.url).href);
    const script = `
      import { openMainLog } from ${module};
      const log = await openMainLog({ logfile: process.argv[1], maxBytes: 0, backups: 0, level: "info", format: "text", echo: true });
      for (let i = 0; i < 100; i++) { log.info("line " + i); await new Promise((resolve) => setTimeout(resolve, 2)); }
      await log.close();
    `;
    const node = [process.execPath, "--disable-warning=ExperimentalWarning", "--input-type=module", "-e", script];
    const shell = ["-c", 'set -o pipefail; "$@" | head -n 1', "sh", ...node, at("s.log")];
    const { status, stdout } = spawnSync("/bin/bash", shell, { encoding: "utf8", timeout: 15_000 });
    expect(stdout).toMatch(/ INFO line 0\n$/);
    expect(status).toBe(0);
    expect(read("s.log").split("\n")).toHaveLength(101);
  });

  test("tells on stdout what is wrong with the file", async () => {
    fs.writeFileSync(at("out"), "");
    const log = await openLog({ logfile: "/dev/full", echo: true, echoTo: at("out") });
    log.info("hello");
    await log.flush();
    await log.flush();
    expect(read("out")).toMatch(/ INFO hello\n.* ERRO cannot write \/dev\/full: no space left on device; .*\n$/);
  });
});
