import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import { afterEach, expect, test } from "vitest";
import { tree } from "../../src/system/process-tree.ts";
import { processUsage, UsageMeter } from "../../src/system/usage.ts";
import { killAllWith, markerName } from "../helpers/processes.ts";
import { until } from "../helpers/until.ts";

const mark = `usage-${process.pid}`;
afterEach(() => killAllWith(mark));
const MB = 1024 * 1024;

function start(file: string, ...argv: string[]): ChildProcess & { readonly pid: number } {
  const env = { PATH: "/usr/bin:/bin", [markerName]: mark };
  return spawn(file, argv, { env, stdio: ["ignore", "pipe", "inherit"] }) as ChildProcess & { pid: number };
}
const said = (child: ChildProcess): Promise<unknown> => new Promise((resolve) => child.stdout?.once("data", resolve));

/** Fills 100 MB and makes four children that share it. */
const sharers =
  "$x = 'x' x (100 << 20); for (1..4) { if (!fork) { sleep 1000; exit } } $| = 1; print 'ready'; sleep 1000";

test("what a tree shares is counted once where it is asked for precisely", async () => {
  const root = start("perl", "-e", sharers);
  await said(root);
  const meter = new UsageMeter();
  const resident = await meter.measure([root.pid]);
  expect(resident.processes).toBe(5);
  expect(resident.memoryBytes).toBeGreaterThan(500 * MB);
  const precise = await meter.measure([root.pid], (bytes, processes) => bytes > 500 * MB && processes === 5);
  expect(precise.memoryBytes).toBeGreaterThan(100 * MB);
  expect(precise.memoryBytes).toBeLessThan(resident.memoryBytes / 4);
});

test("the precise size of one process follows its growth", async () => {
  const grows =
    "$| = 1; $x = 'x' x (40 << 20); print 'a'; <STDIN>; for (1..60) { $x .= 'y' x (1 << 20); select undef, undef, undef, 0.005 } print 'b'; sleep 1000";
  const env = { PATH: "/usr/bin:/bin", [markerName]: mark };
  const root = spawn("perl", ["-e", grows], { env, stdio: ["pipe", "pipe", "inherit"] });
  await said(root);
  const meter = new UsageMeter();
  const precise = async () => (await meter.measure([root.pid as number], () => true)).memoryBytes;
  const before = await precise();
  expect(Math.abs((await precise()) - before)).toBeLessThan(MB);
  const grown = said(root);
  root.stdin.end("\n");
  let last = before;
  await until("it has grown", async () => {
    const now = await precise();
    expect(now).toBeGreaterThanOrEqual(last - MB);
    last = now;
    return await Promise.race([grown, new Promise((resolve) => setImmediate(resolve, false))]);
  });
  expect((await precise()) - before).toBeGreaterThan(58 * MB);
});

test("what is not ours to look into is counted by its resident size", async () => {
  const root = start("perl", "-e", sharers);
  await said(root);
  const script =
    `import(${JSON.stringify(fileURLToPath(new URL("../../src/system/usage.ts", import.meta.url)))}).then(` +
    `({ UsageMeter }) => new UsageMeter().measure([${root.pid}], () => true)).then(({ memoryBytes }) => console.log(memoryBytes))`;
  const measured = execFileSync(process.execPath, ["-e", script], { uid: 65534, gid: 65534, encoding: "utf8" });
  expect(Number(measured)).toBeGreaterThan(500 * MB);
});

/** Six children, one after the other, of which some are seen alive; what the kernel says of them to who waited for them. */
const burners = `$| = 1;
for (1..6) { my $child = fork; if (!$child) { 1 while (times)[0] < 0.1; exit } waitpid $child, 0 }
my $sum = 0; $sum += $_ for times; print $sum; sleep 1000`;

test("processor time of children that have ended is counted, and once", async () => {
  const root = start("perl", "-e", burners);
  let seconds = 0;
  root.stdout?.once("data", (text) => {
    seconds = Number(text);
  });
  const meter = new UsageMeter();
  let last = 0;
  await until("the children have ended", async () => {
    const { cpuMs } = await meter.measure([root.pid]);
    expect(cpuMs).toBeGreaterThanOrEqual(last);
    last = cpuMs;
    return seconds > 0;
  });
  const { cpuMs } = await meter.measure([root.pid]);
  expect(seconds).toBeGreaterThan(0.6);
  // Whole ticks of 10 ms, of each process and each kind.
  expect(Math.abs(cpuMs - seconds * 1000)).toBeLessThan(100);
});

test("nothing is used by what has gone", async () => {
  const root = start("true");
  await new Promise((resolve) => root.once("exit", resolve));
  expect(await new UsageMeter().measure([root.pid], () => true)).toEqual({
    memoryBytes: 0,
    cpuMs: 0,
    processes: 0,
    pids: [],
  });
});

test("single processes are told with their memory and their share of a core", async () => {
  const root = start("perl", "-e", "$| = 1; print 'ready'; 1 while 1");
  await said(root);
  await until(
    "it has run for a while",
    async () => ((await processUsage([root.pid])).get(root.pid)?.elapsedMs ?? 0) > 300,
  );
  const gone = 2 ** 22 - 1;
  const usage = await processUsage([...tree([root.pid]), gone]);
  expect([...usage.keys()]).toEqual([root.pid]);
  expect(usage.get(root.pid)?.memoryBytes).toBeGreaterThan(MB);
  // It takes all it can get; on a busy machine that is not much.
  expect(usage.get(root.pid)?.cpuPercent).toBeGreaterThan(1);
  expect(await processUsage([gone])).toEqual(new Map());
  expect(await processUsage([])).toEqual(new Map());
});
