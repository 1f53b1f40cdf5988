import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import { getPriority } from "node:os";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { describe, expect, test } from "vitest";
import type { ChildLimits } from "../../src/system/child-limits.ts";
import { resourceLimit, type WaitStatus } from "../../src/system/libc.ts";
import { byRuntime } from "../../src/system/shims.ts";
import type { SpawnResult } from "../../src/system/spawner.ts";

const isRoot = process.getuid?.() === 0;
const nobody = 65_534;
const fixture = fileURLToPath(new URL("../fixtures/limited-spawn.ts", import.meta.url));
const runtime = [process.execPath, "--disable-warning=ExperimentalWarning", fixture];
/** What Docker leaves to root. */
const asContainerRoot = ["setpriv", "--bounding-set=-sys_resource,-sys_nice,-sys_ptrace"];
const asNobody = ["setpriv", `--reuid=${nobody}`, `--regid=${nobody}`, "--clear-groups"];
/** Hard limits as Docker's daemon often gives them. */
const hard = ["prlimit", "--nofile=1024:16000", "--nproc=5000:8192", "--core=0:0", "--"];

interface Told {
  readonly spawned: SpawnResult;
  readonly status: WaitStatus | null;
  readonly output: string;
  readonly unchanged: boolean;
}

interface Request extends Partial<ChildLimits> {
  readonly script?: string;
  readonly uid?: number;
}

const facts = "cat /proc/$$/limits /proc/$$/oom_score_adj; nice; id -u";

async function spawn(as: readonly string[], { script = facts, uid, ...limits }: Request): Promise<Told> {
  const request = {
    argv: ["/bin/sh", "-c", script],
    uid: uid ?? null,
    softFiles: null,
    limits: { rlimits: [], nice: null, oomScoreAdj: null, cgroup: [], ...limits },
  };
  const [file = "", ...words] = [...as, ...runtime, JSON.stringify(request)];
  return JSON.parse((await promisify(execFile)(file, words)).stdout) as Told;
}

/** Of a child that has run `facts`. */
function limitOf({ output }: Told, title: string): string[] {
  return (new RegExp(`^${title} +(\\S+) +(\\S+)`, "m").exec(output) ?? []).slice(1, 3);
}
const lastLines = ({ output }: Told): string[] => output.trimEnd().split("\n").slice(-3);
const refusal = ({ spawned }: Told): string => (spawned.ok ? "" : `${spawned.at}: ${spawned.code}`);

const files = (soft: number | null, hard?: number | null) => ({
  name: "nofile",
  soft,
  ...(hard === undefined ? {} : { hard }),
});

