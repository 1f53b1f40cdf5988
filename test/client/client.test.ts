/** The client against a real server on a unix socket that answers as each test says. */
import { once } from "node:events";
import { rmSync } from "node:fs";
import { createServer as createHttpServer, type IncomingMessage, type ServerResponse } from "node:http";
import { createServer, type Server, type Socket } from "node:net";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { Client } from "../../src/client/client.ts";
import { BadReply, ConnectionFailure, Disconnected, HttpFailure, RemoteFault } from "../../src/client/failures.ts";
import { newDirectory } from "../helpers/daemon.ts";
import { until } from "../helpers/until.ts";

let directory: string;
let url: string;
let server: Server | null = null;
let client: Client;

beforeEach(() => {
  directory = newDirectory();
  url = `unix://${join(directory, "s.sock")}`;
  client = new Client(url, null);
});

afterEach(() => {
  client.close();
  server?.close();
  server = null;
  rmSync(directory, { recursive: true });
});

interface Asked {
  readonly method: string;
  readonly url: string;
  readonly headers: IncomingMessage["headers"];
  readonly body: string;
  readonly socket: Socket;
}

/** Serves HTTP; every request is recorded. */
async function serve(answer: (response: ServerResponse, asked: Asked) => void): Promise<Asked[]> {
  const all: Asked[] = [];
  server = createHttpServer(async (request, response) => {
    const body = Buffer.concat(await request.toArray()).toString();
    const { method = "", url = "", headers, socket } = request;
    const asked = { method, url, headers, body, socket };
    all.push(asked);
    answer(response, asked);
  });
  await once(server.listen(join(directory, "s.sock")), "listening");
  return all;
}

/** Serves connections as they are. */
async function serveRaw(connected: (socket: Socket) => void): Promise<void> {
  server = createServer((socket) => connected(socket.on("error", () => undefined)));
  await once(server.listen(join(directory, "s.sock")), "listening");
}

const json = (response: ServerResponse, value: unknown): unknown =>
  response.setHeader("Content-Type", "application/json").end(JSON.stringify(value));

describe("a call", () => {
  test("offers JSON and takes it", async () => {
    const asked = await serve((response) => json(response, { result: [{ name: "a", pid: 7 }] }));
    expect(await client.call("supervisor.getAllProcessInfo")).toEqual([{ name: "a", pid: 7 }]);
    expect(asked[0]).toMatchObject({ method: "POST", url: "/RPC2" });
    expect(asked[0]?.headers).toMatchObject({ accept: "application/json, text/xml", "content-type": "text/xml" });
    expect(asked[0]?.body).toContain("<methodName>supervisor.getAllProcessInfo</methodName>");
  });

  test("takes XML as well", async () => {
    const xml =
      "<?xml version='1.0'?><methodResponse><params><param><value><string>é &lt;</string></value></param></params></methodResponse>";
    await serve((response) => response.setHeader("Content-Type", "text/xml").end(xml));
    expect(await client.call("x")).toBe("é <");
  });

  test("fails with the fault of the daemon, in JSON and in XML", async () => {
    await serve((response, { body }) => {
      if (body.includes("as.json")) json(response, { fault: { code: 10, text: "BAD_NAME: x" } });
      else {
        response.end(
          "<methodResponse><fault><value><struct><member><name>faultCode</name><value><int>10</int></value></member><member><name>faultString</name><value><string>BAD_NAME: x</string></value></member></struct></value></fault></methodResponse>",
        );
      }
    });
    await expect(client.call("as.json")).rejects.toEqual(new RemoteFault(10, "BAD_NAME: x"));
    await expect(client.call("as.xml")).rejects.toEqual(new RemoteFault(10, "BAD_NAME: x"));
  });

  test("logs in when it has a login", async () => {
    const asked = await serve((response) => json(response, { result: true }));
    client = new Client(url, { username: "joe", password: "se:cret" });
    await client.call("x");
    expect(asked[0]?.headers.authorization).toBe(`Basic ${Buffer.from("joe:se:cret").toString("base64")}`);
  });

  test("keeps its connection for the next one, and drops it on close", async () => {
    const asked = await serve((response) => json(response, { result: true }));
    await client.call("one");
    await client.call("two");
    client.close();
    await client.call("three");
    const sockets = asked.map(({ socket }) => socket);
    expect(sockets[1]).toBe(sockets[0]);
    expect(sockets[2]).not.toBe(sockets[1]);
  });

  test("costs nothing that stays, however many came before it", async () => {
    const warnings: Error[] = [];
    const warned = (warning: Error) => void warnings.push(warning);
    process.on("warning", warned);
    await serve((response) => json(response, { result: 1 }));
    for (let i = 0; i < 30; i++) await client.call("a.b", []);
    // Warnings are told in the next turn of the event loop.
    await new Promise((resolve) => setImmediate(resolve));
    process.off("warning", warned);
    expect(warnings).toEqual([]);
  });

  test("does not wait for others made at the same time", async () => {
    const waiting: ServerResponse[] = [];
    await serve((response) => waiting.push(response));
    const calls = [client.call("a"), client.call("b"), client.call("c")];
    await until("all have been asked", () => waiting.length === 3);
    for (const response of waiting.reverse()) json(response, { result: "done" });
    expect(await Promise.all(calls)).toEqual(["done", "done", "done"]);
  });

  test("uses a new connection when the daemon has ended the kept one", async () => {
    const asked = await serve((response) => json(response, { result: true }));
    await client.call("one");
    const closed = once(asked[0]?.socket as Socket, "close");
    asked[0]?.socket.end();
    await closed;
    expect(await client.call("two")).toBe(true);
  });
});

