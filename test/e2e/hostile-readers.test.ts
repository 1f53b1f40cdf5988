/** Clients that ask for too much of logs, events and the live page: the daemon goes on with its work, and nothing stays behind. */
import { readdirSync, readFileSync } from "node:fs";
import { request } from "node:http";
import { connect, type Socket } from "node:net";
import { afterAll, beforeAll, expect, test } from "vitest";
import { startDaemon, type TestDaemon } from "../helpers/daemon.ts";
import { until } from "../helpers/until.ts";

let daemon: TestDaemon;
const copies = 300;

beforeAll(async () => {
  daemon = await startDaemon(`[program:w]
command=sleep 1000
autostart=false
numprocs=${copies}
process_name=w_%(process_num)03d
stdout_logfile=%(here)s/w_%(process_num)03d.log
stderr_logfile=%(here)s/w_%(process_num)03d.err
[program:talk]
command=/bin/sh -c 'while echo tick; do sleep 0.1; done'
`);
  await daemon.reaches("talk", "RUNNING");
});
afterAll(() => daemon?.end());

const megabytes = (): number =>
  Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${daemon.pid}/status`, "utf8"))?.[1]) / 1024;
const descriptors = (): number => readdirSync(`/proc/${daemon.pid}/fd`).length;

/** The status; 0 when it is cut off. @param limitMs after which the client goes */
function ask(method: string, path: string, body = "", limitMs = 10_000): Promise<number> {
  return new Promise((resolve) => {
    const headers = { "Content-Length": Buffer.byteLength(body) };
    const asked = request({ socketPath: daemon.path("s.sock"), method, path, headers, agent: false }, (response) => {
      response.resume().once("close", () => resolve(response.statusCode ?? 0));
      response.once("error", () => undefined);
    });
    asked.once("error", () => resolve(0));
    setTimeout(() => asked.destroy(), limitMs).unref();
    asked.end(body);
  });
}

/** How long another client had to wait for an answer while this went on, at worst. */
async function longestWaitMs(work: () => Promise<unknown>): Promise<number> {
  let longest = 0;
  let over = false;
  const wait = (async () => {
    while (!over) {
      const began = performance.now();
      await daemon.rpc("supervisor.getState");
      longest = Math.max(longest, performance.now() - began);
    }
  })();
  await work();
  over = true;
  await wait;
  return longest;
}

/** Asks and takes nothing of the answer but, later, its first line. */
async function mute(path: string, body?: string): Promise<Socket> {
  const socket = connect(daemon.path("s.sock"));
  socket.on("error", () => undefined).pause();
  const head = `${body === undefined ? "GET" : "POST"} ${path} HTTP/1.1\r\nHost: x\r\n`;
  socket.write(body === undefined ? `${head}\r\n` : `${head}Content-Length: ${body.length}\r\n\r\n${body}`);
  await new Promise((resolve) => socket.once("connect", resolve));
  return socket;
}

const statusOf = (socket: Socket): Promise<number> =>
  new Promise((resolve) => {
    const first = (bytes: Buffer): void => {
      socket.pause();
      resolve(Number(bytes.toString("latin1").split(" ")[1]));
    };
    socket.once("data", first).resume();
  });

const named = (count: number): string[] => Array.from({ length: count }, (_, n) => `/no/log/${n}`);

test("ten thousand paths that are no logs hold up nobody", async () => {
  let statuses: number[] = [];
  const waitedMs = await longestWaitMs(async () => {
    const parts = named(1000).map((log) => ({ log, file: "1", name: "a", from: 0, length: 9 }));
    statuses = await Promise.all([
      ask("POST", "/logs/follow", JSON.stringify(named(10_000)), 500),
      ask("POST", "/logs/parts", JSON.stringify(parts)),
      ask("POST", "/logs/parts", JSON.stringify(parts)),
    ]);
  });
  expect(statuses).toEqual([200, 200, 200]);
  expect(waitedMs).toBeLessThan(1500);
});

test("a log is followed once by each, and so many in all", async () => {
  const twice = JSON.stringify([daemon.path("w_000.log"), daemon.path("w_000.log")]);
  expect(await ask("POST", "/logs/follow", twice)).toBe(400);
  const all = await daemon.rpc("supervisor.getAllConfigInfo");
  const paths = (all as { stdout_logfile: string }[]).map(({ stdout_logfile }) => stdout_logfile);
  expect(new Set(paths).size).toBe(copies + 1);
  const streams = await Promise.all(Array.from({ length: 130 }, () => mute("/logs/follow", JSON.stringify(paths))));
  const statuses = await Promise.all(streams.map(statusOf));
  expect(Map.groupBy(statuses, (status) => status).get(503)?.length).toBeGreaterThanOrEqual(2);
  expect(statuses.every((status) => status === 200 || status === 503)).toBe(true);
  for (const stream of streams) stream.destroy();
  expect(await ask("POST", "/logs/follow", JSON.stringify(paths), 500)).toBe(200);
});

test("many who ask what logs there are share one look at them", async () => {
  const before = megabytes();
  let statuses: number[] = [];
  const waitedMs = await longestWaitMs(async () => {
    statuses = await Promise.all(Array.from({ length: 300 }, () => ask("GET", "/logs")));
  });
  expect(statuses.filter((status) => status !== 200 && status !== 503)).toEqual([]);
  expect(statuses).toContain(200);
  expect(waitedMs).toBeLessThan(2000);
  expect(megabytes() - before).toBeLessThan(200);
});

test("streams that nobody reads are so many at most, and leave nothing behind", async () => {
  expect(await ask("GET", "/live", "", 300)).toBe(200);
  const before = descriptors();
  for (const [path, limit] of [
    ["/live", 64],
    ["/events?follow=1", 64],
    ["/logtail/talk", 128],
  ] as const) {
    const streams = await Promise.all(Array.from({ length: limit }, () => mute(path)));
    expect(await Promise.all(streams.map(statusOf))).toEqual(Array(limit).fill(200));
    expect([path, await ask("GET", path)]).toEqual([path, 503]);
    for (const stream of streams) stream.destroy();
    await until("all are gone", () => descriptors() <= before);
    expect(await ask("GET", path, "", 300)).toBe(200);
  }
  expect(daemon.stderr).not.toMatch(/MaxListeners|Warning/);
});
