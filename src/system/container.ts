/**
 * What the container as a whole uses of what it may: by its control group where that can be seen, else by the
 * machine, which is then what it has. Reads some ten small files of the kernel's; nothing here throws.
 */
import { readFileSync } from "node:fs";
import { availableParallelism, freemem, totalmem } from "node:os";
import type { ContainerUsage, Whose } from "../core/container.ts";
import { cgroupPlace, limitsOf } from "./cgroup-place.ts";
import type { Clock } from "./clock.ts";

/** Percentages over less than that jump. */
const shortestSpanMs = 500;

interface Look {
  readonly at: number;
  readonly of: Whose;
  readonly cpuMs: number;
}

export class ContainerMeter {
  readonly #clock: Clock;
  #last: Look | null = null;
  #usedPercent: number | null = null;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  look(): ContainerUsage {
    const place = cgroupPlace();
    const group = place === null ? null : limitsOf(place);
    const machineBytes = totalmem();
    const used = group?.memoryUsedBytes ?? null;
    const cores = availableParallelism();
    const cpu = this.#look(group?.cpuUsedMs ?? null);
    return {
      memory: {
        of: used === null ? "machine" : "container",
        usedBytes: used === null ? machineBytes - freemem() : Math.max(0, used - (group?.memoryCacheBytes ?? 0)),
        limitBytes: Math.min(group?.memoryBytes ?? machineBytes, machineBytes),
      },
      cpu: { ...cpu, limitPercent: 100 * Math.min(group?.cpus ?? cores, cores) },
      pids: group?.pidsUsed == null ? null : { used: group.pidsUsed, limit: group.pids },
    };
  }

  #look(ofGroup: number | null): { of: Whose; usedPercent: number | null } {
    const look: Look = {
      at: this.#clock.now(),
      of: ofGroup === null ? "machine" : "container",
      cpuMs: ofGroup ?? machineCpuMs(),
    };
    const last = this.#last;
    if (last === null || last.of !== look.of) {
      this.#last = look;
      this.#usedPercent = null;
    } else if (look.at - last.at >= shortestSpanMs) {
      this.#last = look;
      this.#usedPercent = Math.max(0, (100 * (look.cpuMs - last.cpuMs)) / (look.at - last.at));
    }
    return { of: look.of, usedPercent: this.#usedPercent };
  }
}

/** Of all cores since boot, by the first line of proc_stat(5), in ticks of 10 ms. */
function machineCpuMs(): number {
  try {
    const [line = ""] = readFileSync("/proc/stat", "latin1").split("\n", 1);
    const [user = 0, nice = 0, system = 0, , , irq = 0, softirq = 0, steal = 0] = line.split(/ +/).slice(1).map(Number);
    return 10 * (user + nice + system + irq + softirq + steal);
  } catch {
    return 0;
  }
}
