/**
 * What a container permits, as facts: how one process of it stands there, the daemon where one answers. Read by
 * `system/container-facts.ts`, judged by `diagnosis.ts`. null = not known, or not there. Sizes in bytes.
 */
import type { LimitPair } from "./kernel-refusal.ts";

/** Capabilities that make a difference to us, with their numbers in capability.h; capabilities(7). */
export const capabilities = {
  CHOWN: 0,
  DAC_OVERRIDE: 1,
  KILL: 5,
  SETGID: 6,
  SETUID: 7,
  NET_BIND_SERVICE: 10,
  SYS_PTRACE: 19,
  SYS_NICE: 23,
  SYS_RESOURCE: 24,
} as const;

export type Capability = keyof typeof capabilities;

/** The kernel asks for these in the first user namespace: in one of its own nobody has them. */
const ofTheMachine: ReadonlySet<Capability> = new Set(["SYS_NICE", "SYS_RESOURCE"]);

export interface Identity {
  readonly uid: number;
  readonly gid: number;
  /** All groups, the first one too. */
  readonly groups: readonly number[];
  /** null = it has no entry in the password file. */
  readonly name: string | null;
  readonly capabilities: readonly Capability[];
  /** Whether root here is another user outside. */
  readonly userNamespace: boolean;
  readonly noNewPrivileges: boolean;
  /** Whether system calls are filtered. */
  readonly seccomp: boolean;
}

export interface Processes {
  /** Of the process whose facts these are. */
  readonly pid: number;
  /** The first one of the pid namespace; null when it cannot be seen. */
  readonly first: string | null;
  /** The machine's own threads can be seen: no namespace of its own. */
  readonly ofTheMachine: boolean;
  readonly procMounted: boolean;
  /** The mount option of proc(5): "0" or "off" = everybody sees everything. */
  readonly hidepid: string;
  /** Whether orphans can be had as children. */
  readonly subreaper: boolean;
  /** Whether the share of each process in common memory is told (smaps_rollup). */
  readonly proportionalMemory: boolean;
}

export interface Quota {
  /** 1 or 2; null = none to be seen. */
  readonly version: 1 | 2 | null;
  readonly writable: boolean;
  readonly memoryBytes: number | null;
  readonly memoryUsedBytes: number | null;
  readonly machineMemoryBytes: number;
  readonly cpus: number | null;
  readonly machineCpus: number;
  readonly pids: number | null;
  readonly pidsUsed: number | null;
  readonly oomKills: number | null;
}

export interface Allowance {
  /** By the names of `rlimits`. */
  readonly rlimits: Readonly<Record<string, LimitPair>>;
  readonly mostFiles: number | null;
  readonly nice: number;
  readonly oomScoreAdj: number | null;
  /** TCP ports below need a privilege. */
  readonly firstFreePort: number;
}

export interface PlaceFacts {
  readonly path: string;
  /** What asks for it, for people: `[supervisord] logfile`; null = one of the usual places. */
  readonly purpose: string | null;
  readonly exists: boolean;
  readonly writable: boolean;
  readonly freeBytes: number | null;
}

export interface Platform {
  readonly kernel: string;
  readonly node: string;
  /** null = another C library than glibc. */
  readonly glibc: string | null;
  readonly timeZone: string;
  /** What TZ says. */
  readonly askedTimeZone: string | null;
  /** What descriptor 1 leads to: `pipe:[123]`, `/dev/pts/0`. */
  readonly stdout: string | null;
  readonly orchestrator: "kubernetes" | "docker" | "podman" | null;
  /** Programs of the system that would be used and are not there. */
  readonly missingTools: readonly string[];
}

export interface ContainerFacts {
  readonly identity: Identity;
  readonly processes: Processes;
  readonly quota: Quota;
  readonly allowance: Allowance;
  readonly rootWritable: boolean;
  readonly places: readonly PlaceFacts[];
  readonly platform: Platform;
}

export function can({ capabilities: has, userNamespace }: Identity, capability: Capability): boolean {
  return has.includes(capability) && !(userNamespace && ofTheMachine.has(capability));
}

/** How those of us who are set to another user fare: a process that gives up root keeps no capability. */
export function asUser(
  facts: ContainerFacts,
  identity: Pick<Identity, "uid" | "gid" | "groups" | "name">,
): ContainerFacts {
  return { ...facts, identity: { ...facts.identity, ...identity, capabilities: [] } };
}
