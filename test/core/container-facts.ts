/** Facts of a container as tests want them: one in which nothing is in the way, and changes of it. */
import { type ContainerFacts, capabilities, type PlaceFacts } from "../../src/core/container-facts.ts";

export const all = Object.keys(capabilities) as ContainerFacts["identity"]["capabilities"];
export const gb = 1024 ** 3;

/** A machine of its own in which nothing is in the way. */
export const perfect: ContainerFacts = {
  identity: {
    uid: 0,
    gid: 0,
    groups: [0],
    name: "root",
    capabilities: all,
    userNamespace: false,
    noNewPrivileges: false,
    seccomp: false,
  },
  processes: {
    pid: 1,
    first: "spaced",
    ofTheMachine: false,
    procMounted: true,
    hidepid: "0",
    subreaper: true,
    proportionalMemory: true,
  },
  quota: {
    version: 2,
    writable: true,
    memoryBytes: null,
    memoryUsedBytes: gb / 4,
    machineMemoryBytes: 8 * gb,
    cpus: null,
    machineCpus: 4,
    pids: null,
    pidsUsed: null,
    oomKills: 0,
  },
  allowance: {
    rlimits: {
      nofile: { soft: 1024, hard: 1_048_576 },
      nproc: { soft: 4096, hard: 4096 },
      core: { soft: 0, hard: -1 },
    },
    mostFiles: 1_048_576,
    nice: 0,
    oomScoreAdj: 0,
    firstFreePort: 1024,
  },
  rootWritable: true,
  places: [{ path: "/run", purpose: null, exists: true, writable: true, freeBytes: gb }],
  platform: {
    kernel: "6.1.0",
    node: "26.10.0",
    glibc: "2.36",
    timeZone: "UTC",
    askedTimeZone: null,
    stdout: "pipe:[1]",
    orchestrator: null,
    missingTools: [],
  },
};

export interface Part {
  readonly identity?: Partial<ContainerFacts["identity"]>;
  readonly processes?: Partial<ContainerFacts["processes"]>;
  readonly quota?: Partial<ContainerFacts["quota"]>;
  readonly allowance?: Partial<ContainerFacts["allowance"]>;
  readonly platform?: Partial<ContainerFacts["platform"]>;
  readonly rootWritable?: boolean;
  readonly places?: readonly PlaceFacts[];
}

export const withPart = (part: Part): ContainerFacts => ({
  identity: { ...perfect.identity, ...part.identity },
  processes: { ...perfect.processes, ...part.processes },
  quota: { ...perfect.quota, ...part.quota },
  allowance: { ...perfect.allowance, ...part.allowance },
  platform: { ...perfect.platform, ...part.platform },
  rootWritable: part.rootWritable ?? perfect.rootWritable,
  places: part.places ?? perfect.places,
});
