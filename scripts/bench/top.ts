/**
 * `spacectl top` on a screen of 300×100, with 300 programs of which one logs 10 MB a second: how long it takes until
 * something is to be seen, from a key to what it does, and how much memory that takes. The terminal is script(1)'s.
 * And what the daemon spends on somebody who looks on, with 100 programs.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { setTimeout as delay } from "node:timers/promises";
import { Client } from "../../src/client/client.ts";
import { root, type TestDaemon } from "../../test/helpers/daemon.ts";
import { childrenOf, commandLine, runMs } from "../../test/helpers/processes.ts";
import { until } from "../../test/helpers/until.ts";
import { type Bench, launchSleepers, median, ownProcesses } from "./system.ts";

const flood =
  '[program:a-flood]\nstartsecs=0\ncommand=/usr/bin/perl -e \'use Time::HiRes qw(sleep); $l = (("some words of a log line " x 4)."\\n") x 1000; while (1) { syswrite(STDOUT, $l); sleep 0.01 }\'\n' +
  "stdout_logfile_maxbytes=50MB\nstdout_logfile_backups=1\n";

/** What a frame ends with, and the ground of the selected row. */
const frameEnd = "\x1b[?2026l";
const selectedGround = "48;5;238";
const keys = 60;

export const top: Bench = {
  name: "top",
  rounds: 3,
  only: "spaced",
  metrics: [
    { key: "first", title: "`top`: first frame, over the start of Node alone", unit: "ms", target: { atMost: 300 } },
    {
      key: "key",
      title: "`top`: from a key to its frame, 300×100, 300 programs, a log of 10 MB/s",
      unit: "ms",
      target: { atMost: 50 },
    },
    { key: "slowKey", title: "… the slowest of twenty", unit: "ms", target: { atMost: 100 } },
    { key: "memory", title: "… memory of `top`", unit: "MB", target: { atMost: 150 } },
    { key: "cpu", title: "… processor time of `top`", unit: "ms/s", target: { atMost: 500 } },
    {
      key: "watched",
      title: "processor time of a daemon with 100 programs that is looked at",
      unit: "ms/s",
      target: { atMost: 10 },
    },
  ],
  async round(system) {
    await using daemon = await launchSleepers(system, 299, "", flood);
    const first = median(await repeated(5, () => firstFrameMs(daemon)));
    const bare = median(await repeated(5, bareMs));
    return { first: first - bare, ...(await use(daemon)), watched: await watchedMsPerSecond() };
    async function watchedMsPerSecond(): Promise<number> {
      await using other = await launchSleepers(system, 100);
      return await lookedAt(other);
    }
  },
};

async function repeated(times: number, measure: () => Promise<number>): Promise<number[]> {
  const taken: number[] = [];
  for (let run = 0; run <= times; run++) taken.push(await measure());
  return taken.slice(1); // the first one warms the page cache
}

class Screen {
  readonly #child: ChildProcess;
  output = "";

  constructor(daemon: TestDaemon) {
    const command = `stty cols 300 rows 100; exec ${root}/bin/spacectl -c ${daemon.file} top`;
    this.#child = spawn("script", ["-qec", command, "/dev/null"], {
      stdio: ["pipe", "pipe", "inherit"],
      env: { ...process.env, TERM: "xterm-256color", COLORTERM: "", NO_COLOR: "" },
    });
    this.#child.stdout?.setEncoding("utf8").on("data", (text: string) => {
      this.output += text;
    });
  }

  type(text: string): void {
    this.output = "";
    this.#child.stdin?.write(text);
  }

  /** Of spacectl, which has replaced the shell below script. */
  get pid(): number {
    const found = childrenOf(this.#child.pid ?? 0).find(({ pid }) => commandLine(pid).includes("spacectl"));
    if (found === undefined) throw new Error("top does not run");
    return found.pid;
  }

  async end(): Promise<void> {
    const over = new Promise((resolve) => this.#child.once("exit", resolve));
    this.#child.stdin?.write("q");
    await over;
  }
}

async function firstFrameMs(daemon: TestDaemon): Promise<number> {
  const begin = performance.now();
  const screen = new Screen(daemon);
  await until("a frame is there", () => screen.output.includes(frameEnd), 10_000, 1);
  const taken = performance.now() - begin;
  await screen.end();
  return taken;
}

/** The same way to Node, and nothing else. */
async function bareMs(): Promise<number> {
  const begin = performance.now();
  const child = spawn("script", ["-qec", `stty cols 300 rows 100; exec ${process.execPath} -e 0`, "/dev/null"]);
  await new Promise((resolve) => child.once("exit", resolve));
  return performance.now() - begin;
}

async function use(daemon: TestDaemon) {
  const screen = new Screen(daemon);
  await until("a frame is there", () => screen.output.includes(frameEnd), 10_000);
  screen.type("m"); // the logs of all, so that the flood is followed whichever row is selected
  await delay(5000);
  const taken: number[] = [];
  for (let key = 0; key < keys; key++) {
    screen.type("j");
    const begin = performance.now();
    await until("the selection has moved", () => screen.output.includes(selectedGround), 5000, 1);
    taken.push(performance.now() - begin);
    await delay(20 + 60 * Math.random());
  }
  const before = runMs(screen.pid);
  const begin = performance.now();
  await delay(5000);
  const cpu = ((runMs(screen.pid) - before) / (performance.now() - begin)) * 1000;
  const memory = residentMb(screen.pid);
  await screen.end();
  const sorted = taken.sort((a, b) => a - b);
  return { key: median(sorted), slowKey: sorted[Math.floor(keys * 0.95)] ?? Number.NaN, memory, cpu };
}

/** Once a second, as the screen does. */
async function lookedAt(daemon: TestDaemon): Promise<number> {
  const client = new Client(`unix://${daemon.path("s.sock")}`, null);
  const used = (): number => ownProcesses(daemon, /\/bin\/sleep/).reduce((sum, pid) => sum + runMs(pid), 0);
  await delay(5000);
  const begin = performance.now();
  const before = used();
  for (let look = 0; look < 15; look++) {
    await client.call("spaced.overview");
    await delay(1000);
  }
  client.close();
  return ((used() - before) / (performance.now() - begin)) * 1000;
}

const residentMb = (pid: number): number =>
  (Number(/^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, "latin1"))?.[1]) * 1024) / 1_000_000;
