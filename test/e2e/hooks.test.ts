/** Commands around a life: before and after a start, before and after a stop; unprivileged, bounded, in order. */
import { chmodSync, existsSync, rmSync, writeFileSync } from "node:fs";
import { userInfo } from "node:os";
import { afterAll, describe, expect, test } from "vitest";
import { newDirectory, startDaemon, type TestDaemon } from "../helpers/daemon.ts";
import { processesWith } from "../helpers/processes.ts";
import { until } from "../helpers/until.ts";

const isRoot = process.getuid?.() === 0;
const sleeper = "command=/bin/sh -c 'echo up; exec sleep 1000'\nstartsecs=0\nstdout_logfile=%(here)s/a.out\n";
/** A hook that is a line of shell. */
const hook = (name: string, script: string): string => `${name}_command=/bin/sh -c '${script}'\n`;

const start = (keys: string): Promise<TestDaemon> => startDaemon(`[program:a]\n${sleeper}${keys}`);

const lines = (daemon: TestDaemon, file = "a.out"): string[] => daemon.read(file).split("\n").slice(0, -1);

describe("all four hooks", () => {
  test("run in their order, and what they write stands between what the program writes", async () => {
    const tell = 'echo "$SPACED_HOOK pid=$SPACED_PID code=$SPACED_EXIT_CODE signal=$SPACED_EXIT_SIGNAL"';
    const all = ["pre_start", "post_start", "pre_stop", "post_stop"].map((name) => hook(name, tell)).join("");
    await using daemon = await start(all);
    const pid = await daemon.reaches("a", "RUNNING");
    await until("post_start has run", () => lines(daemon).length === 3);
    await daemon.ctl("stop", "a");
    await until("post_stop has run", () => lines(daemon).length === 5);
    expect(lines(daemon)).toEqual([
      "pre_start pid= code= signal=",
      "up",
      `post_start pid=${pid} code= signal=`,
      `pre_stop pid=${pid} code= signal=`,
      "post_stop pid= code=143 signal=SIGTERM",
    ]);
  });

  test("run as the program's user, in its directory, with its environment", async () => {
    const keys = `directory=/usr\numask=027\nenvironment=COLOUR="blue"\n${isRoot ? "user=nobody\n" : ""}`;
    const script = 'echo "$(id -un) $PWD $(umask) $COLOUR $SUPERVISOR_PROCESS_NAME"';
    await using daemon = await start(`${keys}${hook("pre_start", script)}`);
    await daemon.reaches("a", "RUNNING");
    await until("both have written", () => lines(daemon).length === 2);
    const user = isRoot ? "nobody" : userInfo().username;
    expect(lines(daemon)[0]).toBe(`${user} /usr 0027 blue a`);
  });
});

const kept: string[] = [];
afterAll(() => {
  for (const directory of kept) rmSync(directory, { recursive: true, force: true });
});

