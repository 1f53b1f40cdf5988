/** The addresses that `spacectl logs` reads, over real files. */
import { execFileSync } from "node:child_process";
import {
  appendFileSync,
  chownSync,
  lchownSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { connect } from "node:net";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { LogPlace } from "../../src/api/daemon.ts";
import { Client } from "../../src/client/client.ts";
import { HttpFailure } from "../../src/client/failures.ts";
import { followLogs, type LogNews, listFiles, listLogs, readPart, readParts } from "../../src/client/logs.ts";
import { FileArchive } from "../../src/system/log-archive.ts";
import { fileId } from "../../src/system/log-clock.ts";
import { LogFile } from "../../src/system/log-file.ts";
import { curl, type Served, serve } from "../helpers/api-server.ts";
import { FakeDaemon } from "../helpers/fake-daemon.ts";
import { until } from "../helpers/until.ts";

let daemon: FakeDaemon;
let served: Served;
let client: Client;
let path: string;
let log: LogFile;

const everywhen = { since: null, until: null };

beforeEach(async () => {
  daemon = new FakeDaemon();
  served = await serve(daemon);
  client = new Client(served.unixUrl, null);
  path = join(served.directory, "a.log");
  log = new LogFile({ path, maxBytes: 0, backups: 5, report: () => {} });
  const user = { group: "a", name: "a", program: "a", channel: "stdout" as const };
  const place: LogPlace = { path, users: [user], format: "raw", missing: null, archive: new FileArchive(path, log) };
  daemon.places = [place, { ...place, path: "/dev/stdout", missing: "stream", archive: null }];
});

afterEach(async () => {
  client.close();
  await log.close();
  await served.close();
});

const status = async (work: Promise<unknown>): Promise<number> => {
  try {
    await work;
    return 200;
  } catch (error) {
    return error instanceof HttpFailure ? error.status : -1;
  }
};

describe("parts of logs", () => {
  test("are found by the identity of their file, whatever it is called by now, with the times of their bytes", async () => {
    log.write(Buffer.from("one\n"));
    await log.flush();
    expect((await listLogs(client)).logs.map(({ missing }) => missing)).toEqual([null, "stream"]);
    const before = Date.now() - 1000;
    const [file] = await listFiles(client, path, everywhen);
    if (file === undefined) throw new Error("there is one");
    await log.rotate();
    log.write(Buffer.from("two\n"));
    const files = await listFiles(client, path, { since: before, until: null });
    expect(files.map(({ name, id }) => [name, id === file.id])).toEqual([
      ["a.log.1", true],
      ["a.log", false],
    ]);
    const part = await readPart(client, path, file, 1, 100);
    expect(part?.bytes.toString()).toBe("ne\n");
    expect(part?.marks[0]?.offset).toBe(0);
    expect(part?.marks[0]?.from).toBeGreaterThan(before);
    expect(await listFiles(client, path, everywhen, true)).toHaveLength(1);
    await log.rotation.backups.removeIf(() => true);
    expect(await readPart(client, path, file, 0, 100)).toBe(null);
  });

  test("come of files of logs only, whatever is asked for", async () => {
    writeFileSync(`${path}.1`, "old\n");
    writeFileSync(`${path}.1.gz`, gzipSync("twin\n"));
    writeFileSync(`${path}.secret`, "secret\n");
    symlinkSync("/etc/passwd", `${path}.2`);
    const files = await listFiles(client, path, everywhen);
    expect(files.map(({ name }) => name)).toEqual(["a.log.1", "a.log"]);
    const [file] = files;
    if (file === undefined) throw new Error("there is one");
    for (const name of ["a.log.secret", "a.log.2", "../passwd", "", "a.log.1/../a.log.secret"])
      expect((await readPart(client, path, { ...file, name }, 0, 9))?.bytes.toString()).toBe("old\n");
    expect(await readPart(client, path, { ...file, id: "1:2:3" }, 0, 9)).toBe(null);
    expect(await listFiles(client, "/etc/passwd", everywhen)).toEqual([]);
    const wanted = { path, file, from: 1, length: 99_999 };
    const parts = await readParts(client, [wanted, { ...wanted, path: "/etc/passwd" }, { ...wanted, from: 3 }]);
    expect(parts.map((part) => part?.bytes.toString() ?? null)).toEqual(["ld\n", null, "\n"]);
    const asked = (query: string) => status(client.get(`/logs/part?${query}`));
    expect(await asked(`log=${path}&file=x&name=a.log&from=-1&length=1`)).toBe(400);
    expect(await asked(`log=${path}&file=x&name=a.log&from=0`)).toBe(400);
    expect(await asked("log=/dev/stdout&file=x&name=stdout&from=0&length=1")).toBe(410);
    expect(await status(client.get(`/logs/files?log=${path}&since=soon`))).toBe(400);
  });

  test.runIf(process.getuid?.() === 0)(
    "do not come from where a link leads that a stranger has put there",
    async () => {
      const secret = join(served.directory, "secret");
      writeFileSync(secret, "secret\n", { mode: 0o600 });
      const id = fileId(statSync(secret));
      rmSync(path);
      const asSeen = { id, name: "a.log", bytes: 7, modifiedMs: 0, compressed: false, was: null, from: null, to: null };
      const read = async () => [
        (await listFiles(client, path, everywhen)).map(({ name }) => name),
        (await readPart(client, path, asSeen, 0, 9))?.bytes.toString() ?? null,
        (await readParts(client, [{ path, file: asSeen, from: 0, length: 9 }]))[0]?.bytes.toString() ?? null,
      ];
      symlinkSync(secret, path);
      expect(await read()).toEqual([["a.log"], "secret\n", "secret\n"]);
      lchownSync(path, 65534, 65534);
      expect(await read()).toEqual([[], null, null]);
      chownSync(secret, 65534, 65534);
      expect(await read()).toEqual([["a.log"], "secret\n", "secret\n"]);
    },
  );

  test("come of nothing but files: no pipe, no folder and no device holds up a reader", async () => {
    const bytes = { modifiedMs: 0, compressed: false, was: null, from: null, to: null, bytes: 9 };
    for (const make of [
      () => execFileSync("mkfifo", [path]),
      () => mkdirSync(path),
      () => symlinkSync("/dev/zero", path),
      () => symlinkSync(path, path),
    ]) {
      rmSync(path, { recursive: true, force: true });
      make();
      expect(await listFiles(client, path, everywhen)).toEqual([]);
      const id = `${lstatSync(path).dev}:${lstatSync(path).ino}:${Math.trunc(lstatSync(path).birthtimeMs)}`;
      expect(await readPart(client, path, { id, name: "a.log", ...bytes }, 0, 9)).toBe(null);
    }
  });

  test("are bounded, however much is asked for", async () => {
    appendFileSync(path, Buffer.alloc(3_000_000, 0x61));
    const [file] = await listFiles(client, path, everywhen);
    if (file === undefined) throw new Error("there is one");
    expect((await readPart(client, path, file, 0, 99_999_999))?.bytes.length).toBe(256 * 1024);
    const parts = await Promise.all(Array.from({ length: 40 }, (_, n) => readPart(client, path, file, n * 1000, 1000)));
    expect(parts.every((part) => part?.bytes.length === 1000)).toBe(true);
  });
});

describe("following logs", () => {
  test("begins at a place, and tells where each piece stands, through a rotation and when the file is emptied", async () => {
    log.write(Buffer.from("before\n"));
    await log.flush();
    const news: LogNews[] = [];
    const abort = new AbortController();
    const over = followLogs(client, [path, "/dev/stdout", "/no/log"], async (one) => void news.push(one), abort.signal);
    const [file] = await listFiles(client, path, everywhen);
    await until("it has begun", () => news.length === 1);
    expect(news[0]).toEqual({ type: "begins", begins: [{ file: file?.id, offset: 7 }, null, null] });
    log.write(Buffer.from("one\n"));
    await until("it has come", () => news.length === 2);
    await log.rotate();
    log.write(Buffer.from("two\n"));
    await until("it has come", () => news.length === 3);
    await log.clear();
    log.write(Buffer.from("three\n"));
    await until("it has come", () => news.at(-1)?.type === "bytes" && news.length > 3);
    await log.close();
    await until("that it is closed, too", () => news.at(-1)?.type === "ended");
    const pieces = news.flatMap((one) => (one.type === "bytes" ? [[one.log, one.from, one.bytes.toString()]] : []));
    expect(pieces).toEqual([
      [0, 7, "one\n"],
      [0, 0, "two\n"],
      [0, 0, "three\n"],
    ]);
    abort.abort();
    await over;
  });

  test("wants a list of paths, and parts one of places", async () => {
    for (const body of ["", "{}", "[1]", "nothing"]) {
      for (const address of ["follow", "parts"]) {
        const { status: answered } = await curl("-d", body, "--max-time", "5", `${served.httpUrl}/logs/${address}`);
        expect([body, address, answered]).toEqual([body, address, 400]);
      }
    }
  });

  test("holds no more than a piece for a client that does not read", async () => {
    const socket = connect(served.socket);
    socket.pause();
    const body = JSON.stringify([path]);
    socket.write(`POST /logs/follow HTTP/1.1\r\nHost: x\r\nContent-Length: ${body.length}\r\n\r\n${body}`);
    await until("it is followed", () => log.history?.followed);
    for (let count = 0; count < 100; count++) {
      log.write(Buffer.alloc(500_000, 0x61));
      await log.flush();
    }
    expect(readFileSync(path).length).toBe(50_000_000);
    socket.destroy();
    await until("it is not followed any more", () => log.history?.followed === false);
  });
});
