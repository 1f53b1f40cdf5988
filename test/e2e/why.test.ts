/** `why` and `describe`: what a person reads, and what a program does. */
import { execFileSync } from "node:child_process";
import { closeSync, constants, openSync, rmSync } from "node:fs";
import { execa } from "execa";
import { afterAll, beforeAll, expect, test } from "vitest";
import { newDirectory, startDaemon, type TestDaemon } from "../helpers/daemon.ts";
import { until } from "../helpers/until.ts";

let daemon: TestDaemon;

beforeAll(async () => {
  daemon = await startDaemon(`[program:crash]
command=sh -c 'printf "cannot reach db\\033[31m\\n" >&2; sleep 1.1; exit 3'
[program:fpm]
command=sh -c 'sleep 1000 & sleep 1000 & wait'
[program:loop]
command=sh -c 'kill -SEGV $$'
crashloop=2/60s
retry_after=5m
[program:missing]
command=/nonexistent
startretries=0
[program:full]
command=sh -c 'echo lost; sleep 1000'
stdout_logfile=/dev/full
[program:killed]
command=sh -c 'kill -KILL $$'
startsecs=0
autorestart=false
[program:ailing]
command=sleep 1000
healthcheck_tcp=127.0.0.1:1
healthcheck_interval=100ms
healthcheck_action=none
[program:later]
command=sleep 1000
autostart=false`);
  await daemon.reaches("loop", "FATAL");
  await daemon.reaches("missing", "FATAL");
  await daemon.reaches("fpm", "RUNNING");
  await daemon.logged(/exited: crash \(exit status 3; not expected\)/);
});
afterAll(() => daemon?.end());

test("a crash is told with its code, its life's length, its last words on stderr and what comes next", async () => {
  const { stdout, code } = await daemon.ctl("why", "crash");
  expect(code).toBe(0);
  expect(stdout).toMatch(/^crash is (STARTING|RUNNING|EXITED)/);
  expect(stdout).toMatch(/^ {2}\d{4}-\d\d-\d\d \d\d:\d\d:\d\d {2}1\.\ds {3}exit status 3$/m);
  // The terminal is not turned red.
  expect(stdout).toMatch(/^ {2}last lines of its stderr:\n {2}\| cannot reach db$/m);
});

test("a program that a signal has ended and that stays down is told with the signal", async () => {
  await daemon.reaches("killed", "EXITED");
  expect((await daemon.ctl("why", "killed")).stdout).toMatch(
    /^killed is EXITED: killed by SIGKILL; it stays down: autorestart=false\n/,
  );
});

test("a program that fails its checks is among those that are not as they should be, with what they say", async () => {
  const page = await until("ailing is unhealthy", async () => {
    const { stdout } = await daemon.ctl("why");
    return stdout.includes("ailing is RUNNING") ? stdout : null;
  });
  expect(page).toMatch(
    /^ailing is RUNNING for .*\n {2}unhealthy since \d{4}-\d\d-\d\d \d\d:\d\d:\d\d, \d+ failed checks in a row: 127.0.0.1:1: connection refused$/m,
  );
});

const page = async (of: TestDaemon, path: string): Promise<string> =>
  (await execa("curl", ["-sS", "--unix-socket", of.path("s.sock"), `http://x${path}`])).stdout;

test("a program that waits because nobody reads what it writes is told so", async () => {
  const directory = newDirectory();
  const pipe = `${directory}/pipe`;
  execFileSync("mkfifo", [pipe]);
  const reader = openSync(pipe, constants.O_RDONLY | constants.O_NONBLOCK);
  const list = `[program:waiting]\ncommand=sh -c 'yes; sleep 1000'\nstdout_logfile=${pipe}\n`;
  await using own = await startDaemon(list, { directory });
  const why = async () => (await own.ctl("why", "waiting")).stdout;
  try {
    const waits = /^waiting is RUNNING .*\n {2}its output waits: \S+\/pipe has taken nothing for \S+$/m;
    await until("it waits", async () => waits.test(await why()), 30_000);
    expect((await own.ctl("describe", "waiting")).stdout).toMatch(/^ {2}waits +its output waits: /m);
    expect((await own.ctl("why")).stdout).toMatch(waits);
    expect(JSON.parse(await page(own, "/healthz")).processes).toEqual([
      expect.objectContaining({ name: "waiting", outputStuck: pipe }),
    ]);
    expect(await page(own, "/metrics")).toMatch(
      /^spaced_process_output_stuck_seconds\{[^}]*process="waiting"[^}]*\} [1-9]/m,
    );
  } finally {
    closeSync(reader);
  }
  await until("it goes on", async () => !(await why()).includes("its output waits"), 30_000);
  await own.ctl("stop", "waiting");
  rmSync(directory, { recursive: true, force: true });
});

