/** What the kernel holds programs to, as keys of a program list: seen in /proc, where the kernel says it. */
import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { startDaemon } from "../helpers/daemon.ts";

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
