import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, describe, expect, test } from "vitest";
import { type RunningSupervisor, startSupervisor } from "../helpers/supervisor.ts";
import { until } from "../helpers/until.ts";

let running: RunningSupervisor | null = null;
afterEach(async () => {
  await running?.end();
  running = null;
});

async function start(programs: string) {
  running = await startSupervisor(programs);
  const { supervisor, events } = running;
  const named = (name: string) => ({ group: name, name });
  return {
    ...running,
    start: (name: string) => supervisor.start(named(name), true),
    stop: (name: string) => supervisor.stop(named(name), true),
    state: (name: string) => supervisor.process(named(name))?.state,
    pid: (name: string) => supervisor.process(named(name))?.pid ?? 0,
    /** The states a process went through. */
    trail: (name: string) =>
      events.flatMap(({ event }) => (event.type === "process-state" && event.process === name ? [event.to] : [])),
    log: () => readFileSync(join(running?.directory ?? "", "s.log"), "utf8"),
  };
}
const sleeper = "command=/bin/sleep 1000\nstartsecs=0\n";

describe("starting", () => {
  test("with startsecs=0 a program is RUNNING when the start returns", async () => {
    const d = await start(`[program:a]\nautostart=false\n${sleeper}`);
    await d.start("a");
    expect(d.trail("a")).toEqual(["STARTING", "RUNNING"]);
    expect(d.pid("a")).toBeGreaterThan(1);
  });

  test("a start waits for startsecs, and is refused while it runs", async () => {
    const d = await start("[program:a]\nautostart=false\ncommand=/bin/sleep 1000\nstartsecs=1\n");
    const before = performance.now();
    const started = d.start("a");
    await expect(d.start("a")).rejects.toThrow("ALREADY_STARTED: a");
    await started;
    expect(performance.now() - before).toBeGreaterThan(990);
  });

  test("a program that cannot be found, run or kept is refused in its own way", async () => {
    const d = await start(
      "[program:none]\nautostart=false\ncommand=/no/such\n[program:dir]\nautostart=false\ncommand=/etc\n" +
        "[program:dies]\nautostart=false\ncommand=/bin/false\nstartretries=0\n",
    );
    await expect(d.start("none")).rejects.toThrow("NO_FILE: can't find command '/no/such'");
    await expect(d.start("dir")).rejects.toThrow("NOT_EXECUTABLE: command at '/etc' is a directory");
    await expect(d.start("dies")).rejects.toThrow("SPAWN_ERROR: dies");
    expect(d.state("dies")).toBe("FATAL");
  });

  test("a start asked for while stopping happens after the stop", async () => {
    const d = await start(
      "[program:slow]\ncommand=/bin/sh -c 'trap \"sleep 0.3; exit 0\" TERM; echo up; while :; do sleep 0.05; done'\nstartsecs=0\n",
    );
    await until("slow is up", () => d.supervisor.log({ group: "slow", name: "slow" }, "stdout")?.size());
    const stopped = d.supervisor.stop({ group: "slow", name: "slow" }, false);
    await stopped;
    await expect(d.stop("slow")).rejects.toThrow("NOT_RUNNING: slow");
    await d.start("slow");
    expect(d.trail("slow")).toEqual(["STARTING", "RUNNING", "STOPPING", "STOPPED", "STARTING", "RUNNING"]);
  });

  test("what is stopping already is refused a stop, unless that takes back a start", async () => {
    const d = await start(
      "[program:slow]\ncommand=/bin/sh -c 'trap \"sleep 0.3; exit 0\" TERM; echo up; while :; do sleep 0.05; done'\nstartsecs=0\n",
    );
    await until("slow is up", () => d.supervisor.log({ group: "slow", name: "slow" }, "stdout")?.size());
    await d.supervisor.stop({ group: "slow", name: "slow" }, false);
    await expect(d.stop("slow")).rejects.toThrow("NOT_RUNNING: slow");
    const started = expect(d.start("slow")).rejects.toThrow("ABNORMAL_TERMINATION");
    await d.stop("slow");
    await started;
    expect(d.trail("slow")).toEqual(["STARTING", "RUNNING", "STOPPING", "STOPPED"]);
  });
});

