/** Debian's Prometheus, in a folder of its own, scraping what a test tells it to. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { newDirectory, root } from "./daemon.ts";
import { freePort } from "./port.ts";
import { until } from "./until.ts";

/** One series that a query has found, with its present value. */
export interface Found {
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

export class Prometheus {
  readonly #url: string;
  readonly #process: ChildProcess;

  private constructor(url: string, process: ChildProcess) {
    this.#url = url;
    this.#process = process;
  }

  /** Scrapes `target`, a host and a port, as the job `spaced`, and goes by the rules of docker/. */
  static async start(target: string, token: string): Promise<Prometheus> {
    const directory = newDirectory();
    const port = await freePort();
    const config = {
      global: { scrape_interval: "500ms", scrape_timeout: "500ms", evaluation_interval: "1s" },
      rule_files: [join(root, "docker/prometheus-alerts.yml")],
      scrape_configs: [
        { job_name: "spaced", authorization: { credentials: token }, static_configs: [{ targets: [target] }] },
      ],
    };
    const file = join(directory, "prometheus.yml");
    writeFileSync(file, JSON.stringify(config));
    const flags = [
      `--config.file=${file}`,
      `--storage.tsdb.path=${directory}`,
      `--web.listen-address=127.0.0.1:${port}`,
    ];
    const process = spawn("prometheus", [...flags, "--log.level=error"], { stdio: ["ignore", "ignore", "inherit"] });
    const prometheus = new Prometheus(`http://127.0.0.1:${port}`, process);
    await until("Prometheus is ready", async () => (await fetch(`${prometheus.#url}/-/ready`)).ok, 20_000);
    return prometheus;
  }

  /** The series that an expression has now. @throws Error for one that is wrong */
  async query(expression: string): Promise<Found[]> {
    const answer = (await this.#ask(`query?query=${encodeURIComponent(expression)}`)) as {
      result: { metric: Record<string, string>; value: [number, string] }[];
    };
    return answer.result.map(({ metric, value }) => ({ labels: metric, value: Number(value[1]) }));
  }

  /** Waits until an expression has exactly one series; its value. */
  value(expression: string): Promise<number> {
    return until(
      `there is ${expression}`,
      async () => {
        const found = await this.query(expression);
        if (found.length !== 1) throw new Error(`${found.length} series`);
        return found;
      },
      15_000,
      100,
    ).then(([one]) => one?.value ?? Number.NaN);
  }

  /** Names of the alerts that it knows, with what is wrong with them. */
  async rules(): Promise<{ name: string; health: string }[]> {
    const { groups } = (await this.#ask("rules")) as { groups: { rules: { name: string; health: string }[] }[] };
    return groups.flatMap(({ rules }) => rules);
  }

  async end(): Promise<void> {
    if (this.#process.exitCode !== null) return;
    this.#process.kill("SIGKILL");
    await once(this.#process, "exit");
  }

  async #ask(path: string): Promise<unknown> {
    const answer = (await (await fetch(`${this.#url}/api/v1/${path}`)).json()) as {
      status: string;
      error?: string;
      data: unknown;
    };
    if (answer.status !== "success") throw new Error(answer.error);
    return answer.data;
  }
}
