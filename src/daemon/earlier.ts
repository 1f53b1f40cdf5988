/**
 * What an earlier daemon has left running. One that was killed takes none of its programs along, as in the reference;
 * they keep the ports and files that ours will ask for. So they are named at the start, where the pid file of
 * the earlier one still lies. None is ended: whoever killed it may have wanted them to go on.
 */
import { readFileSync } from "node:fs";
import type { Config } from "../core/program.ts";
import { markedProcesses } from "../system/process-tree.ts";
import { spell } from "./snapshot.ts";

/** More than this in a log line says nothing more. */
const named = 10;

/** A line for the main log; null when nothing of this list is left. To be asked before the pid file is written. */
export function leftRunning({ daemon, groups }: Config, serverUrl: string | null): string | null {
  if (serverUrl === null || !isAnothers(daemon.pidfile)) return null;
  const names = new Set(groups.flatMap(({ name, processes }) => processes.map((each) => `${name}:${each.name}`)));
  const marked = markedProcesses().filter(
    (each) => each.serverUrl === serverUrl && names.has(`${each.group}:${each.name}`),
  );
  const pids = new Set(marked.map(({ pid }) => pid));
  const first = marked.filter(({ parent }) => !pids.has(parent));
  if (first.length === 0) return null;
  const told = first.slice(0, named).map((each) => `${spell(each)} (pid ${each.pid})`);
  const more = first.length > named ? ` and ${first.length - named} more` : "";
  return `an earlier daemon has left running: ${told.join(", ")}${more}; they keep their ports and files until they are ended`;
}

function isAnothers(pidfile: string): boolean {
  try {
    const pid = readFileSync(pidfile, "utf8").trim();
    return pid !== "" && pid !== String(process.pid);
  } catch {
    return false;
  }
}
