import { once } from "node:events";
import { writeFileSync } from "node:fs";
import { connect, type Socket } from "node:net";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { curl, python, raw, type Served, type ServeOptions, serve } from "../helpers/api-server.ts";
import { FakeDaemon } from "../helpers/fake-daemon.ts";
import { until } from "../helpers/until.ts";

let daemon: FakeDaemon;
let served: Served;

const call = (method: string) => `<?xml version='1.0'?><methodCall><methodName>${method}</methodName></methodCall>`;
const getPid = call("supervisor.getPID");
const post = (version: string, headers: string, body: string) =>
  `POST /RPC2 HTTP/${version}\n${headers}Content-Length: ${body.length}\n\n${body}`;

async function restart(options: ServeOptions): Promise<void> {
  await served.close();
  served = await serve(daemon, options);
}

beforeEach(async () => {
  daemon = new FakeDaemon();
  daemon.add("cat");
  served = await serve(daemon);
});

afterEach(() => served.close());

describe("addresses", () => {
  test.each([
    ["POST", "/RPC2", getPid, 200, "text/xml"],
    ["POST", "/RPC2/", getPid, 200, "text/xml"],
    ["POST", "/RPC2anything", getPid, 200, "text/xml"],
    ["GET", "/RPC2", null, 400, "text/html"],
    ["PUT", "/RPC2", "x", 400, "text/html"],
    ["POST", "/RPC2", "garbage", 400, "text/html"],
    ["POST", "/RPC2", "<methodCall></methodCall>", 400, "text/html"],
    ["POST", "/RPC2", `<!DOCTYPE a>${getPid}`, 400, "text/html"],
    ["GET", "/", null, 200, "text/html;charset=utf-8"],
    ["GET", "//index.html", null, 200, "text/html;charset=utf-8"],
    ["GET", "/%69ndex.html?x#y", null, 200, "text/html;charset=utf-8"],
    ["GET", "/%zz", null, 404, "text/html"],
    ["GET", "/logtail/100%", null, 404, "text/html"],
    ["GET", "/ok.html", null, 200, "text/plain"],
    ["GET", "/tail.html?processname=cat", null, 200, "text/html;charset=utf-8"],
    ["POST", "/ok.html", "x", 200, "text/plain"],
    ["POST", "/tail.html", "processname=cat", 200, "text/html;charset=utf-8"],
    ["GET", "/stylesheets/spaced.css", null, 200, "text/css;charset=utf-8"],
    ["GET", "/images/icon.svg", null, 200, "image/svg+xml"],
    ["GET", "/images/", null, 404, "text/html"],
    ["GET", "/images/../server.ts", null, 404, "text/html"],
    ["GET", "/nothing.html", null, 404, "text/html"],
    ["POST", "/nothing.html", "x", 400, "text/html"],
    ["PUT", "/", "x", 400, "text/html"],
    ["DELETE", "/", null, 400, "text/html"],
    ["GET", "/logtail", null, 404, "text/html"],
    ["GET", "/logtail/nosuch", null, 404, "text/html"],
    ["GET", "/logtail/cat/nochannel", null, 404, "text/html"],
    ["POST", "/logtail/cat", "x", 400, "text/html"],
    ["POST", "/mainlogtail", "x", 400, "text/html"],
  ])("%s %s %j: %i %s", async (method, path, body, status, type) => {
    const data = body === null ? [] : ["-H", "Content-Type: text/xml", "--data-binary", body];
    const answer = await curl("-X", method, "--path-as-is", ...data, `${served.httpUrl}${path}`);
    expect([answer.status, answer.headers.get("content-type")]).toEqual([status, type]);
    expect(answer.headers.get("server")).toBe("spaced");
    expect(answer.headers.get("date")).toMatch(/ GMT$/);
    if (status >= 400)
      expect(answer.body).toMatch(new RegExp(`Error response.*Error code ${status}\\..*Message: `, "s"));
  });

  test("a call that cannot be read is in the log, in supervisord's words", async () => {
    for (const body of ["it's no call\n", "<methodCall></methodCall>"])
      await curl("-H", "Content-Type: text/xml", "--data-binary", body, `${served.httpUrl}/RPC2`);
    expect(served.logged.filter((line) => line.startsWith("error"))).toEqual([
      `error XML-RPC request data "it's no call\\n" is invalid: unmarshallable`,
      "error XML-RPC request data '<methodCall></methodCall>' is invalid: no method name",
    ]);
  });

  test("the page of an error is supervisord's to the byte, for who looks for its words", async () => {
    const { body } = await curl(`${served.httpUrl}/nothing.html`);
    const lines = ["<head>", "<title>Error response</title>", "</head>", "<body>", "<h1>Error response</h1>"];
    expect(body.split("\r\n")).toEqual([...lines, "<p>Error code 404.", "<p>Message: Not Found.", "</body>", ""]);
  });

  test("HEAD: 404 for a page, the headers of a file", async () => {
    expect((await curl("-I", `${served.httpUrl}/`)).status).toBe(404);
    const file = await curl("-I", `${served.httpUrl}/images/icon.svg`);
    expect([file.status, file.body, Number(file.headers.get("content-length")) > 100]).toEqual([200, "", true]);
  });
});

