import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { createServer as createHttpServer, type RequestListener } from "node:http";
import { createServer as createHttpsServer } from "node:https";
import { connect, createServer, type Server, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { execa } from "execa";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import type { CheckResult } from "../../src/core/health.ts";
import { httpTarget } from "../../src/core/http-target.ts";
import { closeFd, listenTcp } from "../../src/system/libc.ts";
import { probeCommand } from "../../src/system/probe-command.ts";
import { probeFile } from "../../src/system/probe-file.ts";
import { probeHttp } from "../../src/system/probe-http.ts";
import { probeTcp } from "../../src/system/probe-tcp.ts";
import { type Reaper, startReaper } from "../../src/system/reaper.ts";
import { freePort } from "../helpers/port.ts";
import { descriptors } from "../helpers/processes.ts";
import { until } from "../helpers/until.ts";

const folder = mkdtempSync(join(tmpdir(), "probes-"));
const servers: Server[] = [];
const sockets = new Set<Socket>();
let reaper: Reaper;
beforeAll(() => {
  reaper = startReaper(() => {});
});
afterEach(() => {
  for (const socket of sockets) socket.destroy();
  sockets.clear();
  for (const server of servers.splice(0)) server.close();
});
afterAll(() => {
  reaper.stop();
  rmSync(folder, { recursive: true, force: true });
});

const never = new AbortController().signal;

async function listening(server: Server, at: { port: number; host: string } | { path: string }): Promise<number> {
  servers.push(server);
  server.on("connection", (socket: Socket) => {
    sockets.add(socket);
    socket.on("error", () => {});
  });
  await new Promise<void>((resolve) => server.listen(at, resolve));
  const address = server.address();
  return typeof address === "object" && address !== null ? address.port : 0;
}
const local = { port: 0, host: "127.0.0.1" };
const http = (listener: RequestListener) => listening(createHttpServer(listener), local);
/** A server that says what it likes to whoever connects. */
const raw = (talk: (socket: Socket) => void) => listening(createServer(talk), local);

function ask(url: string, timeoutMs = 2000, signal: AbortSignal = never): Promise<CheckResult> {
  const target = httpTarget(url);
  if (target === null) throw new Error(`${url} is no URL`);
  return probeHttp(target, timeoutMs, signal);
}

/** How long it took, beside what came of it. */
async function timed<T>(work: Promise<T>): Promise<[T, number]> {
  const before = performance.now();
  const result = await work;
  return [result, performance.now() - before];
}

describe("where an HTTP check goes", () => {
  test.each([
    ["http://localhost/", { secure: false, at: { host: "localhost", port: 80 }, path: "/", auth: null }],
    ["https://[::1]:8443/a?b=c#d", { secure: true, at: { host: "::1", port: 8443 }, path: "/a?b=c", auth: null }],
    ["http://u:p%40@h:81", { secure: false, at: { host: "h", port: 81 }, path: "/", auth: "u:p@" }],
    ["http://unix:/run/a.sock:/x?y", { secure: false, at: { socketPath: "/run/a.sock" }, path: "/x?y", auth: null }],
    ["http://unix:/run/a.sock", { secure: false, at: { socketPath: "/run/a.sock" }, path: "/", auth: null }],
    ["http://unix:/a.sock:/x y", { secure: false, at: { socketPath: "/a.sock" }, path: "/x%20y", auth: null }],
    ["http://unix:8080/", { secure: false, at: { host: "unix", port: 8080 }, path: "/", auth: null }],
    ["http://unix:/a.sock:", null],
    ["http://unix:/a.sock:x", null],
    ["ftp://h/", null],
    ["h:80", null],
    ["http://", null],
    ["http://h:0/", null],
    ["", null],
  ])("%s", (url, target) => expect(httpTarget(url)).toEqual(target));
});

describe("an HTTP check", () => {
  test.each([200, 204, 302, 399])("passes with a status of %i, and does not follow redirects", async (status) => {
    const asked: string[] = [];
    const port = await http((request, response) => {
      asked.push(request.url ?? "");
      response.writeHead(status, { location: "/elsewhere" }).end();
    });
    expect(await ask(`http://127.0.0.1:${port}/healthz`)).toEqual({ outcome: "passed", text: `HTTP ${status}` });
    expect(asked).toEqual(["/healthz"]);
  });

  test.each([199 + 201, 404, 500, 503])("fails with %i and tells what the server said", async (status) => {
    const port = await http((_, response) => void response.writeHead(status).end("db is\n\u001b[31mdown\n"));
    const { outcome, text } = await ask(`http://127.0.0.1:${port}/`);
    expect({ outcome, text }).toEqual({ outcome: "failed", text: `HTTP ${status}: db is [31mdown` });
  });

  test("says whom it asks and that it will not ask again on the same connection", async () => {
    const port = await http((request, response) => {
      const { host, connection, authorization, "user-agent": agent } = request.headers;
      response.writeHead(500).end([host, connection, authorization, agent, request.method].join(" | "));
    });
    const { text } = await ask(`http://me:secret@localhost:${port}/`);
    const basic = Buffer.from("me:secret").toString("base64");
    expect(text).toBe(`HTTP 500: localhost:${port} | close | Basic ${basic} | spaced (health check) | GET`);
  });

  test("works over a unix socket", async () => {
    const path = join(folder, "app.sock");
    await listening(
      createHttpServer((request, response) => void response.end(request.url)),
      { path },
    );
    expect(await ask(`http://unix:${path}:/healthz`)).toEqual({ outcome: "passed", text: "HTTP 200" });
    expect(await ask("http://unix:/no/such.sock:/")).toEqual({
      outcome: "failed",
      text: "/no/such.sock: no such file or directory",
    });
  });

  test("speaks TLS, and does not ask who signed for the server", async () => {
    const [key, cert] = [join(folder, "key.pem"), join(folder, "cert.pem")];
    const wanted = ["-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-subj", "/CN=x"];
    await execa("openssl", ["req", ...wanted, "-keyout", key, "-out", cert]);
    const server = createHttpsServer({ key: readFileSync(key), cert: readFileSync(cert) }, (_, response) => {
      response.end("well");
    });
    const port = await listening(server, local);
    expect(await ask(`https://localhost:${port}/`)).toEqual({ outcome: "passed", text: "HTTP 200" });
    const silent = await raw(() => {});
    expect((await ask(`https://127.0.0.1:${silent}/`, 200)).text).toMatch(/no connection within 200ms$/);
  });

  test("fails when nobody listens", async () => {
    const port = await raw(() => {});
    await new Promise((resolve) => servers.pop()?.close(resolve));
    expect(await ask(`http://127.0.0.1:${port}/`)).toEqual({
      outcome: "failed",
      text: `127.0.0.1:${port}: connection refused`,
    });
  });

  test.each<[string, (socket: Socket) => void, RegExp]>([
    ["accepts and never answers", () => {}, /no reply within 250ms$/],
    [
      "sends its headers byte by byte",
      (socket) => {
        const bytes = `HTTP/1.1 200 OK\r\n${"X-Slow: yes\r\n".repeat(100)}`;
        let at = 0;
        const timer = setInterval(
          () => (socket.destroyed ? clearInterval(timer) : socket.write(bytes[at++] ?? "x")),
          5,
        );
      },
      /no reply within 250ms$/,
    ],
    ["floods with headers", (socket) => flood(socket, "HTTP/1.1 200 OK\r\n", "X-Flood: yes\r\n"), /Parse Error/],
    [
      "begins a body and does not end it",
      (socket) => void socket.write("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhello"),
      /no end of the reply within 250ms$/,
    ],
    ["breaks off", (socket) => socket.end("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhello"), /reply broke off$/],
    ["hangs up without a reply", (socket) => socket.once("data", () => socket.end()), /closed without a reply$/],
    ["speaks no HTTP", (socket) => void socket.write("220 smtp ready\r\n"), /Parse Error/],
    ["goes on about 100 Continue", (socket) => flood(socket, "", "HTTP/1.1 100 Continue\r\n\r\n"), /no reply within/],
  ])("of a server that %s fails in time", async (_, talk, text) => {
    const port = await raw(talk);
    const [result, tookMs] = await timed(ask(`http://127.0.0.1:${port}/`, 250));
    expect(result.outcome).toBe("failed");
    expect(result.text).toMatch(text);
    expect(tookMs).toBeLessThan(1000);
  });

  test("does not blame the server for a time in which we stood still ourselves", async () => {
    // In a process of its own: it answers, after a moment, while this one does nothing.
    const port = await freePort();
    const script = `require("node:http").createServer((_, r) => setTimeout(() => r.end(), 60)).listen(${port}, "127.0.0.1")`;
    const server = spawn(process.execPath, ["-e", script]);
    await until("it listens", async () => (await probeTcp("127.0.0.1", port, 500, never)).outcome === "passed");
    const asked = ask(`http://127.0.0.1:${port}/`, 100);
    await new Promise((resolve) => setTimeout(resolve, 20));
    await new Promise((resolve) => setImmediate(resolve));
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 300);
    expect(await asked).toEqual({ outcome: "passed", text: "HTTP 200" });
    server.kill("SIGKILL");
  });

  test("reads no more than it needs of a flood", async () => {
    let sent = 0;
    const port = await http((_, response) => {
      response.writeHead(200);
      const more = () => {
        sent += 65_536;
        if (!response.destroyed) response.write(Buffer.alloc(65_536), () => setImmediate(more));
      };
      more();
    });
    const [result, tookMs] = await timed(ask(`http://127.0.0.1:${port}/`));
    expect(result).toEqual({ outcome: "passed", text: "HTTP 200" });
    expect(tookMs).toBeLessThan(1000);
    expect(sent).toBeLessThan(64 * 1024 * 1024);
  });

  test("ends at once when nobody wants its answer any more, and leaves nothing open", async () => {
    const port = await raw(() => {});
    const before = descriptors(process.pid).length;
    const abort = new AbortController();
    const asked = ask(`http://127.0.0.1:${port}/`, 60_000, abort.signal);
    await until("the server is asked", () => sockets.size === 1);
    abort.abort();
    expect(await asked).toEqual({ outcome: "unknown", text: "abandoned" });
    for (const socket of sockets) socket.destroy();
    await until("the connection is closed", () => descriptors(process.pid).length <= before);
  });
});