/** Each of these is allowed to everybody. */
describe.runIf(isRoot).each([
  ["root", []],
  ["root as Docker has it", asContainerRoot],
  ["nobody", asNobody],
])("%s", (_title, who) => {
  const as = [...hard, ...who];

  test("gives a child the limits that a unit of systemd would ask for, and keeps its own", async () => {
    const told = await spawn(as, { rlimits: [files(4096), { name: "nproc", soft: 4096 }] });
    expect(limitOf(told, "Max open files")).toEqual(["4096", "16000"]);
    expect(limitOf(told, "Max processes")).toEqual(["4096", "8192"]);
    expect(told.unchanged).toBe(true);
  });

  test("lowers hard limits, and those that would harm the daemon", async () => {
    const told = await spawn(as, {
      rlimits: [
        files(512, 1024),
        { name: "as", soft: 2 ** 30 },
        { name: "cpu", soft: 60, hard: 90 },
        { name: "fsize", soft: 0 },
        { name: "stack", soft: 2 ** 20, hard: 2 ** 21 },
        { name: "sigpending", soft: 100, hard: 100 },
        { name: "core", soft: 0, hard: 0 },
      ],
    });
    expect(limitOf(told, "Max open files")).toEqual(["512", "1024"]);
    expect(limitOf(told, "Max address space")).toEqual([String(2 ** 30), "unlimited"]);
    expect(limitOf(told, "Max cpu time")).toEqual(["60", "90"]);
    expect(limitOf(told, "Max file size")[0]).toBe("0");
    expect(limitOf(told, "Max stack size")).toEqual([String(2 ** 20), String(2 ** 21)]);
    expect(limitOf(told, "Max pending signals")).toEqual(["100", "100"]);
    expect(told.unchanged).toBe(true);
  });

  test("gives fewer open files than the daemon itself has open", async () => {
    expect(limitOf(await spawn(as, { rlimits: [files(8)] }), "Max open files")).toEqual(["8", "16000"]);
  });

  test("makes a child nicer and more likely to be killed for want of memory", async () => {
    const told = await spawn(as, { nice: 7, oomScoreAdj: 300 });
    expect(lastLines(told).slice(0, 2)).toEqual(["300", "7"]);
    expect(told.unchanged).toBe(true);
  });

  test("lets a program that does not fit into its address space say so and end", async () => {
    const { output, status } = await spawn(as, { rlimits: [{ name: "as", soft: 2 ** 20 }] });
    expect(output).toContain("error while loading shared libraries");
    expect(status).toEqual({ code: 127, signal: null, core: false });
  });

  test("never gives more open files than the kernel has", async () => {
    expect(refusal(await spawn(as, { rlimits: [files(null)] }))).toMatch(
      /^limits: cannot set rlimit_nofile=unlimited: the kernel allows at most \d+ open files \(fs.nr_open\)$/,
    );
  });
});

/** CAP_SYS_RESOURCE and CAP_SYS_NICE, bits 24 and 23, among all that a process here can ever have. */
const bounding = BigInt(`0x${/^CapBnd:\s*(\S+)/m.exec(readFileSync("/proc/self/status", "latin1"))?.[1] ?? 0}`);
const mayRaise = isRoot && (bounding & (1n << 24n)) !== 0n;
const mayHurry = isRoot && (bounding & (1n << 23n)) !== 0n;

test("what a unit of systemd asks for is had where the container permits it, and refused by name elsewhere", async () => {
  const told = await spawn(isRoot ? hard : [], { rlimits: [files(65_536), { name: "nproc", soft: 4096 }] });
  const has = told.spawned.ok ? limitOf(told, "Max open files")[0] : refusal(told);
  if (mayRaise || (resourceLimit(0, 7).hard >= 65_536 && !isRoot)) expect(has).toBe("65536");
  else expect(has).toMatch(/^limits: cannot set rlimit_nofile=65536: the hard limit on open files is \d+ here/);
});

describe.runIf(isRoot)("root", () => {
  test("raises hard limits if it may, also for another user and for what that user must set itself", async () => {
    const rlimits = [files(65_536), { name: "nproc", soft: 10_000, hard: 20_000 }, { name: "core", soft: null }];
    const told = await spawn(hard, { rlimits, uid: nobody });
    expect(told.unchanged).toBe(true);
    if (!mayRaise) return expect(refusal(told)).toMatch(/^limits: cannot set rlimit_nofile=65536: the hard limit/);
    expect(limitOf(told, "Max open files")).toEqual(["65536", "65536"]);
    expect(limitOf(told, "Max processes")).toEqual(["10000", "20000"]);
    expect(limitOf(told, "Max core file size")).toEqual(["unlimited", "unlimited"]);
    expect(lastLines(told)[2]).toBe(String(nobody));
  });

  test("protects a child from the OOM killer if it may", async () => {
    const told = await spawn([], { oomScoreAdj: -500, uid: nobody });
    expect(told.unchanged).toBe(true);
    if (mayRaise) expect(lastLines(told)[0]).toBe("-500");
    else expect(refusal(told)).toMatch(/^limits: cannot set oom_score_adj=-500: below/);
  });

  test("gives priority that its user could not take, if it may", async () => {
    const told = await spawn([], { nice: -5, uid: nobody });
    expect(told.unchanged).toBe(true);
    if (mayHurry) expect(lastLines(told).slice(1)).toEqual(["-5", String(nobody)]);
    else expect(refusal(told)).toMatch(/^limits: cannot set nice=-5: the lowest/);
  });

  test("makes a user's child nicer, too", async () => {
    expect(lastLines(await spawn(asContainerRoot, { nice: 3, oomScoreAdj: 1000, uid: nobody }))).toEqual([
      "1000",
      "3",
      String(nobody),
    ]);
  });
});