describe("restarting", () => {
  test("a killed program is running again within 20 ms", async () => {
    const d = await start(`[program:a]\nautorestart=true\n${sleeper}`);
    const delays: number[] = [];
    for (let kill = 0; kill < 5; kill++) {
      const pid = d.pid("a");
      const before = performance.now();
      process.kill(pid, "SIGKILL");
      await until("a runs again", () => d.pid("a") !== pid && d.state("a") === "RUNNING", 5000);
      const again = d.events.findLast(({ event }) => event.type === "process-state" && event.to === "RUNNING");
      delays.push((again?.at ?? Number.NaN) - before);
    }
    expect(Math.min(...delays)).toBeLessThan(20);
  });

  test("a crash loop with startsecs=0 does not spin", async () => {
    const d = await start("[program:a]\ncommand=/bin/false\nautorestart=true\nstartsecs=0\n");
    await until("six lives", () => d.trail("a").length >= 3 * 6, 5000);
    const before = d.trail("a").length;
    await new Promise((resolve) => setTimeout(resolve, 1500));
    expect(d.trail("a").length - before).toBeLessThanOrEqual(3 * 3);
  });

  test("a program that cannot be started is tried again and given up", async () => {
    const d = await start("[program:a]\ncommand=/no/such\nstartretries=1\n");
    await until("a is FATAL", () => d.state("a") === "FATAL");
    expect(d.trail("a")).toEqual(["STARTING", "BACKOFF", "STARTING", "BACKOFF", "FATAL"]);
  });
});

describe("ending", () => {
  test("ten programs that end at once are stopped in a fraction of the ten seconds that a tick each would take, whatever their priorities", async () => {
    const programs = Array.from({ length: 10 }, (_, n) => `[program:p${n}]\npriority=${n}\n${sleeper}`).join("");
    const d = await start(programs);
    await until("all run", () => d.supervisor.processes().every(({ state }) => state === "RUNNING"), 5000);
    const before = performance.now();
    await running?.stop();
    expect(performance.now() - before).toBeLessThan(2000);
    const order = d.events.flatMap(({ event }) =>
      event.type === "process-state" && event.to === "STOPPED" ? [event.process] : [],
    );
    expect(order).toEqual(Array.from({ length: 10 }, (_, n) => `p${9 - n}`));
  });

  test("a stop while stopping takes back the start that was to follow", async () => {
    const d = await start(
      "[program:slow]\ncommand=/bin/sh -c 'trap \"sleep 0.3; exit 0\" TERM; echo up; while :; do sleep 0.05; done'\nstartsecs=0\n",
    );
    await until("slow is up", () => d.supervisor.log({ group: "slow", name: "slow" }, "stdout")?.size());
    await d.supervisor.stop({ group: "slow", name: "slow" }, false);
    await d.supervisor.start({ group: "slow", name: "slow" }, false);
    await d.stop("slow");
    expect(d.trail("slow")).toEqual(["STARTING", "RUNNING", "STOPPING", "STOPPED"]);
  });

  test("with stopwaitsecs=0 it is said who is waited for before it is killed", async () => {
    const d = await start(
      `[program:a]\ncommand=/bin/sh -c 'trap "" TERM; echo up; while :; do sleep 0.05; done'\nstopwaitsecs=0\nstartsecs=0\n`,
    );
    await until("a is up", () => d.supervisor.log({ group: "a", name: "a" }, "stdout")?.size());
    await d.stop("a");
    const told = [...d.log().matchAll(/(waiting for a to stop|killing 'a'|stopped: a)/g)].map(([line]) => line);
    expect(told).toEqual(["waiting for a to stop", "killing 'a'", "stopped: a"]);
  });

  test("nothing is started any more, and what waits for a retry is given up", async () => {
    const d = await start(
      `[program:last]\npriority=999\ncommand=/bin/sh -c 'trap "" TERM; echo up; while :; do sleep 0.05; done'\nstopwaitsecs=1\nstartsecs=0\n` +
        `[program:first]\npriority=1\nautorestart=true\n${sleeper}[program:retrying]\npriority=1\ncommand=/bin/false\nstartretries=9\n`,
    );
    await until("last is up", () => d.supervisor.log({ group: "last", name: "last" }, "stdout")?.size());
    await until("retrying is BACKOFF", () => d.state("retrying") === "BACKOFF");
    const stopping = running?.stop();
    process.kill(d.pid("first"), "SIGKILL");
    await stopping;
    expect(d.trail("first").at(-1)).toBe("EXITED");
    expect(d.trail("retrying").slice(-2)).toEqual(["BACKOFF", "FATAL"]);
    expect(d.trail("last").at(-1)).toBe("STOPPED");
  });
});

