/** Real Prometheus scrapes a real daemon, and its tools check what is served, the alerts and the dashboard. */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { daemonMetrics, processMetrics } from "../../src/api/metrics-table.ts";
import { curl } from "../helpers/api-server.ts";
import { root, run, startDaemon, type TestDaemon } from "../helpers/daemon.ts";
import { freePort } from "../helpers/port.ts";
import { Prometheus } from "../helpers/prometheus.ts";
import { until } from "../helpers/until.ts";

const token = "s3cret-token";

const programs = (port: number): string => `[inet_http_server]
port=127.0.0.1:${port}
username=ann
password=all
metrics_token=${token}
[program:web]
command=sleep 1000
numprocs=2
process_name=%(program_name)s_%(process_num)02d
startsecs=0
environment=SECRET="hunter2"
memory_limit=64MB
cpu_limit=150%%
cpu_limit_for=60s
max_runtime=1h
[program:crash]
command=sh -c 'echo x >> crashes; [ $(wc -l < crashes) -gt 2 ] || exit 3; exec sleep 1000'
directory=%(here)s
startsecs=0
[program:waiting]
command=false
startsecs=0
restart_delay=10m
restart_delay_max=10m
[program:fatal]
command=/bin/false
startretries=0
[program:sick]
command=sleep 1000
startsecs=0
healthcheck_command=false
healthcheck_interval=100ms
healthcheck_retries=1
healthcheck_action=none
[program:hooked]
command=sleep 1000
startsecs=0
post_start_command=false
[program:burner]
command=sh -c 'i=0; while [ $i -lt 200000 ]; do i=$((i+1)); done'
startsecs=0
autorestart=false
[program:flood]
command=sh -c 'head -c 30000000 /dev/zero; echo oops >&2; exec sleep 1000'
startsecs=0
stdout_logfile=%(here)s/flood.log
stdout_logfile_maxbytes=10MB
stdout_logfile_backups=1
[log_target:gone]
url=http://127.0.0.1:1/loki/api/v1/push
programs=flood
streams=stderr
batch_wait=50ms
`;

let daemon: TestDaemon;
let prometheus: Prometheus;
let port: number;

beforeAll(async () => {
  port = await freePort();
  daemon = await startDaemon(programs(port));
  prometheus = await Prometheus.start(`127.0.0.1:${port}`, token);
});
afterAll(async () => {
  await prometheus?.end();
  await daemon?.end();
});

const metrics = (...args: string[]) => curl(...args, `http://127.0.0.1:${port}/metrics`);
const withToken = ["-H", `Authorization: Bearer ${token}`];

/** Waits until a series has such a value. */
const reaches = (expression: string, wanted: (value: number) => boolean) =>
  until(expression, async () => wanted(await prometheus.value(expression)), 15_000, 100);

