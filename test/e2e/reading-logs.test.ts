/** `spacectl logs`: every line of every file a log is kept in, once, whatever happens to the files meanwhile. */
import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { existsSync, readdirSync, readFileSync, statSync, utimesSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import { newDirectory, startDaemon, type TestDaemon } from "../helpers/daemon.ts";
import { freePort } from "../helpers/port.ts";
import { openTmux } from "../helpers/tmux.ts";
import { until } from "../helpers/until.ts";

/** Writes the numbers up to each that it reads, and goes on where its last life has stopped. */
const counter = (name: string, keys = ""): string => `[program:${name}]
command=/bin/sh -c "n=$(cat ${name}.last 2>/dev/null || echo 0); while read last; do seq $((n+1)) $last; n=$last; echo $n >${name}.last; done"
directory=%(here)s
stdout_logfile=%(here)s/${name}.log
${keys}
`;

const rotating = "stdout_logfile_maxbytes=100KB\nstdout_logfile_backups=50\nstdout_logfile_compress=true\n";

/** What a control program in the background has printed. */
class Printed {
  text = "";
  errors = "";
  readonly child: ChildProcess;

  constructor(child: ChildProcess) {
    this.child = child;
    child.stdout?.on("data", (data) => {
      this.text += data;
    });
    child.stderr?.on("data", (data) => {
      this.errors += data;
    });
  }

  get lines(): string[] {
    return this.text.split("\n").slice(0, -1);
  }

  shows(line: string, limitMs = 15_000): Promise<unknown> {
    return until(
      `${line} is shown`,
      () => {
        if (!`\n${this.text}`.endsWith(`\n${line}\n`)) throw new Error(`${this.text.slice(-30)} ${this.errors}`);
        return true;
      },
      limitMs,
    );
  }
}

const following = (daemon: TestDaemon, ...words: string[]): Printed =>
  new Printed(daemon.ctlInBackground("logs", "-f", ...words));

const series = (from: number, to: number): string[] =>
  Array.from({ length: to - from + 1 }, (_, index) => String(from + index));

const countTo = (daemon: TestDaemon, last: number, name = "w") =>
  daemon.rpc("supervisor.sendProcessStdin", name, `${last}\n`);

describe("logs -f", () => {
  test("shows each line once while the log is rotated and compressed, cleared, and its program is restarted", async () => {
    await using daemon = await startDaemon(counter("w", rotating));
    await daemon.reaches("w", "RUNNING");
    await countTo(daemon, 20);
    await until("there is something", () => daemon.read("w.log").endsWith("20\n"));
    const shown = following(daemon, "w", "--no-prefix", "-n", "5");
    await shown.shows("20");
    for (let last = 20_000; last <= 200_000; last += 20_000) {
      await countTo(daemon, last);
      if (last === 100_000) await daemon.ctl("restart", "w");
    }
    await until("it has been restarted", async () => (await daemon.info("w")).statename === "RUNNING");
    await countTo(daemon, 200_001);
    await shown.shows("200001");
    await until("files are compressed", () =>
      readdirSync(daemon.directory).some((name) => /w\.log\.\d+\.gz$/.test(name)),
    );
    await daemon.ctl("clear", "w");
    await countTo(daemon, 200_500);
    await shown.shows("200500");
    const seen = shown.lines;
    expect(seen.slice(0, 5)).toEqual(series(16, 20));
    const missed = Number(seen.at(-1)) - 15 - seen.length;
    expect([missed, new Set(seen).size]).toEqual([0, seen.length]);
    shown.child.kill("SIGINT");
    const [code] = await once(shown.child, "exit");
    expect(code).toBe(0);
  });

  test("goes on where it was when the daemon was restarted or the program list changed, with a word about it", async () => {
    const directory = newDirectory();
    const shown: Printed[] = [];
    {
      await using daemon = await startDaemon(counter("w", rotating), { directory });
      await daemon.reaches("w", "RUNNING");
      await countTo(daemon, 50_000);
      await until("it has counted", () => daemon.read("w.last") === "50000\n");
      await until(
        "all is on disk",
        async () => (await daemon.ctl("logs", "w", "-n", "1", "--no-prefix")).stdout === "50000\n",
      );
    }
    await using daemon = await startDaemon(counter("w", rotating), { directory });
    await daemon.reaches("w", "RUNNING");
    const tail = following(daemon, "w", "v", "--no-prefix", "-n", "0");
    shown.push(tail);
    await until("it follows", async () => (await daemon.ctl("logs", "w", "-n", "1")).code === 0);
    const page = following(daemon, "w", "--since", "1h", "--no-prefix");
    await page.shows("50000");
    expect(page.lines).toEqual(series(1, 50_000));
    await countTo(daemon, 60_000);
    await page.shows("60000");
    // The daemon begins anew, and what is written while nobody looks is rotated and compressed.
    page.child.kill("SIGSTOP");
    const rotated = () => readdirSync(daemon.directory).filter((name) => /^w\.log\.\d+/.test(name));
    const before = rotated().length;
    const { pid } = await daemon.info("w");
    await daemon.ctl("reload");
    await until("it runs again", async () => ![pid, 0].includes((await daemon.info("w")).pid));
    await countTo(daemon, 90_000);
    await until("it is compressed", () => {
      const files = rotated();
      return (
        daemon.read("w.last") === "90000\n" && files.length > before && files.every((name) => name.endsWith(".gz"))
      );
    });
    page.child.kill("SIGCONT");
    await page.shows("90000", 20_000);
    expect(page.lines).toEqual(series(1, 90_000));
    expect(page.errors).toMatch(/the daemon is gone[\s\S]*connected again/);
    // A log that is opened anew under the same name.
    const text = readFileSync(daemon.file, "utf8");
    writeFileSync(daemon.file, text.replace("directory=", "environment=A=1\ndirectory="));
    await daemon.ctl("update");
    await daemon.reaches("w", "RUNNING");
    await countTo(daemon, 120_000);
    await page.shows("120000");
    expect(page.lines).toEqual(series(1, 120_000));
    page.child.kill("SIGINT");
    tail.child.kill("SIGINT");
    await once(page.child, "exit");
  });
});

describe("logs", () => {
  test("merges both channels of all programs by time, names whose lines they are, and says of whom there are none", async () => {
    await using daemon = await startDaemon(`[program:web]
command=/bin/sh -c "echo one; sleep 0.2; echo oops >&2; sleep 0.2; printf 'thr\\033]0;title\\007ee \\033[31mred\\033[0m\\nlast'; exec sleep 1000"
[program:job]
command=/bin/sh -c "sleep 0.1; echo two; exec sleep 1000"
process_name=%(program_name)s_%(process_num)d
numprocs=2
stdout_logfile=%(here)s/job.log
stderr_logfile=NONE
log_format=json
[program:mixed]
command=/bin/sh -c "sleep 0.3; echo a; echo b >&2; exec sleep 1000"
redirect_stderr=true
[program:out]
command=/bin/sleep 1000
stdout_logfile=/dev/stdout
stderr_logfile=NONE
`);
    const all = await until("all is there", async () => {
      const { code, stdout, stderr } = await daemon.ctl("logs");
      return stdout.includes("last") && stdout.includes("| b") ? { code, stdout, stderr } : null;
    });
    const sorted = all.stdout.replace(/job:job_1(.*\n)job:job_0/, "job:job_0$1job:job_1");
    expect(sorted).toBe(
      [
        "web       | one",
        "job:job_0 | two",
        "job:job_1 | two",
        "web       ! oops",
        "mixed     | a",
        "mixed     | b",
        "web       | three red",
        "web       | last",
        "",
      ].join("\n"),
    );
    expect(all.stderr).toBe(
      "==> nothing of out: stdout goes to /dev/stdout, which cannot be read back; look there <==\n",
    );
    const show = async (...words: string[]) => (await daemon.ctl("logs", "--no-prefix", ...words)).stdout;
    expect(await show("web", "-n", "2")).toBe("three red\nlast\n");
    expect(await show("w*", "--stderr")).toBe("oops\n");
    expect(await show("job:job_1")).toBe("two\n");
    expect(await show("--grep", "E RED$", "-i", "--raw")).toBe("thr\x1b]0;title\x07ee \x1b[31mred\x1b[0m\n");
    expect((await daemon.ctl("logs", "job:*", "--timestamps")).stdout).toMatch(
      /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}\S+ job:job_\d \| two\n){2}$/,
    );
    const entries = (await show("--json", "web", "mixed"))
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line));
    expect(entries[0]).toEqual({
      time: expect.stringMatching(/Z$/),
      program: "web",
      group: "web",
      process: "web",
      stream: "stdout",
      message: "one",
    });
    expect(entries.map(({ time }) => time)).toEqual(entries.map(({ time }) => time).sort());
    for (const [words, told] of [
      [["nix"], "nix: ERROR (no such process)"],
      [["--since", "noon"], "not a moment"],
      [["--grep", "("], "--grep: Invalid regular expression"],
      [["-n", "many"], "Write a number, or all"],
      [["-f", "--until", "1h"], "there is no --until"],
      [["mixed", "--stderr"], "redirect_stderr=true"],
    ] as const) {
      const { code, stdout, stderr } = await daemon.ctl("logs", ...words);
      expect([stdout, stderr, code > 0]).toEqual(["", expect.stringContaining(told), true]);
    }
  });

  test("reads rotated and compressed files, to a line that a rotation has cut, and knows what it does not know", async () => {
    const directory = newDirectory();
    const write = (name: string, text: string, day: number) => {
      const path = join(directory, name);
      writeFileSync(path, name.endsWith(".gz") ? gzipSync(text) : text);
      utimesSync(path, Date.UTC(2026, 0, day) / 1000, Date.UTC(2026, 0, day) / 1000);
    };
    write("raw.log.2.gz", "raw 1\nraw 2\nra", 2);
    write("raw.log.1", "w 3\nraw 4\n", 3);
    write("raw.log", "raw 5\n", 4);
    const stamped = (from: number, to: number) =>
      Array.from({ length: to - from }, (_, index) => {
        const at = new Date(Date.UTC(2026, 0, 1) + (from + index) * 60_000).toISOString();
        return `${at} text stdout | minute ${from + index}\n`;
      }).join("");
    write("text.log.2.gz", stamped(0, 20_000), 15);
    write("text.log.1", stamped(20_000, 60_000), 30);
    write("text.log", stamped(60_000, 60_010), 31);
    await using daemon = await startDaemon(
      `[program:raw]
command=/bin/cat
stdout_logfile=%(here)s/raw.log
stderr_logfile=NONE
[program:text]
command=/bin/cat
stdout_logfile=%(here)s/text.log
stderr_logfile=NONE
log_format=text
`,
      { directory },
    );
    await daemon.reaches("raw", "RUNNING");
    await daemon.rpc("supervisor.sendProcessStdin", "raw", "raw 6\nraw 7");
    await until("it is written", () => daemon.read("raw.log").endsWith("raw 7"));
    const show = async (...words: string[]) => (await daemon.ctl("logs", "--no-prefix", ...words)).stdout;
    const raw = Array.from({ length: 7 }, (_, index) => `raw ${index + 1}`);
    expect((await show("raw", "-n", "all")).trimEnd().split("\n")).toEqual(raw);
    expect((await show("raw", "--until", "now")).trimEnd().split("\n")).toEqual(raw);
    expect((await show("raw", "-n", "5")).trimEnd().split("\n")).toEqual(raw.slice(2));
    expect(await show("raw", "--since", "1m")).toMatch(/^(raw 5\n)?raw 6\nraw 7\n$/);
    const [first, , third] = (await show("raw", "--json", "-n", "9"))
      .split("\n")
      .map((line) => line && JSON.parse(line));
    expect(first).toMatchObject({
      time: null,
      notBefore: null,
      notAfter: "2026-01-02T00:00:00.000Z",
      message: "raw 1",
    });
    expect(third).toMatchObject({ time: null, notBefore: "2026-01-02T00:00:00.000Z", message: "raw 3" });
    expect(await show("text", "-n", "1", "--since", "2026-01-01")).toBe("minute 60009\n");
    expect(await show("text", "--since", "2026-01-29T00:00:00Z", "--until", "2026-01-29T00:02:00Z", "-t")).toBe(
      [0, 1, 2].map((minute) => `2026-01-29T00:0${minute}:00.000Z minute ${28 * 1440 + minute}\n`).join(""),
    );
    expect(await show("text", "--grep", "minute 1999[89]$", "--stdout")).toBe("minute 19998\nminute 19999\n");
    expect((await show("text", "-n", "all")).split("\n").length).toBe(60_011);
  });

  test("comes over TCP, for whoever may look: with the password, or the one of those who may only look", async () => {
    const port = await freePort();
    await using daemon = await startDaemon(
      `[inet_http_server]
port=127.0.0.1:${port}
username=boss
password=secret
readonly_username=guest
readonly_password=look
[program:web]
command=/bin/sh -c "echo hello; exec cat"
`,
    );
    const url = `http://127.0.0.1:${port}`;
    const as = (username: string, password: string, ...words: string[]) =>
      daemon.ctl("-s", url, "-u", username, "-p", password, "logs", ...words);
    await until("it is written", async () => (await as("boss", "secret")).stdout === "web | hello\n");
    expect((await as("guest", "look", "web")).stdout).toBe("web | hello\n");
    expect(await as("guest", "wrong")).toMatchObject({ code: 1, stdout: "" });
    const shown = new Printed(daemon.ctlInBackground("-s", url, "-u", "guest", "-p", "look", "logs", "-f"));
    await shown.shows("web | hello");
    await daemon.rpc("supervisor.sendProcessStdin", "web", "more\n");
    await shown.shows("web | more");
    const part = await fetch(`${url}/logs/part?log=/etc/passwd&file=1&name=passwd&from=0&length=100`, {
      headers: { Authorization: `Basic ${btoa("boss:secret")}` },
    });
    expect(part.status).toBe(410);
    expect((await fetch(`${url}/logs`)).status).toBe(401);
  });

  test("costs the daemon little when nobody reads what was asked for", async () => {
    await using daemon = await startDaemon(
      `[program:flood]\ncommand=/bin/sh -c "yes 'all work and no play'"\nstdout_logfile=%(here)s/f.log\nstdout_logfile_maxbytes=10MB\nstdout_logfile_backups=1\n`,
    );
    const body = JSON.stringify([daemon.path("f.log")]);
    const rude = Array.from({ length: 20 }, () => connect(daemon.path("s.sock")));
    for (const socket of rude) {
      socket.pause();
      socket.write(`POST /logs/follow HTTP/1.1\r\nHost: x\r\nContent-Length: ${body.length}\r\n\r\n${body}`);
    }
    const resident = () =>
      Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${daemon.pid}/status`, "utf8"))?.[1]) / 1024;
    const before = resident();
    await until(
      "files were rotated",
      () => existsSync(daemon.path("f.log.1")) && statSync(daemon.path("f.log.1")).size > 0,
    );
    for (let count = 0; count < 3; count++) {
      const { stdout } = await daemon.ctl("logs", "-n", "2", "--no-prefix");
      expect(stdout).toMatch(/^all work and no play\n.+\n$/);
    }
    expect(resident() - before).toBeLessThan(64);
    for (const socket of rude) socket.destroy();
  });
});

describe("on a terminal", () => {
  test("what is longer than the screen comes through a pager, in colours; what is not does not", async () => {
    await using daemon = await startDaemon(
      `[program:a]\ncommand=/bin/sh -c "seq 1 100; exec cat"\n[program:b]\ncommand=/bin/sh -c "echo from b; exec cat"\n`,
    );
    await until("all is there", async () => (await daemon.ctl("logs", "-n", "all")).stdout.includes("100\n"));
    const tmux = await openTmux(`PS1='$ ' exec sh`, { columns: 60, rows: 15, env: { TERM: "tmux-256color" } });
    try {
      const ctl = `${daemon.binaries.ctl.join(" ")} -c ${daemon.file} logs`;
      await tmux.type(`clear; ${ctl} -n 3`);
      await tmux.press("Enter");
      await tmux.shows(/from b[\s\S]*\$\s*$/);
      expect(await tmux.colours()).toContain("\x1b[36ma\x1b[39m \x1b[36m|");
      await tmux.type(`clear; ${ctl} -n all a`);
      await tmux.press("Enter");
      await tmux.shows(/^a \| 1\n[\s\S]*a \| 14\n:/);
      await tmux.press("G");
      await tmux.shows("a | 100");
      await tmux.press("q");
      await tmux.shows(/\$\s*$/);
      await tmux.type(`clear; ${ctl} -f -n 1 b`);
      await tmux.press("Enter");
      await tmux.shows("b | from b");
      await tmux.press("C-c");
      await tmux.type("echo status $?");
      await tmux.press("Enter");
      await tmux.shows("status 0");
    } finally {
      await tmux.end();
    }
  });
});
