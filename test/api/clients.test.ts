import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { Fault } from "../../src/core/faults.ts";
import { type Ran, run, type Served, serve } from "../helpers/api-server.ts";
import { FakeDaemon, type MemoryLog } from "../helpers/fake-daemon.ts";
import { until } from "../helpers/until.ts";

const credentials = { username: "ann", password: "a:b c" };
let daemon: FakeDaemon;
let served: Served;
let started: ChildProcess[] = [];

beforeEach(async () => {
  daemon = new FakeDaemon();
  daemon.add("cat");
  daemon.add("idle", { state: "STOPPED", startMs: 200 });
  daemon.add("missing", { state: "STOPPED", startFault: new Fault("NO_FILE", "can't find command 'x'") });
  daemon.add("web:web_00");
  daemon.add("web:web_01", { stopMs: 100 });
  served = await serve(daemon, { credentials });
});

afterEach(async () => {
  for (const child of started) child.kill("SIGKILL");
  started = [];
  await served.close();
});

const ctlArgs = (url: string, words: readonly string[]) => ["-s", url, "-u", "ann", "-p", "a:b c", ...words];
const ctl = (url: string, ...words: string[]): Promise<Ran> => run("/usr/bin/supervisorctl", ctlArgs(url, words));

/** Starts `tail -f` and gives what it prints so far. */
function follow(url: string, ...words: string[]): () => string {
  const child = spawn("/usr/bin/supervisorctl", ctlArgs(url, words), { stdio: ["ignore", "pipe", "inherit"] });
  started.push(child);
  let output = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    output += text;
  });
  return () => output;
}

describe.each(["unix", "http"])("the real supervisorctl over %s, with a password", (kind) => {
  const url = () => (kind === "unix" ? served.unixUrl : served.httpUrl);

  test("status, start, stop, restart, signal", async () => {
    expect((await ctl(url(), "status")).stdout).toBe(
      [
        "cat                              RUNNING   pid 100, uptime 0:00:07",
        "idle                             STOPPED   Not started",
        "missing                          STOPPED   Not started",
        "web:web_00                       RUNNING   pid 100, uptime 0:00:07",
        "web:web_01                       RUNNING   pid 100, uptime 0:00:07",
        "",
      ].join("\n"),
    );
    const { stdout, code } = await ctl(url(), "start", "idle", "missing", "cat", "nosuch");
    expect(stdout).toBe(
      "idle: started\nmissing: ERROR (no such file)\ncat: ERROR (already started)\nnosuch: ERROR (no such process)\n",
    );
    expect(code).toBe(1);
    expect((await ctl(url(), "stop", "web:*")).stdout).toBe("web:web_00: stopped\nweb:web_01: stopped\n");
    expect((await ctl(url(), "signal", "HUP", "cat")).stdout).toBe("cat: signalled\n");
    expect((await ctl(url(), "restart", "cat")).stdout).toBe("cat: stopped\ncat: started\n");
  });

  test("tail, clear, pid, version, shutdown", async () => {
    daemon.find({ group: "cat", name: "cat" })?.stdout?.append("héllo\n");
    expect((await ctl(url(), "tail", "cat")).stdout).toBe("héllo\n\n");
    expect((await ctl(url(), "tail", "nosuch")).stdout).toBe("nosuch: ERROR (no such process name)\n");
    expect((await ctl(url(), "clear", "cat")).stdout).toBe("cat: cleared\n");
    expect((await ctl(url(), "pid")).stdout).toBe("4711\n");
    expect((await ctl(url(), "version")).stdout).toBe("4.2.5\n");
    expect((await ctl(url(), "reread")).stdout).toBe("No config updates to processes\n");
    expect((await ctl(url(), "shutdown")).stdout).toBe("Shut down\n");
  });

  test("tail -f: the last kilobyte, then what is written, in whole characters", async () => {
    const log = daemon.find({ group: "cat", name: "cat" })?.stdout as MemoryLog;
    log.append(`${"é".repeat(600)}\n`);
    const output = follow(url(), "tail", "-f", "cat");
    await until("the tail is there", () => output().endsWith("é\n"));
    expect(output()).toBe(`==> Press Ctrl-C to exit <==\n${"é".repeat(511)}\n`);
    log.append(Buffer.from([0xe2]));
    log.append(Buffer.from([0x82]));
    log.append(Buffer.concat([Buffer.from([0xac]), Buffer.from(" next\n")]));
    await until("the rest is there", () => output().endsWith("é\n€ next\n"));
  });
});

describe("the real supervisorctl", () => {
  test("is refused without the right password", async () => {
    const { stdout, code } = await run("/usr/bin/supervisorctl", [
      "-s",
      served.unixUrl,
      "-u",
      "ann",
      "-p",
      "x",
      "status",
    ]);
    expect(stdout).toContain("401 Unauthorized");
    expect(code).toBe(1);
  });

  test("ends its tail -f when the daemon goes", async () => {
    const output = follow(served.unixUrl, "maintail", "-f");
    daemon.main?.append("one\n");
    await until("it follows", () => output().endsWith("one\n"));
    const [child] = started as [ChildProcess];
    const ended = once(child, "exit");
    await served.close();
    expect(await ended).toBeDefined();
    served = await serve(daemon);
  });

  test("prints a crowd of processes", async () => {
    for (let n = 0; n < 500; n++) daemon.add(`crowd:p_${String(n).padStart(3, "0")}`);
    expect((await ctl(served.unixUrl, "status", "crowd:*")).stdout.match(/RUNNING/g)).toHaveLength(500);
    expect((await ctl(served.unixUrl, "stop", "crowd:*")).stdout.match(/: stopped/g)).toHaveLength(500);
  });
});
