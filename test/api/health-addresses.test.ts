import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { curl, type Served, serve } from "../helpers/api-server.ts";
import { FakeDaemon } from "../helpers/fake-daemon.ts";

let daemon: FakeDaemon;
let served: Served;

beforeEach(async () => {
  daemon = new FakeDaemon();
  daemon.add("web");
  daemon.add("worker:worker_00");
  daemon.add("off", { state: "STOPPED" });
  served = await serve(daemon, {
    guests: { open: ["health"], metricsToken: null, readOnly: { username: "a", password: "b" } },
  });
});
afterEach(() => served.close());

const ask = async (path: string, ...args: string[]) => {
  const { status, headers, body } = await curl(...args, `${served.httpUrl}${path}`);
  return { status, type: headers.get("content-type"), body };
};
const json = ["-H", "Accept: application/json"];
const text = ["-H", "Accept: text/plain"];

describe("ready is who has everybody", () => {
  test("that is meant to run", async () => {
    expect(await ask("/readyz")).toEqual({ status: 200, type: "text/plain;charset=utf-8", body: "ready\n" });
    expect(JSON.parse((await ask("/readyz", ...json)).body)).toEqual({ ready: true, state: "RUNNING", missing: [] });
  });

  test("and who has not says whom it lacks, and to those who may look at everything, why", async () => {
    daemon.add("worker:worker_01", { state: "STARTING" });
    expect(await ask("/readyz")).toMatchObject({ status: 503, body: "not ready\nworker:worker_01: is not ready\n" });
    const known = await ask("/readyz", "-u", "a:b", ...json);
    expect([known.status, known.type, JSON.parse(known.body)]).toEqual([
      503,
      "application/json",
      {
        ready: false,
        state: "RUNNING",
        missing: [{ group: "worker", name: "worker_01", why: "is starting" }],
      },
    ]);
  });

  test("nobody is before the programs have been asked to start, nor while the daemon ends", async () => {
    daemon.begun = false;
    expect(await ask("/readyz")).toMatchObject({ status: 503, body: "not ready\nthe daemon is starting\n" });
    daemon.begun = true;
    daemon.current = "SHUTDOWN";
    expect(await ask("/readyz")).toMatchObject({ status: 503, body: "not ready\nthe daemon is shutting down\n" });
    daemon.current = "RESTARTING";
    const { body } = await ask("/readyz", ...json);
    expect(JSON.parse(body)).toMatchObject({ ready: false, state: "RESTARTING", why: "the daemon is restarting" });
  });
});

describe("alive is who answers", () => {
  test.each(["RUNNING", "SHUTDOWN"] as const)("%s", async (state) => {
    daemon.current = state;
    daemon.add("broken", { state: "FATAL" });
    expect(await ask("/livez")).toEqual({ status: 200, type: "text/plain;charset=utf-8", body: "ok\n" });
    expect((await ask("/livez", ...json)).body).toBe('{"live":true}\n');
  });
});

describe("healthy is told of each", () => {
  test("as JSON, with 503 when one of them lacks something", async () => {
    daemon.add("late", { state: "STARTING" });
    const { status, type, body } = await ask("/healthz");
    expect([status, type]).toEqual([503, "application/json"]);
    const none = { health: "none", failures: 0 };
    expect(JSON.parse(body)).toEqual({
      healthy: false,
      state: "RUNNING",
      processes: [
        {
          group: "late",
          name: "late",
          state: "STARTING",
          wanted: true,
          well: false,
          ready: false,
          ...none,
          why: "is not ready",
        },
        {
          group: "off",
          name: "off",
          state: "STOPPED",
          wanted: false,
          well: false,
          ready: false,
          ...none,
          why: "is not ready",
        },
        { group: "web", name: "web", state: "RUNNING", wanted: true, well: true, ready: true, ...none, why: "" },
        {
          group: "worker",
          name: "worker_00",
          state: "RUNNING",
          wanted: true,
          well: true,
          ready: true,
          ...none,
          why: "",
        },
      ],
    });
  });

  test("with what takes nothing of its output, by name to those who may look at everything", async () => {
    const all = daemon.processes();
    daemon.processes = () => all.map((one) => (one.name === "web" ? { ...one, stuck: { path: "/p", ms: 2000 } } : one));
    const told = async (...args: string[]) => {
      const { healthy, processes } = JSON.parse((await ask("/healthz", ...args)).body);
      return [healthy, processes.map(({ outputStuck = null }) => outputStuck)];
    };
    expect(await told()).toEqual([true, [null, true, null]]);
    expect(await told("-u", "a:b")).toEqual([true, [null, "/p", null]]);
  });

  test("as text for whoever prefers that", async () => {
    expect(await ask("/healthz", ...text)).toEqual({
      status: 200,
      type: "text/plain;charset=utf-8",
      body: "off\tSTOPPED\tnot ready\tnone\tis not ready\nweb\tRUNNING\tready\tnone\t\nworker:worker_00\tRUNNING\tready\tnone\t\n",
    });
  });
});

test("HEAD has the status and the headers alone, and nobody keeps an answer", async () => {
  daemon.add("late", { state: "STARTING" });
  for (const [path, status] of [
    ["/livez", 200],
    ["/readyz", 503],
    ["/healthz", 503],
  ] as const) {
    const answer = await curl("-I", `${served.httpUrl}${path}`);
    expect([answer.status, answer.body, answer.headers.get("cache-control")]).toEqual([status, "", "no-store"]);
  }
  expect((await ask("/livez/", "-u", "a:b")).status).toBe(404);
});
