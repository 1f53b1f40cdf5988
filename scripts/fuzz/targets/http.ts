/**
 * The HTTP server on a unix socket, over a daemon in memory, and raw bytes on many connections: requests
 * that are nearly right, whole, in pieces, byte by byte, half closed, dropped. Every connection has to be
 * over in time, whole and cut requests have to be answered alike, nothing may be our own mistake (500), and
 * after each batch a normal request is answered and no connection is left.
 */
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import type { Server } from "node:http";
import { connect, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setImmediate as turnOfLoop } from "node:timers/promises";
import { createServer } from "../../../src/api/server.ts";
import { encodeCall } from "../../../src/protocol/encode.ts";
import { type Listening, listen } from "../../../src/system/http-socket.ts";
import { FakeDaemon, type MemoryLog } from "../../../test/helpers/fake-daemon.ts";
import { until } from "../../../test/helpers/until.ts";
import { mutate } from "../mutate.ts";
import { Random } from "../random.ts";
import { cut, demand, Finding, type Input, type Target } from "../target.ts";

const limits = { requestMs: 300, connections: 512, crowdedConnections: 448 };
/** Longest that a connection may stay open, whatever came over it. */
const patienceMs = 8_000;

const post = (body: string, headers = ""): string =>
  `POST /RPC2 HTTP/1.1\r\nHost: x\r\n${headers}Content-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`;

const requests = [
  "GET / HTTP/1.1\r\nHost: x\r\n\r\n",
  "GET /ok.html HTTP/1.0\r\n\r\n",
  "GET /healthz HTTP/1.1\r\nAccept: text/plain\r\nAuthorization: Bearer x\r\n\r\n",
  "HEAD /readyz HTTP/1.1\r\n\r\n",
  "GET /metrics HTTP/1.1\r\n\r\n",
  "GET /tail.html?processname=a&limit=1 HTTP/1.1\r\n\r\n",
  "GET /?processname=a&action=stop HTTP/1.1\r\nHost: x\r\n\r\n",
  "GET /logtail/a/stderr HTTP/1.1\r\n\r\n",
  "GET /mainlogtail HTTP/1.1\r\n\r\n",
  "HEAD /stylesheets/supervisor.css HTTP/1.1\r\n\r\n",
  "POST / HTTP/1.1\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: 21\r\n\r\nprocessname=a&action=",
  "GET /%2e%2e/%00/%ff HTTP/1.1\r\nAuthorization: Basic dTpw\r\n\r\n",
  "POST /RPC2 HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n",
  "PUT /RPC2 HTTP/1.1\r\nExpect: 100-continue\r\nContent-Length: 3\r\n\r\nabc",
  "GET / HTTP/1.1\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n",
  "CONNECT x:1 HTTP/1.1\r\nHost: x\r\n\r\n",
  post(encodeCall("supervisor.getAllProcessInfo")),
  post(encodeCall("supervisor.startProcess", ["g:b", true])),
  post(encodeCall("supervisor.stopAllProcesses", [false])),
  post(encodeCall("supervisor.tailProcessStdoutLog", ["a", 0, 100]), "Accept: application/json\r\n"),
  post(encodeCall("supervisor.readLog", [-10, 0])),
  post(encodeCall("supervisor.sendProcessStdin", ["a", "text\n"])),
  post(encodeCall("system.multicall", [[{ methodName: "system.listMethods", params: [] }, { methodName: "x" }]])),
  post(encodeCall("system.methodHelp", ["supervisor.getState"])),
  post(encodeCall("supervisor.signalProcess", ["g:*", "HUP"])),
  post(encodeCall("supervisor.sendRemoteCommEvent", ["t", "d"])),
  post("<methodCall>"),
  "GET /events?last=3&names=*a*:?,[a-z]*&types=state HTTP/1.1\r\nHost: x\r\n\r\n",
  "GET /events HTTP/1.1\r\nAccept: text/event-stream\r\nLast-Event-ID: 7\r\n\r\n",
  "GET /live HTTP/1.1\r\nHost: x\r\n\r\n",
  "GET /live/log?process=a&process=g:b&tail=99999999 HTTP/1.1\r\nHost: x\r\n\r\n",
  "GET /web/../x HTTP/1.1\r\nAccept-Encoding: gzip;q=0\r\n\r\n",
  post('["/a","/b"]').replace("/RPC2", "/logs/follow"),
  'POST /logs/parts HTTP/1.1\r\nContent-Length: 57\r\n\r\n[{"log":"/a","file":"1","name":"a","from":0,"length":10}]',
];

