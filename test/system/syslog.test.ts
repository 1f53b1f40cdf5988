import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { openMainLog } from "../../src/system/main-log.ts";
import { Syslog, type SyslogOptions } from "../../src/system/syslog.ts";
import { SyslogDaemon } from "../helpers/syslog.ts";
import { until } from "../helpers/until.ts";

let directory: string;
let daemon: SyslogDaemon;
let reports: string[];
const open: Syslog[] = [];

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "syslog-"));
  daemon = new SyslogDaemon(join(directory, "log"));
  reports = [];
});
afterEach(async () => {
  vi.useRealTimers();
  await Promise.all(open.splice(0).map((syslog) => syslog.close(0)));
  await daemon.end();
  rmSync(directory, { recursive: true, force: true });
});

function openSyslog(options: Partial<SyslogOptions> = {}): Syslog {
  const syslog = new Syslog({
    ident: "spaced",
    path: daemon.socket,
    report: (message) => void reports.push(message),
    ...options,
  });
  open.push(syslog);
  return syslog;
}

const line = (text: string) => Buffer.from(text, "latin1");
const arrived = (count: number, limitMs = 10_000) =>
  until(`${count} messages have arrived`, () => daemon.messages.length >= count, limitMs);
const sum = (pattern: RegExp) => reports.reduce((total, report) => total + Number(pattern.exec(report)?.[1] ?? 0), 0);

describe("a line for syslog", () => {
  test.each([
    ["2031-02-03T04:05:06", "<14>Feb  3 04:05:06 supervisord: web hello"],
    ["2031-11-22T23:59:59", "<14>Nov 22 23:59:59 supervisord: web hello"],
  ])("carries priority, local time and name as that of syslog(3) does: %s", async (time, message) => {
    await daemon.start();
    const syslog = openSyslog({ ident: "supervisord" });
    vi.useFakeTimers({ now: new Date(time), toFake: ["Date"] });
    syslog.send(line("hello"), line("web "));
    vi.useRealTimers();
    await arrived(1);
    expect(daemon.messages).toEqual([message]);
  });

  test("keeps its bytes, whatever they are, but for NUL, behind which some log daemons see another message", async () => {
    await daemon.start();
    const syslog = openSyslog();
    syslog.send(line("caf\xe9 \x1b[1m\ttab\r"));
    syslog.send(line(""), line("web "));
    syslog.send(line("a\0<8>kernel: b\0"));
    await arrived(3);
    expect(daemon.texts).toEqual(["spaced: caf\xe9 \x1b[1m\ttab\r", "spaced: web ", "spaced: a <8>kernel: b "]);
  });
});

describe("a log daemon", () => {
  test("that is behind gets a burst complete and in order", async () => {
    await daemon.start();
    const syslog = openSyslog();
    const sent = Array.from({ length: 8000 }, (_, n) => `line ${n}`);
    for (const text of sent) syslog.send(line(text));
    await syslog.flush(10_000);
    await arrived(sent.length);
    expect(daemon.texts).toEqual(sent.map((text) => `spaced: ${text}`));
    expect(reports).toEqual([]);
  });

  test("that hangs holds up nobody: lines are kept up to a limit, the rest is counted and told of once", async () => {
    await daemon.start();
    const syslog = openSyslog();
    daemon.signal("SIGSTOP");
    const count = 200_000;
    const before = performance.now();
    for (let n = 0; n < count; n++) syslog.send(line(`line ${n}`));
    expect(performance.now() - before).toBeLessThan(3000);
    expect(reports).toEqual([
      `cannot write ${daemon.socket}: its reader is too slow; what it should hold is lost until this is mended`,
    ]);
    daemon.signal("SIGCONT");
    await syslog.flush(10_000);
    await until("the loss is told", () => {
      syslog.send(line("again"));
      return reports.length > 1;
    });
    await syslog.flush(10_000);
    const lost = sum(/writing .* again; (\d+) lines were lost$/);
    await until("the last line has arrived", () => daemon.texts.at(-1) === "spaced: again");
    const kept = daemon.texts.filter((text) => text !== "spaced: again");
    expect(reports).toHaveLength(2);
    expect(kept).toEqual(Array.from({ length: count - lost }, (_, n) => `spaced: line ${n}`));
    expect(lost).toBeGreaterThan(count / 2);
  });

  test("that is started again gets what was said meanwhile", async () => {
    await daemon.start();
    const syslog = openSyslog();
    syslog.send(line("before"));
    await arrived(1);
    await daemon.end();
    syslog.send(line("during 1"));
    syslog.send(line("during 2"));
    await daemon.start();
    await arrived(3);
    syslog.send(line("after"));
    await arrived(4);
    expect(daemon.texts).toEqual(["before", "during 1", "during 2", "after"].map((text) => `spaced: ${text}`));
    expect(reports).toEqual([]);
  });

  test("that is started late gets what was said from the beginning", async () => {
    const syslog = openSyslog();
    for (const text of ["one", "two"]) syslog.send(line(text));
    await daemon.start();
    await arrived(2);
    expect(daemon.texts).toEqual(["spaced: one", "spaced: two"]);
  });

  test("that is not there is told of once, lines are not kept for it for ever, and it gets them when it comes", async () => {
    const syslog = openSyslog({ patienceMs: 50 });
    syslog.send(line("0"));
    await until("the loss is told", () => reports.length > 0);
    for (let n = 1; n < 1000; n++) syslog.send(line(`${n}`));
    expect(reports).toEqual([
      `cannot write ${daemon.socket}: no such file or directory; what it should hold is lost until this is mended`,
    ]);
    await daemon.start();
    let sent = 1000;
    await until("the recovery is told", () => {
      syslog.send(line(`${sent++}`));
      return reports.length > 1;
    });
    const lost = sum(/writing .* again; (\d+) lines were lost$/);
    await arrived(sent - lost);
    expect(daemon.texts).toEqual(Array.from({ length: sent - lost }, (_, n) => `spaced: ${lost + n}`));
    expect(reports).toHaveLength(2);
  });

  test.each([
    ["a plain file", "connection refused", (path: string) => writeFileSync(path, "")],
    ["a directory", "connection refused", (path: string) => mkdirSync(path)],
  ])("with %s in its place costs lines and nothing else", async (_what, cause, make) => {
    make(daemon.socket);
    const syslog = openSyslog({ patienceMs: 50 });
    syslog.send(line("x"));
    await until("the loss is told", () => reports.length > 0);
    expect(reports[0]).toBe(
      `cannot write ${daemon.socket}: ${cause}; what it should hold is lost until this is mended`,
    );
  });

  test("at a path that no socket can have costs lines and nothing else", async () => {
    const syslog = openSyslog({ path: `/tmp/${"x".repeat(200)}`, patienceMs: 50 });
    syslog.send(line("x"));
    await until("the loss is told", () => reports.length > 0);
    expect(reports[0]).toContain(": name too long; what it should hold is lost");
  });

  test("that takes no message of such a length costs that line alone", async () => {
    await daemon.start();
    const syslog = openSyslog();
    syslog.send(Buffer.alloc(1_000_000, "x"));
    syslog.send(line("short"));
    await arrived(1);
    expect(daemon.texts).toEqual(["spaced: short"]);
    expect(reports).toEqual([
      `cannot write ${daemon.socket}: message too long; what it should hold is lost until this is mended`,
    ]);
  });
});