describe.runIf(isRoot).each([
  ["root as Docker has it", asContainerRoot],
  ["nobody", asNobody],
])("%s is told before there is a child that it may not", (_title, who) => {
  const as = [...hard, ...who];

  test.each([
    [
      { rlimits: [files(65_536)] },
      "cannot set rlimit_nofile=65536: the hard limit on open files is 16000 here and only CAP_SYS_RESOURCE may raise it; start the container with --ulimit nofile=65536 (LimitNOFILE= in systemd) or --cap-add SYS_RESOURCE",
    ],
    [
      { rlimits: [files(1024), { name: "nproc", soft: 1, hard: 9000 }] },
      "cannot set rlimit_nproc=1:9000: the hard limit on processes and threads of its user is 8192 here and only CAP_SYS_RESOURCE may raise it; start the container with --ulimit nproc=9000 (LimitNPROC= in systemd) or --cap-add SYS_RESOURCE",
    ],
    [
      { nice: -5 },
      "cannot set nice=-5: the lowest allowed here is 0; start the container with --cap-add SYS_NICE or --ulimit nice=25",
    ],
    [
      { oomScoreAdj: -500 },
      "cannot set oom_score_adj=-500: below 0, which is the container's own, takes CAP_SYS_RESOURCE; start the container with --oom-score-adj=-500 or --cap-add SYS_RESOURCE",
    ],
  ])("%j", async (limits, why) => {
    const told = await spawn(as, limits);
    expect(refusal(told)).toBe(`limits: ${why}`);
    expect(told.unchanged).toBe(true);
  });
});

test("a limit in which nothing can be loaded is refused before there is a child", async () => {
  expect(refusal(await spawn([], { rlimits: [{ name: "as", soft: 512 }] }))).toMatch(
    /^limits: cannot set rlimit_as=512: no program can be loaded with less than \d+ bytes/,
  );
});

test("a user without privileges gets what its limits allow", async () => {
  const told = await spawn(isRoot ? asNobody : [], {
    rlimits: [files(256), { name: "core", soft: 0 }],
    nice: getPriority() + 1,
  });
  expect(limitOf(told, "Max open files")[0]).toBe("256");
  expect(limitOf(told, "Max core file size")[0]).toBe("0");
});

test("where the tools are missing the runtime does all of it, and gives back the soft limit of open files", async () => {
  const { resource } = { resource: 0 };
  expect(resourceLimit(0, resource).hard).toBe(-1);
  const image = byRuntime(
    {
      oomScoreAdj: 400,
      nice: 4,
      ...(isRoot ? { groups: [nobody], gid: nobody, uid: nobody } : {}),
      rlimits: [[resource, 77, 88]],
    },
    { file: "/bin/sh", argv: ["shell", "-c", `${facts}; ulimit -Sn; cat /proc/$$/cmdline`, "a b", "--c"] },
  );
  const { stdout } = await promisify(execFile)(image.file, image.argv.slice(1));
  expect(limitOf({ output: stdout } as Told, "Max cpu time")).toEqual(["77", "88"]);
  expect(stdout).toContain(
    `\n400\n4\n${isRoot ? nobody : process.getuid?.()}\n${resourceLimit(0, 7).soft}\nshell\0-c\0`,
  );
  expect(stdout).toMatch(/\0a b\0--c\0$/);
});
