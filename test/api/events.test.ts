import { once } from "node:events";
import { connect } from "node:net";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { Feed } from "../../src/daemon/feed.ts";
import { curl, type Served, type ServeOptions, serve } from "../helpers/api-server.ts";
import { FakeDaemon } from "../helpers/fake-daemon.ts";
import { until } from "../helpers/until.ts";

let daemon: FakeDaemon;
let served: Served | null = null;

beforeEach(() => {
  daemon = new FakeDaemon();
  daemon.feed = new Feed(1, () => 0);
  daemon.add("web");
  for (const name of ["web:a", "web:b", "db"]) {
    const [group = "", process = group] = name.split(":");
    daemon.feed.tell({ type: "state", group, name: process, from: "STOPPED", to: "STARTING", starts: 1 });
  }
  daemon.feed.tell({ type: "group", group: "web", what: "removed" });
  daemon.feed.tell({ type: "config", what: "read" });
});
afterEach(() => served?.close());

const start = async (options: ServeOptions = {}): Promise<Served> => {
  served = await serve(daemon, options);
  return served;
};

const serialsOf = (body: string): number[] =>
  body
    .split("\n")
    .filter(Boolean)
    .flatMap((line) => JSON.parse(line).serial ?? []);

describe("GET /events", () => {
  test("tells what is remembered as lines of JSON, after a line about the stream", async () => {
    const { httpUrl } = await start();
    const { status, headers, body } = await curl(`${httpUrl}/events`);
    expect([status, headers.get("content-type")]).toEqual([200, "application/x-ndjson"]);
    const [head, first, ...rest] = body.trim().split("\n");
    expect(JSON.parse(head ?? "")).toMatchObject({
      type: "stream",
      daemon: daemon.feed.id,
      pid: 4711,
      oldest: 1,
      latest: 5,
    });
    expect(JSON.parse(first ?? "")).toEqual({
      serial: 1,
      time: "1970-01-01T00:00:00.000Z",
      type: "state",
      group: "web",
      name: "a",
      from: "STOPPED",
      to: "STARTING",
      starts: 1,
    });
    expect(rest.length).toBe(4);
  });

  test.each([
    ["since=3", [4, 5]],
    ["since=1970-01-01", [1, 2, 3, 4, 5]],
    ["since=2030-01-01T00:00:00Z", []],
    ["since=99", [1, 2, 3, 4, 5]],
    ["last=2", [4, 5]],
    ["last=0", []],
    ["last=1&types=state", [3]],
    ["last=1&names=nobody", []],
    ["since=2&last=9", [3, 4, 5]],
    ["since=2&last=2", [4, 5]],
    ["since=2&daemon=another", [1, 2, 3, 4, 5]],
    ["types=state,config", [1, 2, 3, 5]],
    ["types=!state,!config", [4]],
    ["types=state,!config", [1, 2, 3]],
    ["names=db", [3]],
    ["names=web", [1, 2, 4]],
    ["names=web:*", [1, 2, 4]],
    ["names=web:b", [2]],
    ["names=w*:[a]", [1]],
    ["names=a,db", [1, 3]],
  ] as const)("with %s it tells some of it", async (query, serials) => {
    const { httpUrl } = await start();
    expect(serialsOf((await curl("-g", `${httpUrl}/events?${query}`)).body)).toEqual(serials);
  });

  test.each(["since=yesterday", "types=nonsense", "types=!nonsense", "follow=yes", "last=many"])(
    "%s is refused",
    async (query) => {
      const { httpUrl } = await start();
      expect((await curl(`${httpUrl}/events?${query}`)).status).toBe(400);
    },
  );

  test("tells as server-sent events what comes, and ends after the last when the daemon does", async () => {
    const { socket } = await start();
    const answer = curl("-N", "--unix-socket", socket, "-H", "Accept: text/event-stream", "http://x/events?since=4");
    setTimeout(() => {
      daemon.feed.tell({ type: "daemon", to: "SHUTDOWN", pid: 4711 });
      daemon.feed.tell({ type: "daemon", to: "STOPPED", pid: 4711 });
      daemon.feed.end();
    }, 200);
    const { headers, body } = await answer;
    expect(headers.get("content-type")).toBe("text/event-stream; charset=utf-8");
    const [head = "", ...events] = body.trimEnd().split("\n\n");
    expect(head).toMatch(/^retry: 2000\ndata: \{.*"type":"stream"/);
    expect(events.map((event) => event.split("\n")[0])).toEqual(["id: 5", "id: 6", "id: 7"]);
    expect(events[2]).toMatch(/^id: 7\ndata: \{"serial":7,.*"to":"STOPPED","pid":4711\}$/);
  });

  test("a browser that comes again gets what it has not seen, whatever its address says", async () => {
    const { httpUrl } = await start();
    const { body } = await curl("-H", "Last-Event-ID: 4", `${httpUrl}/events?since=1`);
    expect(serialsOf(body)).toEqual([5]);
  });

  test("who is too slow is told how many it has missed, and gets all the others once and in order", async () => {
    daemon.feed = new Feed(1, () => 0, { entries: 50, bytes: 100_000 });
    const { socket } = await start();
    const client = connect(socket).setEncoding("utf8");
    await once(client, "connect");
    client.write("GET /events?follow=1 HTTP/1.0\r\n\r\n");
    client.pause();
    const told = 4000;
    for (let n = 1; n <= told; n++) {
      daemon.feed.tell({ type: "request", what: "stopProcess", target: "x".repeat(380), by: "unix socket" });
      if (n % 25 === 0) await new Promise(setImmediate);
    }
    daemon.feed.end();
    let text = "";
    client.on("data", (data: string) => {
      text += data;
    });
    client.resume();
    await once(client, "close");
    const entries = text
      .slice(text.indexOf("\r\n\r\n") + 4)
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line));
    const serials = entries.flatMap(({ serial }) => serial ?? []);
    const missed = entries.flatMap(({ type, count }) => (type === "missed" ? [count] : []));
    expect(missed.length).toBeGreaterThan(0);
    expect(serials.length + missed.reduce((sum, count) => sum + count, 0)).toBe(told);
    expect(serials).toEqual(serials.toSorted((a, b) => a - b));
    expect(new Set(serials).size).toBe(serials.length);
    expect(serials.at(-1)).toBe(daemon.feed.latest);
  });

  test("more than 64 clients at once are refused", async () => {
    const { socket } = await start();
    const clients = Array.from({ length: 64 }, () => connect(socket));
    for (const client of clients) client.write("GET /events?follow=1 HTTP/1.1\r\nHost: x\r\n\r\n");
    await Promise.all(clients.map((client) => once(client, "data")));
    const asked = () => curl("--unix-socket", socket, "http://x/events");
    expect((await asked()).status).toBe(503);
    for (const client of clients) client.destroy();
    await until("there is room again", async () => (await asked()).status === 200);
  });

  test("needs a login where reading does, and a browser is not answered under a stranger's name", async () => {
    const readOnly = { username: "joe", password: "look" };
    const guests = { open: ["health", "metrics"], metricsToken: "t0ken", readOnly } as const;
    const closed = await start({ credentials: { username: "ann", password: "all" }, guests });
    const ask = async (...args: string[]) => (await curl(...args, `${closed.httpUrl}/events`)).status;
    expect(await ask()).toBe(401);
    expect(await ask("-H", "Authorization: Bearer t0ken")).toBe(403);
    expect(await ask("-u", "joe:look")).toBe(200);
    expect(await ask("-u", "ann:all")).toBe(200);
    await closed.close();
    const { httpUrl } = await start();
    const stranger = ["-H", "Host: evil.example", "-H", "Accept-Encoding: gzip, deflate"];
    expect((await curl(...stranger, `${httpUrl}/events`)).status).toBe(403);
  });

  test("requests of clients are told with who asks, and how they are refused", async () => {
    const { httpUrl } = await start();
    const call = (method: string, ...params: string[]) =>
      `<methodCall><methodName>${method}</methodName><params>${params.map((param) => `<param><value>${param}</value></param>`).join("")}</params></methodCall>`;
    const since = daemon.feed.latest;
    await curl("-A", "test/1 (x)", "-d", call("supervisor.sendProcessStdin", "web", "s3cret"), `${httpUrl}/RPC2`);
    await curl("-A", "(x) y", "-d", call("supervisor.signalProcess", "nosuch", "HUP"), `${httpUrl}/RPC2`);
    await curl("-d", call("supervisor.getPID"), `${httpUrl}/RPC2`);
    expect(daemon.feed.after(since, 10).map(({ happening }) => happening)).toEqual([
      { type: "request", what: "sendProcessStdin", target: "web", by: "127.0.0.1", client: "test/1" },
      { type: "request", what: "signalProcess", target: "nosuch", signal: "HUP", by: "127.0.0.1" },
      {
        type: "request",
        what: "signalProcess",
        target: "nosuch",
        signal: "HUP",
        by: "127.0.0.1",
        failed: "BAD_NAME: nosuch",
      },
    ]);
  });
});

