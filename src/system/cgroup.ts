/**
 * Groups of processes that the kernel keeps to memory, processor time and number: one per program process,
 * below a group of this daemon, `spaced-<pid>`, next to whatever the container has. Only where that is
 * writable, which it is in few containers; nothing is touched before the first program asks.
 *
 * v2 (cgroups(7)) hands controllers down only through groups that have no processes of their own, so the daemon
 * first moves itself, and what else is in the container's group, into a leaf. In v1 each controller is a
 * tree of its own and nobody has to move. A lock on its group tells whether a daemon still lives there.
 */
import { closeSync } from "node:fs";
import { join } from "node:path";
import {
  folderName,
  foldersIn,
  holdFolder,
  makeFolder,
  pidsIn,
  readFile,
  removeFolder,
  withInner,
  writeFile,
} from "./cgroup-folder.ts";
import { type CgroupPlace, type Controller, cgroupPlace, isWritable, leaf, oomKillsIn } from "./cgroup-place.ts";
import { tree } from "./process-tree.ts";

/** null = without limit. */
export interface GroupLimits {
  readonly memoryBytes: number | null;
  /** Of one core. */
  readonly cpuPercent: number | null;
  /** Processes and threads. */
  readonly pids: number | null;
}

/** The group of one process of a program. */
export interface Cgroup {
  /** A process enters by writing a zero to each. */
  readonly procsFiles: readonly string[];
  /** How often the OOM killer has struck in it. */
  oomKills(): number;
  /** The most memory it has had; null when that is not known. */
  memoryPeak(): number | null;
  processes(): number[];
  /** SIGKILL for everything in it. */
  kill(): void;
  /** Takes it away when nothing lives in it any more; tells whether it is gone. */
  remove(): boolean;
}

export interface Cgroups {
  readonly version: 1 | 2;
  /** The group of a process, with these limits, made if need be; null when that fails, which is logged. */
  enter(group: string, name: string, limits: GroupLimits): Cgroup | null;
  /** Takes all that is empty away; the daemon goes back to where it came from. */
  close(): void;
}

type Log = (level: "info" | "warn", text: string) => void;

/** null where no groups can be made; `log` is told when that is a surprise. */
export function openCgroups(log: Log): Cgroups | null {
  const place = cgroupPlace();
  if (place === null || !isWritable(place)) return null;
  try {
    return new Groups(place, log);
  } catch (error) {
    log("warn", `cannot make control groups: ${(error as Error).message}`);
    return null;
  }
}

/** Folders of a group, by controller; of v2 the same one each time. */
type Folders = CgroupPlace["folders"];

class Groups implements Cgroups {
  readonly version: 1 | 2;
  readonly #place: CgroupPlace;
  readonly #base: Folders;
  readonly #locks: readonly number[];
  readonly #log: Log;
  /** Of v2: the controllers that the container's group gives on because of us. */
  #handedDown: readonly string[] = [];

  constructor(place: CgroupPlace, log: Log) {
    this.version = place.version;
    this.#place = place;
    this.#log = log;
    for (const folder of distinct(place.folders)) removeAbandoned(folder);
    const { base, locks } = claim(place.folders);
    this.#base = base;
    this.#locks = locks;
    try {
      if (place.version === 2) this.#delegate();
    } catch (error) {
      this.close();
      throw error;
    }
  }

  enter(group: string, name: string, limits: GroupLimits): Cgroup | null {
    const wanted = this.#wanted(limits);
    const folders = mapFolders(wanted, (folder) => join(folder, folderName(group, name)));
    try {
      for (const folder of distinct(folders)) makeFolder(folder);
      this.#limit(folders, limits);
      return new Group(this.version, folders);
    } catch (error) {
      this.#log("warn", `cannot hold ${name} to its limits by a control group: ${(error as Error).message}`);
      for (const folder of distinct(folders)) removeFolder(folder);
      return null;
    }
  }

