/** Which program's end is the daemon's end, and the exit code that a container runtime sees. */
import { setTimeout as delay } from "node:timers/promises";
import { describe, expect, test } from "vitest";
import { type DaemonOptions, fixture, startDaemon, type TestDaemon } from "../helpers/daemon.ts";
import { processesWith } from "../helpers/processes.ts";
import { until } from "../helpers/until.ts";

const isRoot = process.getuid?.() === 0;
const asPid1 = ["unshare", ...(isRoot ? [] : ["--map-root-user"]), "--pid", "--fork", "--mount-proc", "--kill-child"];

const sleeper = "[program:other]\ncommand=/bin/sleep 1000\nstartsecs=0\n";
/** A program that waits for a moment and then does something. */
const program = (name: string, then: string, keys: string): string =>
  `[program:${name}]\ncommand=/bin/sh -c 'sleep 0.2; ${then}'\nstartsecs=0\nautorestart=false\n${keys}\n`;

/** How a daemon ended that was not asked to. */
async function endOf(programs: string, options: DaemonOptions = {}): Promise<{ code: number | null; log: string }> {
  await using daemon: TestDaemon = await startDaemon(programs + sleeper, { ...options, ready: false });
  const { code, signal } = await daemon.over();
  expect(signal).toBe(null);
  await until("no process is left", () => processesWith(daemon.marker).length === 0, 1_000);
  return { code, log: daemon.log };
}

describe.each<[string, DaemonOptions]>([
  ["PID 1", { wrap: asPid1 }],
  ["a subreaper", {}],
])("as %s, on_exit=shutdown", (_title, options) => {
  test.each([
    ["exit 0", 0, "exit status 0"],
    ["exit 3", 3, "exit status 3"],
    ["kill -KILL $$", 137, "terminated by SIGKILL"],
    ["kill -SEGV $$", 139, "terminated by SIGSEGV"],
  ])("ends the daemon after `%s` with code %i, and says why", async (then, code, how) => {
    const end = await endOf(program("main", then, "on_exit=shutdown"), options);
    expect(end.code).toBe(code);
    expect(end.log).toMatch(
      new RegExp(`WARN shutting down: main has ended \\(${how}.*\\), and has on_exit=shutdown\n`),
    );
    expect(end.log).toMatch(new RegExp(`INFO the exit code is ${code}, that of main\n$`));
    expect(end.log).toContain("stopped: other (terminated by SIGTERM)");
  });
});

describe("on_exit=shutdown", () => {
  test("is no matter of a program that is started again, or was stopped by somebody", async () => {
    await using daemon = await startDaemon(
      "[program:a]\ncommand=/bin/sleep 1000\nstartsecs=0\nautorestart=unexpected\non_exit=shutdown\n",
    );
    const pid = await daemon.reaches("a", "RUNNING");
    process.kill(pid, "SIGKILL");
    await until("a runs again", async () => (await daemon.info("a")).pid > pid);
    expect((await daemon.ctl("stop", "a")).stdout).toBe("a: stopped\n");
    await daemon.ctl("start", "a");
    daemon.signal("SIGHUP");
    await daemon.logged(/received SIGHUP/);
    await until("a lives on in another life of the daemon", () => daemon.log.match(/spawned: 'a'/g)?.length === 4);
    expect(daemon.log).not.toContain("shutting down");
    daemon.signal("SIGTERM");
    expect(await daemon.over()).toEqual({ code: 0, signal: null });
    expect(daemon.log).not.toContain("exit code");
  });

  test("holds for each copy", async () => {
    const copies = "numprocs=3\nprocess_name=%(process_num)d\non_exit=shutdown";
    const end = await endOf(program("w", "[ %(process_num)d = 1 ] && exit 5; sleep 1000", copies));
    expect(end.code).toBe(5);
  });

  test("of a oneshot ends the daemon when its work is done", async () => {
    const end = await endOf("[program:job]\ncommand=/bin/true\ntype=oneshot\non_exit=shutdown\n");
    expect(end.code).toBe(0);
  });
});

