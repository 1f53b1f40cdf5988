/** Runs ranges of inputs in processes of their own and finds out what happened to those that fell silent. */
import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { inputOf, shrink, targetOf } from "./run.ts";
import type { Input } from "./target.ts";
import type { Order, Report } from "./worker.ts";

export interface Job {
  readonly name: string;
  readonly seed: number;
  readonly from: number;
  readonly to: number;
}

export type Outcome =
  | { readonly ok: true; readonly grownBytes: number }
  | { readonly ok: false; readonly index: number; readonly message: string; readonly input: Input };

/** More than any of the targets keeps for good. */
const memoryLimitBytes = 24 * 1024 * 1024;
const heapLimitMegabytes = 768;

/** Everything a child says, one after the other; null when it has nothing more to say. */
class Worker {
  readonly #child: ChildProcess;
  readonly #reports: Report[] = [];
  #end: string | null = null;
  #wake: () => void = () => undefined;

  constructor() {
    const file = fileURLToPath(new URL("worker.ts", import.meta.url));
    const execArgv = [
      "--disable-warning=ExperimentalWarning",
      "--expose-gc",
      `--max-old-space-size=${heapLimitMegabytes}`,
    ];
    this.#child = fork(file, [], { execArgv, serialization: "advanced", stdio: ["ignore", "inherit", "pipe", "ipc"] });
    let errors = "";
    this.#child.stderr?.setEncoding("utf8").on("data", (text: string) => {
      errors = (errors + text).slice(-4000);
    });
    this.#child.on("message", (report) => {
      this.#reports.push(report as Report);
      this.#wake();
    });
    this.#child.on("close", (code, signal) => {
      this.#end = `the process ended with ${signal ?? code}: ${errors}`;
      this.#wake();
    });
  }

  order(order: Order): void {
    this.#child.send(order);
  }

  /** The next report, or why there is none. */
  async report(limitMs: number): Promise<Report | string> {
    const deadline = performance.now() + limitMs;
    for (;;) {
      const next = this.#reports.shift();
      if (next !== undefined) return next;
      if (this.#end !== null) return this.#end;
      const left = deadline - performance.now();
      if (left <= 0) return "hangs";
      const { promise, resolve } = Promise.withResolvers<void>();
      this.#wake = resolve;
      const timer = setTimeout(resolve, left);
      await promise;
      clearTimeout(timer);
    }
  }

  async end(): Promise<void> {
    if (this.#end !== null) return;
    this.#child.kill("SIGKILL");
    if (this.#child.exitCode === null && this.#child.signalCode === null) await once(this.#child, "exit");
  }
}

/** A batch is short; starting up on a busy machine is not. */
const silenceMs = (name: string): number => 3 * targetOf(name).deadlineMs + 10_000;

export async function work(job: Job, batch = Number.POSITIVE_INFINITY): Promise<Outcome> {
  const { name, seed } = job;
  const worker = new Worker();
  let at = { from: job.from, to: job.to };
  try {
    worker.order({ type: "run", ...job, batch });
    for (;;) {
      const report = await worker.report(silenceMs(name));
      if (typeof report === "string") {
        // Which of the batch it was shows when they are checked one at a time.
        if (at.to - at.from > 1) return await work({ ...job, ...at }, 1);
        return found(job, at.from, report);
      }
      if (report.type === "batch") at = report;
      if (report.type === "found") return found(job, report.index, report.message);
      if (report.type !== "over") continue;
      if (report.grownBytes <= memoryLimitBytes) return { ok: true, grownBytes: report.grownBytes };
      const grown = `${Math.round(report.grownBytes / 1024 / 1024)} MB are kept after inputs ${job.from} to ${job.to - 1}`;
      return { ok: false, index: job.from, message: grown, input: inputOf(name, seed, job.from) };
    }
  } finally {
    await worker.end();
  }
}

const found = ({ name, seed }: Job, index: number, message: string): Outcome => ({
  ok: false,
  index,
  message,
  input: inputOf(name, seed, index),
});

/** The smallest input found that has any trouble, each tried with its deadline. */
export async function minimise(name: string, input: Input): Promise<Input> {
  let worker = new Worker();
  await worker.report(10_000);
  try {
    return await shrink(input, async (candidate) => {
      worker.order({ type: "check", name, input: candidate });
      const report = await worker.report(3 * targetOf(name).deadlineMs + 1_000);
      if (typeof report !== "string") return report.type === "checked" ? report.message : "";
      await worker.end();
      worker = new Worker();
      await worker.report(10_000);
      return report;
    });
  } finally {
    await worker.end();
  }
}