function flood(socket: Socket, first: string, again: string): void {
  socket.write(first);
  const more = () => {
    if (!socket.destroyed) socket.write(again.repeat(100), () => setImmediate(more));
  };
  more();
}

describe("a TCP check", () => {
  test("passes when a connection is accepted, and hangs up", async () => {
    const ended: boolean[] = [];
    const port = await raw((socket) => socket.on("end", () => ended.push(true)).resume());
    expect(await probeTcp("127.0.0.1", port, 1000, never)).toEqual({
      outcome: "passed",
      text: `127.0.0.1:${port} accepts connections`,
    });
    await until("the server sees the end", () => ended.length === 1);
  });

  test("fails when nobody listens, or no such host is known", async () => {
    const port = await raw(() => {});
    await new Promise((resolve) => servers.pop()?.close(resolve));
    expect(await probeTcp("localhost", port, 1000, never)).toEqual({
      outcome: "failed",
      text: `localhost:${port}: connection refused`,
    });
    expect((await probeTcp("no-such-host.invalid", 80, 1000, never)).outcome).toBe("failed");
  });

  test("fails at its deadline when the listener's queue is full", async () => {
    // Nobody accepts; the kernel itself answers the first one or two.
    const port = await freePort();
    const fd = listenTcp("127.0.0.1", port, 0);
    let [result, tookMs] = await timed(probeTcp("127.0.0.1", port, 200, never));
    const clients: Socket[] = [];
    for (let n = 0; n < 4; n++) {
      clients.push(connect({ host: "127.0.0.1", port }).on("error", () => {}));
      [result, tookMs] = await timed(probeTcp("127.0.0.1", port, 200, never));
    }
    for (const client of clients) client.destroy();
    closeFd(fd);
    expect(result).toEqual({ outcome: "failed", text: `127.0.0.1:${port}: no connection within 200ms` });
    expect(tookMs).toBeLessThan(1000);
  });
});