describe("in a container", () => {
  const tell = 'echo "$SPACED_HOOK $(id -u)" >> hooks';
  const all = ["pre_start", "post_start", "pre_stop", "post_stop"].map((name) => hook(name, tell)).join("");
  const places: readonly [string, readonly string[], number][] = [
    ["without any privilege", ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"], 65534],
    ["as PID 1", ["unshare", "--pid", "--fork", "--mount-proc"], 0],
  ];

  test.runIf(isRoot).each(places)("%s all of them run, and nothing is left", async (_, wrap, uid) => {
    const directory = newDirectory();
    chmodSync(directory, 0o777);
    await using daemon = await startDaemon(`[program:a]\n${sleeper}directory=%(here)s\n${all}`, { directory, wrap });
    kept.push(directory);
    await until("post_start has run", () => lines(daemon, "hooks").length === 2);
    daemon.signal("SIGTERM");
    expect(await daemon.over()).toMatchObject({ code: 0 });
    expect(lines(daemon, "hooks")).toEqual(
      ["pre_start", "post_start", "pre_stop", "post_stop"].map((each) => `${each} ${uid}`),
    );
    expect(processesWith(daemon.marker)).toEqual([]);
  });
});

describe("pre_start_command", () => {
  test("runs when what the program depends on is there", async () => {
    await using daemon = await startDaemon(
      `[program:a]\n${sleeper}depends_on=job:completed\n${hook("pre_start", "echo pre_start >> order")}
[program:job]\ntype=oneshot\ncommand=/bin/sh -c 'sleep 0.3; echo job >> order'\n`,
    );
    await daemon.reaches("a", "RUNNING");
    expect(lines(daemon, "order")).toEqual(["job", "pre_start"]);
  });

  test("keeps the program waiting until it has passed", async () => {
    await using daemon = await start(hook("pre_start", "until test -e go; do sleep 0.02; done"));
    await until("it is waited for", async () => (await daemon.info("a")).description.includes("pre_start_command"));
    expect(await daemon.info("a")).toMatchObject({
      statename: "STARTING",
      pid: 0,
      description: "waiting for its pre_start_command",
    });
    writeFileSync(daemon.path("go"), "");
    await daemon.reaches("a", "RUNNING");
    expect(lines(daemon)).toEqual(["up"]);
  });

  test("that fails is a failed start, which is tried again, and its last line is the reason", async () => {
    const script = "echo no database yet >&2; test -e ready || exit 3";
    await using daemon = await start(hook("pre_start", script));
    await daemon.logged(/spawnerr: pre_start_command failed: exit status 3: no database yet\n/);
    expect((await daemon.info("a")).description).toBe("pre_start_command failed: exit status 3: no database yet");
    writeFileSync(daemon.path("ready"), "");
    await daemon.reaches("a", "RUNNING");
    expect((await daemon.info("a")).spawnerr).toBe("");
  });

  test("that cannot be run is a failed start", async () => {
    await using daemon = await start("pre_start_command=/no/such/thing\nstartretries=0\n");
    await daemon.reaches("a", "FATAL");
    expect((await daemon.info("a")).spawnerr).toBe("pre_start_command failed: can't find command '/no/such/thing'");
  });

  test("that hangs has failed when start_timeout is over, and nothing of it is left", async () => {
    await using daemon = await start(`start_timeout=500ms\nstartretries=0\n${hook("pre_start", "sleep 500 & wait")}`);
    await daemon.reaches("a", "FATAL");
    expect((await daemon.info("a")).spawnerr).toMatch(/^pre_start_command failed: not done within \d{3}ms$/);
    await until("all of it is gone", () => processesWith(daemon.marker).length === 1);
  });

  test("ends with the start that it belongs to: the program is stopped", async () => {
    await using daemon = await start(hook("pre_start", "touch began; sleep 500 & wait"));
    await until("it has begun", () => existsSync(daemon.path("began")));
    await daemon.ctl("stop", "a");
    await daemon.reaches("a", "STOPPED");
    await until("all of it is gone", () => processesWith(daemon.marker).length === 1);
    expect(lines(daemon)).toEqual([]);
  });

  test("may make the program that is started", async () => {
    const build = 'printf "#!/bin/sh\\nexec sleep 1000\\n" > built; chmod +x built';
    await using daemon = await startDaemon(
      `[program:a]\ncommand=%(here)s/built\nstartsecs=0\nautostart=false\n${hook("pre_start", build.replaceAll("%", "%%"))}`,
    );
    expect((await daemon.ctl("start", "a")).stdout).toBe("a: started\n");
  });

  test("does not hold up the daemon or others", async () => {
    await using daemon = await startDaemon(
      `[program:a]\n${sleeper}${hook("pre_start", "sleep 500")}[program:b]\ncommand=sleep 1000\nstartsecs=0\n`,
    );
    await daemon.reaches("b", "RUNNING");
    daemon.signal("SIGTERM");
    expect(await daemon.over(5000)).toMatchObject({ code: 0 });
  });
});

describe("post_start_command", () => {
  test("that fails is told and changes nothing", async () => {
    await using daemon = await start(hook("post_start", "echo nobody listens; exit 1"));
    await daemon.logged(/WARN a: post_start_command failed: exit status 1: nobody listens\n/);
    await daemon.reaches("a", "RUNNING");
  });
});

describe("pre_stop_command", () => {
  test("is done before the stop signal", async () => {
    const program = "command=/bin/sh -c 'trap \"echo term; exit 0\" TERM; while :; do sleep 0.05; done'\n";
    await using daemon = await start(`${program}${hook("pre_stop", "echo draining; sleep 0.3; echo drained")}`);
    await daemon.reaches("a", "RUNNING");
    await daemon.ctl("stop", "a");
    await until("it has ended", () => lines(daemon).includes("term"));
    expect(lines(daemon)).toEqual(["draining", "drained", "term"]);
  });

  test("that hangs leaves the stop signal a part of stopwaitsecs", async () => {
    await using daemon = await start(`stopwaitsecs=1\n${hook("pre_stop", "sleep 500")}`);
    await daemon.reaches("a", "RUNNING");
    const before = performance.now();
    await daemon.ctl("stop", "a");
    expect(performance.now() - before).toBeLessThan(1500);
    await daemon.logged(/WARN a: pre_stop_command failed: not done within \d{3}ms\n/);
    await daemon.logged(/stopped: a \(terminated by SIGTERM\)/);
    expect(daemon.log).not.toContain("with SIGKILL");
  });

  test("is done before the program is called stopped, also when that has ended meanwhile", async () => {
    const script = "kill $SPACED_PID; sleep 0.5; echo cleaned up";
    await using daemon = await start(hook("pre_stop", script));
    await daemon.reaches("a", "RUNNING");
    await daemon.rpc("supervisor.stopProcess", "a", false);
    await daemon.logged(/stopped: a/);
    expect((await daemon.info("a")).statename).toBe("STOPPING");
    await daemon.reaches("a", "STOPPED");
    expect(lines(daemon)).toEqual(["up", "cleaned up"]);
  });

  test("runs on a restart and at the end of the daemon, which waits for it", async () => {
    await using daemon = await start(hook("pre_stop", "sleep 0.2; echo bye >> stops"));
    await daemon.reaches("a", "RUNNING");
    await daemon.ctl("restart", "a");
    expect(lines(daemon, "stops")).toEqual(["bye"]);
    daemon.signal("SIGTERM");
    await daemon.over();
    expect(lines(daemon, "stops")).toEqual(["bye", "bye"]);
  });
});

describe("post_stop_command", () => {
  test("runs after a crash, before the next start, and is told how the program ended", async () => {
    const program = "command=/bin/sh -c 'echo up; sleep 0.1; exit 7'\nstartretries=1\nstartsecs=1\n";
    await using daemon = await start(`${program}${hook("post_stop", "sleep 0.2; echo after $SPACED_EXIT_CODE")}`);
    await daemon.reaches("a", "FATAL");
    expect(lines(daemon)).toEqual(["up", "after 7", "up", "after 7"]);
  });

  test("comes when what the program left behind has ended", async () => {
    const program =
      'command=/bin/sh -c \'setsid sh -c "trap \\"sleep 0.2; echo left >> order; exit\\" TERM; while :; do sleep 0.05; done" & wait\'\n';
    await using daemon = await start(`${program}stopwaitsecs=1\n${hook("post_stop", "echo post_stop >> order")}`);
    await daemon.reaches("a", "RUNNING");
    await until("both live", () => processesWith(daemon.marker).length >= 3);
    await daemon.rpc("supervisor.stopProcess", "a", true);
    await daemon.reaches("a", "STOPPED");
    expect(lines(daemon, "order")).toEqual(["left", "post_stop"]);
  });

  test("that hangs is given stopwaitsecs, and is told", async () => {
    await using daemon = await start(`stopwaitsecs=1\n${hook("post_stop", "sleep 500")}`);
    await daemon.reaches("a", "RUNNING");
    await daemon.ctl("stop", "a");
    await daemon.logged(/WARN a: post_stop_command failed: not done within 1s\n/);
    await daemon.reaches("a", "STOPPED");
  });

  test("runs at the end of the daemon; whoever asks twice does not wait for it", async () => {
    await using daemon = await start(hook("post_stop", "echo one >> stops; sleep 500"));
    await daemon.reaches("a", "RUNNING");
    daemon.signal("SIGTERM");
    await until("it runs", () => lines(daemon, "stops").length === 1);
    await daemon.hurry();
    expect(await daemon.over(5000)).toMatchObject({ code: 0 });
  });

  test("at the end of the daemon has no more time than shutdown_timeout", async () => {
    await using daemon = await startDaemon(`[program:a]\n${sleeper}${hook("post_stop", "sleep 500")}`, {
      daemonKeys: "shutdown_timeout=1s\n",
    });
    await daemon.reaches("a", "RUNNING");
    daemon.signal("SIGTERM");
    expect(await daemon.over(3000)).toMatchObject({ code: 0 });
  });

  test("runs also when the program is removed from the list", async () => {
    await using daemon = await start(hook("post_stop", "sleep 0.3; echo removed >> stops"));
    await daemon.reaches("a", "RUNNING");
    writeFileSync(daemon.file, daemon.read("s.conf").split("[program:a]")[0] as string);
    await daemon.ctl("update");
    await until("it has run", () => lines(daemon, "stops").length === 1);
  });
});

test("a flood from a hook reaches the log whole and does not fill the memory", async () => {
  await using daemon = await start(hook("pre_start", "seq 1 1000000"));
  await daemon.reaches("a", "RUNNING");
  await until("all is written", () => daemon.read("a.out").endsWith("1000000\nup\n"));
  expect(lines(daemon)).toHaveLength(1_000_001);
});
