/**
 * Where a process stands among the control groups, and what they allow it: cgroups(7). Two generations are
 * about, and a machine may have both mounted: v2 counts if it has a controller that we can use, else v1.
 *
 * In a container the hierarchy above it is not mounted, so the topmost group that can be seen is the container's.
 */
import { accessSync, constants, readFileSync } from "node:fs";
import { dirname, join } from "node:path";

const controllers = ["memory", "cpu", "pids"] as const;
export type Controller = (typeof controllers)[number];

/** Of one process. */
export interface CgroupPlace {
  readonly version: 1 | 2;
  /** Folder of its group for each controller that is there; in v2 the same for all. */
  readonly folders: Readonly<Partial<Record<Controller, string>>>;
  /** Where these are mounted: nothing above is to be seen. */
  readonly tops: Readonly<Partial<Record<Controller, string>>>;
}

interface Mount {
  readonly root: string;
  readonly point: string;
  readonly type: string;
  /** Of the file system: the controllers of v1 are among them. */
  readonly options: readonly string[];
}

/** Where a daemon goes, in v2, to make groups next to it: `cgroup.ts`. */
export const leaf = { prefix: "spaced-", name: "daemon" } as const;

/** Who is in a daemon's leaf belongs where the daemon came from. */
const leafPath = new RegExp(`/${leaf.prefix}[^/]+/${leaf.name}$`);

/** null when there are no control groups to be seen. `pid` null = this process. */
export function cgroupPlace(pid: number | null = null): CgroupPlace | null {
  const mounts = mountsOf(text("/proc/self/mountinfo"));
  const lines = text(`/proc/${pid ?? "self"}/cgroup`)
    .split("\n")
    .map((line) => /^\d+:([^:]*):(.*)$/.exec(line))
    .filter((match) => match !== null)
    .map(([, names = "", path = ""]) => ({ names: names.split(","), path }));
  const unified = lines.find(({ names }) => names[0] === "")?.path.replace(leafPath, "");
  const v2 = seen(
    unified,
    mounts.filter(({ type }) => type === "cgroup2"),
  );
  if (v2 !== null) {
    const offered = new Set(text(join(v2.folder, "cgroup.controllers")).trim().split(" "));
    const usable = controllers.filter((each) => offered.has(each));
    if (usable.length > 0) return { version: 2, ...byController(usable.map((each) => [each, v2])) };
  }
  const v1 = controllers.flatMap((each) => {
    const path = lines.find(({ names }) => names.includes(each))?.path;
    const at = seen(
      path,
      mounts.filter(({ type, options }) => type === "cgroup" && options.includes(each)),
    );
    return at === null ? [] : [[each, at] as const];
  });
  return v1.length === 0 ? null : { version: 1, ...byController(v1) };
}

interface Seen {
  readonly folder: string;
  readonly top: string;
}

/** Where a group is to be seen, if it is. */
function seen(path: string | undefined, mounts: readonly Mount[]): Seen | null {
  if (path === undefined) return null;
  for (const mount of mounts) {
    const folder = folderOf(path, mount);
    if (folder !== null) return { folder, top: mount.point };
  }
  return null;
}

function byController(found: readonly (readonly [Controller, Seen])[]): Pick<CgroupPlace, "folders" | "tops"> {
  return {
    folders: Object.fromEntries(found.map(([name, { folder }]) => [name, folder])),
    tops: Object.fromEntries(found.map(([name, { top }]) => [name, top])),
  };
}

/** proc_pid_mountinfo(5). */
function mountsOf(mountinfo: string): Mount[] {
  return mountinfo.split("\n").flatMap((line) => {
    const [mount = "", system = ""] = line.split(" - ");
    const [, , , root = "", point = ""] = mount.split(" ");
    const [type = "", , options = ""] = system.split(" ");
    return type.startsWith("cgroup")
      ? [{ root: plain(root), point: plain(point), type, options: options.split(",") }]
      : [];
  });
}

/** Blanks and the like are written in octal. */
const plain = (path: string): string =>
  path.replace(/\\([0-7]{3})/g, (_all, code) => String.fromCharCode(Number.parseInt(code, 8)));

/** null when a path is not below what is mounted: it is not to be seen from here. */
function folderOf(path: string, { root, point }: Mount): string | null {
  const base = root === "/" ? "" : root;
  if (root.startsWith("/..") || path.startsWith("/..") || !`${path}/`.startsWith(`${base}/`)) return null;
  return join(point, path.slice(base.length)).replace(/\/$/, "");
}

