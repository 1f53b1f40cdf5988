/** Health of real programs, and what people and scripts learn of it. */
import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { user } from "../../src/system/accounts.ts";
import { binaries, fixture, newDirectory, run, startDaemon, type TestDaemon } from "../helpers/daemon.ts";
import { endedAfterEach } from "../helpers/ending.ts";
import { freePort } from "../helpers/port.ts";
import { childrenOf, commandLine, zombiesOf } from "../helpers/processes.ts";
import { until } from "../helpers/until.ts";

const ended = endedAfterEach();

const start = async (programs: string, options: Parameters<typeof startDaemon>[1] = {}): Promise<TestDaemon> =>
  ended(await startDaemon(programs, options));

/** Minutes that a busy machine may need are not what is measured; the seconds are, between lines of the log. */
async function timed<T>(work: Promise<T>): Promise<[T, number]> {
  const before = performance.now();
  const result = await work;
  return [result, performance.now() - before];
}

test("a server that hangs is restarted within interval × retries + timeout, and everybody can see why", async () => {
  const port = await freePort();
  const d = await start(`[program:web]
command=${process.execPath} ${fixture("hung-server.ts")} ${port}
startsecs=0
healthcheck_http=http://127.0.0.1:${port}/healthz
healthcheck_interval=300ms
healthcheck_timeout=200ms
healthcheck_start_period=20s
[program:plain]
command=sleep 1000
startsecs=0
[program:off]
command=sleep 1000
autostart=false`);
  expect((await d.ctl("health", "--wait")).code).toBe(0);
  const before = await d.ctl("health");
  expect(before.stdout).toMatch(
    /^off +STOPPED +not ready +- +is stopped\nplain +RUNNING +ready +-\nweb +RUNNING +ready +healthy +HTTP 200, \d+m?s ago\n$/,
  );
  expect(before.code).toBe(0);
  const { pid } = await d.info("web");
  await d.rpc("supervisor.signalProcess", "web", "USR2");
  const hungAt = performance.now();
  await d.logged(/restarting web/);
  // 3 × 300 + 200 ms, and what a busy machine takes.
  expect(performance.now() - hungAt).toBeLessThan(1100 + 500);
  expect(d.log).toMatch(
    / WARN restarting web: unhealthy: 3 failed checks in a row, the last: 127\.0\.0\.1:\d+: no reply within 200ms\n/,
  );
  await until("there is another child", async () => ![0, pid].includes((await d.info("web")).pid));
  expect((await d.ctl("health", "--wait", "web")).code).toBe(0);
  const why = await d.ctl("why", "web");
  expect(why.stdout).toMatch(/killed by SIGTERM; unhealthy: 3 failed checks in a row/);
  expect((await d.ctl("describe", "web")).stdout).toMatch(/^ {2}health +healthy, ready; last check .*: HTTP 200$/m);
});

test("a slow start is not cut short in its start period, and is ready when PHP answers", async () => {
  const port = await freePort();
  const d = await start(`[program:fpm]
command=sh -c 'sleep 1.5; exec php-cgi -b 127.0.0.1:${port}'
startsecs=0
healthcheck_tcp=127.0.0.1:${port}
healthcheck_interval=100ms
healthcheck_retries=1
healthcheck_start_period=30s`);
  const early = await d.ctl("health", "fpm");
  expect(early.code).toBe(1);
  expect(early.stdout).toMatch(
    /^fpm +RUNNING +not ready +starting +(127\.0\.0\.1:\d+: connection refused|has not been)/,
  );
  expect((await d.ctl("health", "--wait")).code).toBe(0);
  expect(d.log.match(/spawned: 'fpm'/g)).toHaveLength(1);
  expect(d.log).toMatch(/ INFO healthy: fpm, 1\.\ds after its start \(127\.0\.0\.1:\d+ accepts connections\)\n/);
});