describe("a call on a kept connection", () => {
  const answer = (body: string): string =>
    `HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n${body}`;

  test("goes out again on a new one when the daemon ends it without a word", async () => {
    let connections = 0;
    await serveRaw((socket) => {
      connections++;
      socket.on("data", () => socket.end(answer('{"result":1}')));
    });
    for (let calls = 0; calls < 20; calls++) expect(await client.call("x")).toBe(1);
    expect(connections).toBe(20);
  });

  test("does not go out again when the daemon has had it for a while, for it may have been acted on", async () => {
    let requests = 0;
    await serveRaw((socket) => {
      socket.on("data", () => {
        requests++;
        if (requests === 1) socket.write(answer('{"result":1}'));
        else setTimeout(() => socket.destroy(), 600);
      });
    });
    expect(await client.call("x")).toBe(1);
    await expect(client.call("supervisor.startProcess")).rejects.toBeInstanceOf(Disconnected);
    expect(requests).toBe(2);
  });

  test("fails when the daemon ends it in the middle of the answer", async () => {
    let requests = 0;
    await serveRaw((socket) => {
      socket.on("data", () => {
        requests++;
        if (requests === 1) socket.write(answer('{"result":1}'));
        else socket.end("HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n{");
      });
    });
    expect(await client.call("x")).toBe(1);
    await expect(client.call("x")).rejects.toBeInstanceOf(BadReply);
    expect(requests).toBe(2);
  });
});

