import { spawn } from "node:child_process";
import { once } from "node:events";
import * as fs from "node:fs";
import { describe, expect, test } from "vitest";
import { until } from "../helpers/until.ts";
import { at, configure, directory, exited, mainLog, makeOutput, read, run, start } from "./output-world.ts";

describe("the output of a process", () => {
  test("is in its log file byte for byte when it has exited, whatever bytes they are", async () => {
    const output = makeOutput();
    await run(output, "printf 'a\\377\\000\\303'; printf last");
    await output.flush();
    expect(read("a.log")).toBe("a\xff\x00\xc3last");
  });

  test("is complete and in order over many short lives", async () => {
    const output = makeOutput();
    for (let i = 0; i < 30; i++) await run(output, `echo ${i} begins; echo ${i} ends`);
    await output.flush();
    expect(read("a.log")).toBe(Array.from({ length: 30 }, (_, i) => `${i} begins\n${i} ends\n`).join(""));
  });

  test("loses no line to rotation, however fast it comes", async () => {
    const output = makeOutput({ maxBytes: 1_000_000, backups: 200 });
    await run(output, "seq 1000001 6000000");
    await output.flush();
    const names = fs.readdirSync(directory).filter((name) => name.startsWith("a.log"));
    const order = (name: string) => Number(name.slice("a.log.".length) || 0);
    const text = names
      .sort((a, b) => order(b) - order(a))
      .map(read)
      .join("");
    expect(text.length).toBe(5_000_000 * 8);
    let wrong = 0;
    for (let i = 0; i < 5_000_000; i++) if (text.slice(i * 8, i * 8 + 7) !== String(1_000_001 + i)) wrong++;
    expect(wrong).toBe(0);
    for (const name of names) expect(fs.statSync(at(name)).size).toBeLessThan(1_000_000 + 128 * 1024);
  });

  test("that a follower reads is complete from where it began, also when it comes amid a flood", async () => {
    const output = makeOutput({ maxBytes: 2_000_000, backups: 3 });
    const child = start(output, "seq 1000001 6000000; exec sleep 60");
    await until("it floods", () => fs.existsSync(at("a.log.2")));
    const stop = new AbortController();
    const pieces: string[] = [];
    const follow = async () => {
      for await (const piece of output.reader()?.follow(0, stop.signal) ?? []) pieces.push(piece.toString("latin1"));
    };
    const done = follow();
    await until("the end is seen", () => pieces.at(-1)?.endsWith("6000000\n"), 15_000);
    stop.abort();
    await done;
    child.kill("SIGKILL");
    const text = pieces.join("");
    const lines = text
      .slice(text.indexOf("\n") + 1)
      .split("\n")
      .slice(0, -1)
      .map(Number);
    expect(lines.length).toBeGreaterThan(1000);
    expect(lines.findIndex((line, index) => line !== (lines[0] as number) + index)).toBe(-1);
  });

  test("of a child that sleeps between lines is written at once", async () => {
    const output = makeOutput();
    start(output, "echo one; exec sleep 60");
    await until("it is written", () => read("a.log") === "one\n");
  });

  test("of descendants that outlive the child is read on", async () => {
    const output = makeOutput();
    await run(output, "(read x < /dev/null; sleep 0.2; echo from the grandchild) & echo from the child");
    await run(output, "echo from the successor");
    await until("all is written", () => read("a.log").includes("grandchild"));
    expect(read("a.log")).toBe("from the child\nfrom the successor\nfrom the grandchild\n");
  });

  test("of at most four dead children is read on", async () => {
    const output = makeOutput();
    const before = fs.readdirSync("/proc/self/fd").length;
    for (let i = 0; i < 10; i++) await run(output, "sleep 60 & echo");
    await until("the others are closed", () => fs.readdirSync("/proc/self/fd").length <= before + 5 + 10);
    await output.close();
    await until("all are closed", () => fs.readdirSync("/proc/self/fd").length <= before + 10);
  });

  test("waits in the child while its log does not take it, and nothing is lost or reordered", async () => {
    const fifo = at("slow");
    spawn("mkfifo", [fifo]);
    await until("there is a fifo", () => fs.existsSync(fifo));
    const reader = fs.openSync(fifo, fs.constants.O_RDONLY | fs.constants.O_NONBLOCK);
    const output = makeOutput({ log: { type: "file", path: fifo } });
    const first = start(output, "seq 1000001 1400000");
    await until(
      "the child waits",
      () => first.exitCode === null && fs.readFileSync(`/proc/${first.pid}/wchan`).length > 0,
    );
    let seen = "";
    const buffer = Buffer.alloc(1 << 16);
    const take = () => {
      try {
        seen += buffer.toString("latin1", 0, fs.readSync(reader, buffer));
      } catch {
        // Nothing now.
      }
    };
    await until(
      "the first child is done",
      () => {
        take();
        return first.exitCode !== null;
      },
      15_000,
      1,
    );
    exited(first);
    await run(output, "echo successor");
    await until(
      "all has come",
      () => {
        take();
        return seen.endsWith("successor\n");
      },
      15_000,
      1,
    );
    expect(seen.length).toBe(400_000 * 8 + "successor\n".length);
    expect(seen.startsWith("1000001\n1000002\n")).toBe(true);
    expect(seen.endsWith("1399999\n1400000\nsuccessor\n")).toBe(true);
    fs.closeSync(reader);
  });

  test("takes bounded memory when its log hangs", async () => {
    const fifo = at("stuck");
    spawn("mkfifo", [fifo]);
    await until("there is a fifo", () => fs.existsSync(fifo));
    const reader = fs.openSync(fifo, fs.constants.O_RDONLY | fs.constants.O_NONBLOCK);
    const before = process.memoryUsage().rss;
    const all = Array.from({ length: 5 }, (_, i) => makeOutput({ name: `p${i}`, log: { type: "file", path: fifo } }));
    for (let life = 0; life < 8; life++)
      for (const output of all) {
        const child = start(output, "exec timeout 0.05 cat /dev/zero");
        await once(child, "exit");
        exited(child);
      }
    expect(process.memoryUsage().rss - before).toBeLessThan(64 * 1024 * 1024);
    fs.closeSync(reader);
  });
});