describe("on_fatal=shutdown", () => {
  test("a migration that fails ends the container with its code, and the web server is never started", async () => {
    const end = await endOf(
      `${program("migrate", "exit 9", "type=oneshot\non_fatal=shutdown\nstartretries=0\nautorestart=unexpected")}
[program:web]\ncommand=/bin/sleep 1000\ndepends_on=migrate:completed\n`,
      { wrap: asPid1 },
    );
    expect(end.code).toBe(9);
    expect(end.log).toContain("shutting down: migrate was given up (failed: exit status 9), and has on_fatal=shutdown");
    expect(end.log).not.toContain("spawned: 'web'");
  });

  test("comes with a oneshot that fails and is not to be tried again", async () => {
    const end = await endOf(program("migrate", "exit 9", "type=oneshot\non_fatal=shutdown"));
    expect(end.code).toBe(9);
    expect(end.log).toContain("shutting down: migrate has failed (exit status 9), and has on_fatal=shutdown");
  });

  test("is 1 when there was no child, or one that said 0", async () => {
    const key = "on_fatal=shutdown\nstartretries=0\n";
    expect((await endOf(`[program:a]\ncommand=/bin/true\nstartsecs=5\n${key}`)).code).toBe(1);
    const waits = `[program:a]\ncommand=/bin/true\ndepends_on=b\nstart_timeout=100ms\n${key}`;
    expect((await endOf(`${waits}[program:b]\ncommand=/no/such\n`)).code).toBe(1);
  });

  test("is that of shells when the command was not found, or cannot be executed", async () => {
    const key = "on_fatal=shutdown\nstartretries=0\n";
    expect((await endOf(`[program:a]\ncommand=/no/such\n${key}`)).code).toBe(127);
    expect((await endOf(`[program:a]\ncommand=/etc/passwd\n${key}`)).code).toBe(126);
  });

  test("comes with a crash loop", async () => {
    const end = await endOf(
      "[program:a]\ncommand=/bin/sh -c 'exit 6'\nstartsecs=0\nautorestart=true\ncrashloop=3/60s\non_fatal=shutdown\n",
    );
    expect(end.code).toBe(6);
    expect(end.log).toContain("a was given up (crash loop: 3 unexpected exits within 1m), and has on_fatal=shutdown");
  });
});

describe("the exit code", () => {
  test("is that of exit_code_from, if a program is the reason of the end", async () => {
    const programs =
      program("side", "exit 4", "on_exit=shutdown") +
      "[program:main]\ncommand=/bin/sh -c 'trap \"exit 8\" TERM; while :; do sleep 0.05; done'\nstartsecs=0\n";
    const end = await endOf(programs, { daemonKeys: "exit_code_from=main\n" });
    expect(end.code).toBe(8);
    expect(end.log).toMatch(/INFO the exit code is 8, that of main \(exit_code_from\)\n$/);
  });

  test("is that of the reason when exit_code_from has never run", async () => {
    const programs = `${program("side", "exit 4", "on_exit=shutdown")}[program:main]\ncommand=/bin/true\nautostart=false\n`;
    expect((await endOf(programs, { daemonKeys: "exit_code_from=main\n" })).code).toBe(4);
  });

  test.each(["SIGTERM", "SIGINT", "shutdown"])("is 0 after %s, whatever the programs say", async (how) => {
    const last = "[program:main]\ncommand=/bin/sh -c 'trap \"exit 8\" TERM; echo up; while :; do sleep 0.05; done'\n";
    const keys = "startsecs=0\nready_log=up\non_exit=shutdown\nautorestart=false\n";
    const web = "[program:web]\ncommand=/bin/sleep 1000\nstartsecs=0\ndepends_on=main:healthy\n";
    await using daemon = await startDaemon(last + keys + web, { wrap: asPid1, daemonKeys: "exit_code_from=main\n" });
    await daemon.reaches("web", "RUNNING");
    if (how === "shutdown") await daemon.ctl("shutdown");
    else daemon.signal(how as "SIGTERM");
    expect(await daemon.over()).toEqual({ code: 0, signal: null });
  });

  test("stays that of the program when somebody asks for the end as well, once or twice", async () => {
    await using daemon = await startDaemon(
      `${program("main", "exit 3", "on_exit=shutdown")}[program:deaf]\ncommand=${fixture("ignore-term")}\nstartsecs=0\n` +
        "stopwaitsecs=60\nstdout_logfile=%(here)s/deaf.log\n",
    );
    await daemon.logged(/shutting down: main/);
    daemon.signal("SIGTERM");
    await daemon.logged(/received SIGTERM/);
    await daemon.hurry();
    expect(await daemon.over(3000)).toEqual({ code: 3, signal: null });
  });
});

test("a daemon whose programs have all ended goes on, also without a server that keeps it busy", async () => {
  const text = `[supervisord]\nlogfile=%(here)s/s.log\npidfile=%(here)s/s.pid\n${program("done", "exit 0", "")}`;
  await using daemon = await startDaemon(text, { ready: false });
  let ended = false;
  void daemon.ended.then(() => {
    ended = true;
  });
  await until("its only program has ended", () => daemon.log.includes("exited: done"));
  // Its last timer, which tidies up, fires two seconds after the start.
  await delay(2_500);
  expect(ended).toBe(false);
  daemon.signal("SIGTERM");
  expect(await daemon.over()).toEqual({ code: 0, signal: null });
});
