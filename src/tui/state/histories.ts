/** What each process and the container have used in the last two minutes: one sample for each overview. */
import type { RemoteOverview } from "../../client/overview.ts";
import { idOf } from "./state.ts";

/** Samples, oldest first. */
export interface History {
  readonly cpu: readonly number[];
  readonly memory: readonly number[];
}

export interface Histories {
  readonly container: History;
  readonly processes: ReadonlyMap<string, History>;
}

const kept = 120;
const none: History = { cpu: [], memory: [] };

export const noHistories: Histories = { container: none, processes: new Map() };

export function remember(histories: Histories, { cpu, memory, processes }: RemoteOverview): Histories {
  return {
    container: grown(histories.container, cpu.usedPercent ?? 0, memory.usedBytes),
    processes: new Map(
      processes.map((program) => {
        const id = idOf(program);
        const before = histories.processes.get(id) ?? none;
        const { usage } = program;
        // One that has ended falls to nothing; one that has never run has no history.
        if (usage === null && before === none) return [id, none];
        return [id, grown(before, usage?.cpuPercent ?? 0, usage?.memoryBytes ?? 0)];
      }),
    ),
  };
}

const grown = ({ cpu, memory }: History, nextCpu: number, nextMemory: number): History => ({
  cpu: [...cpu.slice(1 - kept), nextCpu],
  memory: [...memory.slice(1 - kept), nextMemory],
});

/** Between which values a chart of memory is drawn: what stays the same is low and flat, what grows climbs. */
export function memoryBounds(memory: readonly number[]): readonly [low: number, high: number] {
  const most = Math.max(1, ...memory);
  return [Math.min(...memory, most) - most * 0.1, most * 1.3];
}
