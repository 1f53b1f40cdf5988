/** What programs leave behind: found wherever it has gone, ended before the next start, never called STOPPED while it lives. */
import { chmodSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { type DaemonOptions, newDirectory, startDaemon, type TestDaemon } from "../helpers/daemon.ts";
import { freePort } from "../helpers/port.ts";
import { alive, childrenOf, processesWith } from "../helpers/processes.ts";
import { until } from "../helpers/until.ts";

const statusOf = async (daemon: TestDaemon, name: string): Promise<string> =>
  (await daemon.ctl("status", name)).stdout.split(/\s+/)[1] ?? "";

const pidIn = (daemon: TestDaemon, file: string): Promise<number> =>
  until(`a pid in ${file}`, () => {
    try {
      return Number(daemon.read(file)) || null;
    } catch {
      return null;
    }
  });

/** A shell line that leaves a sleeper in a session of its own, without any of our variables if `bare`, and writes its pid. */
const fugitive = (file: string, { bare = false, deaf = false } = {}): string => {
  const inner = `${deaf ? 'trap "" TERM; ' : ""}echo $$ > ${file}; while :; do sleep 0.1; done`;
  return `setsid ${bare ? "env -i PATH=/usr/bin:/bin " : ""}sh -c '${inner}' &`;
};

/** A daemon whose program `a` runs the given shell script. */
async function startScript(text: string, keys: string, options: DaemonOptions = {}): Promise<TestDaemon> {
  const directory = newDirectory();
  chmodSync(directory, 0o777);
  const script = `#!/bin/sh\ncd "$(dirname "$0")"\n${text}\n`;
  writeFileSync(join(directory, "a.sh"), script, { mode: 0o755 });
  const daemon = await startDaemon(`[program:a]\ncommand=%(here)s/a.sh\nautostart=false\n${keys}`, {
    directory,
    ...options,
  });
  void daemon.ended.finally(() => rmSync(directory, { recursive: true, force: true }));
  return daemon;
}

describe("after an unexpected end", () => {
  test("the port that php-fpm's workers hold is free for the next master", async () => {
    const port = await freePort();
    await using daemon = await startDaemon(`[program:fpm]
command=/usr/sbin/php-fpm8.2 -F -y %(here)s/fpm.conf
autostart=false
autorestart=true
startsecs=1
stopsignal=QUIT`);
    const pool = "[global]\nerror_log=/dev/stderr\n[www]\nuser=nobody\ngroup=nogroup\npm=static\npm.max_children=3";
    writeFileSync(join(daemon.directory, "fpm.conf"), `${pool}\nlisten=127.0.0.1:${port}\n`);
    await daemon.ctl("start", "fpm");
    const master = await daemon.reaches("fpm", "RUNNING");
    const workers = await until("three workers", () => {
      const found = childrenOf(master).map(({ pid }) => pid);
      return found.length === 3 ? found : null;
    });
    process.kill(master, "SIGKILL");
    const next = await until("another master is RUNNING", async () => {
      const { pid, statename } = await daemon.info("fpm");
      return statename === "RUNNING" && pid !== master ? pid : null;
    });
    expect(workers.filter(alive)).toEqual([]);
    expect(alive(next)).toBe(true);
    expect(daemon.log).toMatch(/INFO ending what fpm left behind: \d+ \(php-fpm: pool www\)/);
    expect(daemon.log).not.toMatch(/Exited too quickly|BACKOFF|exit status 78/);
    // It writes its title over its environment: what cleans up after tests would not know it.
    await daemon.ctl("stop", "fpm");
  });

  test("nobody is started beside a descendant that does not want to go; it is killed after stopwaitsecs", async () => {
    await using daemon = await startScript(
      `${fugitive("kid.pid", { deaf: true })}\nwhile [ ! -s kid.pid ]; do sleep 0.05; done; sleep 0.3; kill -9 $$`,
      "autorestart=true\nstartsecs=0\nstopwaitsecs=1\nstartretries=0",
    );
    await daemon.ctl("start", "a");
    const kid = await pidIn(daemon, "kid.pid");
    await daemon.logged(/WARN sending SIGKILL to what a left behind/);
    const log = await daemon.logged(/spawned: 'a'(?:.|\n)*spawned: 'a'/);
    expect(log.indexOf("SIGKILL to what a left behind")).toBeLessThan(log.lastIndexOf("spawned: 'a'"));
    expect(alive(kid)).toBe(false);
  });
});

describe("after a stop", () => {
  test.each([
    ["a subreaper", []],
    ["PID 1 of a namespace", ["unshare", "--pid", "--fork", "--mount-proc"]],
    ["an ordinary user", ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"]],
  ])(
    "as %s: STOPPING, not STOPPED, while one that left the session lives; that is ended after the grace",
    async (_, wrap) => {
      const keys = "startsecs=0\nstopwaitsecs=3";
      await using daemon = await startScript(`${fugitive("kid.pid")}\nexec sleep 1000`, keys, { wrap });
      await daemon.ctl("start", "a");
      const kid = daemon.outside(await pidIn(daemon, "kid.pid"));
      expect((await daemon.ctl("stop", "a")).stdout).toBe("a: stopped\n");
      expect([await statusOf(daemon, "a"), alive(kid)]).toEqual(["STOPPING", true]);
      await daemon.reaches("a", "STOPPED");
      expect(alive(kid)).toBe(false);
    },
  );

  test("one that has also thrown away its environment is found all the same", async () => {
    await using daemon = await startScript(
      `${fugitive("kid.pid", { bare: true })}\nexec sleep 1000`,
      "startsecs=0\nstopwaitsecs=1",
    );
    await daemon.ctl("start", "a");
    const kid = await pidIn(daemon, "kid.pid");
    await daemon.ctl("stop", "a");
    await daemon.reaches("a", "STOPPED");
    expect(alive(kid)).toBe(false);
  });

  test("a start or a restart that is asked for does not wait for the grace", async () => {
    await using daemon = await startScript(`${fugitive("kid.pid")}\nexec sleep 1000`, "startsecs=0\nstopwaitsecs=30");
    await daemon.ctl("start", "a");
    const kid = await pidIn(daemon, "kid.pid");
    const begin = performance.now();
    expect((await daemon.ctl("restart", "a")).stdout).toBe("a: stopped\na: started\n");
    expect(performance.now() - begin).toBeLessThan(5000);
    expect(alive(kid)).toBe(false);
  });

  test("update replaces a program only when nothing of the old one is left", async () => {
    await using daemon = await startScript(`${fugitive("kid.pid")}\nexec sleep 1000`, "startsecs=0\nstopwaitsecs=30");
    await daemon.ctl("start", "a");
    const kid = await pidIn(daemon, "kid.pid");
    writeFileSync(
      daemon.file,
      `${daemon.read("s.conf").replace("autostart=false", "autostart=true")}\nenvironment=A=1\n`,
    );
    expect((await daemon.ctl("update")).stdout).toMatch(/^a: stopped\na: updated process group\n$/m);
    await daemon.reaches("a", "RUNNING");
    expect(alive(kid)).toBe(false);
  });
});

test("a command that has put a service into the background and ended as expected leaves it there", async () => {
  await using daemon = await startScript(fugitive("kid.pid"), "startsecs=0\nautorestart=false");
  await daemon.ctl("start", "a");
  const kid = await pidIn(daemon, "kid.pid");
  await daemon.reaches("a", "EXITED");
  expect(alive(kid)).toBe(true);
});

test("what somebody else has left to PID 1 is not touched", async () => {
  await using daemon = await startDaemon("[program:a]\ncommand=sleep 1000\nautorestart=true", {
    wrap: ["sh", "-c", 'sleep 999 & exec "$@"', "sh"],
  });
  const { pid } = await daemon.info("a");
  const others = processesWith(daemon.marker).length;
  process.kill(pid, "SIGKILL");
  await until("another one", async () => ![0, pid].includes((await daemon.info("a")).pid));
  expect(processesWith(daemon.marker).length).toBe(others);
});

test("nothing is left when the daemon has ended, and it does not take the grace of each", async () => {
  await using daemon = await startScript(`${fugitive("kid.pid")}\nexec sleep 1000`, "startsecs=0\nstopwaitsecs=30");
  await daemon.ctl("start", "a");
  const kid = await pidIn(daemon, "kid.pid");
  const begin = performance.now();
  daemon.signal("SIGTERM");
  expect(await daemon.over()).toEqual({ code: 0, signal: null });
  expect(performance.now() - begin).toBeLessThan(5000);
  expect(alive(kid)).toBe(false);
});