describe("a heartbeat file", () => {
  const path = join(folder, "ping");
  const touched = (agoMs: number) => {
    writeFileSync(path, "");
    const at = (Date.now() - agoMs) / 1000 + 0.0001;
    utimesSync(path, at, at);
  };
  const look = (bornAgoMs: number) => probeFile({ path, maxAgeMs: 5000, bornMs: Date.now() - bornAgoMs }, 1000, never);

  test("passes while it is young, fails when it is old or not there", async () => {
    rmSync(path, { force: true });
    expect(await look(60_000)).toEqual({ outcome: "failed", text: `${path}: no such file or directory` });
    touched(1200);
    expect(await look(60_000)).toEqual({ outcome: "passed", text: `${path} was touched 1.2s ago` });
    touched(8000);
    expect(await look(60_000)).toEqual({ outcome: "failed", text: `${path} was last touched 8s ago` });
  });

  test("of the child before does not speak for its successor", async () => {
    touched(1000);
    expect(await look(500)).toEqual({ outcome: "failed", text: `${path} has not been touched since the start` });
    writeFileSync(path, "");
    expect((await look(0)).outcome).toBe("passed");
  });
});

describe("a command", () => {
  const check = (command: string, timeoutMs = 2000, signal = never) =>
    probeCommand(command, {
      environment: { PATH: "/usr/bin:/bin", WHO: "me" },
      directory: folder,
      user: null,
      timeoutMs,
      signal,
    });

  test.each([
    ["true", { outcome: "passed", text: "exit status 0" }],
    ["sh -c 'echo one; echo $WHO in $PWD'", { outcome: "passed", text: `me in ${folder}` }],
    ["sh -c 'echo \"no queue\"; exit 2'", { outcome: "failed", text: "exit status 2: no queue" }],
    ["sh -c 'kill -11 $$'", { outcome: "failed", text: "terminated by SIGSEGV" }],
    ["no-such-command", { outcome: "unknown", text: "can't find command 'no-such-command'" }],
    ["sh -c 'unclosed", { outcome: "unknown", text: expect.stringMatching(/^can't parse command/) }],
  ])("%s", async (command, result) => expect(await check(command)).toEqual(result));

  test("that hangs fails at its deadline", async () => {
    const [result, tookMs] = await timed(check("sh -c 'echo waiting; sleep 60'", 200));
    expect(result).toEqual({ outcome: "failed", text: "no end within 200ms: waiting" });
    expect(tookMs).toBeLessThan(1500);
  });
});