describe("rereading", () => {
  test("settings are those in use until the list is read again, and of a group that is added then", async () => {
    const d = await start(`[program:a]\n${sleeper}`);
    const told = () => d.supervisor.configured().map(({ inUse, isAsActive }) => [inUse, isAsActive]);
    expect(told()).toEqual([[true, true]]);
    d.write(`[program:a]\n${sleeper}[program:b]\nautostart=false\n${sleeper}`);
    await d.supervisor.reread();
    expect(told()).toEqual([
      [true, false],
      [false, false],
    ]);
    d.supervisor.addGroup("b");
    expect(told()).toEqual([
      [true, false],
      [true, true],
    ]);
  });

  test("the new list is compared with what is active, and applied by adding and removing groups", async () => {
    const d = await start(`[program:stays]\n${sleeper}[program:changes]\n${sleeper}[program:leaves]\n${sleeper}`);
    d.write(`[program:stays]\n${sleeper}[program:changes]\nstopwaitsecs=3\n${sleeper}[program:arrives]\n${sleeper}`);
    expect(await d.supervisor.reread()).toEqual({ added: ["arrives"], changed: ["changes"], removed: ["leaves"] });
    expect(() => d.supervisor.removeGroup("leaves")).toThrow("STILL_RUNNING: leaves");
    await d.stop("leaves");
    d.supervisor.removeGroup("leaves");
    d.supervisor.addGroup("arrives");
    expect(d.supervisor.processes().map(({ name }) => name)).toEqual(["arrives", "changes", "stays"]);
    expect(() => d.supervisor.addGroup("stays")).toThrow("ALREADY_ADDED: stays");
  });

  test("of equal priority the groups start by name, and those that came or changed later behind them", async () => {
    const list = (change: string) =>
      ["a", "b", "c", "d"].map((name) => `[program:${name}]\nautostart=false\n${sleeper}${name === "a" ? change : ""}`);
    const first = `[program:z]\npriority=1\nautostart=false\n${sleeper}`;
    const d = await start(list("").join("") + first);
    const order = () => d.supervisor.inStartOrder().map(({ name }) => name);
    expect(order()).toEqual(["z", "a", "b", "c", "d"]);
    d.supervisor.removeGroup("b");
    d.supervisor.addGroup("b");
    expect(order()).toEqual(["z", "a", "c", "d", "b"]);
    d.write(list("stopwaitsecs=3\n").join("") + first);
    await d.supervisor.reread();
    await d.supervisor.updateGroup("a");
    expect(order()).toEqual(["z", "c", "d", "b", "a"]);
  });

  test("listeners hear of a changed group that it goes and comes again, between what stops and what starts", async () => {
    const group = (environment: string) =>
      `[group:g]\nprograms=a,b\n[program:a]\n${sleeper}[program:b]\nenvironment=${environment}\nstartsecs=0\n${sleeper}`;
    const d = await start(group("A=1"));
    const isUp = () => d.supervisor.process({ group: "g", name: "b" })?.state === "RUNNING";
    await until("b is up", isUp);
    d.write(group("A=2"));
    await d.supervisor.reread();
    const before = d.events.length;
    await d.supervisor.updateGroup("g");
    await until("b is up again", isUp);
    const told = d.events.slice(before).map(({ event }) => (event.type === "process-state" ? event.to : event.type));
    expect(told).toEqual(["STOPPING", "STOPPED", "group-removed", "group-added", "STARTING", "RUNNING"]);
  });

  test("a change of numprocs adds or removes just those processes", async () => {
    const program = (copies: number) => `[program:w]\nnumprocs=${copies}\nprocess_name=%(process_num)d\n${sleeper}`;
    const d = await start(program(2));
    const pids = () => d.supervisor.processes().map(({ name, pid }) => [name, pid]);
    const before = pids();
    d.write(program(3));
    expect(await d.supervisor.reread()).toMatchObject({ changed: ["w"] });
    await d.supervisor.updateGroup("w");
    expect(pids()).toEqual([...before, ["2", expect.any(Number)]]);
    d.write(program(1));
    await d.supervisor.reread();
    await d.supervisor.updateGroup("w");
    expect(pids()).toEqual(before.slice(0, 1));
    expect(await d.supervisor.reread()).toEqual({ added: [], changed: [], removed: [] });
  });

  test("keys that a child does not feel apply to it as it runs, others restart only whom they concern", async () => {
    const d = await start(`[group:g]\nprograms=a,b\n[program:a]\n${sleeper}[program:b]\n${sleeper}`);
    const pid = (name: string) => d.supervisor.process({ group: "g", name })?.pid;
    const [a, b] = [pid("a"), pid("b")];
    d.write(
      `[group:g]\nprograms=a,b\n[program:a]\nautorestart=false\nstopwaitsecs=3\n${sleeper}` +
        `[program:b]\nenvironment=A=1\n${sleeper}`,
    );
    await d.supervisor.reread();
    await d.supervisor.updateGroup("g");
    expect(pid("a")).toBe(a);
    expect(pid("b")).not.toBe(b);
    process.kill(a ?? 0, "SIGKILL");
    await until("a has ended", () => d.supervisor.process({ group: "g", name: "a" })?.state === "EXITED");
  });

  test("what has come to rest is started by a change of any key, if it starts by itself", async () => {
    const list = (key: string) =>
      `[program:failed]\ncommand=/bin/sleep 0.3\nautorestart=false\nstartretries=0\n${key}\n` +
      `[program:manual]\nautostart=false\n${sleeper}${key}\n[program:later]\nautostart=${key !== ""}\n${sleeper}` +
      `[program:done]\ntype=oneshot\ncommand=/bin/true\n${key}\n`;
    const d = await start(list(""));
    await until("failed is FATAL", () => d.state("failed") === "FATAL" && d.state("done") === "EXITED");
    d.write(list("startsecs=0"));
    await d.supervisor.reread();
    for (const name of ["failed", "manual", "later", "done"]) await d.supervisor.updateGroup(name);
    await until("failed did its work", () => d.state("failed") === "EXITED");
    expect([d.state("manual"), d.state("later"), d.trail("done")]).toEqual([
      "STOPPED",
      "RUNNING",
      ["STARTING", "EXITED"],
    ]);
  });

  test("rotation changes without a restart", async () => {
    const program = (maxBytes: number) =>
      `[program:a]\ncommand=/bin/sh -c 'while read x; do echo $x; done'\nstartsecs=0\nstdout_logfile=%(here)s/a.log\nstdout_logfile_maxbytes=${maxBytes}\n`;
    const d = await start(program(0));
    d.write(program(10));
    await d.supervisor.reread();
    await d.supervisor.updateGroup("a");
    d.supervisor.writeStdin({ group: "a", name: "a" }, Buffer.from("0123456789\n"));
    await until("the log is rotated", () => existsSync(join(d.directory, "a.log.1")));
  });

  test("a bad list changes nothing and says why", async () => {
    const d = await start(`[program:a]\n${sleeper}`);
    await until("a is RUNNING", () => d.state("a") === "RUNNING");
    d.write("[program:a]\ncommand=/bin/cat\nstartsecs=soon\n");
    await expect(d.supervisor.reread()).rejects.toThrow("CANT_REREAD: invalid literal for int() with base 10: 'soon'");
    expect(d.state("a")).toBe("RUNNING");
  });
});

test("what a child wrote just before it ended is in its log when its end is known", async () => {
  const d = await start(
    "[program:a]\nautostart=false\nautorestart=false\nstartsecs=0\ncommand=/bin/sh -c 'i=0; while [ $i -lt 2000 ]; do i=$((i+1)); echo line $i; done'\n",
  );
  await d.start("a").catch(() => {});
  await until("a is EXITED", () => d.state("a") === "EXITED");
  const log = d.supervisor.log({ group: "a", name: "a" }, "stdout");
  const text = (await log?.read(0, 1 << 20))?.toString() ?? "";
  expect(text.split("\n").slice(-2)).toEqual(["line 2000", ""]);
  expect(text.split("\n")).toHaveLength(2001);
});