test.runIf(process.geteuid?.() === 0)(
  "a worker that stops its heartbeat is restarted; its check is made as its user",
  async () => {
    const d = await start(`[program:worker]
command=sh -c 'for n in 1 2 3; do touch $SPACE_PING_FILE; sleep 0.3; done; exec sleep 1000'
environment=SPACE_PING_FILE="%(here)s/ping"
startsecs=0
healthcheck_file=%(here)s/ping
healthcheck_file_max_age=1s
healthcheck_interval=200ms
healthcheck_retries=2
[program:db]
command=sleep 1000
startsecs=0
user=daemon
healthcheck_command=sh -c 'test $(id -un) = daemon && echo ready for $(id -u)'`);
    expect((await d.ctl("health", "--wait")).code).toBe(0);
    const rows = JSON.parse((await d.ctl("health", "--json", "db")).stdout);
    expect(rows).toEqual([
      {
        group: "db",
        name: "db",
        loses: null,
        stuck: null,
        state: "RUNNING",
        wanted: true,
        well: true,
        why: "",
        ready: true,
        health: "healthy",
        since: expect.stringMatching(/^\d{4}-\d\d-\d\dT.*Z$/),
        failures: 0,
        lastCheck: {
          outcome: "passed",
          text: `ready for ${user("daemon")?.uid}`,
          at: expect.stringMatching(/Z$/),
          tookMs: expect.any(Number),
        },
      },
    ]);
    await d.logged(
      /restarting worker: unhealthy: 2 failed checks in a row, the last: \S+\/ping was last touched 1\.\ds ago/,
    );
  },
);

test("health --wait returns as soon as the last program is ready", async () => {
  const d = await start(`[program:a]
command=sh -c 'sleep 1; echo listening; exec sleep 1000'
startsecs=0
ready_log=listening
[program:b]
command=sh -c 'sleep 0.5; echo >&4; exec sleep 1000'
startsecs=0
ready_fd=4
[program:migrate]
type=oneshot
command=sleep 0.2`);
  const early = await d.ctl("health");
  expect(early.code).toBe(1);
  expect(early.stdout).toMatch(/^a +RUNNING +not ready +- +has not said that it is ready \(ready_log\)$/m);
  const { code, stdout, stderr } = await d.ctl("health", "--wait");
  expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  expect(stdout).toMatch(/^migrate +EXITED/m);
  const [, ready = ""] = /(\S+ \S+) INFO ready: a,/.exec(d.log) ?? [];
  const readyAt = Date.parse(`${ready.replace(",", ".").replace(" ", "T")}Z`);
  expect(Date.now() - readyAt).toBeLessThan(600);
});

test("health --wait gives up in time and names who is missing; it waits for the daemon, too", async () => {
  const directory = newDirectory();
  const waiting = run([...binaries.ctl, "-s", `unix://${directory}/s.sock`, "health", "--wait", "--timeout", "20s"]);
  const d = await start(
    `[program:a]
command=sleep 1000
startsecs=0
healthcheck_command=false
healthcheck_start_period=1m
[program:b]
command=sleep 1000
startsecs=0`,
    { directory },
  );
  const [late, tookMs] = await timed(d.ctl("health", "--wait", "--timeout=700ms"));
  expect({ code: late.code, stderr: late.stderr }).toEqual({ code: 1, stderr: "not well within 700ms: a\n" });
  expect(late.stdout).toMatch(/^a +RUNNING +not ready +starting +exit status 1$/m);
  expect(tookMs).toBeGreaterThan(690);
  expect(tookMs).toBeLessThan(3000);
  expect((await d.ctl("health", "b")).code).toBe(0);
  await d.rpc("supervisor.stopProcess", "a");
  expect((await waiting).code).toBe(0);
  expect((await d.ctl("health", "a")).code).toBe(1);
});

test("health tells apart what is wrong with it", async () => {
  const d = await start("[program:a]\ncommand=sleep 1000\nstartsecs=0");
  expect(await d.ctl("health", "nobody")).toMatchObject({ code: 4, stdout: "nobody: ERROR (no such process)\n" });
  expect(await d.ctl("health", "--timeout", "soon")).toMatchObject({ code: 2 });
  expect(await d.ctl("health", "--wrong")).toMatchObject({ code: 2 });
  expect((await d.ctl("health", "--help")).stdout).toMatch(/--wait/);
  d.signal("SIGTERM");
  await d.over();
  expect(await d.ctl("health")).toMatchObject({ code: 7, stdout: expect.stringMatching(/no such file/) });
  const [gone, tookMs] = await timed(d.ctl("health", "--wait", "--timeout", "300ms"));
  expect(gone).toMatchObject({ code: 7, stdout: expect.stringMatching(/no such file/) });
  expect(tookMs).toBeGreaterThan(290);
});

