/**
 * conf.d/space.ini through the commands its users know: four programs, ten processes, one group, and log files
 * that several processes share. startsecs is 10 as in real life, so this takes about a minute.
 */
import {
  chownSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { userInfo } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { fixture, newDirectory, root, run, startDaemon, type TestDaemon } from "../helpers/daemon.ts";
import { alive, processesWith } from "../helpers/processes.ts";
import { until } from "../helpers/until.ts";

const workers = [
  ...[0, 1, 2, 3].map((n) => `space-workers:space-worker-execute-job_0${n}`),
  ...["history", "job-done", "new-job"].flatMap((queue) =>
    [0, 1].map((n) => `space-workers:space-worker-${queue}_0${n}`),
  ),
];
const dumpLines = 150_000;

/**
 * The list with the keys of supervisord only, without the broker, and with a worker that says more than Symfony's and
 * needs nothing; the real one is run by test/systems/space.test.ts.
 */
function withStandIns(list: string): string {
  return list
    .replaceAll(/^\[program:(epmd|rabbitmq)\]$[\s\S]*?(?=^\[)/gm, "")
    .replaceAll(/^(environment|healthcheck_\w+|depends_on|memory_limit|shutdown_timeout)=.*\n/gm, "")
    .replaceAll(/^command=.* messenger:consume /gm, `command=${fixture("space-worker")} `)
    .replaceAll(/^user=.*/gm, "user=%(ENV_SPACE_USER)s");
}

/** A copy of the list in a folder of its own, with folders for logs and sockets. */
async function startSpace(env: Record<string, string>): Promise<{ daemon: TestDaemon; directory: string }> {
  const directory = newDirectory();
  const list = readFileSync(join(root, "conf.d/space.ini"), "utf8");
  writeFileSync(join(directory, "space.ini"), withStandIns(list));
  const [logs, sockets, home] = ["logs", "run", "home"].map((name) => join(directory, name)) as [
    string,
    string,
    string,
  ];
  for (const each of [logs, sockets, home]) mkdirSync(each);
  const user = process.getuid?.() === 0 ? "nobody" : userInfo().username;
  if (process.getuid?.() === 0) chownSync(logs, 65534, 65534);
  const existing = {
    file: join(directory, "space.ini"),
    socket: join(sockets, "space.sock"),
    log: join(logs, "supervisord.log"),
  };
  const paths = {
    SPACE_RUN: sockets,
    SPACE_LOGS: logs,
    SPACE_HOME: home,
    SPACE_USER: user,
    SPACE_DONE_TIME_LIMIT: "3600",
  };
  const daemon = await startDaemon("", { directory, existing, env: { ...paths, ...env } });
  return { daemon, directory };
}

describe("the workers of space.ini", () => {
  let space: TestDaemon;
  let directory: string;
  const log = (name: string): string => join(directory, "logs", name);

  const pids = async (): Promise<Map<string, number>> => {
    const all = (await space.rpc("supervisor.getAllProcessInfo")) as { group: string; name: string; pid: number }[];
    return new Map(all.map((each) => [`${each.group}:${each.name}`, each.pid]));
  };
  const allAre = (state: string, count = workers.length): Promise<unknown> =>
    until(
      `${count} workers are ${state}`,
      async () => {
        const { stdout } = await space.ctl("status", "space-workers:*");
        return stdout.split(` ${state} `).length - 1 === count;
      },
      30_000,
      200,
    );

  beforeAll(async () => {
    ({ daemon: space, directory } = await startSpace({
      SPACE_DUMP_LINES: String(dumpLines),
      SPACE_MESSAGES: "100000",
    }));
  });
  afterAll(async () => {
    await space?.end();
    if (directory) rmSync(directory, { recursive: true, force: true });
  });

  test("come up as two, four, two and two processes in one group", async () => {
    await allAre("RUNNING");
    const { code, stdout } = await space.ctl("status", "space-workers:*");
    expect(stdout.split("\n").map((line) => line.split(" ")[0])).toEqual([...workers, ""]);
    expect(code).toBe(0);
  });

  test("are not touched by reread and update when nothing changed", async () => {
    const before = await pids();
    expect(await space.ctl("reread")).toEqual({ code: 0, stdout: "No config updates to processes\n", stderr: "" });
    expect(await space.ctl("update")).toEqual({ code: 0, stdout: "", stderr: "" });
    expect(await pids()).toEqual(before);
  });

  test("log into the files of their program, each line whole", async () => {
    await until("messages are logged", () =>
      readFileSync(log("worker-history.log"), "utf8").includes("message 3 of history_sent"),
    );
    const lines = readFileSync(log("worker-history.log"), "utf8").trimEnd().split("\n");
    for (const line of lines)
      expect(line).toMatch(/^space-worker-history_0[01] (consuming messages from|message \d+ of)/);
    expect(lines.filter((line) => line.endsWith('consuming messages from "history_sent"'))).toHaveLength(2);
    await until("a warning is logged", () =>
      readFileSync(log("worker-history-error.log"), "utf8").includes("was slow"),
    );
  });

  test("are followed by tail -f", async () => {
    const tail = space.ctlInBackground("tail", "-f", "space-workers:space-worker-job-done_01");
    let seen = "";
    tail.stdout?.setEncoding("utf8").on("data", (text: string) => {
      seen += text;
    });
    await until("the banner", () => seen.startsWith("==> Press Ctrl-C to exit <==\n"));
    const before = seen.length;
    await until("new lines", () =>
      /space-worker-job-done_01 message \d+ of job_done handled\n/.test(seen.slice(before)),
    );
    tail.kill("SIGINT");
    await until("tail -f has ended", () => tail.exitCode !== null || tail.signalCode !== null);
  });

  test("come back when each of them is killed", async () => {
    const before = await pids();
    for (const pid of before.values()) process.kill(pid, "SIGKILL");
    await until("ten new processes", async () => {
      const now = await pids();
      return workers.every((name) => now.get(name) !== before.get(name) && alive(now.get(name) ?? 0));
    });
    await allAre("RUNNING");
    for (const pid of before.values()) expect(alive(pid)).toBe(false);
  });

  test("are restarted together, every stop before the first start", async () => {
    const before = await pids();
    const { code, stdout } = await space.ctl("restart", "space-workers:*");
    const lines = stdout.trimEnd().split("\n");
    expect(lines.slice(0, 10).sort()).toEqual(workers.map((name) => `${name}: stopped`).sort());
    expect(lines.slice(10).sort()).toEqual(workers.map((name) => `${name}: started`).sort());
    expect(code).toBe(0);
    const now = await pids();
    for (const name of workers) expect(now.get(name)).not.toBe(before.get(name));
  });

  test("are all replaced by update when one program of the group changed", async () => {
    const file = join(directory, "space.ini");
    const text = readFileSync(file, "utf8");
    writeFileSync(file, text.replace(/(program:space-worker-history\][^[]*numprocs=)2/, "$13"));
    expect((await space.ctl("reread")).stdout).toBe("space-workers: changed\n");
    expect((await space.ctl("update")).stdout).toBe("space-workers: stopped\nspace-workers: updated process group\n");
    await allAre("RUNNING", 11);
  });

  test("lose no byte when the log that four of them share is rotated at its default size", async () => {
    await space.ctl("signal", "USR1", "space-workers:*");
    const files = (): string[] => readdirSync(join(directory, "logs")).filter((name) => /execute-job\.log/.test(name));
    const dumped = (): number =>
      files().reduce((sum, name) => sum + readFileSync(log(name), "latin1").split("~").length - 1, 0);
    await until("every dumped line is in a log", () => dumped() >= 4 * dumpLines, 30_000, 300);
    expect(dumped()).toBe(4 * dumpLines);
    expect(files()).toContain("worker-execute-job.log.1");
  });

  test("write into a new file after the old one was moved away and USR2 sent", async () => {
    renameSync(log("worker-job-done.log"), log("moved"));
    space.signal("SIGUSR2");
    await until(
      "the new file fills",
      () =>
        existsSync(log("worker-job-done.log")) && readFileSync(log("worker-job-done.log"), "utf8").includes("handled"),
    );
    const length = readFileSync(log("moved")).length;
    const lines = (): number => readFileSync(log("worker-job-done.log"), "utf8").split("handled").length;
    const before = lines();
    await until("the new file grows", () => lines() > before + 3);
    expect(readFileSync(log("moved")).length).toBe(length);
  });

  test("stop with the message in hand finished, and start again", async () => {
    const { code, stdout } = await space.ctl("stop", "space-workers:*");
    expect(
      stdout
        .trimEnd()
        .split("\n")
        .filter((line) => line.endsWith(": stopped")),
    ).toHaveLength(11);
    expect(code).toBe(0);
    expect(readFileSync(log("worker-new-job.log"), "utf8")).toMatch(/leaving after \d+ messages\n$/);
    await allAre("STOPPED", 11);
    expect((await space.ctl("status", "space-workers:*")).code).toBe(3);
    const started = await space.ctl("start", "space-workers:*");
    expect(
      started.stdout
        .trimEnd()
        .split("\n")
        .filter((line) => line.endsWith(": started")),
    ).toHaveLength(11);
  });

  test("leave nothing behind after shutdown: no process, no socket, no pid file", async () => {
    expect((await space.ctl("shutdown")).stdout).toBe("Shut down\n");
    expect(await space.over()).toEqual({ code: 0, signal: null });
    await until("no process is left", () => processesWith(space.marker).length === 0, 2_000);
    expect((await run(["ls", join(directory, "run")])).stdout).toBe("");
  });
});

test("a worker that ends by itself after its share of messages is started again", async () => {
  const { daemon, directory } = await startSpace({ SPACE_MESSAGES: "22" });
  try {
    await daemon.logged(/exited: space-worker-new-job_00 \(exit status 0; expected\)/, 30_000);
    await until("a second life", () => /(spawned: 'space-worker-new-job_00'.*){2}/s.test(daemon.log));
  } finally {
    await daemon.end();
    rmSync(directory, { recursive: true, force: true });
  }
});
