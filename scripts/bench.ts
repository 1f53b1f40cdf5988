/**
 * Compares the built spaced with Debian's supervisord, and prints one markdown table.
 *
 *   npm run bench                              everything (about fifteen minutes)
 *   npm run bench -- respawn memory            some
 *   npm run bench -- --rounds 1 --only spaced  quickly, one side
 *
 * Method. Both daemons get the same file and the same cheap compiled programs, and each is asked by its
 * own control program. A round measures both, one after the other, and the order changes from round to round,
 * so that a disturbance of the machine hits both; the table has medians, and the range beside them.
 * Times are taken by an observer outside the daemon: the new child's own first act, /proc, files.
 * A round that does not verify (bytes missing, a program not stopped) is an error, not a slow result.
 */
import { accessSync, constants } from "node:fs";
import { parseArgs } from "node:util";
import { idle, memory } from "./bench/idle.ts";
import { limits } from "./bench/limits.ts";
import { lines, write } from "./bench/logs.ts";
import { respawn } from "./bench/respawn.ts";
import { start, stop } from "./bench/start-stop.ts";
import { status } from "./bench/status.ts";
import { type Bench, type Readings, type System, spaced, supervisord } from "./bench/system.ts";
import { type Result, report } from "./bench/table.ts";
import { top } from "./bench/top.ts";

const benches: readonly Bench[] = [respawn, start, status, write, lines, memory, idle, limits, top, stop];

const { values: options, positionals } = parseArgs({
  allowPositionals: true,
  options: { rounds: { type: "string" }, only: { type: "string" } },
});
const unknown = positionals.filter((word) => !benches.some((bench) => bench.name === word));
if (unknown.length > 0) {
  console.error(
    `Error: no benchmark ${unknown.join(", ")}; there are ${benches.map((bench) => bench.name).join(", ")}`,
  );
  process.exit(2);
}
const chosen = benches.filter((bench) => positionals.length === 0 || positionals.includes(bench.name));
const systems = [spaced, supervisord].filter((system) => wanted(system));

const results: Result[] = [];
for (const bench of chosen) results.push(await measure(bench));
console.log(report(results));

function wanted(system: System): boolean {
  if (options.only !== undefined) return options.only === system.name;
  try {
    accessSync(system.binaries.daemon[0] ?? "", constants.X_OK);
    return true;
  } catch {
    console.error(`${system.name} is not here and is left out`);
    return false;
  }
}

async function measure(bench: Bench): Promise<Result> {
  const rounds = options.rounds === undefined ? bench.rounds : Number(options.rounds);
  const readings = new Map<System["name"], Readings[]>(systems.map((system) => [system.name, []]));
  const compared = systems.filter(({ name }) => name === (bench.only ?? name));
  for (let round = 0; round < rounds; round++)
    for (const system of round % 2 === 0 ? compared : compared.toReversed()) {
      const measured = await bench.round(system);
      readings.get(system.name)?.push(measured);
      const numbers = Object.entries(measured).map(([key, value]) => `${key} ${value.toFixed(1)}`);
      console.error(`${bench.name} ${round + 1}/${rounds} ${system.name}: ${numbers.join(", ")}`);
    }
  return { bench, readings };
}
