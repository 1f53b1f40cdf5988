/** All that is known of one process, put together when somebody asks. */
import type { LivingProcess, ProcessInfo, ProcessReport } from "../api/daemon.ts";
import { describeCause } from "../core/cause.ts";
import { commandLine } from "../system/process-tree.ts";
import type { Orphans } from "./orphans.ts";
import type { SupervisedProcess } from "./process.ts";

/** A fork bomb is not listed whole. */
const livingLimit = 200;

export function reportOf(process: SupervisedProcess, info: ProcessInfo, orphans: Orphans): ProcessReport {
  const { settings, outlook, history, state } = process;
  return {
    info,
    settings,
    outlook,
    starts: history.starts,
    ends: history.ends,
    cause: state === "STOPPING" && history.cause !== null ? describeCause(history.cause) : null,
    living: living(process, orphans),
  };
}

function living(process: SupervisedProcess, orphans: Orphans): LivingProcess[] {
  const left = new Set(orphans.leftBy(process));
  return orphans
    .all(process, process.pid)
    .slice(0, livingLimit)
    .map((pid) => ({ pid, command: commandLine(pid), leftBehind: left.has(pid) }));
}