const words = [
  ...["GET ", "POST ", "HEAD ", "PUT ", "OPTIONS ", "CONNECT ", "get ", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"],
  ...[
    "/",
    "//",
    "/RPC2",
    "/logtail/a",
    "/logtail/nope/stdout",
    "/mainlogtail",
    "/events",
    "/events?follow=1&since=",
    "/logs",
    "/logs/files?log=/a&since=1",
    "/logs/part?log=/a&file=1&name=a&from=0&length=1",
    "/logs/parts",
    "/logs/follow",
    "*",
    "http://x/",
    "%00",
    "%",
    "?action=refresh",
  ],
  ...[" HTTP/1.1\r\n", " HTTP/1.0\r\n", " HTTP/0.9\r\n", " HTTP/2.0\r\n", "\r\n", "\n", "\r", "\r\n\r\n", "\r\n ", ":"],
  ...["Content-Length: 5\r\n", "Content-Length: -1\r\n", "Content-Length: 99999999\r\n", "Content-Length: 1048577\r\n"],
  ...[
    "Transfer-Encoding: chunked\r\n",
    "Transfer-Encoding: gzip, chunked\r\n",
    "Connection: close\r\n",
    "Connection: keep-alive\r\n",
  ],
  ...[
    "Expect: 100-continue\r\n",
    "Expect: x\r\n",
    "Upgrade: h2c\r\n",
    "Host: x\r\nHost: y\r\n",
    `X: ${"y".repeat(17_000)}\r\n`,
  ],
  ...[
    "Authorization: Basic !!\r\n",
    "Origin: http://elsewhere\r\n",
    "Content-Encoding: gzip\r\n",
    "Range: bytes=0-\r\n",
  ],
  ...[
    "5\r\nhello\r\n",
    "0\r\n\r\n",
    "ffffffffffffffffff\r\n",
    "5;x=y\r\n",
    "supervisor.",
    "system.multicall",
    "<value>",
    "</params>",
  ],
  ...Array.from({ length: 6 }, (_, n) =>
    encodeCall(`supervisor.${["shutdown", "restart", "clearLog", "x", "getPID", "reloadConfig"][n]}`),
  ),
];

/** Ends the connection, unless it is taken for part of what came before. */
const farewell = "\r\n\r\nGET /ok.html HTTP/1.1\r\nConnection: close\r\n\r\n";

type Manner = "whole" | "pieces" | "bytes" | "half" | "drop";
const manners: readonly Manner[] = ["whole", "pieces", "pieces", "bytes", "half", "drop"];

/** Groups stay, so that connections of one batch do not see what others have taken away. */
class SteadyDaemon extends FakeDaemon {
  override removeGroup(): void {}
}

class Place {
  readonly directory = mkdtempSync(join(tmpdir(), "spaced-fuzz-"));
  readonly socket = join(this.directory, "s");
  readonly mistakes: string[] = [];
  readonly #daemon = new SteadyDaemon();
  server!: Server;
  #listening!: Listening;

  async open(): Promise<this> {
    for (const name of ["a", "g:b", "g:c"]) this.#daemon.add(name);
    this.tidy();
    const settings = {
      type: "unix",
      section: "s",
      path: this.socket,
      mode: 0o700,
      uid: null,
      gid: null,
      credentials: null,
      guests: null,
    } as const;
    const log = (level: string, message: string) => {
      if (level === "critical" || /internal error/.test(message)) this.mistakes.push(message);
    };
    this.server = createServer(this.#daemon, settings, log, limits);
    this.#listening = await listen(this.server, settings, () => undefined);
    return this;
  }

  /** Undoes what requests have done. */
  tidy(): void {
    this.#daemon.asked.length = 0;
    const logs = this.#daemon.list.flatMap(({ stdout, stderr }) => [stdout, stderr]);
    for (const log of [...logs, this.#daemon.main] as (MemoryLog | null)[]) {
      log?.clear();
      log?.append("line é\n".repeat(300));
    }
    for (const process of this.#daemon.list) process.state = "RUNNING";
  }

  async close(): Promise<void> {
    await this.#listening.close();
    rmSync(this.directory, { recursive: true, force: true });
  }
}

let opening: Promise<Place> | null = null;
const place = (): Promise<Place> => {
  opening ??= new Place().open();
  return opening;
};

export const http: Target = {
  deadlineMs: patienceMs + 2_000,
  parallel: 400,
  generate(random) {
    const turn = random.next();
    const whole = random.many(1 + random.size(4), () => random.pick(requests));
    const text = random.chance(0.9) ? mutate(random, whole, words, requests) : whole;
    // Texts are bytes; what is not Latin-1 becomes several of them.
    return { text: Buffer.from(text, random.chance(0.5) ? "utf8" : "latin1").toString("latin1"), turn };
  },
  async check(input) {
    const { socket } = await place();
    const manner = manners[input.turn % manners.length] as Manner;
    const told = await converse(socket, input, manner);
    if ((manner !== "pieces" && manner !== "bytes") || /logtail|events|live|follow/.test(decoded(input.text))) return;
    // Whether a request is late depends on how busy this machine is, so a difference has to show twice more.
    let [one, other] = [told, await converse(socket, input, "whole")];
    for (let tries = 0; tries < 2 && !alike(one, other); tries++) {
      [one, other] = [await converse(socket, input, manner), await converse(socket, input, "whole")];
    }
    demand(
      alike(one, other),
      `answered ${one.statuses.join(" ")} when sent in ${manner}, ${other.statuses.join(" ")} when sent whole`,
    );
  },
  async afterBatch() {
    const { socket, server, mistakes } = await place();
    demand(mistakes.length === 0, mistakes[0] ?? "");
    const [status] = (await converse(socket, { text: "GET /ok.html HTTP/1.0\r\n\r\n", turn: 0 }, "half")).statuses;
    demand(status === undefined || status === 200, `a normal request is answered with ${status}`);
    const [asked] = (await converse(socket, { text: post(encodeCall("supervisor.getPID")), turn: 0 }, "whole"))
      .statuses;
    demand(asked === 200, `a normal call is answered with ${asked}`);
    const left = () => new Promise<number>((resolve) => server.getConnections((_error, count) => resolve(count)));
    await until("no connection is left", async () => (await left()) === 0, patienceMs).catch(async () => {
      throw new Finding(`${await left()} connections are left`);
    });
    (await place()).tidy();
  },
  async end() {
    await (await opening)?.close();
    opening = null;
  },
};

interface Told {
  readonly statuses: readonly number[];
  /** The server closed while we were writing, so that what it had said may be lost. */
  readonly broken: boolean;
}

/** Of requests that cannot be read: Node gives up at once, and with it the answers to what came before. */
const lastWords = [400, 408, 413, 431];

function alike(one: Told, other: Told): boolean {
  const [first, second] = [one, other].map(({ statuses, broken }) => {
    const last = lastWords.includes(statuses.at(-1) ?? 0);
    return { ends: broken || last || statuses.length === 0, read: last ? statuses.slice(0, -1) : statuses };
  }) as [Read, Read];
  const [shorter, longer] = first.read.length < second.read.length ? [first, second] : [second, first];
  const same = shorter.read.every((status, n) => longer.read[n] === status);
  return same && (shorter.ends || longer.ends || shorter.read.length === longer.read.length);
}

interface Read {
  readonly ends: boolean;
  readonly read: readonly number[];
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** The statuses that were answered. Rejects when the connection outlives our patience three times: the machine may be busy. */
async function converse(path: string, input: Input, manner: Manner): Promise<Told> {
  for (let tries = 0; tries < 3; tries++) {
    const told = await attempt(path, input, manner);
    if (told !== null) return told;
  }
  throw new Finding(`the connection is open after ${patienceMs} ms, sent in the manner ${manner}`);
}

/** null: too late. */
async function attempt(path: string, { text, turn }: Input, manner: Manner): Promise<Told | null> {
  const random = new Random(turn, "cut", 0);
  const socket = connect({ path, allowHalfOpen: true });
  let received = "";
  let last = performance.now();
  socket.setEncoding("latin1").on("data", (data: string) => {
    last = performance.now();
    if (received.length < 1_000_000) received += data;
  });
  let broken = false;
  const onError = () => {
    broken = true;
  };
  socket.on("error", onError).on("end", () => socket.end());
  const closed = once(socket, "close").catch(() => undefined);
  const began = performance.now();
  const watch = setInterval(() => {
    const silentMs = performance.now() - last;
    // A log that is followed has no end but ours.
    if (/text\/plain;charset=utf-8|text\/event-stream|x-ndjson|octet-stream/.test(received) && silentMs > 50)
      socket.destroy();
    // The farewell may have been the body of a request: then the connection waits for the next one.
    if (silentMs > 900 && socket.writable) {
      last = performance.now();
      socket.write(farewell.trimStart());
    }
    if (performance.now() - began > patienceMs) socket.destroy(new Error("late"));
  }, 25);
  try {
    await say(socket, Buffer.from(text + (manner === "half" ? "" : farewell), "latin1"), manner, random);
    await closed;
  } finally {
    clearInterval(watch);
  }
  if (performance.now() - began > patienceMs) return null;
  demand(
    received === "" || /^HTTP\/1\.1 [1-5]\d\d /.test(received),
    `answered ${JSON.stringify(received.slice(0, 100))}`,
  );
  const statuses = [...received.matchAll(/HTTP\/1\.1 ([2-5]\d\d) /g)].map(([, status]) => Number(status));
  demand(!statuses.includes(500), `answered ${statuses.join(" ")}`);
  return { statuses, broken };
}

async function say(socket: Socket, bytes: Buffer, manner: Manner, random: Random): Promise<void> {
  switch (manner) {
    case "whole":
      socket.write(bytes);
      return;
    case "half":
      socket.end(bytes);
      return;
    case "drop":
      socket.write(bytes);
      for (let turns = random.below(4); turns > 0; turns--) await turnOfLoop();
      socket.destroy();
      return;
    case "pieces":
    case "bytes": {
      const portions = manner === "pieces" ? cut(bytes, random) : Array.from(bytes, (byte) => Uint8Array.of(byte));
      // Not more than so many turns of the loop: a slow text is another one than a late one.
      const together = Math.ceil(portions.length / 100);
      for (const [n, portion] of portions.entries()) {
        if (socket.destroyed) return;
        if (portion.length > 0) socket.write(portion);
        if (n % together === 0) await turnOfLoop();
      }
    }
  }
}
