import { execFileSync, spawnSync } from "node:child_process";
import * as fs from "node:fs";
import { describe, expect, test } from "vitest";
import { at, directory, messages, openLog, prepareLogs, put } from "../helpers/log-files.ts";
import { until } from "../helpers/until.ts";

prepareLogs();

/** Mounting takes rights that a container may not have. */
const mayMount = spawnSync("unshare", ["--mount", "true"]).status === 0;

const read = (name: string) => fs.readFileSync(at(name), "utf8");
const files = () => fs.readdirSync(directory).sort();

/** Descriptors are closed off the main thread, so a moment after the log is. */
const unmounted = (path: string) => until(`${path} is unmounted`, () => spawnSync("umount", [path]).status === 0);

describe("limits of rotation below zero", () => {
  test("are none: no file is begun anew, and none is kept", async () => {
    const endless = openLog(at("a.log"), -5, 3);
    const alone = openLog(at("b.log"), 5, -1);
    for (const log of [endless, alone]) await put(log, "0123456789");
    expect([files(), read("a.log"), read("b.log")]).toEqual([["a.log", "b.log"], "0123456789", ""]);
  });
});

describe("a log file", () => {
  test("is appended to, byte for byte", async () => {
    fs.writeFileSync(at("a.log"), "before\n");
    const log = openLog(at("a.log"));
    log.write(Buffer.from([0xff, 0x00, 0xc3]));
    await put(log, "after\n");
    expect(fs.readFileSync(at("a.log"))).toEqual(
      Buffer.concat([Buffer.from("before\n"), Buffer.from([0xff, 0x00, 0xc3]), Buffer.from("after\n")]),
    );
  });

  test("that cannot be opened is named together with the cause and its code", () => {
    expect(() => openLog(at("gone/a.log"))).toThrow(
      expect.objectContaining({
        message: `cannot open ${at("gone/a.log")}: no such file or directory`,
        code: "ENOENT",
      }),
    );
    expect(() => openLog(directory)).toThrow(/illegal operation on a directory$/);
  });

  test("takes what its producer may change at once", async () => {
    const log = openLog(at("a.log"));
    const bytes = Buffer.from("kept");
    log.write(bytes);
    bytes.fill(0);
    await log.flush();
    expect(read("a.log")).toBe("kept");
  });

  test("asks its producer to pause at 1 MiB, and to go on when that is on disk", async () => {
    const log = openLog(at("a.log"));
    let resumed = 0;
    log.onDrain.add(() => resumed++);
    const piece = Buffer.alloc(100_000, "x");
    let written = 0;
    while (log.write(piece)) written++;
    expect(written).toBe(10);
    expect(log.blocked).toBe(true);
    await until("the log is drained", () => resumed === 1);
    expect(log.blocked).toBe(false);
    await log.flush();
    expect(fs.statSync(at("a.log")).size).toBe(1_100_000);
  });

  test("loses bytes beyond 8 MiB of a producer that does not listen, and says so once", async () => {
    const log = openLog(at("a.log"));
    for (let i = 0; i < 20; i++) log.write(Buffer.alloc(1024 * 1024));
    expect(log.pendingBytes).toBe(8 * 1024 * 1024);
    expect(messages).toEqual([
      `cannot write ${at("a.log")}: it does not take its bytes in time; what it should hold is lost until this is mended`,
    ]);
    await log.flush();
    expect(fs.statSync(at("a.log")).size).toBe(8 * 1024 * 1024);
  });

  test("has all its bytes on disk when it is closed, and takes none afterwards", async () => {
    const log = openLog(at("a.log"));
    log.write(Buffer.alloc(500_000, "x"));
    await log.close();
    expect(log.write(Buffer.from("late"))).toBe(true);
    await Promise.all([log.flush(), log.reopen(), log.clear()]);
    await expect(log.reader().size()).rejects.toThrow("is closed");
    expect(fs.statSync(at("a.log")).size).toBe(500_000);
  });

  test("writes its queue at once when the daemon is about to die", () => {
    const log = openLog(at("a.log"));
    log.write(Buffer.from("first\n"));
    log.write(Buffer.from("last words\n"));
    log.flushSync();
    expect(read("a.log")).toContain("last words\n");
  });
});

