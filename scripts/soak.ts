/**
 * A long day in short: the built daemon under kills, floods, requests of every kind, changing lists and rude peers.
 *
 *   npm run soak                       ten minutes
 *   npm run soak -- 60                 one minute
 *   npm run soak -- 600 --seed 42      the same acts again
 *
 * At the end every line that a writer has written is found in its logs, in order and once; memory is flat; no
 * child is unreaped, no descriptor open that was not open before; and after a shutdown nothing is left. The
 * verdict is printed; the exit code is 1 if anything is wrong. TEST_DAEMON and TEST_CTL name other binaries.
 */
import { mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { parseArgs } from "node:util";
import { newDirectory, startDaemon } from "../test/helpers/daemon.ts";
import { processesWith } from "../test/helpers/processes.ts";
import { until } from "../test/helpers/until.ts";
import { Chaos } from "./soak/chaos.ts";
import { Gauge, megabytes } from "./soak/gauge.ts";
import { account } from "./soak/ledger.ts";
import { programList, writers } from "./soak/programs.ts";

const { values, positionals } = parseArgs({ allowPositionals: true, options: { seed: { type: "string" } } });
const seconds = Number(positionals[0] ?? 600);
const seed = Number(values.seed ?? Date.now() % 1_000_000);
if (!(seconds > 0) || !Number.isInteger(seed)) {
  console.error("Error: usage: soak.ts [SECONDS] [--seed NUMBER]");
  process.exit(2);
}

const faults: string[] = [];
const directory = newDirectory();
mkdirSync(join(directory, "acks"));
console.log(`soaking for ${seconds} s, seed ${seed}, in ${directory}`);

const daemon = await startDaemon(programList(seconds, new Map()), { directory });
await until(
  "everything is up",
  async () => (await daemon.rpc("supervisor.getState")) && daemon.log.includes("spawned: 'w3'"),
);
await delay(3_000);
const gauge = new Gauge(daemon.pid);
const before = gauge.descriptors();
const chaos = new Chaos(daemon, seconds, seed);

const deadline = performance.now() + seconds * 1000;
const sampler = setInterval(() => gauge.sample(), 1000);
await Promise.all([0, 1, 2].map(actUntilDeadline));
clearInterval(sampler);
faults.push(...chaos.faults);

await chaos.restore();
await check("no zombie is left", () => gauge.zombies() === 0);
await check(
  "no more descriptors than at the start",
  () => moreThan(before, gauge.descriptors()) === "",
  () => moreThan(before, gauge.descriptors()),
);
const memory = gauge.memory();
if (!memory.flat) faults.push(`memory grew from ${megabytes(memory.early)} to ${megabytes(memory.late)}`);

await daemon.ctl("stop", "all");
daemon.signal("SIGTERM");
const ended = await daemon.over(30_000);
if (ended.code !== 0) faults.push(`the daemon ended with code ${ended.code}, signal ${ended.signal}`);
await check("no process is left", () => processesWith(daemon.marker).length === 0);
if (/^\s+at |TypeError|RangeError/m.test(daemon.stderr + daemon.stdout))
  faults.push(`stack trace: ${daemon.stderr.slice(-1000)}`);

const accounts = writers.map((name) => account(directory, name));
faults.push(...accounts.flatMap((each) => each.faults));
await daemon.end();

const total = (key: "lines" | "lives" | "files"): string =>
  accounts.reduce((sum, each) => sum + each[key], 0).toLocaleString("en");
console.log(`acts: ${[...chaos.counts].map(([name, count]) => `${count} ${name}`).join(", ")}`);
console.log(`lines: ${total("lines")} of ${total("lives")} lives in ${total("files")} files`);
console.log(
  `memory: ${megabytes(memory.early)} after the warm-up, ${megabytes(memory.late)} at the end, peak ${megabytes(memory.peak)}`,
);
for (const fault of faults) console.log(`fault: ${fault}`);
console.log(faults.length === 0 ? "verdict: good" : `verdict: FAILED, ${faults.length} faults; logs in ${directory}`);
if (faults.length === 0) rmSync(directory, { recursive: true });
process.exitCode = faults.length === 0 ? 0 : 1;

async function actUntilDeadline(): Promise<void> {
  while (performance.now() < deadline) {
    await chaos.act();
    await delay(50);
  }
}

async function check(what: string, holds: () => boolean, detail: () => string = () => ""): Promise<void> {
  await until(what, holds, 15_000, 200).catch(() => faults.push(`not so: ${what} ${detail()}`));
}

/** What is open more often than before, for a person to read; "" for nothing. */
function moreThan(earlier: ReadonlyMap<string, number>, now: ReadonlyMap<string, number>): string {
  const more = [...now].filter(([kind, count]) => count > (earlier.get(kind) ?? 0) && !/\.log/.test(kind));
  return more.map(([kind, count]) => `${kind}: ${earlier.get(kind) ?? 0} -> ${count}`).join(", ");
}
