/** What the kernel holds programs to, as keys of a program list: seen in /proc, where the kernel says it. */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { type Cgroup, type Cgroups, openCgroups } from "../../src/system/cgroup.ts";
import { cgroupPlace, isWritable } from "../../src/system/cgroup-place.ts";
import { fixture, startDaemon } from "../helpers/daemon.ts";
import { until } from "../helpers/until.ts";

const user = process.getuid?.() === 0 ? "user=nobody\n" : "";
const limitsOf = (pid: number): string => readFileSync(`/proc/${pid}/limits`, "latin1").replace(/ +/g, " ");

test("rlimits, nice and oom_score_adj are the program's own from its first instruction", async () => {
  await using daemon = await startDaemon(
    "[program:held]\ncommand=/bin/sh -c 'ulimit -n; ulimit -c; nice; exec sleep 1000'\nstdout_logfile=%(here)s/out.log\n" +
      `${user}rlimit_nofile=1234\nrlimit_nproc=2000:3000\nrlimit_core=0:0\nrlimit_as=4GB\nnice=5\noom_score_adj=300\n` +
      "[program:free]\ncommand=/bin/sleep 1000\n",
  );
  const [held, free] = [await daemon.reaches("held", "RUNNING"), await daemon.reaches("free", "RUNNING")];
  expect(limitsOf(held)).toMatch(/^Max open files 1234 /m);
  expect(limitsOf(held)).toMatch(/^Max processes 2000 3000 /m);
  expect(limitsOf(held)).toMatch(/^Max core file size 0 0 /m);
  expect(limitsOf(held)).toMatch(/^Max address space 4294967296 /m);
  expect(readFileSync(`/proc/${held}/oom_score_adj`, "latin1")).toBe("300\n");
  expect(daemon.read("out.log")).toBe("1234\n0\n5\n");
  expect(limitsOf(free)).not.toMatch(/ (1234|2000|3000|4294967296) /);
  expect(readFileSync(`/proc/${free}/oom_score_adj`, "latin1")).toBe(
    readFileSync("/proc/self/oom_score_adj", "latin1"),
  );
});

test("a limit that is not permitted is a spawn error that says what is, and disturbs nobody else", async () => {
  await using daemon = await startDaemon(
    "[program:greedy]\ncommand=/bin/sleep 1000\nrlimit_nofile=unlimited\nstartretries=0\n" +
      "[program:modest]\ncommand=/bin/sleep 1000\n",
  );
  await daemon.reaches("greedy", "FATAL");
  expect((await daemon.info("greedy")).spawnerr).toMatch(
    /^cannot set rlimit_nofile=unlimited: the kernel allows at most \d+ open files \(fs.nr_open\)$/,
  );
  await daemon.logged(/spawnerr: cannot set rlimit_nofile=unlimited: the kernel allows at most/);
  await daemon.reaches("modest", "RUNNING");
});

const place = cgroupPlace();
const confined = place !== null && isWritable(place);
const eats = "python3 -c 'x = bytearray(150_000_000)'";

/** Folders of all groups of this daemon. */
const groupsOf = (pid: number): string[] =>
  Object.values(place?.folders ?? {}).flatMap((folder) =>
    readdirSync(folder)
      .filter((name) => name === `spaced-${pid}`)
      .map((name) => join(folder, name)),
  );

