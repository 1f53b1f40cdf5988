/**
 * Shows one system to a reader, one line for each step with its time:
 *
 *   scripts/demo NAME [--messages N] [--keep]
 *
 * The exit code is 0 when all was consumed and everything ended cleanly, 1 when not, 2 for bad usage.
 */
import { parseArgs } from "node:util";
import { until } from "../../test/helpers/until.ts";
import { systems } from "./all.ts";
import { controlLine, install, type System, Workplace } from "./frame.ts";

interface Wishes {
  readonly system: System;
  readonly messages: number;
  readonly keep: boolean;
}

/** Ctrl-C: no error of anybody. */
class Interruption extends Error {}

// Whatever is still on its way after Ctrl-C is not waited for.
process.exit(await main(process.argv.slice(2)));

async function main(words: readonly string[]): Promise<number> {
  const wishes = read(words);
  if (typeof wishes === "number") return wishes;
  const { system } = wishes;
  console.log(`${system.name}: ${system.title}`);
  const interrupted = Promise.withResolvers<never>();
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.on(signal, () => interrupted.reject(new Interruption()));
  process.stdout.on("error", () => interrupted.reject(new Interruption())); // `scripts/demo NAME | head`
  interrupted.promise.catch(() => {}); // it may come when nobody waits
  let work: Workplace | null = null;
  try {
    const count = system.packages.length;
    await Promise.race([interrupted.promise, step(`packages of Debian, ${count}`, () => install(system))]);
    work = new Workplace(system);
    await Promise.race([interrupted.promise, play(work, wishes)]);
    if (wishes.keep) await stay(work, interrupted.promise);
    await step(system.ending ? `stop: ${system.ending.what}` : "stop", () => stop(work as Workplace));
    return 0;
  } catch (error) {
    if (error instanceof Interruption) return 130;
    console.error(`Error: ${error instanceof Error ? error.message : String(error)}${work?.lastWords() ?? ""}`);
    return 1;
  } finally {
    await work?.end();
  }
}

async function play(work: Workplace, { system, messages }: Wishes): Promise<void> {
  await step(`prepare ${work.folder}`, () => system.prepare(work));
  await step(`start ${system.file}`, () => work.start());
  await step(`send ${count(messages)} ${system.unit}`, async (say) => {
    const { after, backMs } = await work.deliver(messages, (consumed) => say(`${count(consumed)} consumed`));
    return `all consumed; ${system.victim} got SIGKILL after ${count(after)} and was back in ${backMs} ms`;
  });
  await work.beginChecks();
  for (const check of system.checks ?? []) await step(check.what, () => check.run(work));
  const { comparison } = system;
  if (comparison) await step(comparison.what, () => comparison.run(work));
  console.log(`\n$ spacectl status\n${await work.ctl("status")}`);
}

/** Until Ctrl-C, or until somebody else has ended the daemon. */
async function stay(work: Workplace, interrupted: Promise<never>): Promise<void> {
  console.log(`it stays until Ctrl-C; from a second terminal: ${controlLine(work)} status\n`);
  await Promise.race([interrupted, work.daemon.ended]).catch(() => {});
}

async function stop(work: Workplace): Promise<string> {
  const code = await work.stop();
  if (code !== 0) throw new Error(`the daemon ended with code ${code}`);
  await until("no process is left", () => work.leftovers().length === 0, 3_000);
  return "exit code 0, no process left";
}

/** Runs one step and prints its line: seconds, what it was, what came of it. On a terminal also while it runs. */
async function step(what: string, act: (say: (now: string) => void) => Promise<unknown>): Promise<void> {
  const begin = performance.now();
  const { isTTY, columns = 80 } = process.stdout;
  const line = (outcome: string): string =>
    `${((performance.now() - begin) / 1000).toFixed(1).padStart(6)} s  ${what}${outcome && `: ${outcome}`}`;
  const show = (outcome: string): void => {
    if (isTTY) process.stdout.write(`\r\x1b[K${line(outcome).slice(0, columns - 1)}`);
  };
  const print = (outcome: string): void => {
    const fits = outcome === "" || line(outcome).length < Math.max(80, columns);
    console.log(`${isTTY ? "\r\x1b[K" : ""}${fits ? line(outcome) : `${line("")}\n${" ".repeat(10)}${outcome}`}`);
  };
  show("…");
  try {
    const outcome = await act(show);
    print(typeof outcome === "string" ? outcome : "");
  } catch (error) {
    print(error instanceof Interruption ? "" : "failed");
    throw error;
  }
}

function count(number: number): string {
  return number.toLocaleString("en-US");
}

/** What the command line asks for, or an exit code when all has been said. */
function read(words: readonly string[]): Wishes | number {
  try {
    const { values, positionals } = parseArgs({
      args: [...words],
      allowPositionals: true,
      options: {
        messages: { type: "string", default: "1000" },
        keep: { type: "boolean", default: false },
        help: { type: "boolean", short: "h", default: false },
      },
    });
    if (positionals.length === 0 || values.help) {
      console.log("usage: scripts/demo NAME [--messages N] [--keep]\n");
      for (const { name, title } of systems) console.log(`  ${name.padEnd(8)} ${title}`);
      return 0;
    }
    const system = systems.find(({ name }) => name === positionals[0]);
    const messages = Number(values.messages);
    if (system === undefined || positionals.length > 1)
      throw new Error(`no system ${positionals.join(" ")}; there are ${systems.map(({ name }) => name).join(", ")}`);
    if (!Number.isInteger(messages) || messages < 1)
      throw new Error(`--messages takes a number, not ${values.messages}`);
    return { system, messages, keep: values.keep };
  } catch (error) {
    console.error(`Error: ${error instanceof Error ? error.message : String(error)}`);
    return 2;
  }
}
