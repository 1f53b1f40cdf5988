import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { Client } from "../../src/client/client.ts";
import { ConnectionFailure, HttpFailure, RemoteFault } from "../../src/client/failures.ts";
import { Fault } from "../../src/core/faults.ts";
import { LineReader } from "../../src/tui/feed/line-reader.ts";
import { LogStreams, type Taken } from "../../src/tui/feed/log-streams.ts";
import { perform, scale } from "../../src/tui/feed/requests.ts";
import { trouble } from "../../src/tui/feed/trouble.ts";
import { Frames } from "../../src/tui/frames.ts";
import type { Request } from "../../src/tui/state/effects.ts";
import { type Served, serve } from "../helpers/api-server.ts";
import { FakeDaemon } from "../helpers/fake-daemon.ts";
import { program } from "../helpers/overview.ts";
import { until } from "../helpers/until.ts";

let daemon: FakeDaemon;
let served: Served;
let client: Client;
beforeEach(async () => {
  daemon = new FakeDaemon();
  for (const name of ["cache", "web:web_00", "web:web_01", "web:web_02"]) daemon.add(name);
  served = await serve(daemon);
  client = new Client(served.unixUrl, null);
});
afterEach(async () => {
  client.close();
  await served.close();
});

const processes = () => daemon.list.map(({ group, name }) => program(`${group}:${name}`));

describe("requests", () => {
  const ask = (request: Request, done: (count: number) => void = () => {}) =>
    perform(client, request, processes(), done);
  const web = ["web:web_00", "web:web_01", "web:web_02"];

  test("go to single programs by their names, and tell what was done", async () => {
    expect(await ask({ type: "stop", ids: ["cache:cache"] })).toEqual({ text: "stopped cache", isGood: true });
    expect(await ask({ type: "signal", signal: "HUP", ids: web })).toEqual({
      text: "SIGHUP sent to 3 programs",
      isGood: true,
    });
    expect(daemon.asked).toEqual(["stop cache:cache", ...web.map((name) => `signal 1 ${name}`)]);
    expect(await ask({ type: "stdin", text: "hello\n", ids: ["web:web_00"] })).toMatchObject({
      text: "written to web:web_00",
    });
    expect(await ask({ type: "clear", ids: web })).toMatchObject({ text: "emptied the logs of 3 programs" });
  });

  test("a program is scaled by the name of its section", async () => {
    expect(await scale(client, "web", 5)).toEqual({ text: "web has 5 copies", isGood: true });
    expect(daemon.asked).toEqual(["scale web 5"]);
  });

  test("a whole group is asked as one, so that the daemon keeps its order", async () => {
    const counts: number[] = [];
    await ask({ type: "stop", ids: ["cache:cache", ...web] }, (count) => counts.push(count));
    expect(counts).toEqual([4]);
    expect(daemon.list.every(({ state }) => state === "STOPPED")).toBe(true);
    expect(await ask({ type: "start", ids: web })).toEqual({ text: "started 3 programs", isGood: true });
    expect(daemon.list.map(({ state }) => state)).toEqual(["STOPPED", "RUNNING", "RUNNING", "RUNNING"]);
  });

  test("what does not run is started by a restart", async () => {
    (daemon.find({ group: "web", name: "web_01" }) as { state: string }).state = "FATAL";
    expect(await ask({ type: "restart", ids: ["web:web_00", "web:web_01"] })).toEqual({
      text: "restarted 2 programs",
      isGood: true,
    });
    expect(daemon.list.map(({ state }) => state)).toEqual(["RUNNING", "RUNNING", "RUNNING", "RUNNING"]);
  });

  test("the first failure is told by name and cause, the others by their number", async () => {
    for (const name of ["web_00", "web_02"]) {
      const process = daemon.find({ group: "web", name });
      if (process !== undefined)
        Object.assign(process, { state: "STOPPED", startFault: new Fault("ABNORMAL_TERMINATION") });
    }
    const outcome = await ask({ type: "start", ids: ["web:web_00", "web:web_02"] });
    expect(outcome).toEqual({ text: "web:web_00: ended too early – and 1 other", isGood: false });
    expect(await ask({ type: "stop", ids: ["web:web_00"] })).toEqual({
      text: "web:web_00: is not running",
      isGood: false,
    });
    expect(await ask({ type: "stop", ids: ["gone:gone"] })).toEqual({
      text: "gone: is not there any more",
      isGood: false,
    });
  });

  test("a daemon that goes away is a failure like any other", async () => {
    await served.close();
    expect(await ask({ type: "stop", ids: ["cache:cache"] })).toMatchObject({ isGood: false });
    served = await serve(daemon);
  });

  test("troubles are told in words", () => {
    expect(trouble(new ConnectionFailure("ECONNREFUSED"))).toBe("nobody listens there");
    expect(trouble(new HttpFailure(401, "Unauthorized"))).toBe("it wants another password");
    expect(trouble(new RemoteFault(30, "FAILED: this login may only look"))).toBe("this login may only look");
    expect(trouble(new RemoteFault(1, "odd"))).toBe("odd");
  });
});

