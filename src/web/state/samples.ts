/**
 * What each program and the container have used in the last ten minutes, once a second: for charts. Kept in the page, so
 * that a daemon at which nobody looks remembers nothing. Written in place, for there are hundreds of thousands of
 * figures: who draws them takes them when something else says that it is time.
 */
import type { RemoteOverview } from "../../client/overview.ts";
import { idOf } from "../../tui/state/state.ts";

/** Ten minutes of seconds. */
const kept = 600;
/** Looks that come sooner one after another than this are one. */
const leastMs = 900;
/** More programs than this have no charts: the figures of so many are 5 MB. */
const mostSeries = 1000;

const container = "";
export type Kind = "cpu" | "memory";

interface Series {
  readonly cpu: Float32Array;
  readonly memory: Float32Array;
}

export interface Point {
  /** The daemon's clock. */
  readonly at: number;
  readonly value: number;
}

export class Samples {
  readonly #times = new Float64Array(kept);
  readonly #series = new Map<string, Series>();
  #count = 0;

  take({ now, cpu, memory, processes }: RemoteOverview): void {
    const last = this.#count === 0 ? Number.NEGATIVE_INFINITY : (this.#times[(this.#count - 1) % kept] ?? 0);
    if (now - last < leastMs) return;
    const slot = this.#count % kept;
    this.#times[slot] = now;
    this.#count++;
    for (const { cpu, memory } of this.#series.values()) {
      cpu[slot] = Number.NaN;
      memory[slot] = Number.NaN;
    }
    this.#put(container, slot, cpu.usedPercent ?? Number.NaN, memory.usedBytes);
    const there = new Set([container]);
    for (const program of processes.slice(0, mostSeries)) {
      const id = idOf(program);
      there.add(id);
      if (program.usage !== null) this.#put(id, slot, program.usage.cpuPercent, program.usage.memoryBytes);
      else if (this.#series.has(id)) this.#put(id, slot, 0, 0);
    }
    for (const id of this.#series.keys()) if (!there.has(id)) this.#series.delete(id);
  }

  /** Oldest first, not older than `spanMs` before the latest; what is not known is left out. */
  points(id: string, kind: Kind, spanMs: number): readonly Point[] {
    const series = this.#series.get(id)?.[kind];
    if (series === undefined) return [];
    const points: Point[] = [];
    const end = this.#times[(this.#count - 1) % kept] ?? 0;
    for (let index = Math.max(0, this.#count - kept); index < this.#count; index++) {
      const at = this.#times[index % kept] ?? 0;
      const value = series[index % kept] ?? Number.NaN;
      if (end - at <= spanMs && !Number.isNaN(value)) points.push({ at, value });
    }
    return points;
  }

  #put(id: string, slot: number, cpu: number, memory: number): void {
    let series = this.#series.get(id);
    if (series === undefined) {
      series = { cpu: new Float32Array(kept).fill(Number.NaN), memory: new Float32Array(kept).fill(Number.NaN) };
      this.#series.set(id, series);
    }
    series.cpu[slot] = cpu;
    series.memory[slot] = memory;
  }

  /** Every so many of them, for keeping them while the page is loaded again. */
  toJSON(): unknown {
    const indices = Array.from({ length: Math.min(this.#count, kept) }, (_, back) => this.#count - 1 - back)
      .filter((index) => index % storedEvery === 0)
      .reverse()
      .map((index) => index % kept);
    const pick = (values: Float32Array, round: number) =>
      indices.map((slot) => {
        const value = values[slot] ?? Number.NaN;
        return Number.isNaN(value) ? null : Math.round(value / round) * round;
      });
    return {
      times: indices.map((slot) => this.#times[slot]),
      series: [...this.#series].map(([id, { cpu, memory }]) => [id, pick(cpu, 0.5), pick(memory, 1024)]),
    };
  }

  /** What `toJSON` has made; of anything else nothing is taken. */
  static from(stored: unknown): Samples {
    const samples = new Samples();
    const { times, series } = (stored ?? {}) as { times?: unknown; series?: unknown };
    if (!Array.isArray(times) || !Array.isArray(series) || times.length > kept) return samples;
    samples.#count = times.length;
    for (const [slot, at] of times.entries()) samples.#times[slot] = Number(at);
    for (const [id, cpu, memory] of series)
      for (let slot = 0; slot < times.length; slot++)
        if (typeof cpu?.[slot] === "number" && typeof memory?.[slot] === "number")
          samples.#put(String(id), slot, cpu[slot], memory[slot]);
    return samples;
  }
}

/** One in five seconds is enough to go on with. */
const storedEvery = 5;
