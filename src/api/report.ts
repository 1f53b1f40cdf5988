/**
 * `spaced.report`: everything about one process, for our own control program. Fields may be added, and
 * whoever reads it takes what is missing for unknown. What a program is given as secret is not in it.
 */
import { describeCause } from "../core/cause.ts";
import { Fault } from "../core/faults.ts";
import type { End } from "../core/history.ts";
import type { Loss, Stuck } from "../core/loss.ts";
import { signalName } from "../core/signals.ts";
import type { XmlRpcStruct } from "../protocol/xmlrpc.ts";
import type { ProcessReport } from "./daemon.ts";
import { healthStruct } from "./health.ts";
import { findProcess } from "./names.ts";
import { type Operation, operation, text } from "./operation.ts";
import { infoStruct } from "./processes.ts";
import { inKilobytes, inTenths, usageStruct } from "./usage.ts";

/** Bytes to reserve: 200 living processes with command lines of a few hundred bytes. */
const REPORT_BYTES = 128 * 1024;
/** Of a command line. */
const commandLimit = 400;

export const reportOperations: readonly Operation[] = [
  operation({
    name: "spaced.report",
    parameters: [text("name", "a process: `name` or `group:name`")],
    returns: "struct",
    reads: true,
    help: "Tells everything about one process: its last ends, what happens next, and what lives of it.",
    run: async ({ daemon, reply }, name) => {
      const report = await daemon.report(findProcess(daemon, name));
      if (report === null) throw new Fault("BAD_NAME", name);
      reply.reserve(REPORT_BYTES);
      return reportStruct(report);
    },
  }),
];

function reportStruct(report: ProcessReport): XmlRpcStruct {
  const { settings, outlook } = report;
  return {
    process: infoStruct(report.info),
    program: settings.program,
    type: settings.care.type,
    command: settings.command,
    ...given({
      directory: settings.directory,
      uid: settings.uid,
      cause: report.cause,
      dueMs: outlook.inMs === null ? null : Math.round(outlook.inMs),
      nextRun: report.nextRun === null ? null : iso(report.nextRun),
    }),
    next: outlook.text,
    health: healthStruct(report.info.health),
    starts: report.starts,
    ends: report.ends.map(endStruct),
    ...(report.usage === null ? {} : { usage: usageStruct(report.usage) }),
    living: report.living.map(({ pid, command, leftBehind, memoryBytes, cpuPercent }) => ({
      pid,
      command: command.length > commandLimit ? `${command.slice(0, commandLimit)}…` : command,
      leftBehind,
      ...given({
        memoryKb: memoryBytes === null ? null : inKilobytes(memoryBytes),
        cpuPercent: cpuPercent === null ? null : inTenths(cpuPercent),
      }),
    })),
    losses: report.info.losses.map(lossStruct),
    ...(report.info.stuck === null ? {} : { stuck: stuckStruct(report.info.stuck) }),
    autorestart: settings.autorestart,
    redirectStderr: settings.redirectStderr,
  };
}

const stuckStruct = ({ path, ms }: Stuck): XmlRpcStruct => ({ path, ms: Math.round(ms) });

const lossStruct = ({ path, lost, unit, cause, since, until, open }: Loss): XmlRpcStruct => ({
  path,
  open,
  cause,
  ...(unit === "bytes" ? { lostKb: Math.ceil(lost / 1024) } : { lostLines: lost }),
  since: iso(since),
  until: iso(until),
});

export const iso = (wallMs: number): string => new Date(wallMs).toISOString();

export function endStruct(end: End): XmlRpcStruct {
  return {
    startedAt: iso(end.startedAt),
    endedAt: iso(end.endedAt),
    expected: end.expected,
    oomKilled: end.evidence.oomKilled,
    ...given({
      code: end.exit?.code ?? null,
      signal: end.exit?.signal == null ? null : signalName(end.exit.signal),
      core: end.exit?.core === true ? true : null,
      failure: end.failure === "" ? null : end.failure,
      cause: end.cause === null ? null : describeCause(end.cause),
      memoryKb: end.evidence.memoryBytes === null ? null : inKilobytes(end.evidence.memoryBytes),
    }),
  };
}

/** XML-RPC has no null: what is not known is left out. */
export function given(values: Readonly<Record<string, string | number | boolean | null>>): XmlRpcStruct {
  return Object.fromEntries(
    Object.entries(values).filter((entry): entry is [string, string | number | boolean] => entry[1] !== null),
  );
}
