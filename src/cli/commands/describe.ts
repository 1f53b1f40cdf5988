/** `describe NAMES`: everything about processes: what they are told to do, what lives of them, how they have fared. */
import type { RemoteReport } from "../../client/report.ts";
import { keyOf, originOf, settingsOf } from "../../client/settings.ts";
import { duration, size } from "../../core/quantity.ts";
import type { Setting } from "../../core/setting.ts";
import type { Command } from "../commands.ts";
import { printJson } from "../listing.ts";
import { pad } from "../names.ts";
import { chosen, howItEnded, howMuchIsLost, lived, moment, nameOf, reportOf, whoIsStuck } from "../reports.ts";
import type { Session } from "../session.ts";
import { wantedOf } from "../upcheck.ts";

export async function run(session: Session, argument: string, command: Command): Promise<undefined> {
  const wanted = await wantedOf(session, command, argument);
  if (wanted === null) return;
  const found: Found[] = [];
  for (const process of await chosen(session, wanted.names)) {
    const report = await reportOf(session, process);
    if (report === null) return;
    found.push({ report, settings: await settingsOf(session.client, `${process.group}:${process.name}`) });
  }
  if (wanted.json)
    printJson(
      session,
      found.map(({ report, settings }) => ({ ...report.raw, ...(settings === null ? {} : { settings }) })),
    );
  else session.out.write(found.map(asPage).join("\n"));
}

interface Found {
  readonly report: RemoteReport;
  /** null: the daemon does not tell. */
  readonly settings: readonly Setting[] | null;
}

function asPage({ report, settings }: Found): string {
  const { process, usage } = report;
  const facts: readonly (readonly [string, string | null])[] = [
    ["state", `${process.stateName}${process.description === "" ? "" : `  ${process.description}`}`],
    ["next", `it ${report.next}`],
    ["schedule", report.nextRun === null ? null : `next at ${moment(report.nextRun)}`],
    ["health", healthOf(report)],
    ["memory", usage === null ? null : `${size(usage.memoryBytes)} in ${inProcesses(usage.processes)}`],
    ["cpu", usage === null ? null : `${usage.cpuPercent}% of a core, ${inAll(usage.cpuSeconds)} in all`],
    ["command", report.command],
    ["directory", report.directory],
    ["stdout", report.logs.stdout],
    ["stderr", report.logs.stderr],
    ["user id", report.uid === null ? null : String(report.uid)],
    ["starts", String(report.starts)],
  ];
  const width = 12;
  const lines = facts.flatMap(([name, value]) => (value === null ? [] : [`  ${pad(name, width)}${value}\n`]));
  const waits = report.stuck === null ? "" : `  ${pad("waits", width)}${whoIsStuck(report.stuck)}\n`;
  const losses = report.losses.map((loss) => `  ${pad("lost", width)}${howMuchIsLost(loss)}\n`).join("");
  return `${nameOf(report)}\n${lines.join("")}${waits}${losses}${living(report)}${ends(report)}${listed(settings ?? [])}`;
}

/** The daemon tells whole seconds. */
const inAll = (cpuSeconds: number): string => (cpuSeconds === 0 ? "less than 1s" : duration(cpuSeconds * 1000));

/** null for what nobody asks and what says nothing itself. */
function healthOf({ process, health: { health, ready, lastCheck } }: RemoteReport): string | null {
  const unasked = health === "none" && lastCheck === null;
  if (unasked && ready === (process.stateName === "RUNNING")) return null;
  const words = [...(health === "none" ? [] : [health]), ready ? "ready" : "not ready"].join(", ");
  return lastCheck === null ? words : `${words}; last check ${moment(Date.parse(lastCheck.at))}: ${lastCheck.text}`;
}

function living({ living }: RemoteReport): string {
  // One that has ended while it was looked at has neither.
  const seen = living.filter(({ command, memoryBytes }) => command !== "" || memoryBytes !== null);
  if (seen.length === 0) return "";
  const rows = seen.map(({ pid, command, leftBehind, memoryBytes, cpuPercent }) => {
    const memory = memoryBytes === null ? "-" : size(memoryBytes);
    const cpu = cpuPercent === null ? "-" : `${cpuPercent}%`;
    return `    ${pad(String(pid), 9)}${pad(memory, 10)}${pad(cpu, 8)}${command}${leftBehind ? "  (left behind)" : ""}\n`;
  });
  return `  processes\n${rows.join("")}`;
}

function ends({ ends }: RemoteReport): string {
  if (ends.length === 0) return "";
  const rows = ends.map((end) => `    ${moment(end.endedAt)}  after ${lived(end)}: ${howItEnded(end)}\n`);
  return `  last ends\n${rows.join("")}`;
}

/** Longer values push what is behind them to the right. */
const valueColumns = 40;

function listed(settings: readonly Setting[]): string {
  if (settings.length === 0) return "";
  const rows = settings.map((setting) => [keyOf(setting), oneLine(setting.value), originOf(setting)] as const);
  const widest = (texts: readonly string[]) => Math.max(...texts.map(({ length }) => length)) + 2;
  const keyColumns = widest(rows.map(([key]) => key));
  const columns = widest(
    rows
      .map(([, value]) => value)
      .filter(({ length }) => length <= valueColumns)
      .concat(""),
  );
  const lines = rows.map(
    ([key, value, origin]) => `    ${pad(key, keyColumns)}${pad(`${value}  `, columns)}${origin}\n`,
  );
  return `  settings\n${lines.join("")}`;
}

const oneLine = (value: string): string => value.trim().replace(/\s*\n\s*/g, " ");

const inProcesses = (count: number): string => (count === 1 ? "one process" : `${count} processes`);