describe("logs", () => {
  const log = (name: string, channel: "stdout" | "stderr" = "stdout") => {
    const [group = "", own = group] = name.split(":");
    const found = daemon.find({ group, name: own })?.[channel];
    if (found == null) throw new Error(`no log of ${name}`);
    return found;
  };
  const wish = (...ids: string[]) => ({
    key: ids.join(),
    streams: ids.map((id) => ({ id, channel: "stdout" as const })),
    more: 0,
  });

  function follow(...ids: string[]) {
    const seen: string[] = [];
    const old: boolean[] = [];
    let skipped = 0;
    const troubles: (string | null)[] = [];
    const streams = new LogStreams(
      client,
      () => {},
      (_key, text) => troubles.push(text),
    );
    streams.follow(wish(...ids));
    const take = (): Taken | null => {
      const taken = streams.take(Date.now());
      for (const { id, text, at } of taken?.lines ?? []) {
        seen.push(`${id.split(":")[1]} ${text}`);
        old.push(at === 0);
      }
      skipped += taken?.skipped ?? 0;
      return taken;
    };
    const takeAnd = (isSo: () => boolean): boolean => {
      take();
      return isSo();
    };
    return { streams, seen, old, take, takeAnd, troubles, skipped: () => skipped };
  }

  test("come with what was there before, then line by line", async () => {
    log("cache").append("one\ntw");
    const { streams, seen, old, take } = follow("cache:cache");
    await until("the first line is there", () => take() !== null);
    await new Promise((resolve) => setTimeout(resolve, 60));
    log("cache").append("o\nthree\n");
    await until("all are there", () => take() !== null && seen.length >= 3);
    expect(seen).toEqual(["cache one", "cache two", "cache three"]);
    expect(old).toEqual([true, false, false]);
    streams.end();
    await until("nobody follows", () => log("cache").followers === 0);
  });

  test("of many are merged, and only what is wanted is followed", async () => {
    const { streams, seen, takeAnd } = follow("web:web_00", "web:web_01");
    await until("both are followed", () => log("web:web_00").followers + log("web:web_01").followers === 2);
    log("web:web_00").append("a\n");
    log("web:web_01").append("b\n");
    await until("both lines are there", () => takeAnd(() => seen.length === 2));
    expect(seen.toSorted()).toEqual(["web_00 a", "web_01 b"]);
    streams.follow({ ...wish("web:web_00", "web:web_01"), streams: wish("web:web_01").streams });
    await until("one is let go", () => log("web:web_00").followers === 0);
    expect(log("web:web_01").followers).toBe(1);
    streams.end();
  });

  test("of a flood only the last lines are kept, and how many are not", async () => {
    const { streams, seen, takeAnd, skipped } = follow("cache:cache");
    await until("it is followed", () => log("cache").followers === 1);
    const lines = Array.from({ length: 50_000 }, (_, index) => `line ${index}`);
    for (let at = 0; at < lines.length; at += 1000) log("cache").append(`${lines.slice(at, at + 1000).join("\n")}\n`);
    await until("the last line is there", () => takeAnd(() => seen.at(-1) === "cache line 49999"));
    expect(seen.length).toBeLessThan(50_000);
    // A line that lies across the edge of what is left out is not counted.
    expect(50_000 - seen.length - skipped()).toBeLessThan(50);
    streams.end();
  });

  test("begin again when the daemon does, with a word about it", async () => {
    const { streams, seen, takeAnd, troubles } = follow("cache:cache");
    log("cache").append("before\n");
    await until("it is followed", () => takeAnd(() => seen.length === 1));
    await served.close();
    served = await serve(daemon, { directory: served.directory });
    await until("it is followed again", () => log("cache").followers === 1, 10_000);
    log("cache").append("after\n");
    await until("all is there", () => takeAnd(() => seen.at(-1) === "cache after"));
    expect(seen).toContain("cache ── followed again ──");
    expect(troubles.at(-1)).toBe(null);
    streams.end();
  });

  test("that are not there are told of", async () => {
    const { streams, troubles } = follow("nobody:nobody");
    await until("it is told", () => troubles.length > 0);
    expect(troubles).toEqual(["it has no log there"]);
    streams.end();
  });
});

describe("lines of a stream", () => {
  const lines = (...portions: string[]) => {
    const reader = new LineReader();
    return portions.flatMap((portion) => reader.read(Buffer.from(portion, "latin1"), 0));
  };

  test("are whole, whatever their portions, also within a character", () => {
    const bytes = Buffer.from("eins\nzwölf\n日本\n");
    for (let cut = 0; cut <= bytes.length; cut++) {
      const reader = new LineReader();
      expect([...reader.read(bytes.subarray(0, cut), 0), ...reader.read(bytes.subarray(cut), 0)]).toEqual([
        "eins",
        "zwölf",
        "日本",
      ]);
    }
  });

  test("without an end are given out after a while, or when they are too long", () => {
    const reader = new LineReader();
    reader.read(Buffer.from("password: "), 1000);
    expect([reader.unfinished(1500), reader.unfinished(2100), reader.unfinished(9000)]).toEqual([
      null,
      "password: ",
      null,
    ]);
    expect(lines("x".repeat(70_000), "y\n").map((line) => line.length)).toEqual([70_000, 1]);
  });

  test("behind a gap begin with the first that is whole", () => {
    const reader = new LineReader();
    reader.read(Buffer.from("begun"), 0);
    reader.skip();
    expect(reader.read(Buffer.from("rest of another"), 0)).toEqual([]);
    expect(reader.read(Buffer.from(" one\nwhole\n"), 0)).toEqual(["whole"]);
  });
});

test("frames are at most 20 a second, but for keys", async () => {
  let drawn = 0;
  const frames = new Frames(() => drawn++);
  const begin = performance.now();
  while (performance.now() - begin < 500) {
    frames.want(false);
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
  expect(drawn).toBeGreaterThan(3);
  expect(drawn).toBeLessThanOrEqual(11);
  const before = drawn;
  frames.want(false);
  frames.want(true);
  frames.want(true);
  await new Promise((resolve) => setImmediate(resolve));
  expect(drawn).toBe(before + 1);
  frames.end();
});
