/** Logs as containers want them: stamped lines, shown on the daemon's own output, kept by time and size. */
import { existsSync, readdirSync, readFileSync, rmSync, statSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { execa } from "execa";
import { describe, expect, test } from "vitest";
import { newDirectory, root, startDaemon } from "../helpers/daemon.ts";
import { until } from "../helpers/until.ts";

const json = (text: string) =>
  text
    .split("\n")
    .filter((line) => line.startsWith("{"))
    .map((line) => JSON.parse(line));

describe("log_format", () => {
  test("json stamps what stands in the log and on the daemon's output; both streams, and each process by name", async () => {
    await using daemon = await startDaemon(
      `[program:worker]
command=/bin/sh -c "echo one; printf 'tw'; sleep 0.1; printf 'o\\n\\377'; echo oops >&2; exec sleep 1000"
process_name=%%(program_name)s_%%(process_num)02d
numprocs=2
stdout_logfile=%(here)s/out.log
stderr_logfile=%(here)s/err.log
log_format=json
log_passthrough=true
`.replaceAll("%%(", "%("),
    );
    await until("all is there", () => json(daemon.read("out.log")).length === 4 && json(daemon.stderr).length === 2);
    await daemon.ctl("stop", "all");
    const out = json(daemon.read("out.log"));
    for (const name of ["worker_00", "worker_01"])
      expect(out.filter((entry) => entry.process === name).map((entry) => entry.message)).toEqual([
        "one",
        "two",
        "\\xff",
      ]);
    expect(out[0]).toMatchObject({ program: "worker", stream: "stdout" });
    expect(json(daemon.read("err.log"))[0]).toMatchObject({ program: "worker", stream: "stderr", message: "oops" });
    await until("the same is shown", () => json(daemon.stdout).length === 6);
    expect(json(daemon.stdout)).toEqual(expect.arrayContaining(out));
  });

  test("changes with an update, without a new child", async () => {
    const program = "[program:a]\ncommand=/bin/sh -c 'while read x; do echo $x; done'\nstdout_logfile=%(here)s/a.log\n";
    await using daemon = await startDaemon(program);
    const pid = await daemon.reaches("a", "RUNNING");
    await daemon.rpc("supervisor.sendProcessStdin", "a", "raw\n");
    await until("raw is there", () => daemon.read("a.log") === "raw\n");
    const text = readFileSync(daemon.file, "utf8");
    writeFileSync(daemon.file, `${text}log_format=text\n`);
    await daemon.ctl("update");
    await daemon.rpc("supervisor.sendProcessStdin", "a", "stamped\n");
    await until("it is stamped", () => /^raw\n\S+Z a stdout \| stamped\n$/.test(daemon.read("a.log")));
    expect((await daemon.info("a")).pid).toBe(pid);
  });
});

describe("logs that are kept by time", () => {
  test("begin anew at the start of a day, are compressed and removed when they are old, and a tail misses nothing", async () => {
    const directory = newDirectory();
    const dayMs = 24 * 3_600_000;
    const old = (name: string, days: number) => {
      writeFileSync(join(directory, name), `${name}\n`);
      const seconds = (Date.now() - days * dayMs) / 1000;
      utimesSync(join(directory, name), seconds, seconds);
    };
    old("w.log", 1);
    old("w.log.1", 2);
    old("w.log.2", 8);
    try {
      await using daemon = await startDaemon(
        `[program:w]
command=/bin/sh -c "while read last; do seq 100001 $last; done"
stdout_logfile=%(here)s/w.log
stdout_logfile_rotate=daily
stdout_logfile_max_age=7d
stdout_logfile_compress=true
stdout_logfile_maxbytes=1MB
`,
        { directory },
      );
      await daemon.reaches("w", "RUNNING");
      const there = () =>
        readdirSync(directory)
          .filter((name) => name.startsWith("w.log"))
          .sort()
          .join(" ");
      await until("yesterday is compressed", () => there() === "w.log w.log.1.gz w.log.2.gz");
      const unzipped = (name: string) => gunzipSync(readFileSync(join(directory, name))).toString();
      expect([unzipped("w.log.1.gz"), unzipped("w.log.2.gz")]).toEqual(["w.log\n", "w.log.1\n"]);
      const tail = daemon.ctlInBackground("tail", "-f", "w");
      let seen = "";
      tail.stdout?.on("data", (data) => {
        seen += data;
      });
      await daemon.rpc("supervisor.sendProcessStdin", "w", "100001\n");
      await until("the tail is on", () => seen.includes("100001"));
      await daemon.rpc("supervisor.sendProcessStdin", "w", "600000\n");
      await until("all is seen", () => seen.endsWith("600000\n"));
      expect(seen.slice(seen.indexOf("100001\n")) === `100001\n${series(100_001, 600_000)}`).toBe(true);
      await until("all is compressed", () => /^w\.log( w\.log\.\d\.gz){5}$/.test(there()));
      const all = [3, 2, 1].map((n) => unzipped(`w.log.${n}.gz`)).join("") + daemon.read("w.log");
      expect(all === `100001\n${series(100_001, 600_000)}`).toBe(true);
      const tailed = await daemon.ctl("tail", "-100", "w");
      expect(tailed.stdout).toContain("599999\n600000\n");
    } finally {
      rmSync(directory, { recursive: true });
    }
  });
});

describe("log_budget", () => {
  test("holds the logs of all programs together, the oldest rotated files going first", async () => {
    const program = (name: string) =>
      `[program:${name}]\ncommand=/bin/sh -c "seq 100001 400000; sleep 0.3; echo end; exec sleep 1000"\nstdout_logfile=%(here)s/${name}.log\nstdout_logfile_maxbytes=200KB\n`;
    await using daemon = await startDaemon(program("a") + program("b"), { daemonKeys: "log_budget=1MB\n" });
    const files = () => readdirSync(daemon.directory).filter((name) => /^[ab]\.log/.test(name));
    const bytes = () => files().reduce((sum, name) => sum + statSync(daemon.path(name)).size, 0);
    await until("all is written", () => ["a.log", "b.log"].every((name) => daemon.read(name).endsWith("end\n")));
    await until("it is within", () => bytes() <= 1.1 * 1024 ** 2);
    expect(files()).toEqual(expect.arrayContaining(["a.log", "b.log"]));
    expect(daemon.log.match(/WARN logs of programs take .*, more than log_budget=1MB: the oldest/g)).toHaveLength(1);
  });
});

const series = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, n) => `${from + n}\n`).join("");

