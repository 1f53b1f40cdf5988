/**
 * What can be seen of the container that we are in: `ContainerFacts`, as they are for one process of it.
 * Everything comes from /proc, /sys and a few calls that change nothing; what cannot be read is left open.
 */
import {
  accessSync,
  constants,
  existsSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  statfsSync,
  statSync,
} from "node:fs";
import { availableParallelism, getPriority, release, totalmem } from "node:os";
import { dirname } from "node:path";
import {
  type Allowance,
  type Capability,
  type ContainerFacts,
  capabilities,
  type Identity,
  type PlaceFacts,
  type Platform,
  type Processes,
  type Quota,
} from "../core/container-facts.ts";
import type { LimitPair } from "../core/kernel-refusal.ts";
import { rlimits } from "../core/rlimits.ts";
import { user } from "./accounts.ts";
import { cgroupPlace, isWritable, limitsOf, oomKillsIn } from "./cgroup-place.ts";
import { becomeSubreaper, glibcVersion, resourceLimit } from "./libc.ts";
import { processStat } from "./process-tree.ts";
import { tool } from "./shims.ts";

/** Something to be written, and for what. */
export interface WantedPlace {
  readonly path: string;
  readonly purpose: string;
}

/** The facts as they are for process `pid`; null = for this one. `wanted` are looked at besides the usual places. */
export function containerFacts(pid: number | null, wanted: readonly WantedPlace[] = []): ContainerFacts {
  const identity = identityOf(pid);
  const usual = ["/run", process.env.XDG_RUNTIME_DIR ?? "", "/tmp", "/dev/shm"].filter((path) => path !== "");
  return {
    identity,
    processes: processes(pid),
    quota: quota(pid, identity),
    allowance: allowance(pid),
    rootWritable: mayWrite("/", identity),
    places: [
      ...[...new Set(usual)].map((path) => folderFacts(path, null, identity)),
      ...wanted.map(({ path, purpose }) => placeFacts(path, purpose, identity)),
    ],
    platform: platform(pid),
  };
}

/** How many processes and threads a user has, as far as they can be seen. */
export function threadsOf(uid: number): number {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name) && statSync(`/proc/${name}`, { throwIfNoEntry: false })?.uid === uid)
    .reduce((sum, pid) => sum + (processStat(Number(pid))?.threads ?? 0), 0);
}

function identityOf(pid: number | null): Identity {
  const status = new Map(
    text(`/proc/${pid ?? "self"}/status`)
      .split("\n")
      .map((line) => line.split(/:\s*/, 2) as [string, string]),
  );
  const second = (key: string, otherwise: number | undefined) => Number(status.get(key)?.split("\t")[1] ?? otherwise);
  const uid = second("Uid", process.geteuid?.());
  const gid = second("Gid", process.getegid?.());
  const groups = (status.get("Groups") ?? "").trim();
  const effective = BigInt(`0x${status.get("CapEff") ?? "0"}`);
  return {
    uid,
    gid,
    groups: [gid, ...(groups === "" ? [] : groups.split(" ").map(Number))],
    name: user(String(uid))?.name ?? null,
    capabilities: (Object.keys(capabilities) as Capability[]).filter(
      (name) => ((effective >> BigInt(capabilities[name])) & 1n) === 1n,
    ),
    userNamespace: !/^\s*0\s+0\s+4294967295\s*$/.test(text(`/proc/${pid ?? "self"}/uid_map`) || "0 0 4294967295"),
    noNewPrivileges: status.get("NoNewPrivs") === "1",
    seccomp: (status.get("Seccomp") ?? "0") !== "0",
  };
}

function processes(pid: number | null): Processes {
  return {
    pid: pid ?? process.pid,
    first: text("/proc/1/comm").trim() || null,
    ofTheMachine: text("/proc/2/comm").trim() === "kthreadd",
    procMounted: processStat(process.pid) !== null,
    hidepid: /^\S+ \S+ \S+ \S+ \/proc .* - proc .*\bhidepid=(\w+)/m.exec(text("/proc/self/mountinfo"))?.[1] ?? "0",
    subreaper: becomeSubreaper(),
    proportionalMemory: text("/proc/self/smaps_rollup") !== "",
  };
}

