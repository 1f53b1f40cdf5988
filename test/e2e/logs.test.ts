/** Logs as containers want them: stamped lines, shown on the daemon's own output, kept by time and size. */
import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
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
