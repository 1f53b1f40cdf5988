import { once } from "node:events";
import { connect } from "node:net";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { wholeCharacters } from "../../src/api/logtail.ts";
import { curl, type Served, serve } from "../helpers/api-server.ts";
import { FakeDaemon, type MemoryLog } from "../helpers/fake-daemon.ts";
import { until } from "../helpers/until.ts";

let daemon: FakeDaemon;
let served: Served;
let log: MemoryLog;

beforeEach(async () => {
  daemon = new FakeDaemon();
  log = daemon.add("web:a").stdout as MemoryLog;
  served = await serve(daemon);
});

afterEach(() => served.close());

const follow = (path: string, ...args: string[]) => curl("-N", "--max-time", "1", ...args, `${served.httpUrl}${path}`);

describe("following a log over HTTP", () => {
  test("the last kilobyte comes, then what is written", async () => {
    log.append(`${"x".repeat(2000)}end\n`);
    const answer = follow("/logtail/web%3Aa/stdout");
    await until("it is followed", () => log.followers === 1);
    log.append("more\n");
    const { status, headers, body } = await answer;
    expect(status).toBe(200);
    expect(body).toBe(`${"x".repeat(1020)}end\nmore\n`);
    expect(headers.get("content-type")).toBe("text/plain;charset=utf-8");
    expect(headers.get("transfer-encoding")).toBe("chunked");
    expect(headers.get("last-modified")).toBe("Sun, 22 Nov 2026 01:31:46 GMT");
    expect(headers.get("x-accel-buffering")).toBe("no");
  });

  test("our own clients may ask for more or less of what there is, up to a megabyte", async () => {
    log.append(`${"x".repeat(2000)}end\n`);
    const answers = await Promise.all(
      ["1500", "0", "999999999", "-1"].map((tail) => follow(`/logtail/web:a?tail=${tail}`)),
    );
    expect(answers.map(({ body }) => body.length)).toEqual([1500, 0, 2004, 1024]);
  });

  test("an HTTP/1.0 client gets it as it is written, too", async () => {
    log.append("one\n");
    const answer = follow("/logtail/web:a", "--http1.0");
    await until("it is followed", () => log.followers === 1);
    log.append("two\n");
    const { headers, body } = await answer;
    expect([headers.get("transfer-encoding"), body]).toEqual([undefined, "one\ntwo\n"]);
  });

  test("stderr and the main log have their own addresses, and an empty log is followed at once", async () => {
    daemon.find({ group: "web", name: "a" })?.stderr?.append("oops\n");
    daemon.main?.append("spawned\n");
    const [errors, main, empty] = await Promise.all([
      follow("/logtail/web:a/stderr"),
      follow("/mainlogtail"),
      follow("/logtail/web:a"),
    ]);
    expect([errors.body, main.body, empty.body]).toEqual(["oops\n", "spawned\n", ""]);
    expect(main.headers.has("x-accel-buffering")).toBe(false);
    expect(empty.status).toBe(200);
  });

  test("without a log there is nothing to follow", async () => {
    daemon.add("mute", { stdout: null });
    daemon.main = null;
    log.failure = Object.assign(new Error("gone"), { code: "ENOENT" });
    for (const path of [
      "/logtail/mute",
      "/mainlogtail",
      "/logtail/web:a",
      "/logtail/web:*",
      "/logtail/nosuch/stderr",
    ]) {
      expect([path, (await follow(path)).status]).toEqual([path, 404]);
    }
  });

  test("a client that leaves is noticed and the log let go", async () => {
    const socket = connect(served.socket);
    socket.write("GET /logtail/web:a HTTP/1.1\r\nHost: x\r\n\r\n");
    await until("it is followed", () => log.followers === 1);
    socket.destroy();
    await until("it is let go", () => log.followers === 0);
  });

  test("a client that does not read holds no memory, and gets every byte once it does", async () => {
    const total = 16 * 1024 * 1024;
    const socket = connect(served.socket);
    socket.write("GET /logtail/web:a HTTP/1.0\r\n\r\n");
    await until("it is followed", () => log.followers === 1);
    socket.pause();
    log.append(Buffer.alloc(total, "y"));
    const seen: number[] = [];
    await until(
      "no more is pulled",
      () => seen.push(log.pulled) > 1 && log.pulled > 0 && seen.at(-2) === log.pulled,
      10_000,
      200,
    );
    expect(log.pulled).toBeLessThan(4 * 1024 * 1024);
    let received = 0;
    socket.setEncoding("latin1").on("data", (text: string) => {
      received += text.replaceAll(/[^y]/g, "").length;
    });
    socket.resume();
    await until("all has come", () => received >= total);
    socket.destroy();
  });

  test("so many logs are followed at once, and no more", async () => {
    const sockets = Array.from({ length: 128 }, () => connect(served.socket));
    for (const socket of sockets) socket.write("GET /logtail/web:a HTTP/1.1\r\nHost: x\r\n\r\n");
    await until("all are followed", () => log.followers === 128);
    const late = connect(served.socket);
    late.write("GET /logtail/web:a HTTP/1.1\r\nHost: x\r\n\r\n");
    const [data] = (await once(late, "data")) as [Buffer];
    expect(data.toString()).toMatch(/^HTTP\/1\.1 503 /);
    for (const socket of [...sockets, late]) socket.destroy();
    await until("all are let go", () => log.followers === 0);
    expect((await follow("/logtail/web:a")).status).toBe(200);
  });
});

describe("cutting between characters", () => {
  async function cut(...chunks: (Buffer | string)[]): Promise<Buffer[]> {
    const source = (async function* () {
      for (const chunk of chunks) yield Buffer.from(chunk);
    })();
    return Array.fromAsync(wholeCharacters(source));
  }

  test("for every way to cut a text in two, both parts are whole characters", async () => {
    const text = Buffer.from("aé€😀z");
    for (let at = 1; at < text.length; at++) {
      const parts = await cut("", text.subarray(0, at), text.subarray(at));
      expect(Buffer.concat(parts)).toEqual(text);
      for (const part of parts) expect(part.toString()).not.toContain("\ufffd");
    }
  });

  test("what the tail has cut off is dropped; what is no UTF-8 at all passes", async () => {
    expect(await cut(Buffer.from([0x82, 0xac, 0x41]))).toEqual([Buffer.from("A")]);
    const junk = Buffer.from([0x41, 0xff, 0xfe, 0x80, 0x80, 0x80, 0x80, 0x42, 0xe9]);
    expect(Buffer.concat(await cut(junk, junk))).toEqual(Buffer.concat([junk, junk]));
  });
});
