/** Everything at a glance, put together when somebody asks: see `Overview`. Nothing is measured while nobody does. */
import type { Daemon, Overview, ProcessOverview } from "../api/daemon.ts";
import { describeCause } from "../core/cause.ts";
import { version } from "../core/version.ts";
import { ContainerMeter } from "../system/container.ts";
import type { SupervisedProcess } from "./process.ts";
import { infoOf } from "./snapshot.ts";
import type { Surroundings } from "./surroundings.ts";

/** Percentages over less than that jump. */
const shortestSpanMs = 500;

export class Glance {
  readonly #around: Surroundings;
  readonly #container: ContainerMeter;
  readonly #startedAt: number;
  #spent: { readonly at: number; readonly cpuMs: number } | null = null;
  #cpuPercent: number | null = null;

  constructor(around: Surroundings) {
    this.#around = around;
    this.#container = new ContainerMeter(around.clock);
    this.#startedAt = around.clock.wall();
  }

  async take(
    processes: readonly SupervisedProcess[],
    daemon: Pick<Daemon, "identifier" | "pid" | "state">,
  ): Promise<Overview> {
    const { clock, usage } = this.#around;
    await usage.refresh(processes);
    const now = clock.wall();
    return {
      identifier: daemon.identifier,
      version,
      state: daemon.state(),
      pid: daemon.pid,
      now,
      startedAt: this.#startedAt,
      own: { memoryBytes: process.memoryUsage.rss(), cpuPercent: this.#ownCpu() },
      container: this.#container.look(),
      logTargets: this.#around.logTargets.statuses,
      processes: processes.map((process) => this.#one(process, now)),
    };
  }

  #one(process: SupervisedProcess, now: number): ProcessOverview {
    const { settings, outlook, history, state } = process;
    return {
      info: infoOf(process, now),
      settings,
      outlook,
      startedAt: history.startedAt,
      endedAt: history.endedAt,
      starts: history.starts,
      lastEnd: history.ends[0] ?? null,
      cause: state === "STOPPING" && history.cause !== null ? describeCause(history.cause) : null,
      usage: this.#around.usage.now(process),
      counts: process.counts,
    };
  }

  #ownCpu(): number | null {
    const { user, system } = process.cpuUsage();
    const spent = { at: this.#around.clock.now(), cpuMs: (user + system) / 1000 };
    const last = this.#spent;
    if (last !== null && spent.at - last.at < shortestSpanMs) return this.#cpuPercent;
    this.#spent = spent;
    this.#cpuPercent = last === null ? null : (100 * (spent.cpuMs - last.cpuMs)) / (spent.at - last.at);
    return this.#cpuPercent;
  }
}
