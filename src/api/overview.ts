/**
 * `spaced.overview`: the whole daemon at a glance, for screens, pages and metrics. Fields may be added, and whoever
 * reads it takes what is missing for unknown: XML-RPC has no null, so what is not known is left out. Moments are ISO
 * 8601, durations milliseconds, sizes kilobytes, percentages those of one core. What a program is given as secret
 * is not in it.
 */
import type { ProcessSettings } from "../core/program.ts";
import type { XmlRpcStruct } from "../protocol/xmlrpc.ts";
import type { Overview, ProcessOverview } from "./daemon.ts";
import { healthStruct } from "./health.ts";
import type { Counts, LogTargetStatus } from "./measurements.ts";
import { type Operation, operation } from "./operation.ts";
import { endStruct, given, iso } from "./report.ts";
import { inKilobytes, inTenths, usageStruct } from "./usage.ts";

/** Bytes to reserve for one process, and for the rest. */
const PROCESS_BYTES = 2048;
const REST_BYTES = 2048;

export const overviewOperations: readonly Operation[] = [
  operation({
    name: "spaced.overview",
    parameters: [],
    returns: "struct",
    reads: true,
    help: "Tells at a glance how the daemon, its container and every process are, and what they use.",
    // Whoever looks on while the daemon ends is to see it end.
    always: true,
    run: async ({ daemon, reply }) => {
      const overview = await daemon.overview();
      reply.reserve(REST_BYTES + overview.processes.length * PROCESS_BYTES);
      return overviewStruct(overview);
    },
  }),
];

function overviewStruct(overview: Overview): XmlRpcStruct {
  return { ...headStruct(overview), processes: overview.processes.map(processStruct) };
}

const targetStruct = ({ name, type, place, queueBytes, failing }: LogTargetStatus): XmlRpcStruct => ({
  name,
  type,
  place,
  queueKb: inKilobytes(queueBytes),
  ...(failing === null ? {} : { failing: { why: failing.why, since: iso(failing.since) } }),
});

/** All but the processes. */
export function headStruct(overview: Omit<Overview, "processes">): XmlRpcStruct {
  const { own, container, logTargets } = overview;
  const { memory, cpu } = container;
  return {
    identifier: overview.identifier,
    version: overview.version,
    state: overview.state,
    pid: overview.pid,
    now: iso(overview.now),
    startedAt: iso(overview.startedAt),
    own: given({ memoryKb: inKilobytes(own.memoryBytes), cpuPercent: tenths(own.cpuPercent) }),
    container: {
      memory: { of: memory.of, usedKb: inKilobytes(memory.usedBytes), limitKb: inKilobytes(memory.limitBytes) },
      cpu: given({ of: cpu.of, usedPercent: tenths(cpu.usedPercent), limitPercent: cpu.limitPercent }),
      ...(container.pids === null ? {} : { pids: given(container.pids) }),
    },
    ...(logTargets.length === 0 ? {} : { logTargets: logTargets.map(targetStruct) }),
  };
}

export function processStruct({
  info,
  settings,
  outlook,
  usage,
  lastEnd,
  counts,
  ...process
}: ProcessOverview): XmlRpcStruct {
  return {
    group: info.group,
    name: info.name,
    program: settings.program,
    type: settings.care.type,
    state: info.state,
    description: info.description,
    pid: info.pid,
    starts: process.starts,
    ...given({
      startedAt: process.startedAt === 0 ? null : iso(process.startedAt),
      endedAt: process.endedAt === 0 ? null : iso(process.endedAt),
      failure: info.spawnError === "" ? null : info.spawnError,
      cause: process.cause,
      dueMs: outlook.inMs === null ? null : Math.round(outlook.inMs),
    }),
    next: outlook.text,
    ...(lastEnd === null ? {} : { lastEnd: endStruct(lastEnd) }),
    wanted: info.wellness.wanted,
    well: info.wellness.well,
    why: info.wellness.why,
    health: healthStruct(info.health),
    ...(usage === null ? {} : { usage: usageStruct(usage) }),
    limits: limitsStruct(settings),
    counts: countsStruct(counts),
    // Where it writes to that can be followed; what goes to stdout with it has no log of its own.
    logs: {
      stdout: info.stdoutLogfile !== "",
      stderr: info.stderrLogfile !== "" && !settings.redirectStderr,
      stderrToStdout: settings.redirectStderr,
    },
  };
}

/** Since the daemon's process began. */
function countsStruct({ tally, outputBytes }: Counts): XmlRpcStruct {
  return {
    restarts: { ...tally.restarts },
    startFailures: tally.startFailures,
    oomKills: tally.oomKills,
    outputKb: { stdout: inKilobytes(outputBytes.stdout), stderr: inKilobytes(outputBytes.stderr) },
  };
}

/** What it is kept to; nothing of what it is not. */
function limitsStruct({ care }: ProcessSettings): XmlRpcStruct {
  return given({
    memoryKb: kilobytes(care.memory?.limitBytes),
    memoryHardKb: kilobytes(care.memory?.hardBytes),
    cpuPercent: care.cpu?.percent ?? null,
    maxRuntimeMs: care.maxRuntime?.maxMs ?? null,
    pids: care.kernel.pids,
  });
}

const tenths = (value: number | null): number | null => (value === null ? null : inTenths(value));
const kilobytes = (bytes: number | null | undefined): number | null => (bytes == null ? null : inKilobytes(bytes));