test.runIf(process.geteuid?.() === 0)("as PID 1, checks by command leave no zombie and nobody running", async () => {
  const d = await start(
    `[program:a]
command=sleep 1000
startsecs=0
healthcheck_command=sh -c 'sleep 60 & setsid sleep 0.3 & echo hi'
healthcheck_interval=100ms
[program:b]
command=sh -c 'exit 1'
startsecs=0
autorestart=true`,
    { wrap: ["unshare", "--pid", "--fork", "--mount-proc"] },
  );
  expect((await d.ctl("health", "--wait", "a")).code).toBe(0);
  await until("some checks have been made", () => (d.log.match(/reaped unknown pid/g)?.length ?? 0) > 5);
  // One background command each at most: that of the check that is being made, and none of those before.
  const commands = () => childrenOf(d.pid).map(({ pid }) => commandLine(pid));
  await until("none is left in the background", () => !commands().includes("sleep 60"));
  await until("there is no zombie", () => zombiesOf(d.pid).length === 0);
  expect(d.log).not.toMatch(/restarting a|internal error/);
});

test("listeners hear of health when they ask for it by name, and EVENT is what it always was", async () => {
  const listener = (name: string, events: string) => `[eventlistener:${name}]
command=${fixture("childutils-listener")} %(here)s/${name}.txt
events=${events}
`;
  const d = await start(`${listener("all", "EVENT")}${listener("ours", "PROCESS_HEALTH,TICK_3600")}[program:a]
command=sleep 1000
autostart=false
startsecs=0
healthcheck_command=true`);
  await d.reaches("all", "RUNNING");
  await d.reaches("ours", "RUNNING");
  await d.rpc("supervisor.startProcess", "a");
  const heard = (name: string) =>
    d
      .read(`${name}.txt`)
      .split("\n")
      .filter((line) => line !== "")
      .map((line) => JSON.parse(line) as { headers: { eventname: string }; payload: string });
  await until("ours has heard of it", () => heard("ours").length > 0);
  const { pid } = await d.info("a");
  expect(heard("ours").map(({ headers, payload }) => [headers.eventname, payload])).toEqual([
    ["PROCESS_HEALTH_HEALTHY", `processname:a groupname:a pid:${pid}`],
  ]);
  await d.rpc("supervisor.stopProcess", "a");
  const names = () => heard("all").map(({ headers }) => headers.eventname);
  await until("all has heard of the stop", () => names().includes("PROCESS_STATE_STOPPED"));
  expect(names().filter((name) => name.includes("HEALTH"))).toEqual([]);
});

test("what the reference's clients see has no word of health in it", async () => {
  const d = await start("[program:a]\ncommand=sleep 1000\nstartsecs=0\nhealthcheck_command=true");
  await d.ctl("health", "--wait");
  expect(Object.keys(await d.info("a"))).toEqual([
    ...["name", "group", "start", "stop", "now", "state", "statename", "spawnerr", "exitstatus", "logfile"],
    ...["stdout_logfile", "stderr_logfile", "pid", "description"],
  ]);
  expect((await d.rpc("system.listMethods")) as string[]).not.toContain("spaced.health");
  expect(readFileSync(d.file, "utf8")).toContain("healthcheck");
});

test("a list without the interface that supervisord's file names is what is complained about, not the daemon", async () => {
  const servers = "[unix_http_server]\nfile=%(here)s/s.sock\n[supervisorctl]\nserverurl=unix://%(here)s/s.sock\n";
  const d = await start(`[supervisord]\nlogfile=%(here)s/s.log\n${servers}[program:a]\ncommand=sleep 1000\n`, {
    ready: false,
  });
  const { stdout, code } = await d.ctl("health", "--wait", "--timeout", "20s");
  expect(stdout).toContain("Please check that the [rpcinterface:supervisor] section is enabled");
  expect(code).not.toBe(0);
});
