/** Requests that are sent before the answer to the one before them has come. */
import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { encodeCall } from "../../src/protocol/encode.ts";
import { conversation, raw, type Served, serve } from "../helpers/api-server.ts";
import { FakeDaemon } from "../helpers/fake-daemon.ts";
import { until } from "../helpers/until.ts";

let daemon: FakeDaemon;
let served: Served;

beforeEach(async () => {
  daemon = new FakeDaemon();
  daemon.add("slow", { state: "STOPPED", startMs: 500 });
  // Makes the page large.
  for (let n = 0; n < 20; n++) daemon.add(`other:${n}`);
  served = await serve(daemon, { limits: { requestMs: 200, connections: 10, crowdedConnections: 8 } });
});

afterEach(() => served.close());

const post = (body: string): string => `POST /RPC2 HTTP/1.1\nHost: x\nContent-Length: ${body.length}\n\n${body}`;
const order = (method: string): string => post(encodeCall(method, ["slow"]).replaceAll("\n", ""));
const start = order("supervisor.startProcess");
const stop = order("supervisor.stopProcess");
const page = "GET / HTTP/1.1\nHost: x\n\n";

async function send(text: string): Promise<Socket> {
  const socket = connect(served.socket).on("error", () => undefined);
  socket.write(text.replaceAll("\n", "\r\n"));
  await once(socket, "data");
  return socket;
}

test("an order does not overtake the one before it, and is not late for having waited", async () => {
  const socket = connect(served.socket).setEncoding("latin1");
  let heard = "";
  socket.on("data", (text: string) => {
    heard += text;
  });
  socket.write((start + stop).replaceAll("\n", "\r\n"));
  await until("both are answered", () => heard.match(/^HTTP\/1\.1 200 /gm)?.length === 2);
  socket.destroy();
  expect(daemon.asked).toEqual(["start slow:slow", "stop slow:slow"]);
  expect(daemon.find({ group: "slow", name: "slow" })?.state).toBe("STOPPED");
});

test.each([
  ["pages", page.repeat(20)],
  ["a large body", post("x".repeat(1_000_000))],
  ["what is no request", "junk\n\n".repeat(10_000)],
])(
  "with %s behind a log that is followed, the log goes on, and it is noticed that the client has left",
  async (_, more) => {
    const socket = await send(`GET /mainlogtail HTTP/1.1\nHost: x\n\n${more}`);
    await until("the log is followed", () => daemon.main?.followers === 1);
    daemon.main?.append("more\n");
    await once(socket, "data");
    socket.destroy();
    await until("it is let go", () => daemon.main?.followers === 0);
  },
);

test.each(["GET /events?follow=1", "GET /live", "GET /live/log?process=slow"])(
  "who follows %s may leave whatever has been sent behind it",
  async (address) => {
    const socket = await send(`${address} HTTP/1.1\nHost: x\n\n${page.repeat(30)}`);
    // The answers to those are there when another one is; with many in store, one more was where reading stopped.
    await raw(served.socket, page, 100);
    socket.write(page.replaceAll("\n", "\r\n"));
    await raw(served.socket, page, 100);
    socket.destroy();
    await until("the connection is gone", async () => (await served.connections()) === 0);
  },
);

test("who sends ahead without end is cut off", async () => {
  expect((await raw(served.socket, start + page.repeat(100), 5000)).open).toBe(false);
});

describe("what follows a request and is none", () => {
  const last = encodeCall("supervisor.startProcess", ["slow"]).replaceAll("\n", "");
  const leaving = `POST /RPC2 HTTP/1.1\nHost: x\nConnection: close\nContent-Length: ${last.length}\n\n${last}`;

  test.each([
    ["a blank line and more", leaving, "\n\nmore"],
    ["another request behind the last one", leaving, page],
    ["blanks", leaving, "   "],
    ["no request on a connection that is kept", start, "junk\n\n"],
    ["one of HTTP/1.0", leaving.replace("1.1", "1.0"), "more"],
  ])("does not cost it its answer: %s", async (_, request, more) => {
    const { received, open } = await conversation(served.socket, request + more, 5000);
    expect(received.match(/^HTTP\/1\.1 .*$/gm)).toEqual(["HTTP/1.1 200 OK"]);
    expect(received).toContain("</methodResponse>");
    expect(open).toBe(false);
    expect(daemon.asked).toEqual(["start slow:slow"]);
  });

  test("costs nobody who asked before it an answer", async () => {
    const { received, open } = await conversation(served.socket, `${start}${stop}junk\n\n`, 5000);
    expect(received.match(/^HTTP\/1\.1 .*$/gm)).toEqual(["HTTP/1.1 200 OK", "HTTP/1.1 200 OK"]);
    expect(open).toBe(false);
  });

  test("alone is refused", async () => {
    const { received, open } = await conversation(served.socket, "junk\n\n", 5000);
    expect(received).toMatch(/^HTTP\/1\.1 400 Bad Request\r\nConnection: close\r\n\r\n$/);
    expect(open).toBe(false);
  });
});
