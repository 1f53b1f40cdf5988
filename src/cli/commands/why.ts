/**
 * `why [NAMES]`: why a program is as it is. One sentence of what it is and what comes next, its last ends
 * with their reasons, and the last lines that it wrote on stderr. Without names: whoever is not as it should be.
 */
import { RemoteFault } from "../../client/failures.ts";
import { asHealth, type HealthFacts } from "../../client/health.ts";
import { asText, type RemoteProcess } from "../../client/replies.ts";
import type { RemoteReport } from "../../client/report.ts";
import { duration } from "../../core/quantity.ts";
import { harmless } from "../../core/terminal-text.ts";
import type { Command } from "../commands.ts";
import { printJson } from "../listing.ts";
import { lengthOf, pad } from "../names.ts";
import { chosen, how, howItEnded, howMuchIsLost, lived, moment, nameOf, reportOf, whoIsStuck } from "../reports.ts";
import { exitStatus, type Session } from "../session.ts";
import { perhaps, wantedOf } from "../upcheck.ts";

const linesShown = 20;
const tailBytes = 16 * 1024;

export async function run(session: Session, argument: string, command: Command): Promise<undefined> {
  const wanted = await wantedOf(session, command, argument);
  if (wanted === null) return;
  const processes = await chosen(session, wanted.names);
  const told = wanted.names.length > 0 ? processes : await wrong(session, processes);
  const answers: unknown[] = [];
  for (const [at, process] of told.entries()) {
    const report = await reportOf(session, process);
    if (report === null) return;
    const lines = await lastLines(session, report);
    if (wanted.json) answers.push({ ...report.raw, lastLines: lines });
    else session.out.write(`${at > 0 ? "\n" : ""}${asPage(report, lines)}`);
  }
  if (wanted.json) printJson(session, answers);
  else if (told.length === 0 && session.status === exitStatus.ok)
    session.out.line("Everything is as it should be; `why NAME` tells about one process.");
}

/** Those that are not as they should be, those that fail their checks, and those whose output is being lost or taken by nobody. */
async function wrong(session: Session, processes: readonly RemoteProcess[]): Promise<RemoteProcess[]> {
  const health = (await perhaps(session, "spaced.health", asHealth, [[], 0])) ?? [];
  const ailing = health.filter(
    ({ health, loses, stuck }) => health === "unhealthy" || loses !== null || stuck !== null,
  );
  const names = new Set(ailing.map(({ group, name }) => `${group}:${name}`));
  return processes.filter((process) => isWrong(process) || names.has(`${process.group}:${process.name}`));
}

/** Not running although nobody asked for that, or about to be something else. */
const isWrong = ({ stateName, spawnError }: RemoteProcess): boolean =>
  stateName !== "RUNNING" && stateName !== "STOPPED" && (stateName !== "EXITED" || spawnError !== "");

function asPage(report: RemoteReport, lines: readonly string[]): string {
  const ends = report.ends.map((end) => [moment(end.endedAt), lived(end), howItEnded(end)] as const);
  const width = ends.reduce((widest, [, life]) => Math.max(widest, lengthOf(life)), "lived".length);
  const rows = ends.map(([when, life, how]) => `  ${when}  ${pad(life, width)}  ${how}\n`);
  const table = rows.length === 0 ? "" : `\n  ${pad("ended", 19)}  ${pad("lived", width)}  how\n${rows.join("")}`;
  const output =
    lines.length === 0
      ? ""
      : `\n  last lines of its ${channelOf(report)}:\n${lines.map((line) => `  | ${line}\n`).join("")}`;
  const waits = report.stuck === null ? "" : `  ${whoIsStuck(report.stuck)}\n`;
  const losses = report.losses.map((loss) => `  ${howMuchIsLost(loss)}\n`).join("");
  return `${nameOf(report)} is ${sentence(report)}\n${checksOf(report.health)}${waits}${losses}${table}${output}`;
}

function sentence({ process, cause, next, ends: [last] }: RemoteReport): string {
  const since =
    process.stateName === "RUNNING" ? ` for ${duration(Math.max(0, process.now - process.start) * 1000)}` : "";
  const why = cause === null ? "" : ` (${cause})`;
  // The reference says `Bad exit code -1` of a signal.
  const trouble = process.stateName === "EXITED" && last !== undefined ? how(last) : process.spawnError;
  const failure = trouble === "" ? "" : `: ${trouble}`;
  return `${process.stateName}${since}${why}${failure}; it ${next}`;
}

/** `  unhealthy since 2026-11-22 07:30:01, 3 failed checks in a row: 127.0.0.1:80: connection refused`; nothing of others. */
function checksOf({ health, since, failures, lastCheck }: HealthFacts): string {
  if (health !== "unhealthy") return "";
  const when = since === null ? "" : ` since ${moment(Date.parse(since))}`;
  const checks = failures === 1 ? "1 failed check" : `${failures} failed checks in a row`;
  return `  unhealthy${when}, ${checks}${lastCheck === null ? "" : `: ${lastCheck.text}`}\n`;
}

const channelOf = ({ redirectStderr }: RemoteReport) => (redirectStderr ? "stdout" : "stderr");

/** None when it keeps no log there. */
async function lastLines(session: Session, report: RemoteReport): Promise<string[]> {
  const method = report.redirectStderr ? "readProcessStdoutLog" : "readProcessStderrLog";
  try {
    const { group, name } = report.process;
    const text = asText(await session.call(method, `${group}:${name}`, -tailBytes, 0));
    const lines = text.split("\n");
    if (lines.at(-1) === "") lines.pop();
    // The first may be the rest of a longer one.
    return (text.length >= tailBytes ? lines.slice(1) : lines)
      .slice(-linesShown)
      .map((line) => harmless(line, false).replaceAll("\t", "    "));
  } catch (error) {
    if (error instanceof RemoteFault) return [];
    throw error;
  }
}
