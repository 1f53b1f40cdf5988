/** All that is known of one process, put together when somebody asks. */
import type { LivingProcess, ProcessInfo, ProcessReport } from "../api/daemon.ts";
import { describeCause } from "../core/cause.ts";
import { commandLine } from "../system/process-tree.ts";
import { processUsage } from "../system/usage.ts";
import type { Orphans } from "./orphans.ts";
import type { SupervisedProcess } from "./process.ts";
import type { Surroundings } from "./surroundings.ts";

/** A fork bomb is not listed whole. */
const livingLimit = 200;

export async function reportOf(
  process: SupervisedProcess,
  info: ProcessInfo,
  { orphans, usage, nextRun }: Surroundings,
): Promise<ProcessReport> {
  const { settings, outlook, history, state } = process;
  return {
    info,
    settings,
    outlook,
    nextRun: nextRun(process),
    starts: history.starts,
    ends: history.ends,
    cause: state === "STOPPING" && history.cause !== null ? describeCause(history.cause) : null,
    usage: usage.now(process),
    living: await living(process, orphans),
  };
}

async function living(process: SupervisedProcess, orphans: Orphans): Promise<LivingProcess[]> {
  const left = new Set(orphans.leftBy(process));
  const pids = orphans.all(process, process.pid).slice(0, livingLimit);
  const used = await processUsage(pids);
  return pids.map((pid) => {
    const { memoryBytes = null, cpuPercent = null } = used.get(pid) ?? {};
    return { pid, command: commandLine(pid), leftBehind: left.has(pid), memoryBytes, cpuPercent };
  });
}