  close(): void {
    if (this.version === 2) this.#undelegate();
    for (const folder of distinct(this.#base)) removeFolder(folder);
    for (const fd of this.#locks) closeSync(fd);
  }

  /** Where to make a group: in v1 only in the trees of those controllers that have something to do. */
  #wanted(limits: GroupLimits): Folders {
    if (this.version === 2) return this.#base;
    const asked: Record<Controller, boolean> = {
      memory: limits.memoryBytes !== null,
      cpu: limits.cpuPercent !== null,
      pids: limits.pids !== null,
    };
    return Object.fromEntries(Object.entries(this.#base).filter(([controller]) => asked[controller as Controller]));
  }

  #limit({ memory, cpu, pids }: Folders, limits: GroupLimits): void {
    const [v2, unlimited] = [this.version === 2, this.version === 2 ? "max" : "-1"];
    const quota = limits.cpuPercent === null ? unlimited : String(Math.round(limits.cpuPercent * (periodUs / 100)));
    if (memory !== undefined)
      writeFile(memory, v2 ? "memory.max" : "memory.limit_in_bytes", String(limits.memoryBytes ?? unlimited));
    if (cpu !== undefined && v2) writeFile(cpu, "cpu.max", `${quota} ${periodUs}`);
    if (cpu !== undefined && !v2) {
      writeFile(cpu, "cpu.cfs_period_us", String(periodUs));
      writeFile(cpu, "cpu.cfs_quota_us", quota);
    }
    if (pids !== undefined) writeFile(pids, "pids.max", String(limits.pids ?? "max"));
  }

  /** Lets our groups have the controllers. */
  #delegate(): void {
    const [folder, base] = this.#foldersOfV2();
    const all = Object.keys(this.#base);
    makeFolder(join(base, leaf.name));
    writeFile(join(base, leaf.name), "cgroup.procs", "0");
    const before = new Set(readFile(folder, subtree).trim().split(" "));
    const missing = all.filter((controller) => !before.has(controller));
    for (let round = 1; !tryWrite(folder, subtree, signed("+", missing)); round++) {
      // What is forked while we move the others stays behind.
      if (round > rounds || !isContainers(folder))
        throw new Error(`other processes are in ${folder}, which would have to be empty`);
      for (const pid of pidsIn(folder)) tryWrite(join(base, leaf.name), "cgroup.procs", String(pid));
    }
    this.#handedDown = missing;
    writeFile(base, subtree, signed("+", all));
  }

  /** Fails where other daemons live next to us; whoever comes next cleans up behind us. */
  #undelegate(): void {
    const [folder, base] = this.#foldersOfV2();
    for (const name of foldersIn(base)) if (name !== leaf.name) removeFolder(join(base, name));
    tryWrite(base, subtree, signed("-", Object.keys(this.#base)));
    tryWrite(folder, subtree, signed("-", this.#handedDown));
    for (const pid of pidsIn(join(base, leaf.name))) tryWrite(folder, "cgroup.procs", String(pid));
  }

  #foldersOfV2(): [container: string, ours: string] {
    return [distinct(this.#place.folders)[0] as string, distinct(this.#base)[0] as string];
  }
}

const subtree = "cgroup.subtree_control";
const signed = (sign: "+" | "-", names: readonly string[]): string => names.map((name) => `${sign}${name}`).join(" ");

/** How often the others are moved out of the way. */
const rounds = 10;
/** Of a cpu quota, as the kernel has it from the start. */
const periodUs = 100_000;

class Group implements Cgroup {
  readonly procsFiles: readonly string[];
  readonly #version: 1 | 2;
  readonly #folders: Folders;
  readonly #oomKillsBefore: number;

  constructor(version: 1 | 2, folders: Folders) {
    this.#version = version;
    this.#folders = folders;
    this.procsFiles = distinct(folders).map((folder) => join(folder, "cgroup.procs"));
    this.#oomKillsBefore = this.#struck();
  }

  oomKills(): number {
    return this.#struck() - this.#oomKillsBefore;
  }

  memoryPeak(): number | null {
    const { memory } = this.#folders;
    if (memory === undefined) return null;
    const peak = readFile(memory, this.#version === 2 ? "memory.peak" : "memory.max_usage_in_bytes");
    return peak === "" ? null : Number(peak);
  }

  processes(): number[] {
    return [...new Set(distinct(this.#folders).flatMap((folder) => withInner(folder).flatMap(pidsIn)))];
  }

  kill(): void {
    // v1 has no such file, and before Linux 5.14 v2 has none either.
    if (distinct(this.#folders).every((folder) => tryWrite(folder, "cgroup.kill", "1"))) return;
    for (const pid of this.processes()) {
      try {
        process.kill(pid, "SIGKILL");
      } catch {
        // It has died meanwhile.
      }
    }
  }

  remove(): boolean {
    return distinct(this.#folders).map(removeFolder).every(Boolean);
  }

  #struck(): number {
    const { memory } = this.#folders;
    return memory === undefined ? 0 : (oomKillsIn(this.#version, memory) ?? 0);
  }
}

/** Takes away what daemons have left that are no more; whatever lives in such groups is left alone. */
function removeAbandoned(folder: string): void {
  for (const name of foldersIn(folder)) {
    if (!name.startsWith(leaf.prefix)) continue;
    const held = holdFolder(join(folder, name));
    if (held === null) continue;
    removeFolder(join(folder, name));
    closeSync(held);
  }
}

/** Makes a group of this daemon's own in each tree, and holds it. */
function claim(places: Folders): { base: Folders; locks: number[] } {
  for (let attempt = 0; ; attempt++) {
    // Daemons in different pid namespaces may have the same pid.
    const name = `${leaf.prefix}${process.pid}${attempt === 0 ? "" : `.${attempt}`}`;
    const base = mapFolders(places, (folder) => join(folder, name));
    const folders = distinct(base);
    for (const folder of folders) makeFolder(folder);
    const locks = folders.map(holdFolder).filter((fd) => fd !== null);
    if (locks.length === folders.length) return { base, locks };
    for (const fd of locks) closeSync(fd);
    if (attempt === attempts) throw new Error(`${folders[0]} is taken`);
  }
}

const attempts = 100;

/** Whether it is the container's own group and not one of a machine that others use, too: its first process is in it. */
const isContainers = (folder: string): boolean =>
  process.pid === 1 || (pidsIn(folder).includes(1) && tree([1]).includes(process.pid));

const distinct = (folders: Folders): string[] => [...new Set(Object.values(folders))];

function mapFolders(folders: Folders, change: (folder: string) => string): Folders {
  return Object.fromEntries(Object.entries(folders).map(([controller, folder]) => [controller, change(folder)]));
}

function tryWrite(folder: string, file: string, value: string): boolean {
  try {
    writeFile(folder, file, value);
    return true;
  } catch {
    return false;
  }
}
