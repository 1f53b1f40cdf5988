/**
 * Event listeners that flood, hang, die or never read: none of them costs the daemon memory, delays its answers, or
 * keeps events from others.
 */
import { execFileSync } from "node:child_process";
import { createWriteStream, existsSync } from "node:fs";
import { setTimeout as delay } from "node:timers/promises";
import { describe, expect, test } from "vitest";
import { fixture, startDaemon, type TestDaemon } from "../helpers/daemon.ts";
import { heard, texts } from "../helpers/listener.ts";
import { anonymousBytes } from "../helpers/processes.ts";
import { until } from "../helpers/until.ts";

const MB = 1024 * 1024;
const good = `[eventlistener:good]
command=${fixture("childutils-listener")} %(here)s/good
events=REMOTE_COMMUNICATION
startsecs=0
buffer_size=1000
`;

const remote = (daemon: TestDaemon, data: string): Promise<unknown> =>
  daemon.rpc("supervisor.sendRemoteCommEvent", "n", data);

interface Strain {
  /** How long the daemon took to answer, each time it was asked, in rising order. */
  readonly answersMs: readonly number[];
  /** Memory that the daemon needed at most beyond what it had before. */
  readonly grownBytes: number;
}

/** Asks and measures the daemon, every 10 ms, until `done`; sends an event with each question. */
async function watch(daemon: TestDaemon, done: () => boolean, limitMs = 60_000): Promise<Strain & { sent: number }> {
  const before = anonymousBytes(daemon.pid);
  const answersMs: number[] = [];
  const deadline = performance.now() + limitMs;
  let most = before;
  let sent = 0;
  while (!done()) {
    if (performance.now() > deadline) throw new Error(`not done within ${limitMs} ms`);
    const begin = performance.now();
    await daemon.rpc("supervisor.getAllProcessInfo");
    answersMs.push(performance.now() - begin);
    most = Math.max(most, anonymousBytes(daemon.pid));
    if (sent < 500) await remote(daemon, String(sent++));
    await delay(10);
  }
  return { answersMs: answersMs.sort((a, b) => a - b), grownBytes: most - before, sent };
}

/** Far from a stall, and from the size of the flood, also on a busy machine. */
function expectEasy({ answersMs, grownBytes }: Strain): void {
  expect(answersMs[Math.floor(answersMs.length / 2)]).toBeLessThan(100);
  expect(answersMs.at(-1)).toBeLessThan(2_000);
  expect(grownBytes).toBeLessThan(30 * MB);
}

const numbers = (count: number): string[] => Array.from({ length: count }, (_, index) => `type:n\n${index}`);

describe("a listener that floods", () => {
  test.each([
    ["before it is ready", "early", "NONE"],
    ["when it should wait", "ready", "%(here)s/noise.log"],
    ["as an answer without end", "result", "NONE"],
  ])("%s, with 100 MB, is not heard, and nobody else notices", async (_title, when, log) => {
    await using daemon = await startDaemon(`${good}
[eventlistener:noisy]
command=${fixture("noisy-listener")} ${when} 100 %(here)s/done
events=REMOTE_COMMUNICATION
startsecs=0
autostart=false
stdout_logfile=${log}
stdout_logfile_maxbytes=10MB
stdout_logfile_backups=1`);
    await daemon.reaches("good", "RUNNING");
    await remote(daemon, "first");
    await until("the good one hears", () => heard(daemon, "good").length === 1);
    await daemon.rpc("supervisor.startProcess", "noisy");
    const strain = await watch(daemon, () => existsSync(daemon.path("done")));
    expectEasy(strain);
    await until("every event is heard", () => heard(daemon, "good").length > strain.sent);
    expect(texts(daemon, "good").slice(1)).toEqual(numbers(strain.sent));
    if (when !== "result") await daemon.logged(/noisy: has entered the UNKNOWN state/);
    expect((await daemon.info("noisy")).statename).toBe("RUNNING");
    await daemon.rpc("supervisor.stopProcess", "noisy");
    expect((await daemon.info("noisy")).statename).toBe("STOPPED");
  });

  test("its stderr is logged in full, and nobody else notices", async () => {
    await using daemon = await startDaemon(`${good}
[eventlistener:noisy]
command=/bin/sh -c 'echo READY; head -c 104857600 /dev/zero >&2; echo > done; exec sleep 1000'
directory=%(here)s
events=PROCESS_STATE
startsecs=0
autostart=false
stderr_logfile=%(here)s/noise.err
stderr_logfile_maxbytes=0`);
    await daemon.reaches("good", "RUNNING");
    await daemon.rpc("supervisor.startProcess", "noisy");
    const strain = await watch(daemon, () => existsSync(daemon.path("done")));
    expectEasy(strain);
    await until("every event is heard", () => heard(daemon, "good").length >= strain.sent);
    expect(texts(daemon, "good")).toEqual(numbers(strain.sent));
    await until(
      "the log is complete",
      () => execFileSync("stat", ["-c%s", daemon.path("noise.err")]).toString() === "104857600\n",
    );
  });
});

