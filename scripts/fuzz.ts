/**
 * Generated inputs for everything that reads what others wrote: program lists, XML-RPC, HTTP, listeners, output.
 *
 *   npm run fuzz                              100,000 inputs each, another seed every time
 *   npm run fuzz -- --seed 7 --runs 5000      the same inputs again
 *   npm run fuzz -- --only ini,http           only these
 *   npm run fuzz -- --only ini --seed 7 --at 1234    one input
 *
 * No input may make an exception escape, hang, leave memory behind or break what must be true of every
 * input (the files in `fuzz/targets` say what). The first that does is made smaller and shown; exit code 1.
 */
import { writeFileSync } from "node:fs";
import { availableParallelism, tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { type Job, minimise, type Outcome, work } from "./fuzz/jobs.ts";
import { targets } from "./fuzz/targets.ts";

const { values } = parseArgs({
  options: {
    seed: { type: "string" },
    runs: { type: "string", default: "100000" },
    only: { type: "string", default: Object.keys(targets).join() },
    at: { type: "string" },
  },
});
const seed = Number(values.seed ?? Date.now() % 1_000_000);
const runs = Number(values.runs);
const names = values.only.split(",");
const unknown = names.find((name) => !Object.hasOwn(targets, name));
if (!Number.isInteger(seed) || !(runs > 0) || unknown !== undefined) {
  console.error(`Error: usage: fuzz.ts [--seed N] [--runs N] [--only ${Object.keys(targets).join()}] [--at N]`);
  process.exit(2);
}

/** After that no further range is begun, so that a slow machine ends too. */
const budgetMs = 270_000;
/** Short enough that all processors are busy to the end. */
const rangeLength = 10_000;

const began = performance.now();
console.log(`fuzzing ${names.join(", ")}: ${runs.toLocaleString("en")} inputs each, seed ${seed}`);

const at = values.at === undefined ? null : Number(values.at);
const jobs: Job[] = names.flatMap((name) => {
  if (at !== null) return [{ name, seed, from: at, to: at + 1 }];
  return Array.from({ length: Math.ceil(runs / rangeLength) }, (_, n) => ({
    name,
    seed,
    from: n * rangeLength,
    to: Math.min(runs, (n + 1) * rangeLength),
  }));
});
// The slowest first: what waits for a network is done while others compute.
jobs.sort((a, b) => Number(b.name === "http") - Number(a.name === "http") || a.from - b.from);

const done = new Map<string, { inputs: number; ms: number }>();
let trouble: { job: Job; outcome: Outcome & { ok: false } } | null = null;
await Promise.all(Array.from({ length: Math.min(4, Math.max(2, availableParallelism())) }, workOff));
for (const [name, { inputs, ms }] of done) {
  console.log(
    `${name.padEnd(9)} ${inputs.toLocaleString("en").padStart(9)} inputs  ${(ms / 1000).toFixed(1).padStart(6)} s`,
  );
}
const seconds = ((performance.now() - began) / 1000).toFixed(0);
if (trouble !== null) await show(trouble);
else if (jobs.length > 0)
  console.log(`stopped after ${seconds} s with ${jobs.length} ranges left: too slow a machine, or too many runs`);
else console.log(`nothing found in ${seconds} s`);

async function workOff(): Promise<void> {
  while (trouble === null && performance.now() - began < budgetMs) {
    const job = jobs.shift();
    if (job === undefined) return;
    const start = performance.now();
    const outcome = await work(job);
    if (outcome.ok) {
      const { inputs, ms } = done.get(job.name) ?? { inputs: 0, ms: 0 };
      done.set(job.name, { inputs: inputs + job.to - job.from, ms: ms + performance.now() - start });
    } else trouble ??= { job, outcome };
  }
}

async function show({ job, outcome }: { job: Job; outcome: Outcome & { ok: false } }): Promise<void> {
  process.exitCode = 1;
  console.log(`FOUND in ${job.name}: ${withoutRuns(outcome.message)}`);
  console.log(`again: npm run fuzz -- --only ${job.name} --seed ${seed} --at ${outcome.index}`);
  const input = await minimise(job.name, outcome.input);
  console.log(`smallest input: ${JSON.stringify({ ...input, text: withoutRuns(input.text) })}`);
  if (withoutRuns(input.text) === input.text) return;
  const file = join(tmpdir(), `fuzz-${job.name}-${seed}-${outcome.index}.json`);
  writeFileSync(file, JSON.stringify(input));
  console.log(`the whole of it: ${file}`);
}

/** Long repetitions told as such. */
function withoutRuns(text: string): string {
  const short = text.replace(
    /(.{1,8}?)\1{40,}/gsu,
    (run, piece: string) => `«${piece} × ${run.length / piece.length}»`,
  );
  return short.length <= 4000 ? short : `${short.slice(0, 4000)}…`;
}
