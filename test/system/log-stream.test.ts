import { execFileSync, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import * as fs from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { LogFile } from "../../src/system/log-file.ts";
import { until } from "../helpers/until.ts";

let directory: string;
let fifo: string;
let messages: string[];
let open: LogFile[];

beforeEach(() => {
  directory = fs.mkdtempSync(join(tmpdir(), "log-stream-"));
  fifo = join(directory, "fifo");
  execFileSync("mkfifo", [fifo]);
  messages = [];
  open = [];
});
afterEach(async () => {
  await Promise.all(open.map((log) => log.close(100)));
  fs.rmSync(directory, { recursive: true, force: true });
});

function openLog(path: string): LogFile {
  const log = new LogFile({ path, maxBytes: 10, backups: 3, report: (message) => messages.push(message) });
  open.push(log);
  return log;
}

const openReader = () => fs.openSync(fifo, fs.constants.O_RDONLY | fs.constants.O_NONBLOCK);

/** What is in the pipe now, at most `limit` bytes of it. */
function readNow(fd: number, limit = 1 << 20): Buffer {
  const buffer = Buffer.alloc(limit);
  try {
    return buffer.subarray(0, fs.readSync(fd, buffer));
  } catch {
    return Buffer.alloc(0);
  }
}

const logFileModule = JSON.stringify(new URL("../../src/system/log-file.ts", import.meta.url).href);

/** Runs a script that writes to its own stdout through a log; `shell` says where its descriptors point. */
function runScript(path: string, shell: string) {
  const script = `
    import { LogFile } from ${logFileModule};
    const log = new LogFile({ path: ${JSON.stringify(path)}, maxBytes: 10, backups: 1, report: (message) => process.stderr.write(message + "\\n") });
    for (let i = 0; i < 10; i++) { log.write(Buffer.from("line " + i + " of more than ten bytes\\n")); await log.flush(); }
    await log.clear();
    log.write(Buffer.from("end\\n"));
    await log.close();
  `;
  const node = [process.execPath, "--disable-warning=ExperimentalWarning", "--input-type=module", "-e", script];
  return spawnSync("/bin/bash", ["-c", shell, "sh", ...node], { encoding: "utf8", timeout: 15_000, cwd: directory });
}

const expected = `${Array.from({ length: 10 }, (_, i) => `line ${i} of more than ten bytes\n`).join("")}end\n`;

describe("a log that is a pipe", () => {
  test("is written for ever, never rotated and never removed", async () => {
    const reader = openReader();
    const log = openLog(fifo);
    for (let i = 0; i < 10; i++) log.write(Buffer.from("0123456789"));
    await log.flush();
    await log.clear();
    await log.reopen();
    expect(readNow(reader).toString()).toBe("0123456789".repeat(10));
    expect(fs.readdirSync(directory)).toEqual(["fifo"]);
    fs.closeSync(reader);
  });

  test("makes its producer wait while its reader is slow, and loses nothing", async () => {
    const reader = openReader();
    const log = openLog(fifo);
    const piece = Buffer.alloc(64 * 1024, "x");
    let written = 0;
    do written += piece.length;
    while (log.write(piece));
    expect(log.blocked).toBe(true);
    expect(log.pendingBytes).toBeLessThan(1.2 * 1024 * 1024);
    let seen = 0;
    await until("all is read", () => {
      seen += readNow(reader).length;
      return seen === written;
    });
    expect(log.blocked).toBe(false);
    expect(messages).toEqual([]);
    fs.closeSync(reader);
  });

  test("that nobody reads loses its bytes with one message, until somebody does", async () => {
    const log = openLog(fifo);
    for (let i = 0; i < 10; i++) log.write(Buffer.from("lost"));
    await log.flush();
    expect(messages).toEqual([`cannot write ${fifo}: broken pipe; what it should hold is lost until this is mended`]);
    const reader = openReader();
    await until("it is written again", async () => {
      log.write(Buffer.from("seen"));
      await log.flush();
      return messages.length > 1;
    });
    expect(messages[1]).toMatch(/^writing .*fifo again; \d+ bytes were lost$/);
    expect(readNow(reader).toString()).toMatch(/^(seen)+$/);
    fs.closeSync(reader);
  });

  test("whose reader goes away does not hurt", async () => {
    const reader = openReader();
    const log = openLog(fifo);
    log.write(Buffer.from("seen"));
    await log.flush();
    fs.closeSync(reader);
    for (let i = 0; i < 5; i++) {
      log.write(Buffer.from("lost"));
      await log.flush();
    }
    expect(messages).toHaveLength(1);
    expect(messages[0]).toContain("broken pipe");
  });

  test("is shared by logs of which none stands in the midst of another's lines", async () => {
    const reader = openReader();
    const [programs, daemon] = [openLog(fifo), openLog(fifo)];
    const line = (at: number) => `${at} ${"x".repeat(1000)}\n`;
    let [count, text] = [0, ""];
    while (programs.write(Buffer.from(line(count++))));
    for (let at = 0; at < 10; at++) daemon.write(Buffer.from(`line ${at}\n`));
    await until("all is read", () => {
      text += readNow(reader, 50_000).toString();
      return programs.pendingBytes === 0 && daemon.pendingBytes === 0;
    });
    text += readNow(reader).toString();
    const lines = text.split(/(?<=\n)/);
    expect(lines.filter((each) => each.startsWith("line"))).toEqual(
      Array.from({ length: 10 }, (_, at) => `line ${at}\n`),
    );
    expect(lines.filter((each) => !each.startsWith("line"))).toEqual(
      Array.from({ length: count }, (_, at) => line(at)),
    );
    fs.closeSync(reader);
  });

  test("is free for others when one is closed in the midst of its write", async () => {
    const reader = openReader();
    const [stuck, last] = [openLog(fifo), openLog(fifo)];
    while (stuck.write(Buffer.alloc(64 * 1024, "x")));
    last.write(Buffer.from("last\n"));
    await stuck.close(10);
    let text = "";
    await until("the last line is there", () => {
      text += readNow(reader).toString();
      return text.endsWith("last\n");
    });
    fs.closeSync(reader);
  });

  test("does not hold up closing when its reader is stuck", async () => {
    const reader = openReader();
    const log = openLog(fifo);
    while (log.write(Buffer.alloc(64 * 1024)));
    const start = performance.now();
    await log.close(100);
    expect(performance.now() - start).toBeLessThan(2000);
    fs.closeSync(reader);
  });
});

describe("the daemon's own descriptors", () => {
  test("/dev/stdout that is a pipe gets every byte", () => {
    for (const path of ["/dev/stdout", "/dev/fd/1", "/proc/self/fd/1"])
      expect(runScript(path, '"$@" | cat')).toMatchObject({ stdout: expected, stderr: "" });
  });

  test("/dev/stdout that is a file is appended to, not rotated, truncated or removed", () => {
    fs.writeFileSync(join(directory, "out"), "before\n");
    expect(runScript("/dev/stdout", '"$@" >> out; echo after >> out')).toMatchObject({ stderr: "" });
    expect(fs.readFileSync(join(directory, "out"), "utf8")).toBe(`before\n${expected}after\n`);
    expect(fs.readdirSync(directory).sort()).toEqual(["fifo", "out"]);
  });

  test("/dev/stdout has whole lines of all logs that share it, whatever it is", () => {
    const script = `
      import { LogFile } from ${logFileModule};
      const open = () => new LogFile({ path: "/dev/stdout", maxBytes: 0, backups: 0, report: () => {} });
      const [programs, daemon] = [open(), open()];
      for (let at = 0; at < 600; at++) {
        programs.write(Buffer.from("p".repeat(1000) + "\\n"));
        if (at % 50 === 0) { daemon.write(Buffer.from("daemon\\n")); await new Promise(setImmediate); }
      }
      await programs.close();
      await daemon.close();
    `;
    const node = [process.execPath, "--disable-warning=ExperimentalWarning", "--input-type=module", "-e", script];
    for (const shell of ['"$@" > out', '"$@" | cat > out', '"$@" >> out']) {
      spawnSync("/bin/bash", ["-c", `rm -f out; ${shell}`, "sh", ...node], { cwd: directory, timeout: 15_000 });
      const lines = fs.readFileSync(join(directory, "out"), "utf8").split("\n");
      expect(lines.filter((line) => line === "p".repeat(1000)).length, shell).toBe(600);
      expect(lines.filter((line) => line === "daemon").length, shell).toBe(12);
    }
  });

  test("a link to /dev/stdout, as images of web servers have it, is treated like it", () => {
    fs.symlinkSync("/dev/stdout", join(directory, "access.log"));
    expect(runScript(join(directory, "access.log"), '"$@" | cat')).toMatchObject({ stdout: expected, stderr: "" });
    expect(fs.lstatSync(join(directory, "access.log")).isSymbolicLink()).toBe(true);
  });

  test("/dev/stdout that is a socket is written to although it cannot be opened", async () => {
    const script = `
      import { LogFile } from ${logFileModule};
      const log = new LogFile({ path: "/dev/stdout", maxBytes: 10, backups: 1, report: (message) => process.stderr.write(message + "\\n") });
      for (let i = 0; i < 1000; i++) if (!log.write(Buffer.alloc(1000, "x"))) await log.flush();
      await log.close();
    `;
    // Node's own pipes are sockets.
    const child = spawn(
      process.execPath,
      ["--disable-warning=ExperimentalWarning", "--input-type=module", "-e", script],
      { stdio: ["ignore", "pipe", "inherit"] },
    );
    let bytes = 0;
    child.stdout.on("data", (data: Buffer) => {
      bytes += data.length;
    });
    const [code] = await once(child, "close");
    expect([code, bytes]).toEqual([0, 1_000_000]);
  });

  test("/dev/stdout that is a terminal gets every byte, and one that is stopped does not stop the daemon", () => {
    const script = `
      import { LogFile } from ${logFileModule};
      import { writeFileSync } from "node:fs";
      const log = new LogFile({ path: "/dev/stdout", maxBytes: 10, backups: 1, report: () => {} });
      while (log.write(Buffer.alloc(64 * 1024, "x")));
      const start = performance.now();
      await new Promise((resolve) => setTimeout(resolve, 50));
      writeFileSync("alive", String(performance.now() - start));
      await log.close(100);
      process.exit(0);
    `;
    // The terminal's other end reads nothing until the program has ended.
    const python = `
import os, pty, sys
pid, fd = pty.fork()
if pid == 0:
    os.execv(sys.argv[1], sys.argv[1:])
os.waitpid(pid, 0)
`;
    const node = [process.execPath, "--disable-warning=ExperimentalWarning", "--input-type=module", "-e", script];
    const { status } = spawnSync("/usr/bin/python3", ["-c", python, ...node], { cwd: directory, timeout: 15_000 });
    expect(status).toBe(0);
    expect(Number(fs.readFileSync(join(directory, "alive"), "utf8"))).toBeLessThan(2000);
  });
});