describe("a call that cannot be answered", () => {
  test("names what is missing", async () => {
    await expect(client.call("x")).rejects.toEqual(new ConnectionFailure("ENOENT"));
    await expect(new Client("http://127.0.0.1:1", null).call("x")).rejects.toEqual(
      new ConnectionFailure("ECONNREFUSED"),
    );
    await expect(new Client(`unix:///${"x".repeat(200)}`, null).call("x")).rejects.toEqual(
      new ConnectionFailure("ENAMETOOLONG"),
    );
  });

  test("tells a status other than 200", async () => {
    await serve((response) => response.writeHead(401, "Unauthorized").end("no"));
    await expect(client.call("x")).rejects.toEqual(new HttpFailure(401, "Unauthorized"));
  });

  test("tells that the daemon hung up, before and in the middle of its answer", async () => {
    await serveRaw((socket) => socket.once("data", () => socket.end()));
    await expect(client.call("x")).rejects.toBeInstanceOf(Disconnected);
    server?.close();
    rmSync(join(directory, "s.sock"), { force: true });
    await serveRaw((socket) =>
      socket.once("data", () => socket.end('HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n{"res')),
    );
    await expect(client.call("x")).rejects.toBeInstanceOf(BadReply);
  });

  test("gives up on a daemon that never answers", async () => {
    await serveRaw(() => undefined);
    await expect(client.call("x", [], 50)).rejects.toEqual(new ConnectionFailure("ETIMEDOUT"));
  });

  test.each([
    ["not JSON", "{"],
    ["neither result nor fault", "{}"],
    ["a fault without code", '{"fault":{}}'],
    ["a bare value", "7"],
  ])("refuses an answer that is %s", async (_what, body) => {
    await serve((response) => response.setHeader("Content-Type", "application/json").end(body));
    await expect(client.call("x")).rejects.toBeInstanceOf(BadReply);
  });

  test.each(["", "hello", "<a>", "<methodResponse/>", "<!DOCTYPE x [<!ENTITY a 'b'>]><methodResponse/>"])(
    "refuses %j where XML should be",
    async (body) => {
      await serve((response) => response.end(body));
      await expect(client.call("x")).rejects.toBeInstanceOf(BadReply);
    },
  );
});

describe("a stream", () => {
  test("hands on every byte in order, characters cut anywhere", async () => {
    const text = "zeile ü 漢字 🎉\n".repeat(500);
    await serve(async (response) => {
      const bytes = Buffer.from(text);
      for (let at = 0; at < bytes.length; at += 7) {
        if (!response.write(bytes.subarray(at, at + 7))) await once(response, "drain");
      }
      response.end();
    });
    const chunks: Buffer[] = [];
    await client.follow("/logtail/a/stdout", async (chunk) => void chunks.push(chunk), new AbortController().signal);
    expect(Buffer.concat(chunks).toString()).toBe(text);
  });

  test("is slowed down by a slow taker", async () => {
    let written = 0;
    await serve(async (response) => {
      const block = Buffer.alloc(65_536, "x");
      while (written < 200 * block.length && !response.destroyed) {
        written += block.length;
        if (!response.write(block)) await Promise.race([once(response, "drain"), once(response, "close")]);
      }
      response.end();
    });
    const abort = new AbortController();
    let taken = 0;
    const stuck = new Promise<void>(() => undefined);
    const stream = client.follow(
      "/x",
      (chunk) => {
        taken += chunk.length;
        return stuck;
      },
      abort.signal,
    );
    await until("something has arrived", () => taken > 0);
    const before = await until("the sender waits", async () => {
      const seen = written;
      await new Promise((resolve) => setTimeout(resolve, 100));
      return seen === written ? seen : null;
    });
    expect(before).toBeLessThan(8 * 1024 * 1024);
    abort.abort();
    await stream; // although its taker is stuck
  });

  test("ends at once when it is aborted, without an error", async () => {
    const asked = await serve((response) => response.write("begin"));
    const abort = new AbortController();
    const chunks: string[] = [];
    const stream = client.follow("/x", async (chunk) => void chunks.push(chunk.toString()), abort.signal);
    await until("it has begun", () => chunks.length > 0);
    const closed = once(asked[0]?.socket as Socket, "close");
    abort.abort();
    await stream;
    await closed;
    expect(chunks).toEqual(["begin"]);
  });

  test("that there is not fails with the status", async () => {
    await serve((response) => response.writeHead(404).end("nothing"));
    const taken: Buffer[] = [];
    const stream = client.follow("/x", async (chunk) => void taken.push(chunk), new AbortController().signal);
    await expect(stream).rejects.toEqual(new HttpFailure(404, "Not Found"));
    expect(taken).toEqual([]);
  });

  test("passes on why its taker failed", async () => {
    await serve((response) => response.end("data"));
    const failing = async (): Promise<void> => {
      throw new Error("nobody reads");
    };
    await expect(client.follow("/x", failing, new AbortController().signal)).rejects.toThrow("nobody reads");
  });
});