function quota(pid: number | null, identity: Identity): Quota {
  const place = cgroupPlace(pid);
  const limits = place === null ? null : limitsOf(place);
  const memory = place?.folders.memory;
  return {
    version: place?.version ?? null,
    writable: place !== null && isWritable(place, (path) => mayWrite(path, identity)),
    memoryBytes: limits?.memoryBytes ?? null,
    memoryUsedBytes: limits?.memoryUsedBytes ?? null,
    machineMemoryBytes: totalmem(),
    cpus: limits?.cpus ?? null,
    machineCpus: availableParallelism(),
    pids: limits?.pids ?? null,
    pidsUsed: limits?.pidsUsed ?? null,
    oomKills: place === null || memory === undefined ? null : oomKillsIn(place.version, memory),
  };
}

function allowance(pid: number | null): Allowance {
  const score = text(`/proc/${pid ?? "self"}/oom_score_adj`);
  return {
    rlimits: Object.fromEntries(Object.entries(rlimits).map(([name, { resource }]) => [name, limitOf(pid, resource)])),
    mostFiles: Number(text("/proc/sys/fs/nr_open")) || null,
    nice: niceOf(pid),
    oomScoreAdj: score === "" ? null : Number(score),
    firstFreePort: Number(text("/proc/sys/net/ipv4/ip_unprivileged_port_start") || 1024),
  };
}

/** Of another user's process it may not be told; ours are most probably the same. */
function limitOf(pid: number | null, resource: number): LimitPair {
  try {
    return resourceLimit(pid ?? 0, resource);
  } catch {
    return resourceLimit(0, resource);
  }
}

function niceOf(pid: number | null): number {
  try {
    return getPriority(pid ?? 0);
  } catch {
    return getPriority();
  }
}

function platform(pid: number | null): Platform {
  return {
    kernel: release(),
    node: process.versions.node,
    glibc: glibcVersion(),
    timeZone: Intl.DateTimeFormat().resolvedOptions().timeZone,
    askedTimeZone: process.env.TZ ?? null,
    stdout: linkOf(`/proc/${pid ?? 1}/fd/1`),
    orchestrator:
      process.env.KUBERNETES_SERVICE_HOST !== undefined
        ? "kubernetes"
        : existsSync("/.dockerenv")
          ? "docker"
          : existsSync("/run/.containerenv")
            ? "podman"
            : null,
    missingTools: ["setpriv", "prlimit", "nice", "choom"].filter((name) => tool(name) === null),
  };
}

/** A file, or the folder that it would be made in. */
function placeFacts(path: string, purpose: string, identity: Identity): PlaceFacts {
  return existsSync(path) ? folderFacts(path, purpose, identity) : folderFacts(dirname(path), purpose, identity);
}

function folderFacts(path: string, purpose: string | null, identity: Identity): PlaceFacts {
  return { path, purpose, exists: existsSync(path), writable: mayWrite(path, identity), freeBytes: freeBytes(path) };
}

/** For ourselves the kernel is asked, for others their place in the file's mode decides. */
function mayWrite(path: string, { uid, groups, capabilities: has }: Identity): boolean {
  try {
    if (uid === process.geteuid?.()) {
      accessSync(path, constants.W_OK);
      return true;
    }
    const { mode, uid: owner, gid } = statSync(path);
    if (has.includes("DAC_OVERRIDE")) return !isReadOnly(path);
    const bit = owner === uid ? 0o200 : groups.includes(gid) ? 0o020 : 0o002;
    return (mode & bit) !== 0 && !isReadOnly(path);
  } catch {
    return false;
  }
}

/** Root is refused by nothing but a read-only file system. */
function isReadOnly(path: string): boolean {
  try {
    accessSync(path, constants.W_OK);
    return false;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EROFS";
  }
}

function freeBytes(path: string): number | null {
  try {
    const { blocks, bavail, bsize } = statfsSync(path);
    // What is no disk, such as /proc, has no blocks at all.
    return blocks === 0 ? null : bavail * bsize;
  } catch {
    return null;
  }
}

function linkOf(path: string): string | null {
  try {
    return readlinkSync(path);
  } catch {
    return null;
  }
}

/** "" for what is not there, or not to be read. */
function text(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return "";
  }
}