describe("where output goes", () => {
  test("NONE: it is read and forgotten", async () => {
    const output = makeOutput({ log: { type: "none" } });
    await run(output, "head -c 1000000 /dev/zero");
    expect([output.path, output.reader()]).toEqual(["", null]);
    expect(fs.readdirSync(directory)).toEqual(["s.log"]);
  });

  test("AUTO: a file of its own in childlogdir, which only its owner may read", async () => {
    const output = makeOutput({ log: { type: "auto" } });
    expect(output.path).toBe("");
    await run(output, "echo hello");
    await output.flush();
    expect(output.path).toMatch(new RegExp(`^${directory}/a-stdout---farm-[a-z0-9_]{8}\\.log$`));
    expect(fs.readFileSync(output.path, "utf8")).toBe("hello\n");
    await output.clear();
    expect(fs.statSync(output.path).mode & 0o777).toBe(0o600);
  });

  test("a file that cannot be opened refuses the start with the system's code", () => {
    const output = makeOutput({ log: { type: "file", path: at("gone/a.log") } });
    expect(() => output.open()).toThrow(expect.objectContaining({ code: "ENOENT" }));
  });

  test("a file that was removed is made again at the next start", async () => {
    const output = makeOutput();
    await run(output, "echo one");
    await output.flush();
    fs.unlinkSync(at("a.log"));
    await run(output, "echo two");
    await output.flush();
    expect(read("a.log")).toBe("two\n");
  });

  test("processes that share a device are not told of a rotation that it does not have", async () => {
    const log = { type: "file", path: "/dev/null" } as const;
    const outputs = [makeOutput({ log, maxBytes: 0 }), makeOutput({ name: "b", log, maxBytes: 100 })];
    await Promise.all(outputs.map((output) => run(output, "seq 100 199")));
    expect(read("s.log")).not.toContain("rotated");
  });

  test("processes that name the same file share it and its rotation", async () => {
    const first = makeOutput({ name: "a", maxBytes: 100, backups: 5 });
    const second = makeOutput({ name: "b", maxBytes: 300, backups: 5 });
    await Promise.all([run(first, "seq 100 199"), run(second, "seq 200 299")]);
    await Promise.all([first.flush(), second.flush()]);
    const text = fs
      .readdirSync(directory)
      .filter((name) => name.startsWith("a.log"))
      .map(read)
      .join("");
    expect(text.length).toBe(800);
    expect(read("s.log").match(/WARN processes that share .* want it rotated differently/g)).toHaveLength(1);
    await first.close();
    await run(second, "echo still open");
    await second.flush();
    expect(
      fs
        .readdirSync(directory)
        .map((name) => read(name))
        .join(""),
    ).toContain("still open\n");
  });

  test("with strip_ansi it is without escapes, also where a read has cut one", async () => {
    await configure({}, { stripAnsi: true });
    const output = makeOutput();
    const seen: string[] = [];
    output.onData = (bytes) => seen.push(bytes.toString());
    await run(output, "printf 'a\\033[3'; sleep 0.1; printf '1mb\\033[0m\\033'");
    await output.flush();
    expect(read("a.log")).toBe("ab\x1b");
    expect(seen.join("")).toBe("ab\x1b");
  });

  test("whoever taps it is shown every byte, and the pid", async () => {
    const output = makeOutput();
    const seen: Buffer[] = [];
    const pids = new Set<number>();
    output.onData = (bytes, pid) => {
      seen.push(Buffer.from(bytes));
      pids.add(pid);
    };
    const child = start(output, "seq 1 200000");
    await once(child, "exit");
    exited(child);
    await output.flush();
    expect(Buffer.concat(seen).toString()).toBe(read("a.log"));
    expect([...pids]).toEqual([child.pid]);
  });

  test("at level debug the main log has it too", async () => {
    await configure({ level: "debug" });
    const output = makeOutput();
    await run(output, "echo hello from a");
    await mainLog.flush();
    expect(read("s.log")).toMatch(/ DEBG 'a' stdout output:\nhello from a\n\n$/);
  });

  test("log_passthrough shows its lines with the name in front, and an unfinished one at the end", async () => {
    const script = `
      import { pipe, closeFd } from "./src/system/libc.ts";
      import { Output } from "./src/daemon/output.ts";
      import { Logs } from "./src/daemon/logs.ts";
      import { openMainLog } from "./src/system/main-log.ts";
      import { spawn } from "node:child_process";
      import { once } from "node:events";
      const mainLog = await openMainLog({ logfile: null, maxBytes: 0, backups: 0, level: "info", format: "text", echo: false });
      const context = { stripAnsi: false, childLogDir: "/tmp", identifier: "x", logs: new Logs(mainLog), mainLog, wall: Date.now };
      const settings = { log: { type: "none" }, maxBytes: 0, backups: 0, captureMaxBytes: 0, eventsEnabled: false, syslog: false };
      for (const [name, command] of [["worker-1", "echo one; printf two"], ["web", "echo three"]]) {
        const output = new Output({ program: name, name, channel: "stdout", settings, passthrough: true, context });
        output.open();
        const { read, write } = pipe();
        const child = spawn("/bin/sh", ["-c", command], { stdio: ["ignore", write, "inherit"] });
        closeFd(write);
        const hangUp = output.attach(read, child.pid);
        await once(child, "exit");
        hangUp();
        await output.flush();
        await output.close();
      }
    `;
    const root = new URL("../..", import.meta.url).pathname;
    const child = spawn(
      process.execPath,
      ["--disable-warning=ExperimentalWarning", "--input-type=module", "-e", script],
      { cwd: root, stdio: ["ignore", "pipe", "inherit"] },
    );
    let shown = "";
    child.stdout.on("data", (data) => {
      shown += data;
    });
    await once(child, "close");
    expect(shown).toBe("worker-1 | one\nworker-1 | two\nweb      | three\n");
  });
});