/** A call whose body comes in pieces. */
function chunked(...pieces: readonly string[]): string {
  const chunks = pieces.map((piece) => `${piece.length.toString(16)}\n${piece}\n`);
  return `POST /RPC2 HTTP/1.1\nHost: x\nTransfer-Encoding: chunked\n\n${chunks.join("")}0\n\n`;
}

describe("connections", () => {
  test.each([
    ["a call without a length", "POST /RPC2 HTTP/1.0\nContent-Type: text/xml\n\n", [411], false],
    ["HTTP/1.0", post("1.0", "", getPid), [200], false],
    ["HTTP/1.0 that stays", post("1.0", "Connection: keep-alive\n", getPid), [200], true],
    ["HTTP/1.1", post("1.1", "Host: x\n", getPid), [200], true],
    ["HTTP/1.1 without Host", post("1.1", "", getPid), [200], true],
    ["HTTP/1.1 that closes", post("1.1", "Host: x\nConnection: close\n", getPid), [200], false],
    ["two calls at once", post("1.1", "Host: x\n", getPid).repeat(2), [200, 200], true],
    ["a chunked call", chunked(getPid.slice(0, 30), getPid.slice(30)), [200], true],
    ["a chunked call without anything", chunked(), [400], true],
    ["chunks that are too many", chunked(...Array.from({ length: 20 }, () => "x".repeat(60_000))), [413], false],
    ["a body that is too long", "POST /RPC2 HTTP/1.1\nHost: x\nContent-Length: 1048577\n\n", [413], false],
    ["a header that is too long", `GET / HTTP/1.1\nHost: x\nX: ${"x".repeat(20_000)}\n\n`, [431], false],
    ["no HTTP at all", "\x16\x03\x01 hello\n\n", [400], false],
    ["a length that is none", "POST /RPC2 HTTP/1.1\nHost: x\nContent-Length: -5\n\n", [400], false],
  ])("%s", async (_, text, statuses, open) => {
    expect(await raw(served.socket, text, 400)).toEqual({ statuses, open });
  });

  test("a body of a megabyte is taken", async () => {
    const file = join(served.directory, "body.xml");
    const comment = `<!--${"x".repeat(1024 * 1024 - getPid.length - 7)}-->`;
    writeFileSync(file, getPid.replace("<methodName>", `${comment}<methodName>`));
    const answer = await curl("-H", "Expect:", "--data-binary", `@${file}`, `${served.httpUrl}/RPC2`);
    expect([answer.status, answer.body.includes("4711")]).toEqual([200, true]);
  });

  test("who does not send the whole request in time is cut off, headers or body", async () => {
    await restart({ limits: { requestMs: 300, connections: 10, crowdedConnections: 8 } });
    const slow = ["", "POST /RPC2 HT", "POST /RPC2 HTTP/1.1\nHost: x\nContent-Length: 100\n\n<?xml"].map((text) =>
      raw(served.socket, text, 5000),
    );
    expect((await Promise.all(slow)).map(({ open }) => open)).toEqual([false, false, false]);
    expect((await curl("--unix-socket", served.socket, "http://x/ok.html")).body).toBe("OK");
  });

  test("a call may take longer than a request", async () => {
    await restart({ limits: { requestMs: 200, connections: 10, crowdedConnections: 8 } });
    daemon.add("slow", { state: "STOPPED", startMs: 2500 });
    expect(await python(served.unixUrl, "print(json.dumps(s.supervisor.startProcess('slow')))")).toBe(true);
  });

  test("idle connections make room, and beyond the limit nobody is let in", async () => {
    await restart({ limits: { requestMs: 10_000, connections: 20, crowdedConnections: 10 } });
    const sockets: Socket[] = [];
    const open = async (text: string) => {
      const socket = connect(served.socket).on("error", () => undefined);
      sockets.push(socket);
      await once(socket, "connect");
      socket.write(text.replaceAll("\n", "\r\n"));
      return socket;
    };
    for (let n = 0; n < 15; n++) await once(await open("GET /ok.html HTTP/1.1\nHost: x\n\n"), "data");
    await until("the longest idle ones are closed", () => sockets.slice(0, 5).every(({ closed }) => closed));
    expect(sockets.slice(5).some(({ closed }) => closed)).toBe(false);
    expect((await curl("--unix-socket", served.socket, "http://x/ok.html")).body).toBe("OK");
    for (let n = 0; n < 40; n++) await open("GET /mainlogtail HTTP/1.1\nHost: x\n\n");
    await until("those beyond the limit are closed", () => sockets.filter(({ closed }) => closed).length >= 35);
    expect(daemon.main?.followers).toBeGreaterThanOrEqual(15);
    expect(daemon.main?.followers).toBeLessThanOrEqual(20);
    for (const socket of sockets) socket.destroy();
    await until("the logs are let go", () => daemon.main?.followers === 0);
  });

  test("a client that goes away in the middle does no harm", async () => {
    daemon.add("slow", { state: "STOPPED", startMs: 300 });
    const body =
      "<methodCall><methodName>supervisor.startProcess</methodName><params><param><value>slow</value></param></params></methodCall>";
    await raw(served.socket, post("1.1", "Host: x\n", body), 50);
    await raw(served.socket, "POST /RPC2 HTTP/1.1\nHost: x\nContent-Length: 100\n\n<?xml", 50);
    await until("slow runs", () => daemon.find({ group: "slow", name: "slow" })?.state === "RUNNING");
    expect((await curl("--unix-socket", served.socket, "http://x/ok.html")).body).toBe("OK");
    expect(served.logged.filter((line) => line.startsWith("critical"))).toEqual([]);
  });

  test("at close everybody is sent home within a second", async () => {
    daemon.add("slow", { state: "STOPPED", startMs: 60_000 });
    const idle = connect(served.socket);
    idle.write("GET /ok.html HTTP/1.1\r\nHost: x\r\n\r\n");
    const following = connect(served.socket);
    following.write("GET /mainlogtail HTTP/1.1\r\nHost: x\r\n\r\n");
    await Promise.all([once(idle, "data"), once(following, "data")]);
    const ended = Promise.all([once(idle.resume(), "close"), once(following.resume(), "close")]);
    const started = performance.now();
    await served.close();
    await ended;
    expect(performance.now() - started).toBeLessThan(1000);
    await until("the log is let go", () => daemon.main?.followers === 0);
  });
});