describe.runIf(confined)("in a control group", () => {
  test("a program that reaches memory_limit_hard is killed by the kernel, and it is said so", async () => {
    await using daemon = await startDaemon(
      `[program:leaker]\ncommand=/bin/sh -c "sleep 0.3; exec ${eats}"\nmemory_limit_hard=40MB\nstartsecs=0\nautorestart=false\n` +
        `[program:other]\ncommand=/bin/sleep 1000\n`,
    );
    await daemon.logged(/WARN leaker \(pid \d+\) was killed by the OOM killer: it reached memory_limit_hard=40MB/);
    await daemon.reaches("leaker", "EXITED");
    expect((await daemon.ctl("why", "leaker")).stdout).toContain("out of memory");
    await daemon.reaches("other", "RUNNING");
  });

  test("processes beyond pids_limit cannot be made, and none is left when the program is stopped", async () => {
    await using daemon = await startDaemon(
      `[program:forker]\ncommand=${fixture("many-children")}\npids_limit=20\nstopwaitsecs=1\n`,
    );
    const { pid } = daemon;
    await until("it has been made a group", () => groupsOf(pid).length > 0);
    const procs = join(
      groupsOf(pid).find((folder) => existsSync(join(folder, "forker:forker/pids.max"))) as string,
      "forker:forker/cgroup.procs",
    );
    const inside = (): number => readFileSync(procs, "latin1").split("\n").length - 1;
    await until("it has all it may have", () => inside() > 10);
    expect(inside()).toBeLessThanOrEqual(20);
    await daemon.ctl("stop", "forker");
    await daemon.reaches("forker", "STOPPED");
    expect(existsSync(procs) ? inside() : 0).toBe(0);
    daemon.signal("SIGTERM");
    await daemon.over();
    expect(groupsOf(pid)).toEqual([]);
  });

  test.each([
    ["by a line of shell", "A=\"it's\",PWD='/nowhere'"],
    ["by the runtime where a shell would lose a variable", "A=\"it's\",PWD='/nowhere',a.b='c d'"],
  ])("a program gets the environment, directory and user it would get without one, %s", async (_way, environment) => {
    const keys = `command=/usr/bin/env\ndirectory=/usr\nenvironment=${environment}\n${user}startsecs=0\nautorestart=false\n`;
    await using daemon = await startDaemon(
      `[program:a]\n${keys}stdout_logfile=%(here)s/a.log\npids_limit=50\ncpu_limit=90%%\n[program:b]\n${keys}stdout_logfile=%(here)s/b.log\n`,
    );
    for (const name of ["a", "b"]) await daemon.reaches(name, "EXITED");
    const lines = (name: string): string[] =>
      daemon
        .read(name)
        .replace(/_NAME=[ab]$/gm, "_NAME=x")
        .split("\n")
        .sort();
    await until("both have written", () => daemon.read("a.log") !== "" && daemon.read("b.log") !== "");
    expect(lines("a.log")).toEqual(lines("b.log"));
    expect(lines("a.log")).toContain("PWD=/nowhere");
  });

  test("cgroup=off makes none", async () => {
    await using daemon = await startDaemon("[program:a]\ncommand=/bin/sleep 1000\npids_limit=50\ncgroup=off\n");
    await daemon.reaches("a", "RUNNING");
    expect(groupsOf(daemon.pid)).toEqual([]);
  });

  test("a program that dies of the container's own limit is told apart from one that is killed", async () => {
    const groups = openCgroups(() => {}) as Cgroups;
    const container = groups.enter("test", "container", {
      memoryBytes: 300 * 1024 * 1024,
      cpuPercent: null,
      pids: null,
    }) as Cgroup;
    const enter = container.procsFiles.map((file) => `echo 0 > '${file}'`).join("; ");
    try {
      await using daemon = await startDaemon(
        `[program:big]\ncommand=/bin/sh -c "sleep 0.3; exec python3 -c 'x = bytearray(400_000_000)'"\nstartsecs=0\nautorestart=false\n` +
          "[program:small]\ncommand=/bin/sleep 1000\n",
        { wrap: ["sh", "-c", `${enter}; exec "$@"`, "sh"] },
      );
      await daemon.logged(/WARN big \(pid \d+\) was killed by the OOM killer: the container has no more memory/);
      process.kill(await daemon.reaches("small", "RUNNING"), "SIGKILL");
      await daemon.logged(/exited: small \(terminated by SIGKILL; not expected\)/);
      expect(daemon.log).not.toMatch(/small .*OOM/);
    } finally {
      await until("the container is empty", () => container.remove());
      groups.close();
    }
  });
});
