/** What the main log tells of the daemon's own life, in the reference's words and order. */
import { expect, test } from "vitest";
import { root, run, startDaemon } from "../helpers/daemon.ts";
import { markerName } from "../helpers/processes.ts";
import { until } from "../helpers/until.ts";

const asRoot =
  "CRIT Supervisor is running as root.  Privileges were not dropped because no user is specified in the config file.  " +
  "If you intend to run as root, you can set user=root in the config file to avoid this message.";
const open = "CRIT Server 'unix_http_server' running without any HTTP authentication checking";
const sleeper = "command=/bin/sleep 1000\nstartsecs=0\n";

/** Lines without their times; process ids are N. */
const lines = (log: string) =>
  [...log.matchAll(/^\S+ \S+ (.*)$/gm)].map(([, line = ""]) => line.replace(/pid \d+/, "pid N"));
const success = (name: string) =>
  `INFO success: ${name} entered RUNNING state, process has stayed up for > than 0 seconds (startsecs)`;

test("each life is told whole; none is RUNNING before all have been started, and a lower limit of files is raised aloud", async () => {
  const daemon = await startDaemon(`[program:b]\npriority=1\n${sleeper}[program:a]\n${sleeper}`, {
    daemonKeys: "minfds=700\nloglevel=debug\n",
    wrap: ["bash", "-c", 'ulimit -Sn 600; exec "$@"', "bash"],
  });
  await using _ = daemon;
  await daemon.reaches("a", "RUNNING");
  daemon.signal("SIGHUP");
  await daemon.logged(/started with.*started with.*success: a/s);
  const { log } = daemon;
  const up = [
    "INFO RPC interface 'supervisor' initialized",
    open,
    "INFO supervisord started with pid N",
    "INFO spawned: 'b' with pid N",
    "INFO spawned: 'a' with pid N",
    success("b"),
    success("a"),
  ];
  const told = lines(log).filter((line) => /^(CRIT|INFO) (?!waiting)/.test(line));
  expect(told).toEqual([asRoot, "INFO Increased RLIMIT_NOFILE limit to 700", ...up, asRoot, ...up]);
  const ends = lines(log).filter((line) => /^(WARN|DEBG) (received|stopped)/.test(line));
  expect(ends.slice(0, 3)).toEqual([
    "WARN received SIGHUP indicating restart request",
    "WARN stopped: a (terminated by SIGTERM)",
    "DEBG received SIGCHLD indicating a child quit",
  ]);
});

test("a signal that ends the daemon does so also when it comes between two lives", async () => {
  const ends = [0, 4, 8, 12, 16, 24].map(async (delayMs) => {
    await using daemon = await startDaemon(`[program:a]\n${sleeper}`);
    await daemon.reaches("a", "RUNNING");
    daemon.signal("SIGHUP");
    await until("a has been stopped", () => /stopped: a/.test(daemon.log), 5000, 1);
    await new Promise((resolve) => setTimeout(resolve, delayMs));
    daemon.signal("SIGTERM");
    expect(await daemon.over(8000)).toEqual({ code: 0, signal: null });
  });
  await Promise.all(ends);
});

test("the end names whom it waits for, groups as they came, and of the one that goes first nobody who waits for a try", async () => {
  const failing = "command=/bin/false\nstartretries=9\n";
  const list = `[program:a]\n${sleeper}[program:b]\n${sleeper}[program:c]\n${failing}`;
  const endOf = async (lastPriority: number) => {
    const daemon = await startDaemon(`${list}[program:d]\npriority=${lastPriority}\n${failing}`);
    await using _ = daemon;
    for (const name of ["a", "b"]) await daemon.reaches(name, "RUNNING");
    for (const name of ["c", "d"]) await daemon.reaches(name, "BACKOFF");
    await daemon.rpc("supervisor.stopProcess", "a");
    await daemon.rpc("supervisor.removeProcessGroup", "a");
    await daemon.rpc("supervisor.addProcessGroup", "a");
    await daemon.reaches("a", "RUNNING");
    await daemon.rpc("supervisor.shutdown");
    await daemon.over();
    return lines(daemon.log).filter((line) => line.endsWith("to die"));
  };
  const ends = await Promise.all([endOf(1000), endOf(999), endOf(1)]);
  expect(ends.flat()).toEqual(
    ["b, c, a", "b, c, d, a", "d, b, c, a"].map((names) => `INFO waiting for ${names} to die`),
  );
});

test("who fails his last try while others are waited for gives up, and the log says so", async () => {
  const deaf = `command=/bin/sh -c 'trap "" TERM; echo up; while :; do sleep 0.05; done'\n`;
  const failing = "command=/bin/sh -c 'sleep 0.3; exit 1'\nautostart=false\nstartretries=0\n";
  const list = `[program:deaf]\npriority=9\n${deaf}startsecs=0\nstopwaitsecs=1\nkillasgroup=true\n`;
  await using daemon = await startDaemon(`${list}[program:late]\npriority=1\n${failing}`);
  await until("it is deaf", async () => (await daemon.rpc("supervisor.readProcessStdoutLog", "deaf", 0, 9)) === "up\n");
  await daemon.rpc("supervisor.startProcess", "late", false);
  await daemon.rpc("supervisor.shutdown");
  await daemon.over();
  expect(lines(daemon.log).slice(-4)).toEqual([
    "WARN exited: late (exit status 1; not expected)",
    "INFO gave up: late entered FATAL state, too many start retries too quickly",
    expect.stringMatching(/^WARN killing 'deaf' \(\d+\) with SIGKILL$/),
    "WARN stopped: deaf (terminated by SIGKILL)",
  ]);
});

test("a daemon in the background says so, and where it went", async () => {
  await using first = await startDaemon("", { daemonKeys: "user=root\ndirectory=/usr\n" });
  await first.rpc("supervisor.shutdown");
  await first.over();
  await run([`${root}/bin/spaced`, "-c", first.file], { env: { ...process.env, [markerName]: first.marker } });
  await until("it answers", () => first.rpc("supervisor.getPID"));
  const background = lines(first.log.slice(first.log.lastIndexOf("Set uid")));
  expect(background.slice(1)).toEqual([
    "INFO RPC interface 'supervisor' initialized",
    open,
    "INFO daemonizing the supervisord process",
    "INFO set current directory: '/usr'",
    "INFO supervisord started with pid N",
  ]);
  await first.rpc("supervisor.shutdown");
  await until("its pid file is gone", () => first.read("s.pid") === "");
});
