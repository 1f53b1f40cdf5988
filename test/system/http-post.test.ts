/** A request to servers of every kind: the outcome comes in time, and says what was wrong. */
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createServer as createHttpServer, type IncomingMessage, type ServerResponse } from "node:http";
import { createServer as createHttpsServer } from "node:https";
import { type AddressInfo, createServer, type Server, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { execa } from "execa";
import { afterAll, afterEach, describe, expect, test } from "vitest";
import type { HttpTarget } from "../../src/core/http-target.ts";
import { HttpPoster, type PostOutcome } from "../../src/system/http-post.ts";
import { freePort } from "../helpers/port.ts";
import { until } from "../helpers/until.ts";

const folder = mkdtempSync(join(tmpdir(), "http-post-"));
const sockets = new Set<Socket>();
const servers: Server[] = [];
const posters: HttpPoster[] = [];

afterEach(() => {
  for (const poster of posters.splice(0)) poster.close();
  for (const socket of sockets) socket.destroy();
  sockets.clear();
  for (const server of servers.splice(0)) server.close();
});
afterAll(() => rmSync(folder, { recursive: true }));

async function listening(server: Server): Promise<number> {
  servers.push(server);
  server.on("connection", (socket: Socket) => {
    sockets.add(socket);
    socket.on("error", () => {});
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return (server.address() as AddressInfo).port;
}

function poster(port: number, more: Partial<HttpTarget> = {}, ca: string | null = null): HttpPoster {
  const made = new HttpPoster(
    { secure: false, at: { host: "127.0.0.1", port }, path: "/push?x=1", auth: null, ...more },
    ca,
  );
  posters.push(made);
  return made;
}

const body = Buffer.from("a body");
const post = (to: HttpPoster, limitMs = 5000): Promise<PostOutcome> => to.post({ "x-own": "1" }, body, limitMs);
const every = (socket: Socket, ms: number, act: () => void): void => {
  const timer = setInterval(act, ms);
  socket.on("close", () => clearInterval(timer));
};

test("requests one after the other leave nothing behind on their connection", async () => {
  const warnings: Error[] = [];
  const warned = (warning: Error) => warnings.push(warning);
  process.on("warning", warned);
  const to = poster(
    await listening(createHttpServer((request, response) => void request.resume().on("end", () => response.end()))),
  );
  for (let number = 0; number < 30; number++) await post(to);
  process.off("warning", warned);
  expect(warnings).toEqual([]);
});

test("a request has its headers and body, and the next one uses its connection", async () => {
  const seen: string[] = [];
  let connections = 0;
  const server = createHttpServer((request: IncomingMessage, response: ServerResponse) => {
    request.on("data", (bytes: Buffer) => {
      const { method, url, headers } = request;
      seen.push(`${method} ${url} ${headers["x-own"]} ${headers["content-length"]} ${bytes}`);
    });
    request.on("end", () => response.writeHead(204).end());
  }).on("connection", () => connections++);
  const to = poster(await listening(server));
  const taken = { type: "answered", status: 204, retryAfter: null, text: "" };
  expect([await post(to), await post(to)]).toEqual([taken, taken]);
  expect(seen).toEqual(Array(2).fill("POST /push?x=1 1 6 a body"));
  expect(connections).toBe(1);
});

describe("a server that", () => {
  test.each<[string, (socket: Socket) => void, Partial<PostOutcome>]>([
    ["never answers", () => {}, { type: "failed", cause: "timeout", why: "no answer within 300ms" }],
    [
      "resets the connection",
      (socket) => socket.on("data", () => socket.resetAndDestroy()),
      { type: "failed", cause: "connection", why: "the connection was closed without an answer" },
    ],
    [
      "answers byte by byte",
      (socket) => every(socket, 20, () => socket.write(socket.bytesWritten === 0 ? "HTTP/1.1 204 X\r\nA: " : "x")),
      { type: "failed", cause: "timeout" },
    ],
    [
      "has no end of headers",
      (socket) => {
        socket.write("HTTP/1.1 204 X\r\n");
        every(socket, 1, () => socket.write(`A: ${"x".repeat(5000)}\r\n`));
      },
      { type: "failed", cause: "connection", why: "no answer of HTTP: Parse Error: Header overflow" },
    ],
    [
      "continues for ever",
      (socket) => every(socket, 1, () => socket.write("HTTP/1.1 100 Continue\r\n\r\n")),
      { type: "failed", cause: "timeout" },
    ],
    [
      "floods who asks with word that it goes on",
      (socket) => {
        const flood = () => {
          while (!socket.destroyed && socket.write("HTTP/1.1 103 X\r\nLink: x\r\n\r\n".repeat(1000)));
        };
        socket.on("drain", flood).on("data", flood);
      },
      { type: "failed", cause: "connection", why: "it announces an answer again and again, and gives none" },
    ],
    [
      "wants to speak something else from now on",
      (socket) => socket.on("data", () => socket.write("HTTP/1.1 101 X\r\nUpgrade: x\r\nConnection: Upgrade\r\n\r\n")),
      { type: "answered", status: 101 },
    ],
    [
      "speaks something else",
      (socket) => socket.end("SSH-2.0-OpenSSH_9.2\r\n"),
      { type: "failed", cause: "connection" },
    ],
    [
      "has no end of its body has answered",
      (socket) => {
        socket.write("HTTP/1.1 200 X\r\n\r\n");
        every(socket, 1, () => socket.write("x".repeat(100_000)));
      },
      { type: "answered", status: 200 },
    ],
    [
      "has a body that does not go on has answered",
      (socket) =>
        void socket.write("HTTP/1.1 400 X\r\nRetry-After: 7\r\nContent-Length: 99\r\n\r\nb\x1b[31m\r\n\u202e"),
      { type: "answered", status: 400, retryAfter: "7", text: "b [31m" },
    ],
    [
      "redirects is not followed",
      (socket) => void socket.write("HTTP/1.1 307 X\r\nLocation: /elsewhere\r\nContent-Length: 0\r\n\r\n"),
      { type: "answered", status: 307 },
    ],
  ])("%s", async (_, serve, expected) => {
    const port = await listening(
      createServer((socket) => {
        socket.on("data", () => {});
        serve(socket);
      }),
    );
    const begin = performance.now();
    expect(await post(poster(port), 300)).toMatchObject(expected);
    expect(performance.now() - begin).toBeLessThan(1500);
  });

  test("closes a connection just when it is used again is asked once more", async () => {
    let requests = 0;
    const server = createServer((socket) => {
      let own = 0;
      socket.on("data", () => {
        requests++;
        if (own++ === 0) socket.write("HTTP/1.1 204 X\r\n\r\n");
        else socket.destroy();
      });
    });
    const to = poster(await listening(server));
    expect([await post(to), await post(to)].map((outcome) => "status" in outcome && outcome.status)).toEqual([
      204, 204,
    ]);
    expect(requests).toBeGreaterThanOrEqual(3);
  });

  test("takes what it has not read yet gets all of it", async () => {
    let bytes = 0;
    const server = createServer((socket) => {
      socket.once("data", () => socket.write("HTTP/1.1 204 X\r\n\r\n"));
      socket.on("data", (piece) => {
        bytes += piece.length;
      });
    });
    const to = poster(await listening(server));
    const large = Buffer.alloc(16 * 1024 * 1024);
    expect(await to.post({}, large, 5000)).toMatchObject({ type: "answered", status: 204 });
    await until("all has come", () => bytes > large.length);
  });

  test("answers before it has read all, and never reads the rest, does not hold up the next request", async () => {
    const server = createServer((socket) => {
      socket.once("data", () => {
        socket.write("HTTP/1.1 413 X\r\nContent-Length: 3\r\n\r\nbig");
        socket.pause();
      });
    });
    const to = poster(await listening(server));
    const large = to.post({}, Buffer.alloc(16 * 1024 * 1024), 2000);
    expect(await large).toMatchObject({ type: "answered", status: 413, text: "big" });
    expect(await post(to, 2000)).toMatchObject({ type: "answered", status: 413 });
  });

  test("is not there, or has no address", async () => {
    const refused = { type: "failed", cause: "connection", why: "connection refused" };
    expect(await post(poster(await freePort()))).toEqual(refused);
    expect(await post(poster(await freePort(), { at: { host: "localhost", port: 1 } }))).toEqual(refused);
    const unknown = await post(poster(1, { at: { host: "nowhere.invalid", port: 1 } }), 10_000);
    expect(unknown).toMatchObject({
      type: "failed",
      why: expect.stringMatching(/^its name( is not known|: EAI_AGAIN)$/),
    });
    const noSocket = await post(poster(1, { at: { socketPath: "/no/such.sock" } }));
    expect(noSocket).toMatchObject({ type: "failed", why: "no such file or directory" });
  });
});

test("a header that holds what none can is refused at once, and leaves nothing behind that comes later", async () => {
  const to = poster(await listening(createHttpServer((_, response) => response.end())));
  const late: unknown[] = [];
  const caught = (error: unknown) => void late.push(error);
  process.on("uncaughtException", caught);
  await expect(to.post({ "x-own": "€" }, body, 50)).rejects.toThrow("Invalid character in header");
  await delay(100);
  process.off("uncaughtException", caught);
  expect(late).toEqual([]);
  expect(await post(to)).toMatchObject({ type: "answered" });
});

test("what is under way is given up when the poster is closed", async () => {
  const to = poster(await listening(createServer(() => {})));
  const asked = post(to);
  setTimeout(() => to.close(), 50);
  expect(await asked).toMatchObject({ type: "failed", cause: "aborted" });
  expect(await post(to)).toMatchObject({ type: "failed", cause: "aborted" });
});

test("a server on https has to have a certificate that is trusted", async () => {
  const [key, cert] = [join(folder, "key.pem"), join(folder, "cert.pem")];
  const wanted = ["-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-subj", "/CN=x"];
  const names = ["-addext", "subjectAltName=IP:127.0.0.1"];
  await execa("openssl", ["req", ...wanted, ...names, "-keyout", key, "-out", cert]);
  const server = createHttpsServer({ key: readFileSync(key), cert: readFileSync(cert) }, (request, response) => {
    request.resume().on("end", () => response.end("well"));
  });
  const port = await listening(server);
  const secure = { secure: true } as const;
  expect(await post(poster(port, secure))).toMatchObject({ type: "failed", why: "self-signed certificate" });
  expect(await post(poster(port, secure, readFileSync(cert, "utf8")))).toMatchObject({ type: "answered", status: 200 });
  const plain = await post(poster(await listening(createServer((socket) => void socket.end("plain"))), secure));
  expect(plain).toMatchObject({ type: "failed", cause: "connection" });
  expect(await post(poster(await listening(createServer(() => {})), secure), 300)).toMatchObject({
    type: "failed",
    why: "no connection within 300ms",
  });
});
