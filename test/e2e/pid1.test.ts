/**
 * The daemon as a container's first process, in a pid namespace of its own, and as a subreaper outside of one:
 * orphans are reaped whoever made them, and signals do what they promise and nothing else.
 */
import { existsSync, renameSync, writeFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { type DaemonOptions, fixture, iniFile, startDaemon, type TestDaemon } from "../helpers/daemon.ts";
import { alive, processesWith, zombiesOf } from "../helpers/processes.ts";
import { until } from "../helpers/until.ts";

const isRoot = process.getuid?.() === 0;
/** Root may unshare at once; others need a user namespace. */
const asPid1 = ["unshare", ...(isRoot ? [] : ["--map-root-user"]), "--pid", "--fork", "--mount-proc", "--kill-child"];
const sleeper = "[program:a]\ncommand=/bin/sleep 100000\nstartsecs=0\nstdout_logfile=%(here)s/a.log\n";

async function startPid1(programs: string, options: DaemonOptions = {}): Promise<TestDaemon> {
  const daemon = await startDaemon(programs, { ...options, wrap: asPid1 });
  expect(await daemon.rpc("supervisor.getPID")).toBe(1);
  return daemon;
}

describe.each([
  ["PID 1", startPid1, "INFO"],
  ["a subreaper", startDaemon, "DEBG"],
])("as %s", (_title, start, level) => {
  test("reaps a hundred orphans, none is a zombie after a second, and each is logged where the reference has such, else for those who look closely", async () => {
    await using daemon = await start(
      `[program:maker]\ncommand=${fixture("orphan-maker")} 100\nstdout_logfile=NONE\nstderr_logfile=NONE\n${sleeper}`,
      { daemonKeys: "loglevel=debug\n" },
    );
    const line = new RegExp(`${level} reaped unknown pid \\d+ \\(exit status 3\\)`, "g");
    const reaped = (): number => daemon.log.match(line)?.length ?? 0;
    await until("100 orphans are reaped", () => reaped() >= 100);
    await until("no zombie is left", () => zombiesOf(daemon.pid).length === 0, 1_000);
    expect(reaped()).toBe(100);
    // The daemon's own children are still told apart from the others.
    process.kill(await hostPid(daemon, "a"), "SIGKILL");
    await daemon.logged(/exited: a \(terminated by SIGKILL; not expected\)/);
    await until("a lives again", async () => alive(await hostPid(daemon, "a")));
  });

  test.each(["SIGTERM", "SIGINT", "SIGQUIT"] as const)(
    "ends with code 0 on %s, with all its programs",
    async (signal) => {
      await using daemon = await start(sleeper);
      await daemon.reaches("a", "RUNNING");
      daemon.signal(signal);
      expect(await daemon.over()).toEqual({ code: 0, signal: null });
      await until("no process is left", () => processesWith(daemon.marker).length === 0, 1_000);
      expect(daemon.log).toContain(`WARN received ${signal} indicating exit request`);
      expect(existsSync(daemon.path("s.sock"))).toBe(false);
      expect(existsSync(daemon.path("s.pid"))).toBe(false);
    },
  );

  test("reads its program list again on SIGHUP, under the same pid", async () => {
    await using daemon = await start(sleeper);
    await daemon.reaches("a", "RUNNING");
    const before = await daemon.rpc("supervisor.getPID");
    writeFileSync(daemon.file, iniFile("[program:b]\ncommand=/bin/sleep 100000\nstartsecs=0\n"));
    daemon.signal("SIGHUP");
    await daemon.logged(/spawned: 'b'/);
    await daemon.reaches("b", "RUNNING");
    await expect(daemon.info("a")).rejects.toThrow("fault 10");
    expect(await daemon.rpc("supervisor.getPID")).toBe(before);
    expect(daemon.log).toContain("WARN received SIGHUP indicating restart request");
  });

  test("opens its logs anew on SIGUSR2", async () => {
    await using daemon = await start(sleeper);
    await daemon.reaches("a", "RUNNING");
    renameSync(daemon.path("s.log"), daemon.path("old.log"));
    renameSync(daemon.path("a.log"), daemon.path("old-a.log"));
    daemon.signal("SIGUSR2");
    for (const name of ["s.log", "a.log"]) await until(`${name} is there again`, () => existsSync(daemon.path(name)));
    expect(daemon.read("old.log")).toMatch(
      /received SIGUSR2 indicating log reopen request\n.*supervisord logreopen\n$/,
    );
    // And again, for the next life of the program.
    process.kill(await hostPid(daemon, "a"), "SIGKILL");
    await daemon.logged(/exited: a .*\n(.*\n)*.*spawned: 'a'/);
    renameSync(daemon.path("a.log"), daemon.path("old-a.log"));
    daemon.signal("SIGUSR2");
    await until("a.log is there a third time", () => existsSync(daemon.path("a.log")));
  });
});

describe("as PID 1", () => {
  test("stays up through signals that mean nothing to it", async () => {
    await using daemon = await startPid1(sleeper);
    await daemon.reaches("a", "RUNNING");
    for (const signal of ["SIGUSR1", "SIGPIPE", "SIGALRM", "SIGWINCH", "SIGCONT", "SIGVTALRM", "SIGIO"] as const)
      daemon.signal(signal);
    expect(await daemon.rpc("supervisor.getState")).toEqual({ statecode: 1, statename: "RUNNING" });
    expect((await daemon.info("a")).statename).toBe("RUNNING");
  });

  test("ends all that is left in its namespace when it ends, orphans too", async () => {
    await using daemon = await startPid1(
      "[program:leaver]\ncommand=/bin/sh -c 'setsid sleep 100000 & exec sleep 100000'\nstartsecs=0\n",
    );
    await until("the program has a child", () => processesWith(daemon.marker).length >= 3);
    daemon.signal("SIGTERM");
    expect(await daemon.over()).toEqual({ code: 0, signal: null });
    await until("no process is left", () => processesWith(daemon.marker).length === 0, 1_000);
  });
});

test("a Ctrl-C after SIGTERM kills stubborn programs at once", async () => {
  await using daemon = await startPid1(
    `[program:stubborn]\ncommand=${fixture("ignore-term")}\nstopwaitsecs=60\nstartsecs=0\nstdout_logfile=%(here)s/a.log\n`,
  );
  await until("the program ignores TERM", () => daemon.read("a.log") === "ready\n");
  daemon.signal("SIGTERM");
  await daemon.logged(/waiting for stubborn to die/);
  await daemon.hurry();
  expect(await daemon.over(3_000)).toEqual({ code: 0, signal: null });
  expect(daemon.log).toMatch(/stopped: stubborn \(terminated by SIGKILL\)/);
});

/** Process id, as this test sees it, of a program of a daemon that may live in another namespace. */
async function hostPid(daemon: TestDaemon, name: string): Promise<number> {
  const { pid } = await daemon.info(name);
  return daemon.outside(pid);
}