describe("JSON", () => {
  const ask = (accept: string, body: string) =>
    curl("-H", `Accept: ${accept}`, "-d", body, "--unix-socket", served.socket, "http://localhost/RPC2");

  test("whoever names it first gets it, faults too", async () => {
    const answer = await ask("application/json, text/xml", getPid);
    expect([answer.headers.get("content-type"), JSON.parse(answer.body)]).toEqual([
      "application/json",
      { result: 4711 },
    ]);
    expect(JSON.parse((await ask("application/json", call("x.y"))).body)).toEqual({
      fault: { code: 1, text: "UNKNOWN_METHOD" },
    });
    expect((await ask("text/xml, application/json", getPid)).headers.get("content-type")).toBe("text/xml");
    expect((await ask("*/*", getPid)).headers.get("content-type")).toBe("text/xml");
  });
});

describe("authentication", () => {
  const sha = "{SHA}e4f521fd6ab9b355e42bc7389b1efcc5517b6116";
  const at = (path: string, ...args: string[]) => curl(...args, `${served.httpUrl}${path}`);

  test("every address asks for it and tells how", async () => {
    await restart({ credentials: { username: "ann", password: "a:b c" } });
    for (const path of [
      "/",
      "/ok.html",
      "/RPC2",
      "/logtail/cat",
      "/mainlogtail",
      "/nothing",
      "/stylesheets/spaced.css",
      "/%zz",
    ]) {
      const answer = await at(path);
      expect([path, answer.status, answer.headers.get("www-authenticate"), answer.headers.get("connection")]).toEqual([
        path,
        401,
        'Basic realm="default"',
        "close",
      ]);
    }
    expect((await at("/ok.html", "-u", "ann:a:b c")).body).toBe("OK");
    expect((await at("/RPC2", "-u", "ann:a:b c", "-d", getPid)).status).toBe(200);
  });

  test.each([
    ["joe:thispassword", 200],
    ["joe:wrong", 401],
    ["joe:e4f521fd6ab9b355e42bc7389b1efcc5517b6116", 401],
    ["Joe:thispassword", 401],
    [":", 401],
  ])("a password kept as SHA-1: %s is answered with %i", async (user, status) => {
    await restart({ credentials: { username: "joe", password: sha } });
    expect((await at("/ok.html", "-u", user)).status).toBe(status);
  });

  test.each([
    ["Bearer x", 401],
    ["Basic", 401],
    ["Basic !!!", 400],
    ["Basic am9lOnRoaXNwYXNzd29yZA", 400],
    ["Basic am9lOv8=", 400],
    ["basic am9lOnRoaXNwYXNzd29yZA==", 200],
  ])("Authorization: %s is answered with %i", async (header, status) => {
    await restart({ credentials: { username: "joe", password: sha } });
    expect((await at("/ok.html", "-H", `Authorization: ${header}`)).status).toBe(status);
  });
});
