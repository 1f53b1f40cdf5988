/** What metrics are made of, measured when somebody asks: see `Measurements`. */
import type { Measurements } from "../api/measurements.ts";
import { openFiles } from "../system/open-files.ts";
import type { Glance } from "./glance.ts";
import type { SupervisedProcess } from "./process.ts";
import type { Surroundings } from "./surroundings.ts";

/** After so long at a stretch others get their turn. */
const stretchMs = 5;

type Around = Pick<Surroundings, "clock" | "usage" | "lifetime">;

/** @param overview is asked last, so that what it counts and what it measures are of one moment */
export async function measure(
  processes: readonly SupervisedProcess[],
  overview: () => ReturnType<Glance["take"]>,
  around: Around,
): Promise<Measurements> {
  const { user, system } = process.cpuUsage();
  const own = {
    startedAt: performance.timeOrigin,
    cpuMs: (user + system) / 1000,
    openFiles: openFiles(["self"]),
    lagMs: await lag(),
    busyMs: performance.eventLoopUtilization().active,
  };
  await around.usage.refresh(processes);
  const files = await openFilesOf(processes, around);
  return { overview: await overview(), openFiles: files, reloads: around.lifetime.reloads, own };
}

async function openFilesOf(
  processes: readonly SupervisedProcess[],
  { clock, usage }: Around,
): Promise<(number | null)[]> {
  const counts: (number | null)[] = [];
  let begin = clock.now();
  for (const process of processes) {
    counts.push(openFiles(usage.pids(process)));
    if (clock.now() - begin < stretchMs) continue;
    await new Promise(setImmediate);
    begin = clock.now();
  }
  return counts;
}

/** How long something that is to be done at once waits for its turn. */
async function lag(): Promise<number> {
  const asked = performance.now();
  await new Promise(setImmediate);
  return performance.now() - asked;
}