describe("Prometheus finds", () => {
  test("the daemon, over TCP with a token", async () => {
    expect(await prometheus.value('up{job="spaced"}')).toBe(1);
    expect((await prometheus.query("spaced_build_info"))[0]?.labels).toMatchObject({ job: "spaced", version: "0.1.0" });
  });

  test("the state of each process, and how many are in each", async () => {
    await daemon.reaches("fatal", "FATAL");
    await reaches('spaced_process_state{process="fatal"}', (value) => value === 200);
    expect(await prometheus.value('spaced_process_state{group="web", process="web_01", program="web"}')).toBe(20);
    expect(await prometheus.value('spaced_processes{state="FATAL"}')).toBe(1);
    expect(await prometheus.value("sum(spaced_processes)")).toBe(9);
    expect(await prometheus.value("spaced_ready")).toBe(0);
    expect(await prometheus.value('sum by (program) (spaced_process_up{program="web"})')).toBe(2);
  });

  test("restarts by reason, those that have not happened too, and how children have ended", async () => {
    await reaches('spaced_process_restarts_total{process="crash", reason="crash"}', (value) => value === 2);
    expect(await prometheus.value('spaced_process_exits_total{process="crash", code="3"}')).toBe(2);
    expect(await prometheus.value('spaced_process_restarts_total{process="web_00", reason="memory"}')).toBe(0);
    expect(await prometheus.value('spaced_process_oom_kills_total{process="web_00"}')).toBe(0);
    expect(await prometheus.value('spaced_process_start_failures_total{process="fatal"}')).toBe(1);
    process.kill((await daemon.info("web:web_00")).pid, "SIGSEGV");
    await reaches('spaced_process_exits_total{process="web_00", signal="SIGSEGV"}', (value) => value === 1);
    await daemon.rpc("supervisor.stopProcess", "web:web_00");
    await daemon.rpc("supervisor.startProcess", "web:web_00");
    await reaches('spaced_process_restarts_total{process="web_00", reason="request"}', (value) => value === 1);
    const backoff = await prometheus.value('spaced_process_backoff_seconds{process="waiting"}');
    expect(backoff).toBeGreaterThan(500);
    expect(backoff).toBeLessThanOrEqual(600);
  });

  test("health, hooks, output also of a flood, and processor time also of what has ended", async () => {
    await reaches('spaced_process_healthy{process="sick"}', (value) => value === 0);
    expect(await prometheus.value('spaced_process_hook_failures_total{process="hooked", hook="post_start"}')).toBe(1);
    await reaches(
      'spaced_process_output_bytes_total{process="flood", stream="stdout"}',
      (value) => value === 30_000_000,
    );
    expect(await prometheus.value('spaced_process_output_bytes_total{process="flood", stream="stderr"}')).toBe(5);
    await daemon.reaches("burner", "EXITED");
    await reaches('spaced_process_state{process="burner"}', (value) => value === 100);
    const [log = ""] = / exited: burner/.exec(daemon.log) ?? [];
    expect(log).not.toBe("");
    expect(await prometheus.value('spaced_process_cpu_seconds_total{process="burner"}')).toBeGreaterThan(0.02);
    expect(await prometheus.query('spaced_process_memory_bytes{process="burner"}')).toEqual([]);
  });

  test("what each uses, and its limits", async () => {
    expect(await prometheus.value('spaced_process_memory_bytes{process="web_01"}')).toBeGreaterThan(50_000);
    expect(await prometheus.value('spaced_process_open_fds{process="web_01"}')).toBe(3);
    expect(await prometheus.value('spaced_process_processes{process="web_01"}')).toBe(1);
    expect(await prometheus.value('spaced_process_memory_limit_bytes{process="web_01"}')).toBe(64 * 1024 ** 2);
    expect(await prometheus.value('spaced_process_cpu_limit_cores{process="web_01"}')).toBe(1.5);
    expect(await prometheus.value('spaced_process_max_runtime_seconds{process="web_01"}')).toBe(3600);
    const age = await prometheus.value('time() - spaced_process_start_time_seconds{process="web_01"}');
    expect(age).toBeGreaterThan(0);
    expect(age).toBeLessThan(60);
  });

  test("a log target that takes no lines", async () => {
    await reaches('spaced_log_target_up{target="gone"}', (value) => value === 0);
    await reaches('spaced_log_target_failures_total{target="gone", reason="connection"}', (value) => value > 0);
    expect(await prometheus.value('spaced_log_target_queue_bytes{target="gone"}')).toBeGreaterThan(0);
  });

  test("every metric of the table but those that have nothing to tell", async () => {
    const found = new Set((await prometheus.query('{job="spaced"}')).map(({ labels }) => labels.__name__));
    const silent = [...daemonMetrics, ...processMetrics].map(({ name }) => name).filter((name) => !found.has(name));
    expect(silent.sort()).toEqual(["spaced_process_memory_hard_limit_bytes", "spaced_process_output_stuck_seconds"]);
  });
});