describe("closing", () => {
  test("waits for a reader that is behind, and for one that hangs only as long as it is told to", async () => {
    await daemon.start();
    const syslog = openSyslog();
    for (let n = 0; n < 500; n++) syslog.send(line(`${n}`));
    await syslog.close(10_000);
    await arrived(500);
    const another = openSyslog();
    daemon.signal("SIGSTOP");
    for (let n = 0; n < 500; n++) another.send(line(`${n}`));
    const before = performance.now();
    await another.close(200);
    expect(performance.now() - before).toBeLessThan(2000);
    expect(reports).toHaveLength(1);
    another.send(line("too late"));
    expect(reports).toHaveLength(1);
  });

  test("does not wait for a reader that is not there", async () => {
    const syslog = openSyslog();
    syslog.send(line("x"));
    const before = performance.now();
    await syslog.close(10_000);
    expect(performance.now() - before).toBeLessThan(1000);
    expect(reports).toHaveLength(1);
  });
});

describe("the main log", () => {
  const options = { logfile: null, maxBytes: 0, backups: 0, level: "info", format: "text", echo: false } as const;

  test("goes to syslog a line at a time, each with its time and level, beside a file if there is one", async () => {
    await daemon.start();
    const file = join(directory, "s.log");
    const log = await openMainLog({ ...options, logfile: file, syslog: { ident: "supervisord", path: daemon.socket } });
    log.info("spawned: 'x' with pid 7");
    log.debug("not at this level");
    log.critical("one\ntwo");
    await log.close();
    await arrived(3);
    const stamp = /^supervisord: \d{4}-\d\d-\d\d \d\d:\d\d:\d\d,\d{3} /;
    for (const text of daemon.texts) expect(text).toMatch(stamp);
    const texts = ["INFO spawned: 'x' with pid 7", "CRIT one", "CRIT two"];
    expect(daemon.texts.map((text) => text.replace(stamp, ""))).toEqual(texts);
    expect(readFileSync(file, "utf8").replace(/^\d.{23}/gm, "")).toBe("INFO spawned: 'x' with pid 7\nCRIT one\ntwo\n");
  });

  test("in syslog alone has nothing that could be read back", async () => {
    await daemon.start();
    const log = await openMainLog({ ...options, syslog: { ident: "spaced", path: daemon.socket } });
    log.info("x");
    await expect(log.reader()?.size()).rejects.toMatchObject({ code: "ENOENT", path: "syslog" });
    await log.clear();
    await log.reopen();
    await log.close();
    await arrived(1);
  });

  test("as JSON is JSON there too", async () => {
    await daemon.start();
    const log = await openMainLog({ ...options, format: "json", syslog: { ident: "spaced", path: daemon.socket } });
    log.warn("x");
    await log.close();
    await arrived(1);
    expect(JSON.parse((daemon.texts[0] as string).replace("spaced: ", ""))).toMatchObject({ level: "warn", msg: "x" });
  });
});
