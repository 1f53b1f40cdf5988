/** How many descriptors processes have open: proc_pid_fd(5), whose size says it since Linux 6.2. */
import { readdirSync, statSync } from "node:fs";
import { resourceLimit, resources } from "./libc.ts";

/** Of all of these that live; null when none can be looked into (another user's, without CAP_SYS_PTRACE). */
export function openFiles(pids: Iterable<number | "self">): number | null {
  let sum: number | null = null;
  for (const pid of pids) {
    const count = openFilesOf(pid);
    if (count !== null) sum = (sum ?? 0) + count;
  }
  return sum;
}

function openFilesOf(pid: number | "self"): number | null {
  const folder = `/proc/${pid}/fd`;
  try {
    // Before, the size is 0: then they are counted.
    return statSync(folder).size || readdirSync(folder).length;
  } catch {
    return null;
  }
}

/** How many more we may open. */
export function spareDescriptors(): number {
  const { soft } = resourceLimit(0, resources.RLIMIT_NOFILE);
  const open = openFilesOf("self");
  return soft === -1 || open === null ? Number.POSITIVE_INFINITY : soft - open;
}
