import { afterEach, beforeEach, expect, test } from "vitest";
import type { Measurements } from "../../src/api/measurements.ts";
import { curl, type Served, serve } from "../helpers/api-server.ts";
import { FakeDaemon } from "../helpers/fake-daemon.ts";
import { until } from "../helpers/until.ts";

/** One that measures nothing, and how often. */
class Measured extends FakeDaemon {
  offers = true;
  times = 0;
  /** How often somebody has asked. */
  requests = 0;
  /** What it waits for while it measures. */
  gate = (): Promise<void> => Promise.resolve();

  override get metrics(): boolean {
    this.requests++;
    return this.offers;
  }

  override measure = async (): Promise<Measurements> => {
    this.times++;
    await this.gate();
    return {
      overview: {
        identifier: this.identifier,
        version: "1.2.3",
        state: this.state(),
        pid: this.pid,
        now: 0,
        startedAt: 0,
        own: { memoryBytes: 42, cpuPercent: null },
        container: {
          memory: { of: "machine", usedBytes: 1, limitBytes: 2 },
          cpu: { of: "machine", usedPercent: null, limitPercent: 100 },
          pids: null,
        },
        logTargets: [],
        processes: [],
      },
      openFiles: [],
      reloads: { succeeded: 1, failed: 2, ok: false, goodAt: 1500 },
      own: { startedAt: 0, cpuMs: 1500, openFiles: null, lagMs: 0, busyMs: 0 },
    };
  };
}

let daemon: Measured;
let served: Served;

beforeEach(async () => {
  daemon = new Measured();
  served = await serve(daemon);
});
afterEach(() => served.close());

const ask = (...args: string[]) => curl(...args, `${served.httpUrl}/metrics`);

test("however many ask, it is measured once a second", async () => {
  const { promise, resolve } = Promise.withResolvers<void>();
  daemon.gate = () => promise;
  const early = [ask(), ask(), ask("-I")];
  await until("all have asked", () => daemon.requests === 3);
  resolve();
  expect((await Promise.all(early)).map(({ status }) => status)).toEqual([200, 200, 200]);
  expect(daemon.times).toBe(1);
  const measuredBy = async () => {
    const before = daemon.times;
    expect((await ask()).status).toBe(200);
    return daemon.times - before;
  };
  await until("one asks who comes right after another", async () => (await measuredBy()) + (await measuredBy()) < 2);
  await until("it is measured again", async () => (await measuredBy()) === 1);
});

test("what is not known is left out", async () => {
  const { body } = await ask();
  expect(body).toContain('spaced_build_info{version="1.2.3",');
  expect(body).toContain('spaced_config_reloads_total{result="failure"} 2\n');
  expect(body).toContain("\nprocess_cpu_seconds_total 1.5\n");
  expect(body).not.toContain("process_open_fds");
});

test("a measurement that fails is told, and the next one is another", async () => {
  daemon.gate = () => Promise.reject(new Error("no /proc"));
  expect((await ask()).status).toBe(500);
  expect(served.logged.filter((line) => /no \/proc/.test(line))).toHaveLength(1);
  daemon.gate = () => Promise.resolve();
  expect((await ask()).status).toBe(200);
});

test("with metrics=false there is no such address", async () => {
  daemon.offers = false;
  expect((await ask()).status).toBe(404);
});
