/** Reports of the processes that a command names, and what `why` and `describe` both say of an end. */
import { RemoteFault } from "../client/failures.ts";
import { asProcesses, type RemoteProcess } from "../client/replies.ts";
import { asReport, type RemoteEnd, type RemoteLoss, type RemoteReport } from "../client/report.ts";
import { faultCodes } from "../core/faults.ts";
import { duration, size } from "../core/quantity.ts";
import { displayName, isGlob, isMeant, matching, parseName } from "./names.ts";
import { exitStatus, type Session } from "./session.ts";
import { tellUntold } from "./upcheck.ts";

/** What the names mean, each process once; complains of those that mean nothing. */
export async function chosen(session: Session, names: readonly string[]): Promise<RemoteProcess[]> {
  const all = asProcesses(await session.call("getAllProcessInfo"));
  if (names.length === 0 || names.includes("all")) return all;
  const found = names.flatMap((name) => {
    const spec = parseName(name);
    const meant = isGlob(name) ? matching(name, all) : all.filter((process) => isMeant(spec, process));
    // A program's name alone means its processes, as a person would say it.
    const loosely = meant.length === 0 ? all.filter(({ group }) => group === name) : meant;
    if (loosely.length === 0) session.fail(`${name}: ERROR (no such process)`, exitStatus.unknown);
    return loosely;
  });
  return [...new Set(found)];
}

/** null, and the user told so, when the daemon is one that has no reports. */
export async function reportOf(session: Session, process: RemoteProcess): Promise<RemoteReport | null> {
  try {
    return asReport(await session.client.call("spaced.report", [`${process.group}:${process.name}`]));
  } catch (error) {
    if (!(error instanceof RemoteFault) || error.code !== faultCodes.UNKNOWN_METHOD) throw error;
    await tellUntold(session);
    return null;
  }
}

/** `exit status 3`, `killed by SIGKILL (out of memory)`, `could not be started: …`, with who asked for it. */
export function howItEnded(end: RemoteEnd): string {
  const notes = [
    ...(end.oomKilled ? ["out of memory"] : []),
    ...(end.core ? ["core dumped"] : []),
    ...(end.memoryBytes === null
      ? []
      : [`memory ${size(end.memoryBytes)}${end.oomKilled ? " when last looked at" : ""}`]),
  ];
  const note = notes.length === 0 ? "" : ` (${notes.join(", ")})`;
  if (end.signal === null && end.code === null) return `could not be started: ${end.failure ?? "no reason is known"}`;
  const why = end.cause !== null ? `; ${end.cause}` : end.expected ? "; expected" : "";
  return `${how(end)}${note}${why}`;
}

/** `exit status 3`, `killed by SIGKILL`. */
export const how = ({ signal, code }: Pick<RemoteEnd, "signal" | "code">): string =>
  signal === null ? `exit status ${code}` : `killed by ${signal}`;

/** Why a program may hang that does nothing wrong. */
export const whoIsStuck = ({ path, ms }: { readonly path: string; readonly ms: number }): string =>
  `its output waits: ${path} has taken nothing for ${duration(Math.floor(ms / 1000) * 1000)}`;

/** `cannot write PATH: no space left on device; 1.2MB lost since 2026-11-22 07:30:01`, or what has been lost before that was mended. */
export function howMuchIsLost({ path, open, cause, bytes, lines, since, until }: RemoteLoss): string {
  const lost = lines === null ? size(bytes ?? 0) : lines === 1 ? "1 line" : `${lines} lines`;
  if (open) return `cannot write ${path}: ${cause}; ${lost} lost since ${moment(since)}`;
  const when = moment(since) === moment(until) ? `at ${moment(since)}` : `from ${moment(since)} to ${moment(until)}`;
  return `${path} lacks ${lost}, lost ${when}: ${cause}`;
}

/** How long it lived. */
export const lived = (end: RemoteEnd): string =>
  end.code === null && end.signal === null ? "-" : duration(Math.max(0, end.endedAt - end.startedAt));

/** In local time: `2026-11-22 07:30:01`. */
export function moment(wallMs: number): string {
  const at = new Date(wallMs);
  const two = (n: number) => String(n).padStart(2, "0");
  return `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())} ${two(at.getHours())}:${two(at.getMinutes())}:${two(at.getSeconds())}`;
}

/** Its name as one would type it. */
export const nameOf = (report: RemoteReport): string => displayName(report.process);
