/**
 * Shows one system to a reader, one line for each step with its time:
 *
 *   scripts/demo NAME [--messages N] [--keep]
 *
 * The exit code is 0 when all was consumed and everything ended cleanly, 1 when not, 2 for bad usage.
 */
import { setTimeout as delay } from "node:timers/promises";
import { parseArgs } from "node:util";
import { systems } from "./all.ts";
import { controlLine, install, type System, Workplace } from "./frame.ts";

interface Wishes {
  readonly system: System;
  readonly messages: number;
  readonly keep: boolean;
}

process.exitCode = await main(process.argv.slice(2));

async function main(words: readonly string[]): Promise<number> {
  const wishes = read(words);
  if (typeof wishes === "number") return wishes;
  const { system } = wishes;
  console.log(`${system.name}: ${system.title}`);
  let work: Workplace | null = null;
  // Ctrl-C reaches the daemon as well, which belongs to the same terminal; what it leaves is cleaned up by `play`.
  const interrupted = Promise.withResolvers<never>();
  process.once("SIGINT", () => interrupted.reject(new Error("interrupted")));
  process.once("SIGTERM", () => interrupted.reject(new Error("terminated")));
  try {
    await Promise.race([interrupted.promise, step(`install ${system.packages.join(" ")}`, () => install(system))]);
    work = new Workplace(system);
    await Promise.race([interrupted.promise, play(work, wishes)]);
    return 0;
  } catch (error) {
    console.error(`Error: ${error instanceof Error ? error.message : String(error)}${work?.lastWords() ?? ""}`);
    return 1;
  } finally {
    await work?.end();
  }
}

async function play(work: Workplace, { system, messages, keep }: Wishes): Promise<void> {
  await step(`prepare ${work.folder}`, () => system.prepare(work));
  await step(`start ${system.file}`, () => work.start());
  await step(`send ${count(messages)} ${system.unit}`, async (say) => {
    const { after, backMs } = await work.deliver(messages, (consumed) => say(`${count(consumed)} consumed`));
    return `all consumed; ${system.victim} was killed after ${count(after)}, back in ${backMs.toFixed(1)} ms`;
  });
  for (const check of system.checks ?? []) await step(check.what, () => check.run(work));
  console.log(`\n$ spacectl status\n${await work.ctl("status")}`);
  if (keep) {
    console.log(`it stays up until Ctrl-C; meanwhile: ${controlLine(work)} status`);
    await work.daemon.ended;
    return;
  }
  await step("stop", async () => {
    const code = await work.stop();
    if (code !== 0) throw new Error(`the daemon ended with code ${code}`);
    for (let tries = 0; work.leftovers().length > 0; tries++) {
      if (tries > 40) throw new Error(`processes are left: ${work.leftovers().join(" ")}`);
      await delay(50);
    }
    return "exit code 0, no process left";
  });
}

/** Runs one step and prints its line: seconds, what it was, what came of it. On a terminal also while it runs. */
async function step(what: string, act: (say: (now: string) => void) => Promise<unknown>): Promise<void> {
  const begin = performance.now();
  const line = (outcome: string): string =>
    `${((performance.now() - begin) / 1000).toFixed(1).padStart(6)} s  ${what}${outcome && `: ${outcome}`}`;
  const show = (outcome: string): void => {
    if (process.stdout.isTTY)
      process.stdout.write(`\r\x1b[K${line(outcome).slice(0, (process.stdout.columns ?? 80) - 1)}`);
  };
  show("…");
  try {
    const outcome = await act(show);
    console.log(`${process.stdout.isTTY ? "\r\x1b[K" : ""}${line(typeof outcome === "string" ? outcome : "")}`);
  } catch (error) {
    console.log(`${process.stdout.isTTY ? "\r\x1b[K" : ""}${line("failed")}`);
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
