/** Memory, processor time and age: who goes, how, when, and who waits; as root and unprivileged. */
import { chmodSync, rmSync, writeFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { fixture, iniFile, newDirectory, startDaemon, type TestDaemon } from "../helpers/daemon.ts";
import { commandLine, processesWith } from "../helpers/processes.ts";
import { until } from "../helpers/until.ts";

const leaker = fixture("leaker");
const isRoot = process.getuid?.() === 0;
const users: [string, readonly string[]][] = [[isRoot ? "root" : "whoever tests", []]];
if (isRoot)
  users.push(
    ["nobody", ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"]],
    ["PID 1", ["unshare", "--pid", "--fork", "--mount-proc"]],
  );

const programs = `
[program:greedy]
command=${leaker} 40 300
memory_limit=60MB
[program:escaped]
command=/bin/sh -c "(setsid ${leaker} 40 300 &); exec sleep 100000"
memory_limit=60MB
[program:hard]
command=/bin/sh -c "trap '' TERM; (setsid ${leaker} 40 500 &); while :; do sleep 0.1; done"
memory_limit_hard=60MB
stopwaitsecs=60
[program:reported]
command=${leaker} 80 80
memory_limit=40MB
memory_limit_action=none
[program:halted]
command=${leaker} 80 80
memory_limit=40MB
memory_limit_action=stop
[program:burner]
command=perl -e "1 while 1"
nice=19
cpu_limit=2%%
cpu_limit_for=2s
[program:modest]
command=${leaker} 10 20
memory_limit=60MB
memory_limit_hard=80MB
cpu_limit=50%%
cpu_limit_for=2s
max_runtime=1h
[program:pool]
command=${leaker} 40 120
numprocs=4
process_name=%%(program_name)s_%%(process_num)d
memory_limit=60MB
startsecs=1
[program:slow]
command=/bin/sh -c "sleep 1.5; exec ${leaker} 80 80"
numprocs=3
process_name=%%(program_name)s_%%(process_num)d
memory_limit=40MB
ready_log=^born
startsecs=0
[program:aged]
command=sleep 100000
numprocs=6
process_name=%%(program_name)s_%%(process_num)d
startsecs=0
max_runtime=5s
max_runtime_jitter=60%%
`
  .replaceAll("%%(", "%(")
  // What is proved here is what works where the kernel does not help.
  .replaceAll("command=", "cgroup=off\ncommand=");

interface Line {
  readonly atMs: number;
  readonly text: string;
}

/** Lines of the main log that say something of a name. */
const linesOf = (daemon: TestDaemon, name: RegExp): Line[] =>
  daemon.log
    .split("\n")
    .map((line) => /^(\S+ \S+),(\d+) \S+ (.*)$/.exec(line))
    .filter((found) => found !== null && name.test(found[3] as string))
    .map((found) => ({ atMs: Date.parse(`${found?.[1]}Z`) + Number(found?.[2]), text: found?.[3] as string }));

const limitsMb = (text: string): number => Number(/memory (\d+)MB is over/.exec(text)?.[1]);

interface Report {
  readonly ends: readonly { cause?: string; memoryKb?: number; signal?: string; code?: number }[];
}

const started = new Map<string, TestDaemon>();
beforeAll(async () => {
  // Both at once: what takes long here is waiting.
  await Promise.all(
    users.map(async ([user, wrap]) => {
      const directory = newDirectory();
      chmodSync(directory, 0o777);
      started.set(user, await startDaemon(programs, { directory, ...(wrap.length === 0 ? {} : { wrap }) }));
    }),
  );
});
afterAll(async () => {
  for (const daemon of started.values()) {
    await daemon.end();
    rmSync(daemon.directory, { recursive: true, force: true });
  }
});

describe.each(users)("as %s", (user) => {
  let daemon: TestDaemon;
  beforeAll(() => {
    daemon = started.get(user) as TestDaemon;
  });
  const lines = (name: string): Line[] => linesOf(daemon, new RegExp(`\\b${name}\\b`));
  const logged = (name: string, wanted: string, times = 1): Promise<Line[]> =>
    until(
      `the log says ${times} times of ${name}: ${wanted}`,
      () => {
        const found = lines(name).filter(({ text }) => text.includes(wanted));
        return found.length >= times ? found : null;
      },
      30_000,
    );
  const report = async (name: string) => (await daemon.rpc("spaced.report", name)) as unknown as Report;

  test("a leaking program is asked to end soon after memory_limit, finishes its job, and is started again", async () => {
    const [restarting] = await logged("greedy", "restarting greedy: memory");
    expect(restarting?.text).toMatch(/^restarting greedy: memory \d+MB is over memory_limit=60MB$/);
    // Two samples a second apart, after one that was below; 40 MB a second, and a machine that is busy.
    expect(limitsMb(restarting?.text as string)).toBeLessThan(300);
    await logged("greedy", "spawned", 2);
    const told = lines("greedy").map(({ text }) => text.replace(/\d+/g, "N"));
    expect(told.slice(0, 5)).toEqual([
      "spawned: 'greedy' with pid N",
      "success: greedy entered RUNNING state, process has stayed up for > than N seconds (startsecs)",
      "restarting greedy: memory NMB is over memory_limit=NMB",
      "stopped: greedy (exit status N)",
      "spawned: 'greedy' with pid N",
    ]);
    expect((await daemon.ctl("tail", "greedy")).stdout).toContain("born\nfinishing\ndone\nborn\n");
    const [end] = (await report("greedy")).ends;
    expect(end).toMatchObject({ code: 0, cause: expect.stringContaining("is over memory_limit=60MB") });
    expect(end?.memoryKb).toBeGreaterThan(60 * 1024);
  });

  test("a grandchild in a session of its own counts, and goes with the program", async () => {
    const [restarting] = await logged("escaped", "restarting escaped: memory");
    expect(restarting?.text).toMatch(/^restarting escaped: memory \d+MB is over memory_limit=60MB$/);
    await logged("escaped", "ending what escaped left behind");
    await logged("escaped", "spawned", 2);
  });

  test("over memory_limit_hard everything of it is killed at once, whatever it does about signals", async () => {
    const [killing] = await logged("hard", "killing hard: memory");
    expect(killing?.text).toMatch(/^killing hard: memory \d+MB is over memory_limit_hard=60MB$/);
    const [stopped] = await logged("hard", "stopped: hard (terminated by SIGKILL)");
    expect((stopped?.atMs as number) - (killing?.atMs as number)).toBeLessThan(1000);
    const [, again] = await logged("hard", "spawned", 2);
    expect((again?.atMs as number) - (killing?.atMs as number)).toBeLessThan(3000);
    expect((await report("hard")).ends.at(-1)).toMatchObject({
      signal: "SIGKILL",
      cause: expect.stringContaining("memory_limit_hard"),
    });
    // Of two lives that each left one, no more than the present one's is there.
    const leakers = () => processesWith(daemon.marker).filter((pid) => commandLine(pid).endsWith("leaker 40 500"));
    expect(leakers().length).toBeLessThanOrEqual(1);
  });

  test("with memory_limit_action=none it is told of once and left alone", async () => {
    await logged("reported", "reported: memory");
    await logged("greedy", "spawned", 2);
    expect(lines("reported").map(({ text }) => text.replace(/\d+/g, "N"))).toEqual([
      "spawned: 'reported' with pid N",
      "success: reported entered RUNNING state, process has stayed up for > than N seconds (startsecs)",
      "reported: memory NMB is over memory_limit=NMB",
    ]);
  });

  test("with memory_limit_action=stop it stays stopped", async () => {
    await logged("halted", "stopping halted: memory");
    await daemon.reaches("halted", "STOPPED");
    expect(lines("halted").filter(({ text }) => text.startsWith("spawned")).length).toBe(1);
  });

  test("one that burns more than cpu_limit for cpu_limit_for is started again", async () => {
    const [restarting] = await logged("burner", "restarting burner: cpu");
    const [spawned] = lines("burner");
    expect(restarting?.text).toMatch(/^restarting burner: cpu \d+% is over cpu_limit=2% for [1-9]\d?(\.\d)?s$/);
    expect((restarting?.atMs as number) - (spawned?.atMs as number)).toBeGreaterThanOrEqual(2000);
    await logged("burner", "spawned", 2);
  });

  test("four copies that all leak go one after the other: three are RUNNING at any time", async () => {
    await until(
      "each of the four has been started again",
      () => [0, 1, 2, 3].every((n) => lines(`pool_${n}`).filter(({ text }) => text.startsWith("spawned")).length > 1),
      40_000,
    );
    const away = new Set<string>();
    let most = 0;
    for (const { text } of lines("pool_[0-3]").filter(({ text }) => /^(restarting|success)/.test(text))) {
      const name = /pool_[0-3]/.exec(text)?.[0] as string;
      if (text.startsWith("success")) away.delete(name);
      else away.add(name);
      most = Math.max(most, away.size);
    }
    expect(most).toBe(1);
  }, 45_000);

  test("a copy that is RUNNING but not ready yet is waited for", async () => {
    await until(
      "each of the three has been restarted",
      () => [0, 1, 2].every((n) => lines(`slow_${n}`).some(({ text }) => text.startsWith("restarting"))),
      40_000,
    );
    const told = lines("slow_[0-2]").filter(({ text }) => /^(restarting|ready)/.test(text));
    const first = told.findIndex(({ text }) => text.startsWith("restarting"));
    const inTurn = told
      .slice(first)
      .map(({ text }) => /^(restarting|ready).* ?(slow_[0-2])/.exec(text)?.slice(1).join(" "));
    for (const [index, text] of inTurn.entries()) expect(text).toMatch(index % 2 === 0 ? /^restarting/ : /^ready/);
    for (let index = 1; index < inTurn.length; index += 2)
      expect(inTurn[index]).toBe(inTurn[index - 1]?.replace("restarting", "ready"));
  }, 45_000);

  test("each life of each copy ends at its own moment, within max_runtime and its jitter", async () => {
    const births = new Map<string, number>();
    const ages: number[] = [];
    await until(
      "six lives are over",
      () => lines("aged_[0-5]").filter(({ text }) => text.startsWith("restarting")).length >= 6,
    );
    for (const { atMs, text } of lines("aged_[0-5]")) {
      const name = /aged_[0-5]/.exec(text)?.[0] as string;
      if (text.startsWith("spawned")) births.set(name, atMs);
      if (!text.startsWith("restarting")) continue;
      expect(text).toMatch(/^restarting aged_[0-5]: it has run for [1-9](\.\d)?s, its max_runtime$/);
      ages.push(atMs - (births.get(name) ?? 0));
    }
    expect(Math.min(...ages)).toBeGreaterThanOrEqual(1500);
    expect(Math.max(...ages)).toBeLessThan(8000);
    expect(Math.max(...ages) - Math.min(...ages)).toBeGreaterThan(300);
  });

  test("one within its limits is not touched", async () => {
    await logged("greedy", "spawned", 2);
    expect(lines("modest").length).toBe(2);
  });

  test("status --json and describe tell what the whole of each program uses", async () => {
    await logged("reported", "reported: memory");
    const row = async (name: string) => {
      const { stdout, stderr, code } = await daemon.ctl("status", "--json");
      if (stdout === "") throw new Error(`status --json ended with ${code} and said: ${stderr}`);
      return (JSON.parse(stdout) as Record<string, unknown>[]).find((each) => each.name === name) ?? {};
    };
    const { processes, memoryBytes } = await row("reported");
    expect(processes).toBe(1);
    expect(memoryBytes).toBeGreaterThan(80 * 2 ** 20);
    // A shell, and what it has left in a session of its own; it is started anew again and again.
    await until("two processes of one program", async () => Number((await row("escaped")).processes) >= 2);
    await until("the burner is seen to burn", async () => Number((await row("burner")).cpuPercent) > 0);
    expect(await row("halted")).toMatchObject({ processes: null, memoryBytes: null, cpuPercent: null });
    const page = (await daemon.ctl("describe", "reported")).stdout;
    expect(page).toMatch(/^ {2}memory +\d+MB in one process$/m);
    expect(page).toMatch(/^ {2}cpu +[\d.]+% of a core, (less than 1s|[\d.]+s) in all$/m);
    expect(page).toMatch(/^ {4}\d+ +\d+MB +[\d.]+% +.*leaker 80 80$/m);
  });
});

test("a limit that comes with an update holds the running child to it", async () => {
  const program = `[program:a]\ncgroup=off\ncommand=${leaker} 80 80\n`;
  await using daemon = await startDaemon(program);
  const pid = await daemon.reaches("a", "RUNNING");
  writeFileSync(daemon.file, iniFile(`${program}memory_limit=40MB\n`));
  await daemon.ctl("update");
  expect((await daemon.info("a")).pid).toBe(pid);
  await daemon.logged(/restarting a: memory \d+MB is over memory_limit=40MB/);
});