describe("names of programs on a terminal", () => {
  async function shown(env: Record<string, string>): Promise<string> {
    const directory = newDirectory();
    const file = join(directory, "s.yaml");
    writeFileSync(
      file,
      `supervisord: { nodaemon: true, silent: true, logfile: ${directory}/s.log, pidfile: ${directory}/s.pid }
programs:
  web: { command: "sh -c 'echo hello; exit 3'", log: { passthrough: true }, stdout: { logfile: NONE }, startsecs: 0, autorestart: false, on_exit: shutdown }
  job: { command: "sh -c 'echo hello; sleep 1000'", log: { passthrough: true, format: text }, stdout: { logfile: NONE } }
`,
    );
    try {
      const { stdout } = await execa("script", ["-qec", `${root}/bin/spaced -n -c ${file}`, "/dev/null"], {
        env,
        stdin: "ignore",
        reject: false,
        timeout: 20_000,
      });
      return stdout.replaceAll("\x1b", "^");
    } finally {
      rmSync(directory, { recursive: true });
    }
  }

  test("have colours, each program its own", async () => {
    const text = await shown({ NO_COLOR: "", TERM: "xterm" });
    const first = /\^\[(\d+)mweb \|\^\[0m hello/.exec(text)?.[1];
    expect(first).toMatch(/^\d\d$/);
    expect(text).toMatch(/Z \^\[\d\dmjob\^\[0m stdout \| hello/);
    expect(/\^\[(\d+)mjob/.exec(text)?.[1]).not.toBe(first);
  });

  test("have none with NO_COLOR", async () => {
    const text = await shown({ NO_COLOR: "1", TERM: "xterm" });
    expect(text).toContain("web | hello");
    expect(text).not.toContain("^[");
  });
});

describe("a log that somebody has taken away", () => {
  const conf = `[program:cat]
command=/bin/cat
stdout_logfile=%(here)s/cat.log
startsecs=0`;

  test("is no log file to those who ask for it, and is made anew on SIGUSR2, but not for a program that is stopped", async () => {
    await using daemon = await startDaemon(conf);
    await daemon.reaches("cat", "RUNNING");
    const tail = () => daemon.rpc("supervisor.tailProcessStdoutLog", "cat", 0, 100);
    const reopened = async (times: number) => {
      process.kill(daemon.pid, "SIGUSR2");
      await until("it is told", () => daemon.log.split("supervisord logreopen").length > times);
    };
    await daemon.rpc("supervisor.sendProcessStdin", "cat", "one\n");
    await until("it is written", () => daemon.read("cat.log") === "one\n");
    rmSync(daemon.path("cat.log"));
    expect(await tail()).toEqual(["", 0, false]);
    await expect(daemon.rpc("supervisor.readProcessStdoutLog", "cat", 0, 0)).rejects.toThrow(
      `NO_FILE: ${daemon.path("cat.log")}`,
    );
    await reopened(1);
    await until("it is there", () => existsSync(daemon.path("cat.log")));
    await daemon.rpc("supervisor.stopProcess", "cat");
    rmSync(daemon.path("cat.log"));
    await reopened(2);
    expect(await tail()).toEqual(["", 0, false]);
    expect(existsSync(daemon.path("cat.log"))).toBe(false);
    await daemon.rpc("supervisor.startProcess", "cat");
    await daemon.rpc("supervisor.sendProcessStdin", "cat", "two\n");
    await until("the next start makes it", () => daemon.read("cat.log") === "two\n");
  });

  test("if it is the daemon's own, cannot be read or cleared", async () => {
    await using daemon = await startDaemon("");
    rmSync(daemon.path("s.log"));
    await expect(daemon.rpc("supervisor.readLog", 0, 0)).rejects.toThrow(`NO_FILE: ${daemon.path("s.log")}`);
    await expect(daemon.rpc("supervisor.clearLog")).rejects.toThrow("NO_FILE");
  });
});

test("AUTO logs go on when a group is removed and added, and begin anew when the list was read in between", async () => {
  await using daemon = await startDaemon(`[program:a]
command=/bin/sh -c 'echo %(process_num)d; exec sleep 1000'
process_name=%(process_num)d
numprocs=2
startsecs=0`);
  const again = async () => {
    await daemon.rpc("supervisor.stopProcessGroup", "a");
    await daemon.rpc("supervisor.removeProcessGroup", "a");
    await daemon.rpc("supervisor.addProcessGroup", "a");
  };
  const hold = (lines: number) =>
    until(`both logs have ${lines} lines`, async () => {
      const texts = await Promise.all(
        ["0", "1"].map((name) => daemon.rpc("supervisor.readProcessLog", `a:${name}`, 0, 0)),
      );
      return texts.join("|") === ["0", "1"].map((name) => `${name}\n`.repeat(lines)).join("|");
    });
  const autoLogs = () => readdirSync(daemon.directory).filter((name) => name.includes("---"));
  await hold(1);
  await again();
  await hold(2);
  expect(autoLogs()).toHaveLength(4);
  await daemon.rpc("supervisor.reloadConfig");
  await again();
  await hold(1);
  expect(autoLogs()).toHaveLength(8);
});