test("no names that a client asks for hold up the daemon", async () => {
  const names = Array.from({ length: 500 }, (_, n) => `${"0".repeat(90)}${n}`);
  daemon.feed = new Feed(1, () => 0);
  for (let n = 0; n < 2000; n++)
    daemon.feed.tell({ type: "waiting", group: names[n % 500] as string, name: "0".repeat(90), why: "" });
  const { httpUrl } = await start();
  const hostile = Array.from({ length: 90 }, (_, n) => `${"*0".repeat(20 + (n % 40))}x${n}`).join(",");
  const ask = (more: string) => curl(`${httpUrl}/events?names=${encodeURIComponent(hostile)}${more}`);
  let longestMs = 0;
  let last = performance.now();
  const pulse = setInterval(() => {
    longestMs = Math.max(longestMs, performance.now() - last);
    last = performance.now();
  }, 1);
  const answers = await Promise.all([ask(""), ask("&last=5"), ask("&since=3")]);
  clearInterval(pulse);
  expect(answers.map(({ status, body }) => [status, serialsOf(body)])).toEqual(Array(3).fill([200, []]));
  // 0.13 s for all three on an idle machine; without a bound it would be years.
  expect(longestMs).toBeLessThan(1500);
});

test("a refusal that repeats what was asked for can do nothing in a browser", async () => {
  const { httpUrl } = await start();
  const { status, headers, body } = await curl(`${httpUrl}/events?types=%3Cscript%3Ealert(1)%3C/script%3E`);
  expect(status).toBe(400);
  expect(body).not.toContain("<script");
  expect(headers.get("content-security-policy")).toBe("default-src 'none'");
  expect(headers.get("x-content-type-options")).toBe("nosniff");
});
