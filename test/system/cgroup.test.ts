/** Against the machine's own control groups, where they are writable: v1 or v2, whichever it has. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { afterEach, expect, test } from "vitest";
import { type Cgroup, type Cgroups, type GroupLimits, openCgroups } from "../../src/system/cgroup.ts";
import { type CgroupPlace, cgroupPlace, isWritable, limitsOf, oomKillsIn } from "../../src/system/cgroup-place.ts";
import { alive } from "../helpers/processes.ts";
import { until } from "../helpers/until.ts";

const place = cgroupPlace();
const writable = place !== null && isWritable(place);
const free: GroupLimits = { memoryBytes: null, cpuPercent: null, pids: null };
const all: GroupLimits = { memoryBytes: 64 * 1024 * 1024, cpuPercent: 20, pids: 20 };
const complaints: string[] = [];
const opened: Cgroups[] = [];
afterEach(() => {
  for (const groups of opened.splice(0)) groups.close();
});

function open(): Cgroups {
  const groups = openCgroups((_level, text) => complaints.push(text));
  if (groups === null) throw new Error(complaints.join("\n"));
  opened.push(groups);
  return groups;
}

const entered = (groups: Cgroups, name: string, limits: GroupLimits): Cgroup =>
  groups.enter("g", name, limits) as Cgroup;

/** A shell that enters a group as children of the daemon do, and then runs a script. */
function inside(group: Cgroup, script: string) {
  const enter = group.procsFiles.map((file) => `echo 0 > '${file}'`).join(" && ");
  const child = spawn("/bin/sh", ["-c", `${enter} || exit 99\n${script}`], { stdio: ["ignore", "pipe", "inherit"] });
  let said = "";
  child.stdout.on("data", (text) => {
    said += text;
  });
  return { child, ended: once(child, "close").then(([code, signal]) => ({ code, signal, said })) };
}

test.runIf(writable)(
  "a process that wants more memory than its group may have is killed, and that is counted",
  async () => {
    const group = entered(open(), "hungry", { ...free, memoryBytes: 32 * 1024 * 1024 });
    expect(group.oomKills()).toBe(0);
    const { ended } = inside(group, "exec python3 -c 'x = bytearray(200_000_000)'");
    expect((await ended).signal).toBe("SIGKILL");
    expect(group.oomKills()).toBe(1);
    expect(group.memoryPeak()).toBeGreaterThan(30 * 1024 * 1024);
    expect(group.memoryPeak()).toBeLessThanOrEqual(32 * 1024 * 1024);
    expect(group.remove()).toBe(true);
  },
);

test.runIf(writable)("no more processes than allowed can be made", async () => {
  const group = entered(open(), "forker", { ...free, pids: 5 });
  const { ended } = inside(group, "for i in 1 2 3 4 5 6 7 8 9 10; do sleep 0.2 & done 2>/dev/null; wait; echo all");
  const { code, said } = await ended;
  expect(code).not.toBe(0);
  expect(said).not.toContain("all");
});

test.runIf(writable)("no more processor time than allowed is had", async () => {
  const group = entered(open(), "busy", { ...free, cpuPercent: 20 });
  const burn =
    "import time; t = time.monotonic(); c = time.process_time()\nwhile time.monotonic() < t + 1: pass\nprint(time.process_time() - c)";
  const { said } = await inside(group, `exec python3 -c '${burn}'`).ended;
  expect(Number(said)).toBeGreaterThan(0.02);
  expect(Number(said)).toBeLessThan(0.45);
});

test.runIf(writable)(
  "everything in a group is told and killed, whatever session it went to and whoever its parent is",
  async () => {
    const group = entered(open(), "family", all);
    const { child } = inside(group, "setsid sh -c 'sleep 1000 & sleep 1000 &' & env -i setsid sleep 1000 & wait");
    const pids = await until("four live", () => (group.processes().length === 4 ? group.processes() : null));
    expect(pids).toContain(child.pid);
    expect(group.remove()).toBe(false);
    group.kill();
    await until("none lives", () => group.processes().length === 0 && !pids.some(alive));
    expect(await until("it is gone", () => group.remove())).toBe(true);
  },
);

test.runIf(writable)("a name may be anything, and two are never the same group", () => {
  const groups = open();
  const names = ["a/b", "a_b", "../..", "x\ny", "é".repeat(300), `${"é".repeat(300)}!`, "cgroup.procs", "a"];
  const made = names.map((name) => entered(groups, name, all));
  expect(complaints).toEqual([]);
  expect(new Set(made.map(({ procsFiles }) => procsFiles[0])).size).toBe(names.length);
  const parents = new Set(made.map(({ procsFiles }) => dirname(dirname(procsFiles[0] as string))));
  expect(parents.size).toBe(1);
  for (const group of made) expect(group.remove()).toBe(true);
});

test.runIf(writable)("two daemons with the same pid do not share a group, and each takes its own away", () => {
  const [one, two] = [open(), open()];
  const [a, b] = [entered(one, "a", all), entered(two, "a", all)];
  expect(a.procsFiles).not.toEqual(b.procsFiles);
  for (const groups of opened.splice(0)) groups.close();
  for (const file of [...a.procsFiles, ...b.procsFiles]) expect(existsSync(dirname(file))).toBe(false);
});

test.runIf(writable)("what an earlier daemon has left is cleaned up, unless something lives in it", async () => {
  const folder = Object.values(place?.folders ?? {})[0] as string;
  const [empty, used] = [join(folder, "spaced-999999991"), join(folder, "spaced-999999992")];
  for (const each of [join(empty, "g:a"), join(empty, "daemon")]) mkdirSync(each, { recursive: true });
  const child = spawn("/bin/sh", [
    "-c",
    `mkdir -p '${used}/g:b'; echo 0 > '${used}/g:b/cgroup.procs'; exec sleep 1000`,
  ]);
  try {
    await until("it has entered", () => readFileSync(join(used, "g:b/cgroup.procs"), "utf8").includes(`${child.pid}`));
    open();
    expect([existsSync(empty), existsSync(join(used, "g:b"))]).toEqual([false, true]);
    expect(alive(child.pid as number)).toBe(true);
  } finally {
    child.kill("SIGKILL");
    await once(child, "close");
    open();
  }
  expect(existsSync(used)).toBe(false);
});

test.runIf(writable)("a limit that the kernel does not take is told, and leaves nothing behind", () => {
  const groups = open();
  const before = complaints.length;
  expect(groups.enter("g", "odd", { ...free, cpuPercent: 0.0001 })).toBeNull();
  expect(complaints[before]).toMatch(
    /^cannot hold odd to its limits by a control group: cannot write .* to \/.*: EINVAL$/,
  );
});

test.runIf(writable)("the tightest limit on the way up is the one that counts", () => {
  const group = entered(open(), "outer", { memoryBytes: 64 * 1024 * 1024, cpuPercent: 150, pids: 33 });
  const { version, folders, tops } = place as CgroupPlace;
  const inner = Object.fromEntries(
    Object.entries(folders).map(([controller, folder]) => {
      const file = group.procsFiles.find((each) => each.startsWith(folder)) as string;
      const below = join(dirname(file), "inner");
      mkdirSync(below, { recursive: true });
      return [controller, below];
    }),
  );
  expect(limitsOf({ version, folders: inner, tops })).toMatchObject({
    memoryBytes: 64 * 1024 * 1024,
    cpus: 1.5,
    pids: 33,
    pidsUsed: 0,
  });
  expect(oomKillsIn(version, join(inner.memory as string, "nowhere"))).toBeNull();
  expect(group.remove()).toBe(true);
});