test("output that cannot be written is told, of its program and when nobody is named", async () => {
  const losing =
    /^full is RUNNING .*\n {2}cannot write \/dev\/full: no space left on device; \d+KB lost since \d{4}-.*\n/m;
  await until("it is told", async () => losing.test((await daemon.ctl("why", "full")).stdout));
  expect((await daemon.ctl("why")).stdout).toMatch(losing);
  const metrics = await page(daemon, "/metrics");
  expect(metrics).toMatch(/^spaced_process_output_lost_bytes_total\{[^}]*process="full"[^}]*\} 5$/m);
  expect(metrics).toMatch(/^spaced_process_output_lost_bytes_total\{[^}]*process="fpm"[^}]*\} 0$/m);
  expect(metrics).not.toContain("spaced_process_output_stuck_seconds{");
  expect((await daemon.ctl("describe", "full")).stdout).toMatch(/^ {2}lost +cannot write \/dev\/full: no space left/m);
  const [told] = JSON.parse((await daemon.ctl("why", "--json", "full")).stdout);
  expect(told.losses).toEqual([
    expect.objectContaining({ path: "/dev/full", open: true, cause: "no space left on device", lostKb: 1 }),
  ]);
  const [full, later] = JSON.parse((await daemon.ctl("status", "--json", "full", "later")).stdout);
  expect([full.loses, later.loses]).toEqual(["cannot write /dev/full: no space left on device", null]);
});

test("a crash loop is told with its signal and when it is tried again", async () => {
  expect((await daemon.ctl("why", "loop")).stdout).toMatch(
    /^loop is FATAL: crash loop: 2 unexpected exits within 1m; it is tried again in [45]m\d*s? \(retry_after\)\n(.|\n)*killed by SIGSEGV/,
  );
});

test("without names, it tells of those that are not as they should be", async () => {
  const { stdout } = await daemon.ctl("why");
  expect(stdout).toMatch(
    /^missing is FATAL: can't find command '\/nonexistent'; it is given up until somebody starts it$/m,
  );
  expect(stdout).not.toMatch(/^(fpm|later) is/m);
});

test("describe lists every living process of a program, and what a stop has left behind", async () => {
  const before = (await daemon.ctl("describe", "fpm")).stdout;
  expect(before).toMatch(/^fpm\n {2}state {7}RUNNING {2}pid \d+, uptime/);
  expect(before.match(/^ {4}\d+ +\S+ +\S+ +sleep 1000$/gm)).toHaveLength(2);
  await daemon.ctl("stop", "fpm");
  const { stdout } = await daemon.ctl("describe", "fpm");
  expect(stdout).toMatch(/^ {2}next +it waits until what it left behind has ended$/m);
  expect(stdout.match(/sleep 1000 {2}\(left behind\)$/gm)).toHaveLength(2);
  expect(stdout).toMatch(/killed by SIGTERM \(memory [\d.]+[KM]B\); somebody asked for it$/m);
});

test("both speak JSON", async () => {
  const { stdout } = await daemon.ctl("why", "--json", "loop");
  const [told] = JSON.parse(stdout) as [Record<string, unknown>];
  expect(told).toMatchObject({ program: "loop", starts: 2, living: [], lastLines: [] });
  expect(told.ends).toMatchObject([
    { signal: "SIGSEGV", expected: false, oomKilled: false },
    { signal: "SIGSEGV", expected: false, oomKilled: false },
  ]);
  expect(JSON.parse((await daemon.ctl("describe", "later", "--json")).stdout)).toMatchObject([
    { process: { statename: "STOPPED" }, next: "stays stopped until somebody starts it", starts: 0 },
  ]);
});

test("a name that is none is refused, and the rest is told", async () => {
  const { stdout, code } = await daemon.ctl("describe", "nobody", "later");
  expect([code, stdout.startsWith("nobody: ERROR (no such process)\nlater\n")]).toEqual([4, true]);
});

test("the reference has no such thing, and that is said", async () => {
  await using reference = await startDaemon("[program:a]\ncommand=sleep 1000", {
    binaries: { daemon: ["supervisord"], ctl: daemon.binaries.ctl },
  });
  const { stdout, code } = await reference.ctl("why", "a");
  expect([stdout, code]).toEqual(["Error: the daemon does not tell that: it is supervisord, or an older spaced\n", 5]);
  await until("it runs", async () => (await reference.info("a")).statename === "RUNNING");
});