describe("rotation", () => {
  test("happens after the write that reaches maxbytes, and keeps as many files as wanted", async () => {
    const log = openLog(at("a.log"), 400, 3);
    for (let i = 1; i <= 25; i++) await put(log, `${String(i).padStart(99, "0")}\n`);
    const firsts = files().map((name) => [name, read(name).length, Number(read(name).slice(0, 99))]);
    expect(firsts).toEqual([
      ["a.log", 100, 25],
      ["a.log.1", 400, 21],
      ["a.log.2", 400, 17],
      ["a.log.3", 400, 13],
    ]);
  });

  test("never cuts a write in two", async () => {
    const log = openLog(at("a.log"), 10, 2);
    await put(log, "a line that is longer than the file may be\n");
    expect(read("a.log")).toBe("");
    expect(read("a.log.1")).toBe("a line that is longer than the file may be\n");
  });

  test("lets a file grow beyond maxbytes by no more than 128 KiB, however fast it is written", async () => {
    const log = openLog(at("a.log"), 200_000, 100);
    let written = 0;
    for (let i = 0; i < 3000; i++) {
      const line = `${String(i).padStart(999, "0")}\n`;
      written += line.length;
      if (!log.write(Buffer.from(line))) await log.flush();
    }
    await log.flush();
    const sizes = files().map((name) => fs.statSync(at(name)).size);
    expect(sizes.reduce((sum, size) => sum + size, 0)).toBe(written);
    expect(Math.max(...sizes)).toBeLessThan(200_000 + 128 * 1024);
    expect(sizes.length).toBeGreaterThan(8);
  });

  test("passes over backups that are missing", async () => {
    fs.writeFileSync(at("a.log.1"), "one");
    fs.writeFileSync(at("a.log.3"), "three");
    const log = openLog(at("a.log"), 5, 5);
    await put(log, "12345");
    expect(files()).toEqual(["a.log", "a.log.1", "a.log.2", "a.log.4"]);
    expect([read("a.log.1"), read("a.log.2"), read("a.log.4")]).toEqual(["12345", "one", "three"]);
  });

  test.each([
    ["with a gap before it stays where it is", "a.log.2", ["a.log", "a.log.1", "a.log.3", "a.log.4"]],
    ["gives way to the one before it", "a.log.3", ["a.log", "a.log.1", "a.log.4"]],
  ])("the last backup %s", async (_, other, names) => {
    fs.writeFileSync(at(other), "other");
    fs.writeFileSync(at("a.log.4"), "last");
    const log = openLog(at("a.log"), 5, 4);
    await put(log, "12345");
    expect([files(), read("a.log.4")]).toEqual([names, other === "a.log.3" ? "other" : "last"]);
  });

  test("knows its backups by the directory when there may be very many", async () => {
    fs.writeFileSync(at("a.log.1"), "one");
    fs.writeFileSync(at("a.log.70000"), "far");
    fs.writeFileSync(at("a.log.x"), "not ours");
    const log = openLog(at("a.log"), 5, 100_000);
    await put(log, "12345");
    expect(files()).toEqual(["a.log", "a.log.1", "a.log.2", "a.log.70001", "a.log.x"]);
  });

  test("without backups empties the file", async () => {
    const log = openLog(at("a.log"), 10, 0);
    const { ino } = fs.statSync(at("a.log"));
    await put(log, "0123456789");
    await put(log, "abc");
    expect(files()).toEqual(["a.log"]);
    expect(read("a.log")).toBe("abc");
    expect(fs.statSync(at("a.log")).ino).toBe(ino);
  });

  test("does not happen with maxbytes 0", async () => {
    const log = openLog(at("a.log"), 0, 3);
    for (let i = 0; i < 50; i++) await put(log, "x".repeat(1000));
    expect(files()).toEqual(["a.log"]);
  });

  test("makes a new file when somebody has deleted the one that is written", async () => {
    const log = openLog(at("a.log"), 10, 1);
    fs.unlinkSync(at("a.log"));
    await put(log, "0123456789");
    await put(log, "new");
    expect(read("a.log")).toBe("new");
  });

  test("waits when somebody else has emptied the file", async () => {
    const log = openLog(at("a.log"), 10, 1);
    await put(log, "01234567");
    fs.truncateSync(at("a.log"));
    await put(log, "abcd");
    expect(files()).toEqual(["a.log"]);
    expect(read("a.log")).toBe("abcd");
  });

  test("that is impossible is told once, loses nothing and stops nothing", async () => {
    fs.mkdirSync(at("a.log.1/full"), { recursive: true });
    const log = openLog(at("a.log"), 10, 1);
    for (let i = 0; i < 20; i++) await put(log, "0123456789");
    expect(read("a.log")).toBe("0123456789".repeat(20));
    expect(messages).toHaveLength(1);
    expect(messages[0]).toMatch(/^cannot rotate .*a\.log: .*; it grows beyond its limit until this is mended$/);
  });
});