describe("a listener that hangs", () => {
  test("keeps its own pool waiting only as long as no other process of it is ready", async () => {
    const hangs = `${fixture("childutils-listener")} %(here)s/events.%(process_num)d hang`;
    await using daemon = await startDaemon(`${good}
[eventlistener:slow]
command=/bin/sh -c 'if [ %(process_num)d = 0 ]; then exec ${hangs}; else exec ${fixture("childutils-listener")} %(here)s/events.1; fi'
process_name=%(program_name)s_%(process_num)d
numprocs=2
events=REMOTE_COMMUNICATION
startsecs=0
buffer_size=100
[eventlistener:stuck]
command=${fixture("childutils-listener")} %(here)s/stuck hang
events=REMOTE_COMMUNICATION
startsecs=0
buffer_size=5`);
    for (const name of ["good", "slow:slow_0", "slow:slow_1", "stuck"]) await daemon.reaches(name, "RUNNING");
    await remote(daemon, "0");
    await until("it hangs", () => heard(daemon, "stuck").length === 1);
    for (let n = 1; n < 50; n++) await remote(daemon, String(n));
    await until("the good one has all", () => heard(daemon, "good").length === 50);
    expect(texts(daemon, "good")).toEqual(numbers(50));
    const slow = () => [...texts(daemon, "events.0"), ...texts(daemon, "events.1")];
    await until(
      "the pool of two has all, one of them perhaps in the hands of the hanging one",
      () => slow().length === 50,
    );
    expect(slow().sort()).toEqual(numbers(50).sort());
    expect(texts(daemon, "events.0").length).toBeLessThanOrEqual(1);
    expect(texts(daemon, "stuck")).toEqual(["type:n\n0"]);
    const dropped = (): number => daemon.log.match(/pool stuck event buffer overflowed/g)?.length ?? 0;
    await until("what did not fit is dropped", () => dropped() >= 44);
    expect(dropped()).toBe(44);
    // Killed, it gives back what it held, which its next life is sent first.
    process.kill((await daemon.info("stuck")).pid, "SIGKILL");
    await until("the next life hears", () => heard(daemon, "stuck").length >= 2);
    expect(texts(daemon, "stuck")[1]).toBe("type:n\n0");
  });

  test("is ended by stop and by shutdown like any program", async () => {
    await using daemon = await startDaemon(`[eventlistener:stuck]
command=${fixture("childutils-listener")} %(here)s/stuck hang
events=REMOTE_COMMUNICATION
startsecs=0`);
    await daemon.reaches("stuck", "RUNNING");
    await remote(daemon, "0");
    await until("it hangs", () => heard(daemon, "stuck").length === 1);
    await daemon.rpc("supervisor.stopProcess", "stuck");
    expect((await daemon.info("stuck")).statename).toBe("STOPPED");
    await daemon.rpc("supervisor.startProcess", "stuck");
    await until("it hangs again", () => heard(daemon, "stuck").length === 2);
    const begin = performance.now();
    await daemon.rpc("supervisor.shutdown");
    expect(await daemon.over()).toEqual({ code: 0, signal: null });
    expect(performance.now() - begin).toBeLessThan(5_000);
  });
});

test("a listener that never reads its stdin fills a bounded queue, and everybody else is served", async () => {
  await using daemon = await startDaemon(`${good}
[eventlistener:unread]
command=${fixture("unread-listener")} %(here)s/fifo
events=REMOTE_COMMUNICATION
startsecs=0
autostart=false
buffer_size=3`);
  await daemon.reaches("good", "RUNNING");
  execFileSync("mkfifo", [daemon.path("fifo")]);
  await daemon.rpc("supervisor.startProcess", "unread");
  const accept = createWriteStream(daemon.path("fifo"));
  try {
    const before = anonymousBytes(daemon.pid);
    const event = "x".repeat(500_000);
    for (let n = 0; n < 40; n++) {
      await remote(daemon, event);
      accept.write("\n");
      await daemon.rpc("supervisor.getState");
      await until("the good one hears", () => heard(daemon, "good").length === n + 1);
    }
    await daemon.logged(/pool unread event buffer overflowed, discarding event \d+/);
    expect(anonymousBytes(daemon.pid) - before).toBeLessThan(60 * MB);
    expect(heard(daemon, "good").every(({ payload }) => payload === `type:n\n${event}`)).toBe(true);
    expect(await daemon.rpc("supervisor.stopProcess", "unread")).toBe(true);
  } finally {
    accept.destroy();
  }
});

test("listeners that die at every event are started again and again, and nobody else waits", async () => {
  await using daemon = await startDaemon(`${good}
[eventlistener:mortal]
command=${fixture("childutils-listener")} %(here)s/mortal die
events=REMOTE_COMMUNICATION
startsecs=0
buffer_size=1000`);
  await daemon.reaches("mortal", "RUNNING");
  const lives = () => new Set(heard(daemon, "mortal").map(({ pid }) => pid)).size;
  await remote(daemon, "first");
  const strain = await watch(daemon, () => lives() >= 10);
  expectEasy(strain);
  await until("every event is heard", () => heard(daemon, "good").length > strain.sent);
  expect(texts(daemon, "good").slice(1)).toEqual(numbers(strain.sent));
  expect(texts(daemon, "mortal").every((text) => text === "type:n\nfirst")).toBe(true);
});