describe("reading and clearing", () => {
  test("before the first start there is no file, unless an earlier daemon has left one", async () => {
    const output = makeOutput();
    await expect(output.reader()?.size()).rejects.toMatchObject({ code: "ENOENT" });
    const follow = output.reader()?.follow(10, new AbortController().signal)[Symbol.asyncIterator]();
    await expect(follow?.next()).rejects.toMatchObject({ code: "ENOENT" });
    await output.clear();
    expect(fs.existsSync(at("a.log"))).toBe(false);
    fs.writeFileSync(at("a.log"), "from before");
    expect((await output.reader()?.read(0, 100))?.toString()).toBe("from before");
    await output.clear();
    expect(read("a.log")).toBe("");
  });

  test("a log is emptied while its process floods, and afterwards when it is stopped", async () => {
    const output = makeOutput();
    const child = start(output, "exec cat /dev/zero");
    await until("it floods", () => fs.statSync(at("a.log")).size > 20_000_000);
    await output.clear();
    const size = fs.statSync(at("a.log")).size;
    child.kill("SIGKILL");
    await once(child, "exit");
    exited(child);
    await output.clear();
    expect(size).toBeLessThan(20_000_000);
    expect(fs.statSync(at("a.log")).size).toBe(0);
  });

  test("what the daemon was told to reopen is opened again", async () => {
    const output = makeOutput();
    const cat = start(output, "exec cat");
    cat.stdin?.write("one\n");
    await until("it is written", () => read("a.log") === "one\n");
    fs.renameSync(at("a.log"), at("old"));
    output.reopen();
    await until("there is a new file", () => fs.existsSync(at("a.log")));
    cat.stdin?.write("two\n");
    await until("it is written", () => read("a.log") === "two\n");
    expect(read("old")).toBe("one\n");
  });
});
