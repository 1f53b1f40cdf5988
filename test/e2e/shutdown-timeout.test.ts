/** One deadline for the whole end: who is late is killed and named, and nobody is killed who is not. */
import { describe, expect, test } from "vitest";
import { startDaemon, type TestDaemon } from "../helpers/daemon.ts";
import { processesWith } from "../helpers/processes.ts";
import { until } from "../helpers/until.ts";

const isRoot = process.getuid?.() === 0;
const asPid1 = ["unshare", ...(isRoot ? [] : ["--map-root-user"]), "--pid", "--fork", "--mount-proc", "--kill-child"];

const deaf = (name: string, keys = ""): string =>
  `[program:${name}]\ncommand=/bin/sh -c 'trap "" TERM; echo up; while :; do sleep 0.05; done'\n` +
  `startsecs=0\nready_log=up\nstopwaitsecs=60\nkillasgroup=true\n${keys}\n`;
const slow = (name: string, ms: number, keys = ""): string =>
  `[program:${name}]\ncommand=/bin/sh -c 'trap "sleep ${ms / 1000}; exit 0" TERM; echo up; while :; do sleep 0.02; done'\n` +
  `startsecs=0\nready_log=up\n${keys}\n`;

/** Everybody hears TERM by now. */
const allUp = (daemon: TestDaemon, ...names: string[]): Promise<unknown> =>
  until("all are ready", () => names.every((name) => new RegExp(`INFO ready: ${name}`).test(daemon.log)));

async function timed(daemon: TestDaemon): Promise<number> {
  const before = performance.now();
  daemon.signal("SIGTERM");
  expect(await daemon.over()).toEqual({ code: 0, signal: null });
  return performance.now() - before;
}

describe("shutdown_timeout", () => {
  test("is shared by the steps of the order, and the line names who was killed after how long", async () => {
    await using daemon = await startDaemon(
      deaf("db") + deaf("web", "depends_on=db:healthy") + slow("last", 50, "priority=1"),
      { wrap: asPid1, daemonKeys: "shutdown_timeout=2s\n" },
    );
    await allUp(daemon, "db", "web", "last");
    const took = await timed(daemon);
    expect(took).toBeGreaterThan(1500);
    expect(took).toBeLessThan(3000);
    const line = /WARN shutdown_timeout=2s: killed web after ([\d.]+m?s), db after ([\d.]+m?s)\n/.exec(daemon.log);
    // 60, 60 and 10 seconds of stopwaitsecs share two.
    for (const text of [line?.[1], line?.[2]]) {
      const ms = Number.parseFloat(text ?? "") * (text?.endsWith("ms") ? 1 : 1000);
      expect(ms).toBeGreaterThan(800);
      expect(ms).toBeLessThan(1300);
    }
    expect(daemon.log).toMatch(/stopped: last \(exit status 0\)/);
  });

  test("kills nobody while there is time enough for all, and takes no longer than they do", async () => {
    await using daemon = await startDaemon(
      slow("db", 400, "stopwaitsecs=2") + slow("web", 400, "stopwaitsecs=2\ndepends_on=db:healthy"),
      { daemonKeys: "shutdown_timeout=5s\n" },
    );
    await allUp(daemon, "db", "web");
    expect(await timed(daemon)).toBeLessThan(2000);
    expect(daemon.log).not.toContain("SIGKILL");
    expect(daemon.log).not.toContain("shutdown_timeout");
  });

  test("holds for what a program leaves behind, too", async () => {
    await using daemon = await startDaemon(
      "[program:a]\ncommand=/bin/sh -c 'setsid sh -c \"trap : TERM; echo up; while :; do sleep 0.05; done\" & exec sleep 1000'\n" +
        "startsecs=0\nready_log=up\nstopwaitsecs=30\n",
      { daemonKeys: "shutdown_timeout=600ms\n" },
    );
    await allUp(daemon, "a");
    expect(await timed(daemon)).toBeLessThan(1600);
    expect(daemon.log).toMatch(/shutdown_timeout=600ms: killed what a left behind after 6\d\dms/);
    await until("no process is left", () => processesWith(daemon.marker).length === 0, 1_000);
  });

  test("does not hold for SIGHUP, but from the moment when that becomes an end", async () => {
    await using daemon = await startDaemon(deaf("a"), { daemonKeys: "shutdown_timeout=300ms\n" });
    await allUp(daemon, "a");
    daemon.signal("SIGHUP");
    await daemon.logged(/waiting for a to die/);
    await new Promise((resolve) => setTimeout(resolve, 500));
    expect(daemon.log).not.toContain("SIGKILL");
    expect(await timed(daemon)).toBeLessThan(1500);
    expect(daemon.log).toMatch(/shutdown_timeout=300ms: killed a after \S+\n/);
  });
});

test("a Ctrl-C after SIGTERM also ends at once what was left behind", async () => {
  await using daemon = await startDaemon(
    '[program:a]\ncommand=/bin/sh -c \'trap "" TERM; setsid sh -c "echo up; while :; do sleep 0.05; done" & while :; do sleep 0.05; done\'\n' +
      "startsecs=0\nready_log=up\nstopwaitsecs=60\n",
  );
  await allUp(daemon, "a");
  daemon.signal("SIGTERM");
  await daemon.logged(/waiting for a to die/);
  await daemon.hurry();
  expect(await daemon.over(3000)).toEqual({ code: 0, signal: null });
  await until("no process is left", () => processesWith(daemon.marker).length === 0, 1_000);
});