/** Whether we may make groups in it and put processes there. */
export function isWritable({ version, folders }: CgroupPlace, may = mayWrite): boolean {
  const files = version === 2 ? ["", "cgroup.procs", "cgroup.subtree_control"] : ["", "cgroup.procs"];
  const all = Object.values(folders).flatMap((folder) => files.map((file) => join(folder, file)));
  return all.length > 0 && all.every((path) => may(path));
}

function mayWrite(path: string): boolean {
  try {
    accessSync(path, constants.W_OK);
    return true;
  } catch {
    return false;
  }
}

/** What a group may use and does; null = without limit, or not to be seen. */
export interface CgroupLimits {
  readonly memoryBytes: number | null;
  readonly memoryUsedBytes: number | null;
  /** Of what is used: pages of files that nobody has touched lately, which the kernel gives away when memory is short. */
  readonly memoryCacheBytes: number | null;
  /** In cores. */
  readonly cpus: number | null;
  /** Processor time that has been used. */
  readonly cpuUsedMs: number | null;
  readonly pids: number | null;
  readonly pidsUsed: number | null;
}

/** The tightest limits of a place and all above it, and what is used of them. */
export function limitsOf({ version, folders, tops }: CgroupPlace): CgroupLimits {
  const names = version === 2 ? v2Files : v1Files;
  const upwards = (controller: Controller, read: (folder: string) => number | null) =>
    tightest(folders[controller], tops[controller], read);
  const memory = upwards("memory", (folder) => figure(text(join(folder, names.memoryMax))));
  const pids = upwards("pids", (folder) => figure(text(join(folder, "pids.max"))));
  const cpu = upwards("cpu", version === 2 ? cpusOfV2 : cpusOfV1);
  const used = (folder: string | undefined, file: string) =>
    folder === undefined ? null : figure(text(join(folder, file)));
  return {
    memoryBytes: memory.limit,
    memoryUsedBytes: used(memory.folder, names.memoryUsed),
    memoryCacheBytes: memory.folder === undefined ? null : fieldOf(join(memory.folder, "memory.stat"), names.cache),
    cpus: cpu.limit,
    cpuUsedMs: cpu.folder === undefined ? null : cpuUsedMs(version, cpu.folder),
    pids: pids.limit,
    pidsUsed: used(pids.folder, "pids.current"),
  };
}

const v1Files = {
  memoryMax: "memory.limit_in_bytes",
  memoryUsed: "memory.usage_in_bytes",
  cache: "total_inactive_file",
};
const v2Files = { memoryMax: "memory.max", memoryUsed: "memory.current", cache: "inactive_file" };

/** The lowest limit on the way up, and the folder that has it, else the lowest folder. */
function tightest(folder: string | undefined, top: string | undefined, read: (folder: string) => number | null) {
  let found: { limit: number | null; folder: string | undefined } = { limit: null, folder };
  for (let at = folder; at !== undefined && top !== undefined; at = dirname(at)) {
    const limit = read(at);
    if (limit !== null && (found.limit === null || limit < found.limit)) found = { limit, folder: at };
    if (at === top || at.length <= top.length) break;
  }
  return found;
}

/** v1 has no word for infinity but the largest number of whole pages. */
const practicallyInfinite = 2 ** 62;

function figure(content: string): number | null {
  const number = content.trim() === "" ? Number.NaN : Number(content);
  return Number.isNaN(number) || number < 0 || number >= practicallyInfinite ? null : number;
}

function cpusOfV2(folder: string): number | null {
  const [quota = "max", period = "100000"] = text(join(folder, "cpu.max")).trim().split(" ");
  return /^\d+$/.test(quota) ? Number(quota) / Number(period) : null;
}

function cpusOfV1(folder: string): number | null {
  const [quota, period] = ["cpu.cfs_quota_us", "cpu.cfs_period_us"].map((file) => figure(text(join(folder, file))));
  return quota && period ? quota / period : null;
}

/** v1 counts it in another controller, which most systems mount together with this one. */
function cpuUsedMs(version: 1 | 2, folder: string): number | null {
  if (version === 1) {
    const ns = figure(text(join(folder, "cpuacct.usage")));
    return ns === null ? null : ns / 1e6;
  }
  const us = fieldOf(join(folder, "cpu.stat"), "usage_usec");
  return us === null ? null : us / 1e3;
}

/** Of a file with a name and a number in each line. */
function fieldOf(path: string, name: string): number | null {
  const match = new RegExp(`^${name} (\\d+)$`, "m").exec(text(path));
  return match === null ? null : Number(match[1]);
}

/** How often the OOM killer has struck in a memory group; null when that cannot be seen. */
export function oomKillsIn(version: 1 | 2, folder: string): number | null {
  return fieldOf(join(folder, version === 2 ? "memory.events" : "memory.oom_control"), "oom_kill");
}

/** "" for what is not there, or not to be read. */
function text(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return "";
  }
}
