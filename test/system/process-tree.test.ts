import { type ChildProcess, spawn } from "node:child_process";
import { copyFileSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, describe, expect, test } from "vitest";
import { becomeSubreaper } from "../../src/system/libc.ts";
import { commandLine, isAlive, isLeaf, marker, ownChildren, processStat, tree } from "../../src/system/process-tree.ts";
import { killAllWith, markerName, processesWith } from "../helpers/processes.ts";
import { until } from "../helpers/until.ts";

const mark = `process-tree-${process.pid}`;
const marked = { PATH: "/usr/bin:/bin", [markerName]: mark };
becomeSubreaper();
afterEach(() => killAllWith(mark));

function start(file: string, argv: readonly string[], environment: Record<string, string> = {}): ChildProcess {
  return spawn(file, argv, { env: { ...marked, ...environment }, stdio: "ignore" });
}
const sh = (script: string): ChildProcess => start("/bin/sh", ["-c", script]);
const sleeps = (): number[] => processesWith(mark).filter((pid) => commandLine(pid).startsWith("sleep 1000"));
const sleeping = (count: number): Promise<number[]> =>
  until(`${count} sleep`, () => (sleeps().length === count ? sleeps() : null));
const sorted = (pids: Iterable<number>): number[] => [...pids].sort((a, b) => a - b);

describe.each([
  ["the kernel's lists of children", true],
  ["one walk of /proc", false],
])("by %s", (_title, lists) => {
  test("everything below a process is found, whatever session and group it went to", async () => {
    const root = sh("sleep 1000 & setsid sh -c 'sleep 1000 & setsid sleep 1000 & wait' & wait");
    await sleeping(3);
    const found = tree([root.pid as number], lists);
    expect(found[0]).toBe(root.pid);
    expect(sorted(found)).toEqual(sorted(processesWith(mark)));
    expect(found.length).toBe(5);
  });

  test("children that a thread has made are found", async () => {
    const script =
      "new (require('worker_threads').Worker)(\"require('child_process').spawn('sleep', ['1000'])\", { eval: true })";
    const root = start(process.execPath, ["-e", `${script}; setInterval(() => {}, 1e6)`]);
    const [pid] = await sleeping(1);
    expect(tree([root.pid as number], lists)).toEqual([root.pid, pid]);
  });

  test("what has lost its parent is our own child", async () => {
    const root = sh("(setsid sh -c 'sleep 1000 & wait' &) ; sleep 1000");
    const all = await sleeping(2);
    const orphan = await until("an orphan has come to us", () =>
      ownChildren(new Set(), lists).find((pid) => commandLine(pid).startsWith("sh -c sleep")),
    );
    const below = tree([root.pid as number], lists);
    expect(below).not.toContain(orphan);
    expect(sorted(tree([root.pid as number, orphan], lists).filter((pid) => all.includes(pid)))).toEqual(sorted(all));
  });

  test("our children are told without those that are known already, and without zombies", async () => {
    const [a, b] = [sh("sleep 1000"), sh("sleep 1000")];
    await until("both are ours", () =>
      [a.pid, b.pid].every((pid) => ownChildren(new Set(), lists).includes(pid as number)),
    );
    expect(ownChildren(new Set([a.pid as number]), lists)).not.toContain(a.pid);
    expect(ownChildren(new Set([a.pid as number]), lists)).toContain(b.pid);
  });

  test("zombies and what is gone are left out, and nothing is told twice", async () => {
    const root = start("/usr/bin/python3", ["-c", "import os, time\nif os.fork() == 0: os._exit(0)\ntime.sleep(1000)"]);
    const pid = root.pid as number;
    await until("its child is a zombie", () => tree([pid], true).length === 1 && processStat(pid)?.state === "S");
    expect(tree([pid, pid, 999_999_999], lists)).toEqual([pid]);
    expect(tree([], lists)).toEqual([]);
  });

  test("a process whose first thread has ended still lives, and so do its children", async () => {
    const exits = "ctypes.CDLL(None).syscall({'x86_64': 60, 'aarch64': 93}[os.uname().machine], 0)";
    const makes = "lambda: (subprocess.Popen(['sleep', '1000']), time.sleep(1000))";
    const root = start("/usr/bin/python3", [
      "-c",
      `import ctypes, os, subprocess, threading, time\nthreading.Thread(target=${makes}).start()\n${exits}`,
    ]);
    const [child] = await sleeping(1);
    await until("its first thread has ended", () => processStat(root.pid as number)?.state === "Z");
    expect(tree([root.pid as number], lists)).toEqual([root.pid, child]);
  });
});

