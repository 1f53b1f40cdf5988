/** What orchestrators and load balancers see of a real daemon, over a unix socket and TCP, by curl. */
import { writeFileSync } from "node:fs";
import { expect, test } from "vitest";
import { curl } from "../helpers/api-server.ts";
import { startDaemon, type TestDaemon } from "../helpers/daemon.ts";
import { endedAfterEach } from "../helpers/ending.ts";
import { freePort } from "../helpers/port.ts";
import { until } from "../helpers/until.ts";

const ended = endedAfterEach();

const socket = (d: TestDaemon) => ["--unix-socket", d.path("s.sock")];

test("ready is a daemon when all that are meant to run are, from the first moment on", async () => {
  const port = await freePort();
  const daemon = ended(
    await startDaemon(
      `[inet_http_server]
port=127.0.0.1:${port}
public=health
[program:web]
command=sh -c 'while [ ! -e %(here)s/go ]; do sleep 0.05; done; echo up; exec sleep 1000'
startsecs=0
ready_log=^up$
[program:off]
command=sleep 1000
autostart=false
[program:secret]
command=/nowhere/program --password=hunter2
environment=TOKEN="hunter3"
startretries=0`,
    ),
  );
  const ask = (path: string, ...args: string[]) => curl(...args, `http://127.0.0.1:${port}${path}`);
  await daemon.reaches("secret", "FATAL");
  expect((await ask("/readyz")).body).toBe(
    "not ready\nsecret: has been given up\nweb: has not said that it is ready (ready_log)\n",
  );
  const whole = await curl(...socket(daemon), "http://localhost/healthz");
  expect(whole.status).toBe(503);
  expect(JSON.parse(whole.body).processes).toMatchObject([
    { name: "off", state: "STOPPED", wanted: false },
    { name: "secret", state: "FATAL", well: false, why: "can't find command '/nowhere/program'" },
    { name: "web", state: "RUNNING", ready: false, health: "none" },
  ]);
  expect(whole.body + (await ask("/healthz")).body).not.toMatch(/hunter/);
  expect((await ask("/healthz")).body).not.toMatch(/nowhere/);
  await daemon.rpc("supervisor.removeProcessGroup", "secret");
  writeFileSync(daemon.path("go"), "");
  await until("the daemon is ready", async () => (await ask("/readyz")).status === 200);
  expect((await ask("/healthz", "-I")).status).toBe(200);
});

test("at TERM /readyz refuses for drain_delay before any program is told, and /livez answers on", async () => {
  const daemon = ended(
    await startDaemon(
      `[program:web]
command=sh -c 'trap "date +%%s%%N > %(here)s/told; exit 0" TERM; echo up; while :; do sleep 0.02; done'
startsecs=0
ready_log=^up$`,
      { daemonKeys: "drain_delay=1s\nshutdown_timeout=10s\n" },
    ),
  );
  const d = daemon;
  const ask = (path: string) => curl(...socket(d), `http://localhost${path}`);
  await until("the daemon is ready", async () => (await ask("/readyz")).status === 200);
  const termAt = Date.now();
  d.signal("SIGTERM");
  const refused = await until("/readyz refuses", async () => {
    const answer = await ask("/readyz");
    return answer.status === 503 ? answer : null;
  });
  expect(refused.body).toBe("not ready\nthe daemon is shutting down\n");
  expect([(await ask("/livez")).status, (await ask("/healthz")).status]).toEqual([200, 200]);
  expect(d.read("told")).toBe("");
  expect((await d.over()).code).toBe(0);
  expect(Number(d.read("told")) / 1e6 - termAt).toBeGreaterThanOrEqual(1000);
  expect(d.log).toMatch(/not ready any more: programs are stopped in 1s \(drain_delay\)/);
});

test("who asks twice does not wait for drain_delay", async () => {
  const daemon = ended(
    await startDaemon("[program:web]\ncommand=sleep 1000\nstartsecs=0", { daemonKeys: "drain_delay=30s\n" }),
  );
  await daemon.reaches("web", "RUNNING");
  daemon.signal("SIGTERM");
  await daemon.logged(/drain_delay/);
  await daemon.hurry();
  expect((await daemon.over(5000)).code).toBe(0);
});
