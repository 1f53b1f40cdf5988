import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { Limits } from "../../src/api/server.ts";
import { raw, type Served, serve } from "../helpers/api-server.ts";
import { FakeDaemon } from "../helpers/fake-daemon.ts";
import { until } from "../helpers/until.ts";

const requestMs = 300;
const limits: Limits = { requestMs, connections: 100, crowdedConnections: 90 };
const body = "<methodCall><methodName>supervisor.getPID</methodName></methodCall>";
const post = `POST /RPC2 HTTP/1.1\r\nHost: x\r\nContent-Length: ${body.length}\r\n\r\n${body}`;
const get = "GET /ok.html HTTP/1.1\r\nHost: x\r\n\r\n";

let served: Served;
beforeEach(async () => {
  served = await serve(new FakeDaemon(), { limits });
});
afterEach(() => served.close());

/** Writes, and keeps the daemon's loop, which is the test's, from reading that until timers have had their turn. */
async function writeWhileBusy(socket: Socket, text: string): Promise<void> {
  await new Promise((resolve) => setImmediate(resolve));
  socket.write(text);
  const end = performance.now() + 3 * requestMs;
  while (performance.now() < end);
}

async function client(): Promise<{ socket: Socket; received: () => string }> {
  const socket = connect(served.socket).on("error", () => undefined);
  let text = "";
  socket.setEncoding("latin1").on("data", (data: string) => {
    text += data;
  });
  await once(socket, "connect");
  return { socket, received: () => text };
}

/** A request in so many pieces, each a turn of the loop after the one before. */
async function trickle(socket: Socket, text: string, everyMs: number): Promise<void> {
  for (const byte of text) {
    if (socket.destroyed) return;
    socket.write(byte);
    await new Promise((resolve) => setTimeout(resolve, everyMs));
  }
}

describe("a request that is here in time", () => {
  test.each([get, post])("is answered, however long the daemon was busy before it read it: %j", async (request) => {
    const { socket, received } = await client();
    await new Promise((resolve) => setTimeout(resolve, 50));
    await writeWhileBusy(socket, request);
    await until("it is answered", () => received().includes("HTTP/1.1"));
    expect(received()).toMatch(/^HTTP\/1.1 200 /);
    socket.destroy();
  });

  test("is answered when the daemon was busy between its head and its body", async () => {
    const { socket, received } = await client();
    const [head = "", rest = ""] = post.split("<methodName>");
    socket.write(head);
    await new Promise((resolve) => setTimeout(resolve, 50));
    await writeWhileBusy(socket, `<methodName>${rest}`);
    await until("it is answered", () => received().includes("HTTP/1.1"));
    expect(received()).toMatch(/^HTTP\/1.1 200 /);
    socket.destroy();
  });

  test("and is followed by others over the same connection, with pauses that are longer than a request may take", async () => {
    const { socket, received } = await client();
    for (let count = 1; count <= 3; count++) {
      socket.write(get);
      await until(`answer ${count}`, () => received().split("HTTP/1.1 200").length === count + 1);
      await new Promise((resolve) => setTimeout(resolve, requestMs * 2));
    }
    expect(socket.destroyed).toBe(false);
    socket.destroy();
  });

  test("is no longer awaited when it was refused for what it expects", async () => {
    const { socket, received } = await client();
    socket.write("POST /RPC2 HTTP/1.1\r\nHost: x\r\nExpect: wonders\r\nContent-Length: 0\r\n\r\n");
    await until("it is refused", () => received().includes("417"));
    await new Promise((resolve) => setTimeout(resolve, requestMs * 2));
    expect(received()).not.toContain("408");
    socket.destroy();
  });

  test("of a megabyte is answered, too", async () => {
    const { socket, received } = await client();
    const padded = body.padEnd(1_000_000);
    await writeWhileBusy(socket, `POST /RPC2 HTTP/1.1\r\nHost: x\r\nContent-Length: 1000000\r\n\r\n${padded}`);
    await until("it is answered", () => received().includes("HTTP/1.1"));
    expect(received()).toMatch(/^HTTP\/1.1 200 /);
    socket.destroy();
  });
});

describe("a client that does not send its whole request in time", () => {
  test.each(["", "POST /RPC2 HT", post.slice(0, -1), "POST /RPC2 HTTP/1.1\nHost: x\nTransfer-Encoding: chunked\n\n"])(
    "is told so and cut off: %j",
    async (text) => {
      expect(await raw(served.socket, text.replaceAll("\r\n", "\n"), 5000)).toEqual({ statuses: [408], open: false });
    },
  );

  test("gains nothing by sending it byte by byte", async () => {
    const { socket, received } = await client();
    await trickle(socket, post, 20);
    await until("it is cut off", () => socket.destroyed || received().includes("408"));
    expect(received()).toMatch(/^HTTP\/1.1 408 /);
  });

  test("that has its answer before its request is at its end is cut off, too, or may go on", async () => {
    const head = `POST /nothing HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\n\r\n`;
    const [never, late] = [await client(), await client()];
    for (const { socket } of [never, late]) socket.write(`${head}ab`);
    await until("both are answered", () => [never, late].every(({ received }) => received().includes("HTTP/1.1 400")));
    late.socket.write(`cd${get}`);
    await until("the next is answered", () => late.received().includes("200 OK"));
    await until("the other is cut off", () => never.socket.destroyed);
    expect(late.socket.destroyed).toBe(false);
    await trickle(late.socket, post, 20);
    await until("its third request is cut off", () => late.received().includes("408 Request Timeout"));
  });

  test("is cut off at its second request as well", async () => {
    const { socket, received } = await client();
    socket.write(get);
    await until("the first is answered", () => received().includes("200 OK"));
    await trickle(socket, post, 20);
    await until("the second is cut off", () => received().includes("408 Request Timeout"));
  });
});