test("a leaf is one with neither children nor threads that might have some", async () => {
  const leaf = sh("exec sleep 1000");
  const parent = sh("sleep 1000 & wait");
  const threaded = start("/usr/bin/python3", [
    "-c",
    "import threading, time\nthreading.Thread(target=time.sleep, args=(1000,)).start()\ntime.sleep(1000)",
  ]);
  await until("all are there", () => tree([parent.pid as number]).length === 2);
  await until("it has threads", () => (processStat(threaded.pid as number)?.threads ?? 0) > 1);
  const leaves = [leaf.pid, parent.pid, threaded.pid, 999_999_999].map((pid) => isLeaf(pid as number));
  expect(leaves).toEqual([true, false, false, false]);
});

test("more children than one read brings are all found", async () => {
  const root = sh("i=0; while [ $i -lt 900 ]; do sleep 1000 & i=$((i+1)); done; wait");
  await until("all sleep", () => tree([root.pid as number]).length === 901);
  expect(tree([root.pid as number], false).length).toBe(901);
});

test.each(["a) Z 1 (b", "two  words", "line\nend) S 0", "((()", "é) R"])("a program may be named %j", async (name) => {
  const folder = mkdtempSync(join(tmpdir(), "tree-"));
  try {
    copyFileSync("/bin/sleep", join(folder, name));
    const child = start(join(folder, name), ["1000"]);
    const stat = await until("it has its name", () =>
      commandLine(child.pid as number).endsWith("1000") ? processStat(child.pid as number) : null,
    );
    expect(stat).toMatchObject({ pid: child.pid, parent: process.pid, threads: 1 });
    expect(stat.state).toMatch(/^[RSD]$/);
    expect(stat.startTicks).toBeGreaterThan(0);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test("a process is told from a later one of the same pid by its start time", async () => {
  const child = sh("sleep 1000");
  const startTime = (pid: number) => processStat(pid)?.startTicks ?? null;
  const first = startTime(child.pid as number);
  expect(first).toBeGreaterThan(startTime(process.pid) as number);
  expect(startTime(child.pid as number)).toBe(first);
  expect(startTime(999_999_999)).toBeNull();
});

test("the marker is the environment that a process was given, and goes to its descendants", async () => {
  const root = start("/bin/sh", ["-c", "setsid sh -c 'sleep 1000 & wait' & wait"], {
    NOT_SUPERVISOR_GROUP_NAME: "wrong",
    LONG: "x".repeat(100_000),
    SUPERVISOR_PROCESS_NAME: "web_00",
    SUPERVISOR_GROUP_NAME: "a group=é",
  });
  await sleeping(1);
  const found = tree([root.pid as number]);
  expect(found.length).toBe(3);
  for (const pid of found) expect(marker(pid)).toEqual({ group: "a group=é", name: "web_00" });
  const without = sh("sleep 1000");
  await sleeping(2);
  expect(marker(without.pid as number)).toBeNull();
  expect(marker(999_999_999)).toBeNull();
});

test.runIf(process.getuid?.() === 0)(
  "the marker of another user's process is not there for who may not look",
  async () => {
    const secret = start("sleep", ["1000"], { SUPERVISOR_PROCESS_NAME: "a", SUPERVISOR_GROUP_NAME: "a" });
    await sleeping(1);
    const source = new URL("../../src/system/process-tree.ts", import.meta.url);
    const script = `import(${JSON.stringify(source)}).then(({ marker, processStat }) => console.log(marker(${secret.pid}), processStat(${secret.pid}).state))`;
    const asNobody = spawn("setpriv", [
      "--reuid=65534",
      "--clear-groups",
      process.execPath,
      "--disable-warning=ExperimentalWarning",
      "-e",
      script,
    ]);
    let said = "";
    asNobody.stdout.on("data", (text) => {
      said += text;
    });
    asNobody.stderr.on("data", (text) => {
      said += text;
    });
    await new Promise((resolve) => asNobody.on("close", resolve));
    expect(said).toBe("null S\n");
  },
);

test("a command line is shown as one line, without what would move a terminal's cursor", async () => {
  const child = start("/bin/sh", ["-c", "sleep 1000; :", "two words", "\x1b[31m", "line\nend"]);
  await sleeping(1);
  expect(commandLine(child.pid as number)).toBe("/bin/sh -c sleep 1000; : two words ?[31m line?end");
  expect(commandLine(999_999_999)).toBe("");
});

test("one that has no words is shown by its name", async () => {
  const root = start("/usr/bin/python3", ["-c", "import os, time\nif os.fork() == 0: os._exit(0)\ntime.sleep(1000)"]);
  const zombie = await until("its child is a zombie", () =>
    readdirSync("/proc")
      .map(Number)
      .filter((pid) => pid > 0)
      .map(processStat)
      .find((stat) => stat?.parent === root.pid && stat?.state === "Z"),
  );
  expect(isAlive(zombie)).toBe(false);
  expect(commandLine(zombie.pid)).toMatch(/^\[python3.*\]$/);
});