describe("reopening", () => {
  test("goes on in a new file after the old one was moved away", async () => {
    const log = openLog(at("a.log"));
    await put(log, "old\n");
    fs.renameSync(at("a.log"), at("a.log.old"));
    await put(log, "still old\n");
    await log.reopen();
    await put(log, "new\n");
    expect([read("a.log.old"), read("a.log")]).toEqual(["old\nstill old\n", "new\n"]);
  });

  test("changes nothing when the file is still there", async () => {
    const log = openLog(at("a.log"), 10, 1);
    await put(log, "12345");
    await log.reopen();
    await put(log, "67890");
    expect(read("a.log.1")).toBe("1234567890");
  });

  test("that fails is told, and writing goes on in the old file", async () => {
    const log = openLog(at("a.log"));
    await put(log, "all ");
    fs.renameSync(at("a.log"), at("moved"));
    fs.mkdirSync(at("a.log"));
    await log.reopen();
    await put(log, "kept");
    expect(read("moved")).toBe("all kept");
    expect(messages).toEqual([`cannot reopen ${at("a.log")}: illegal operation on a directory`]);
  });
});

describe("clearing", () => {
  test("empties the file, keeps its backups, and writing goes on", async () => {
    const log = openLog(at("a.log"), 100, 2);
    await put(log, "x".repeat(100));
    await put(log, "abc");
    log.write(Buffer.from("written before the clear"));
    await log.clear();
    expect(read("a.log")).toBe("");
    await put(log, "def");
    expect([read("a.log"), read("a.log.1")]).toEqual(["def", "x".repeat(100)]);
  });

  test("brings back a file that was deleted", async () => {
    const log = openLog(at("a.log"));
    fs.unlinkSync(at("a.log"));
    await log.clear();
    await put(log, "x");
    expect(read("a.log")).toBe("x");
  });

  test("says why it is impossible", async () => {
    const log = openLog(at("a.log"));
    fs.rmSync(directory, { recursive: true });
    await expect(log.clear()).rejects.toThrow(`cannot clear ${at("a.log")}: no such file or directory`);
  });

  test.runIf(mayMount)("empties a file in place that cannot be unlinked", async () => {
    fs.writeFileSync(at("real.log"), "");
    fs.writeFileSync(at("a.log"), "");
    // A single file mounted into a container looks like this.
    execFileSync("mount", ["--bind", at("real.log"), at("a.log")]);
    try {
      const log = openLog(at("a.log"));
      await put(log, "old");
      await log.clear();
      await put(log, "new");
      expect(read("real.log")).toBe("new");
      await log.close();
    } finally {
      await unmounted(at("a.log"));
    }
  });
});

describe("a disk that refuses", () => {
  test("a full device costs the log its bytes, with one message", async () => {
    const log = openLog("/dev/full", 10, 3);
    for (let i = 0; i < 100; i++) await put(log, "lost\n");
    expect(messages).toEqual([
      "cannot write /dev/full: no space left on device; what it should hold is lost until this is mended",
    ]);
    expect(fs.statSync("/dev/full").isCharacterDevice()).toBe(true);
    const loss = { path: "/dev/full", lost: 500, unit: "bytes", cause: "no space left on device", open: true };
    expect(log.loss).toMatchObject(loss);
    expect(openLog(at("sound.log")).loss).toBeNull();
  });

  test.runIf(mayMount)(
    "a full file system is told once, and once more, with the number of lost bytes, when it has room again",
    async () => {
      execFileSync("mount", ["-t", "tmpfs", "-o", "size=64k", "none", directory]);
      try {
        const log = openLog(at("a.log"));
        const piece = "x".repeat(10_000);
        for (let i = 0; i < 20; i++) await put(log, piece);
        expect(messages).toHaveLength(1);
        const kept = fs.statSync(at("a.log")).size;
        expect(kept).toBe(65_536);
        fs.truncateSync(at("a.log"));
        await until("it is told", async () => {
          await put(log, ".");
          return messages.length === 2;
        });
        expect(messages[1]).toBe(`writing ${at("a.log")} again; ${200_000 - kept} bytes were lost`);
        // What was lost stays so.
        expect(log.loss).toMatchObject({ lost: 200_000 - kept, open: false });
        await log.close();
      } finally {
        await unmounted(directory);
      }
    },
  );

  test("a limit on the size of files costs the log its bytes and not the daemon its life", () => {
    const script = `
      import { LogFile } from ${JSON.stringify(new URL("../../src/system/log-file.ts", import.meta.url).href)};
      process.on("SIGXFSZ", () => {});
      const log = new LogFile({ path: process.argv[1], maxBytes: 0, backups: 0, report: (message) => console.log(message) });
      for (let i = 0; i < 5; i++) { log.write(Buffer.alloc(1000, "x")); await log.flush(); }
      console.log("alive");
    `;
    const node = ["--disable-warning=ExperimentalWarning", "--input-type=module", "-e", script, at("a.log")];
    const shell = ["-c", 'ulimit -f 2; exec "$@"', "sh", process.execPath, ...node];
    const { stdout } = spawnSync("/bin/bash", shell, { encoding: "utf8", timeout: 15_000 });
    expect(stdout).toBe(
      `cannot write ${at("a.log")}: file too large; what it should hold is lost until this is mended\nalive\n`,
    );
    expect(fs.statSync(at("a.log")).size).toBe(2048);
  });
});