describe("promtool has nothing to say", () => {
  test("against what is served", async () => {
    const { status, headers, body } = await metrics(...withToken);
    expect([status, headers.get("content-type")]).toEqual([200, "text/plain; version=0.0.4; charset=utf-8"]);
    expect(await run(["promtool", "check", "metrics"], { input: body })).toEqual({ code: 0, stdout: "", stderr: "" });
    expect(body).not.toMatch(/hunter2|SECRET|sleep/);
  });

  test("against the alerts, which fire when they should", async () => {
    const check = await run(["promtool", "check", "rules", join(root, "docker/prometheus-alerts.yml")]);
    expect([check.code, check.stderr]).toEqual([0, ""]);
    const tested = await run(["promtool", "test", "rules", join(root, "test/docker/prometheus-alerts.yml")]);
    expect(tested, tested.stdout).toMatchObject({ code: 0 });
    const names = [
      ...readFileSync(join(root, "test/docker/prometheus-alerts.yml"), "utf8").matchAll(/alertname: (\w+)/g),
    ];
    const healthy = async () => (await prometheus.rules()).every(({ health }) => health === "ok");
    await until("the rules are evaluated", healthy);
    const rules = await prometheus.rules();
    expect(new Set(names.map(([, name]) => name))).toEqual(new Set(rules.map(({ name }) => name)));
  });

  test("against the expressions of the dashboard", async () => {
    const text = readFileSync(join(root, "docker/grafana-dashboard.json"), "utf8");
    const { panels } = JSON.parse(text) as { panels: { targets?: { expr: string }[] }[] };
    const expressions = panels.flatMap(({ targets = [] }) => targets.map(({ expr }) => expr));
    expect(expressions.length).toBeGreaterThan(30);
    const plain = (expression: string) =>
      expression
        .replaceAll("$job", "spaced")
        .replaceAll("$instance", ".*")
        .replaceAll("$group", ".*")
        .replaceAll("$__rate_interval", "1m")
        // What has only just begun to be counted has not increased.
        .replace(/ > 0$/, "");
    const empty: string[] = [];
    for (const expression of expressions)
      if ((await prometheus.query(plain(expression))).length === 0) empty.push(expression);
    // There is no hard limit here.
    expect(empty.filter((expression) => !/hard_limit/.test(expression))).toEqual([]);
  });
});

test("nobody reads metrics without the token or a password, and HEAD has only headers", async () => {
  expect((await metrics()).status).toBe(401);
  expect((await metrics("-H", "Authorization: Bearer x")).status).toBe(401);
  expect((await metrics("-u", "ann:all")).status).toBe(200);
  const head = await metrics("-I", ...withToken);
  expect([head.status, head.body]).toEqual([200, ""]);
  expect(Number(head.headers.get("content-length"))).toBeGreaterThan(1000);
});

test("OpenMetrics is what it is called, to its end", async () => {
  const { headers, body } = await metrics(...withToken, "-H", "Accept: application/openmetrics-text;version=1.0.0");
  expect(headers.get("content-type")).toBe("application/openmetrics-text; version=1.0.0; charset=utf-8");
  expect(body).toMatch(/^# TYPE spaced_process_oom_kills counter\nspaced_process_oom_kills_total\{/m);
  expect(body).toMatch(/\n# EOF\n$/);
});

test("counters go on when a program is changed, when the list is reloaded, and when it is refused", async () => {
  const crashes = async () =>
    Number(/restarts_total\{reason="crash",group="crash".*\} (\d+)/.exec((await metrics(...withToken)).body)?.[1]);
  const reloads = async (result: string) =>
    Number(new RegExp(`reloads_total{result="${result}"} (\\d+)`).exec((await metrics(...withToken)).body)?.[1]);
  expect(await crashes()).toBe(2);
  const list = readFileSync(daemon.file, "utf8");
  writeFileSync(daemon.file, list.replace("[program:waiting]", "priority=7\nenvironment=A=1\n[program:waiting]"));
  expect((await daemon.ctl("update")).stdout).toBe("crash: stopped\ncrash: updated process group\n");
  await daemon.reaches("crash", "RUNNING");
  await reaches('spaced_process_restarts_total{process="crash", reason="update"}', (value) => value === 1);
  expect(await crashes()).toBe(2);
  const before = await reloads("success");
  expect(before).toBeGreaterThan(0);
  writeFileSync(daemon.file, "junk");
  await expect(daemon.rpc("supervisor.reloadConfig")).rejects.toThrow("CANT_REREAD");
  await reaches("spaced_config_last_reload_successful", (value) => value === 0);
  expect(await reloads("failure")).toBe(1);
  writeFileSync(daemon.file, list);
  daemon.signal("SIGHUP");
  await until("the daemon has begun anew", () => daemon.log.match(/supervisord started with pid/g)?.length === 2);
  await until("it answers", async () => (await reloads("success")) === before + 1);
  expect(await crashes()).toBe(2);
  await reaches("spaced_config_last_reload_successful", (value) => value === 1);
});
