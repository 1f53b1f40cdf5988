/** Programs that are restarted when their files change: once, one copy after the other, and not for ever. */
import { mkdirSync, readdirSync, readlinkSync, renameSync, writeFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { startDaemon, type TestDaemon } from "../helpers/daemon.ts";
import { until } from "../helpers/until.ts";

const quick = "startsecs=0\nwatch=%(here)s/src\nwatch_debounce=50ms\n";
const sleeper = `[program:a]\ncommand=sleep 1000\n${quick}`;

/** Makes the folder that is watched, and waits until it is. */
async function watched(daemon: TestDaemon): Promise<void> {
  mkdirSync(daemon.path("src"), { recursive: true });
  let count = 0;
  const probe = () => {
    writeFileSync(daemon.path("src/probe"), String(count++));
    return /src(\/probe)? has changed/.test(daemon.log);
  };
  await until("the folder is watched", probe, 10_000, 200);
  // The restart for that is over.
  await settled(daemon);
}

const restarts = (daemon: TestDaemon): number => daemon.log.match(/restarting \S+: \S+ has changed/g)?.length ?? 0;

/** No restart has come for a while. */
async function settled(daemon: TestDaemon): Promise<number> {
  let last = { count: restarts(daemon), at: performance.now() };
  await until("restarts are over", () => {
    const count = restarts(daemon);
    if (count !== last.count) last = { count, at: performance.now() };
    return performance.now() - last.at > 400;
  });
  return last.count;
}

describe("a program with watch=", () => {
  test("is restarted once for many changes, and says which came first", async () => {
    await using daemon = await startDaemon(sleeper);
    await watched(daemon);
    const before = restarts(daemon);
    const pid = await daemon.reaches("a", "RUNNING");
    for (const name of ["x.js", "y.js", "z.js"]) writeFileSync(daemon.path(`src/${name}`), "1");
    await daemon.logged(/restarting a: \S+\/src\/x\.js has changed/);
    await settled(daemon);
    expect(restarts(daemon)).toBe(before + 1);
    expect(await daemon.reaches("a", "RUNNING")).not.toBe(pid);
    expect((await daemon.ctl("why", "a")).stdout).toMatch(/x\.js has changed/);
  });

  test("sees an editor that replaces the file, and what is ignored is not seen", async () => {
    await using daemon = await startDaemon(`${sleeper}watch_ignore=*.tmp, out/\n`);
    await watched(daemon);
    const before = restarts(daemon);
    mkdirSync(daemon.path("src/out"));
    writeFileSync(daemon.path("src/out/x"), "1");
    writeFileSync(daemon.path("src/probe.tmp"), "1");
    expect(await settled(daemon)).toBe(before);
    renameSync(daemon.path("src/probe.tmp"), daemon.path("src/probe"));
    await until("it is restarted", () => restarts(daemon) === before + 1);
  });

  test("is not restarted by its own logs or the daemon's in the folder", async () => {
    await using daemon = await startDaemon(
      `[program:a]\ncommand=/bin/sh -c 'while :; do echo out; echo err >&2; sleep 0.02; done'\nstartsecs=0
watch=%(here)s\nwatch_debounce=50ms\nstdout_logfile=%(here)s/a.out\nstdout_logfile_maxbytes=100\nstdout_logfile_backups=3\n`,
      { daemonKeys: "loglevel=debug\n" },
    );
    await until("logs are rotated", () => daemon.read("a.out.3").length > 0);
    expect(await settled(daemon)).toBe(0);
    writeFileSync(daemon.path("x.js"), "1");
    await daemon.logged(/restarting a: \S+\/x\.js has changed/);
  });

  test("stays stopped when somebody has stopped it", async () => {
    await using daemon = await startDaemon(`${sleeper}[program:b]\ncommand=sleep 1000\n${quick}`);
    await watched(daemon);
    await daemon.ctl("stop", "a");
    const before = restarts(daemon);
    writeFileSync(daemon.path("src/x.js"), "1");
    await until("b is restarted", () => restarts(daemon) === before + 1);
    await settled(daemon);
    expect((await daemon.info("a")).statename).toBe("STOPPED");
  });

  test("that could not be started is tried again", async () => {
    await using daemon = await startDaemon(
      `[program:a]\ncommand=/bin/sh -c 'test -e src/fixed && exec sleep 1000'\nautorestart=false\n${quick.replace("=0", "=1")}startretries=0\ndirectory=%(here)s\n`,
    );
    await daemon.reaches("a", "FATAL");
    mkdirSync(daemon.path("src"));
    await daemon.logged(/starting a: \S+\/src has changed/);
    await daemon.reaches("a", "FATAL");
    writeFileSync(daemon.path("src/fixed"), "");
    await daemon.reaches("a", "RUNNING");
  });

  test("has its copies restarted one after the other", async () => {
    await using daemon = await startDaemon(
      `[program:w]\ncommand=sleep 1000\nnumprocs=3\nprocess_name=w%(process_num)d\n${quick.replace("startsecs=0", "startsecs=1")}`,
    );
    await until("all run", async () => (await daemon.ctl("status")).stdout.match(/RUNNING/g)?.length === 3);
    mkdirSync(daemon.path("src"));
    await until("all are restarted", () => daemon.log.match(/success: w/g)?.length === 6, 15_000);
    const steps = [...daemon.log.matchAll(/(restarting|success:) (w\d)/g)].map(([, what, who]) => `${what} ${who}`);
    const first = (who: string) => [`restarting ${who}`, `success: ${who}`];
    expect(steps.slice(3)).toEqual(["w0", "w1", "w2"].flatMap(first));
  });
});

test("a program that changes its own files at each start is left alone after ten restarts, with one warning", async () => {
  await using daemon = await startDaemon(
    `[program:a]\ncommand=/bin/sh -c 'mkdir -p src; date +%%N > src/cache; exec sleep 1000'\ndirectory=%(here)s\n${quick}`,
  );
  await watched(daemon);
  await daemon.logged(/WARN watch of a is paused: \S+ has changed soon after each of its last 10 restarts/, 20_000);
  expect(await settled(daemon)).toBe(10);
  expect(daemon.log.match(/WARN watch/g)).toHaveLength(1);
  await daemon.ctl("restart", "a");
  await daemon.logged(/INFO watch of a goes on/);
  writeFileSync(daemon.path("src/x.js"), "1");
  await until("it is watched again", () => restarts(daemon) > 10);
});

test("without a key that asks for it nothing is watched", async () => {
  const inotify = (daemon: TestDaemon) =>
    readdirSync(`/proc/${daemon.pid}/fd`).filter((fd) => {
      try {
        return readlinkSync(`/proc/${daemon.pid}/fd/${fd}`).includes("inotify");
      } catch {
        return false;
      }
    }).length;
  await using plain = await startDaemon("[program:a]\ncommand=sleep 1000\nstartsecs=0\n");
  await plain.reaches("a", "RUNNING");
  expect(inotify(plain)).toBe(0);
  await using asked = await startDaemon(sleeper);
  await until("it watches", () => inotify(asked) === 1);
});
