/**
 * What the facts of a container mean for us: each with its consequence and, where there is one, the way to have
 * it otherwise. Judges the container alone; what a program list asks of it is in `diagnosis-list.ts`.
 */
import { type Capability, type ContainerFacts, can, type Quota } from "./container-facts.ts";
import { size } from "./quantity.ts";

/** `note`: as it often is, and good to know; `warn`: something is lost; `fail`: something asked for cannot work. */
export type Level = "ok" | "note" | "warn" | "fail";

export interface Asker {
  readonly name: string;
  readonly file: string | null;
  readonly line: number | null;
}

export interface Finding {
  readonly topic: string;
  readonly level: Level;
  readonly found: string;
  /** What follows from it; "" when that is plain. */
  readonly meaning: string;
  /** What to do; "" when there is nothing to be done. */
  readonly fix: string;
  /** Programs, and other parts of the list, that it concerns. */
  readonly askers: readonly Asker[];
}

interface More {
  readonly meaning?: string;
  readonly fix?: string;
  readonly askers?: readonly Asker[];
}

export const finding = (topic: string, level: Level, found: string, more: More = {}): Finding => ({
  topic,
  level,
  found,
  meaning: more.meaning ?? "",
  fix: more.fix ?? "",
  askers: more.askers ?? [],
});

/** @param daemon whether the facts are those of a daemon that answers */
export function diagnose(facts: ContainerFacts, daemon: boolean): Finding[] {
  return [
    firstProcess(facts, daemon),
    ...namespaces(facts),
    ...processTable(facts),
    user(facts),
    privileges(facts),
    ...restrictions(facts),
    cgroup(facts.quota),
    memory(facts.quota),
    cpu(facts.quota),
    ...pids(facts.quota),
    openFiles(facts),
    userProcesses(facts),
    coreFiles(facts),
    files(facts),
    ...stdout(facts, daemon),
    timeZone(facts),
    platform(facts),
  ];
}

/** They pass signals on, and reap. */
const inits = new Set(["tini", "docker-init", "catatonit", "dumb-init", "podman-init", "s6-svscan", "init"]);

function firstProcess({ processes: { pid, first, ofTheMachine } }: ContainerFacts, daemon: boolean): Finding {
  const topic = "first process";
  if (daemon && pid === 1)
    return finding(topic, "ok", "spaced is PID 1: the container's signals reach it, and it reaps orphans");
  if (first === null) return finding(topic, "note", "PID 1 cannot be seen from here");
  const reaps = daemon ? "; spaced reaps what its programs leave, as a subreaper" : "";
  if (first === "systemd")
    return finding(topic, "ok", `systemd is PID 1: this is a machine, or is run like one${reaps}`);
  if (ofTheMachine) return finding(topic, "ok", `${first} is the machine's PID 1${reaps}`);
  if (first === "pause") return finding(topic, "ok", `pause is PID 1: the containers of a pod share it${reaps}`);
  if (inits.has(first)) return finding(topic, "ok", `${first} is PID 1 and passes signals on${reaps}`);
  if (!daemon) return finding(topic, "ok", `PID 1 is ${first}`);
  return finding(topic, "warn", `${first} is PID 1, and spaced is PID ${pid}`, {
    meaning: `the signal that stops the container reaches ${first}: unless that passes it on, everything is killed after the grace period`,
    fix: "let the entrypoint start spaced with exec, or start the container with --init",
  });
}

function namespaces({ processes }: ContainerFacts): Finding[] {
  if (!processes.ofTheMachine || processes.first === "systemd") return [];
  return [
    finding("pid namespace", "note", "the machine's own: no namespace of the container", {
      meaning: "all processes of the machine are seen; those that spaced did not start are left alone",
    }),
  ];
}

function processTable({ processes, identity }: ContainerFacts): Finding[] {
  const topic = "/proc";
  if (!processes.procMounted)
    return [
      finding(topic, "warn", "not mounted", {
        meaning:
          "descendants, their memory and who left them cannot be seen: no orphan is ended, no memory_limit is kept",
        fix: "mount proc on /proc",
      }),
    ];
  const found: Finding[] = [];
  if (!["0", "off"].includes(processes.hidepid) && !can(identity, "SYS_PTRACE"))
    found.push(
      finding(topic, "warn", `mounted with hidepid=${processes.hidepid}`, {
        meaning: "processes of other users are hidden, descendants among them",
        fix: "mount it without hidepid",
      }),
    );
  if (!processes.subreaper)
    found.push(
      finding("orphans", "warn", "we cannot become a subreaper", {
        meaning: "unless spaced is PID 1, what leaves its process group is not found when its parent ends",
      }),
    );
  if (!processes.proportionalMemory)
    found.push(
      finding("memory figures", "note", "/proc/PID/smaps_rollup cannot be read", {
        meaning: "memory is counted as RSS: what processes share counts for each of them",
      }),
    );
  return found.length > 0
    ? found
    : [finding(topic, "ok", "processes, their descendants and their shares of memory can be seen")];
}

function user({ identity: { uid, name, gid, userNamespace } }: ContainerFacts): Finding {
  const topic = "user";
  const outside = userNamespace ? ", another user outside of the container's user namespace" : "";
  if (uid === 0) return finding(topic, "ok", `root${outside}`);
  const meaning = "programs run as this user; user= of another one cannot work";
  if (name === null)
    return finding(topic, "note", `uid ${uid}, gid ${gid}, without an entry in /etc/passwd${outside}`, {
      meaning: `${meaning}; HOME is what the environment says`,
    });
  return finding(topic, "ok", `${name} (uid ${uid})${outside}: ${meaning}`);
}

/** What root cannot do without. */
const without: readonly (readonly [Capability, string])[] = [
  ["SETUID", "user= cannot work"],
  ["SETGID", "user= cannot work"],
  ["KILL", "programs of other users cannot be stopped"],
  ["CHOWN", "sockets cannot be given to a user"],
  ["DAC_OVERRIDE", "files of other users are closed to us"],
  ["SYS_RESOURCE", "hard limits cannot be raised, nor oom_score_adj lowered"],
  ["SYS_NICE", "priority cannot be raised"],
  ["SYS_PTRACE", "of programs of other users memory is counted as RSS, and orphans are told by group and session"],
];

function privileges({ identity }: ContainerFacts): Finding {
  const topic = "capabilities";
  if (identity.uid !== 0 && identity.capabilities.length === 0)
    return finding(topic, "ok", "none, like every ordinary user");
  const lost = without.filter(([capability]) => !can(identity, capability));
  if (lost.length === 0) return finding(topic, "ok", "all that matter here");
  const names = lost.map(([capability]) => capability).join(", ");
  const grave = lost.some(([, meaning]) => meaning.includes("user=") || meaning.includes("stopped"));
  return finding(topic, grave ? "warn" : "note", `root without ${names}`, {
    meaning: [...new Set(lost.map(([, meaning]) => meaning))].join("; "),
    fix: identity.userNamespace
      ? ""
      : `--cap-add ${lost.map(([capability]) => capability).join(" --cap-add ")}, if it is needed`,
  });
}

function restrictions({ identity }: ContainerFacts): Finding[] {
  const found: Finding[] = [];
  if (identity.noNewPrivileges)
    found.push(
      finding("no-new-privs", "note", "set", {
        meaning: "sudo and other set-user-id programs do not work; user= does",
      }),
    );
  if (identity.seccomp) found.push(finding("seccomp", "ok", "system calls are filtered, as usual"));
  return found;
}

function cgroup({ version, writable }: Quota): Finding {
  const topic = "cgroup";
  if (version !== null && writable)
    return finding(topic, "ok", `v${version}, writable: the kernel keeps memory_limit_hard, cpu_limit and pids_limit`);
  return finding(topic, "note", version === null ? "none to be seen" : `v${version}, not writable, as usual`, {
    meaning: "memory and processor time are kept by looking at them every few seconds; pids_limit cannot be kept",
    fix: "",
  });
}

/** So much of a limit in use is close to it. */
const close = 0.9;

function memory({ memoryBytes, memoryUsedBytes, machineMemoryBytes, oomKills }: Quota): Finding {
  const used = memoryUsedBytes === null ? "" : `, ${size(memoryUsedBytes)} in use`;
  const killed = oomKills ? `; the OOM killer has struck ${oomKills === 1 ? "once" : `${oomKills} times`}` : "";
  if (memoryBytes === null || memoryBytes >= machineMemoryBytes)
    return finding(
      "memory",
      "ok",
      `no limit of the container; the machine has ${size(machineMemoryBytes)}${used}${killed}`,
    );
  const tight = memoryUsedBytes !== null && memoryUsedBytes > close * memoryBytes;
  return finding("memory", tight ? "warn" : "ok", `${size(memoryBytes)}${used}${killed}`, {
    meaning: tight ? "files that are cached count, too, and can be given back; the rest is close to its end" : "",
  });
}

function cpu({ cpus, machineCpus }: Quota): Finding {
  if (cpus === null || cpus >= machineCpus)
    return finding("processors", "ok", `no limit of the container; the machine has ${machineCpus}`);
  return finding("processors", "ok", `${Number(cpus.toFixed(2))} of ${machineCpus}`);
}

function pids({ pids: most, pidsUsed }: Quota): Finding[] {
  if (most === null) return [];
  const tight = pidsUsed !== null && pidsUsed > close * most;
  return [
    finding(
      "processes",
      tight ? "warn" : "ok",
      `${most} with all threads${pidsUsed === null ? "" : `, ${pidsUsed} in use`}`,
      {
        meaning: tight ? "soon nothing more can be started" : "",
        fix: tight ? `start the container with a higher --pids-limit` : "",
      },
    ),
  ];
}

const figure = (limit: number): string => (limit === -1 ? "unlimited" : String(limit));
/** Web servers and databases commonly ask for more. */
const fewFiles = 4096;

function openFiles({ allowance }: ContainerFacts): Finding {
  const limit = allowance.rlimits.nofile;
  if (limit === undefined) return finding("open files", "note", "not known");
  const few = limit.hard !== -1 && limit.hard < fewFiles;
  return finding("open files", few ? "warn" : "ok", `${figure(limit.soft)}, up to ${figure(limit.hard)} on request`, {
    meaning: few ? "busy servers need more" : "",
    fix: few ? "start the container with --ulimit nofile=65536 (LimitNOFILE= in systemd)" : "",
  });
}

function userProcesses({ allowance, identity: { uid } }: ContainerFacts): Finding {
  const limit = allowance.rlimits.nproc;
  if (limit === undefined) return finding("user processes", "note", "not known");
  return finding(
    "user processes",
    "ok",
    uid === 0
      ? `${figure(limit.soft)} for each other user; root has no such limit`
      : `${figure(limit.soft)} for all of uid ${uid} together, threads too`,
  );
}

function coreFiles({ allowance }: ContainerFacts): Finding {
  const soft = allowance.rlimits.core?.soft ?? 0;
  if (soft === 0) return finding("core files", "ok", "none are written");
  return finding("core files", "note", soft === -1 ? "unlimited" : `up to ${size(soft)} each`, {
    meaning: "a program that crashes again and again can fill the disk",
    fix: "rlimit_core=0 in its section",
  });
}

function files({ rootWritable, places }: ContainerFacts): Finding {
  const usual = places.filter(({ purpose, exists }) => purpose === null && exists);
  const shown = usual.map(({ path, writable, freeBytes }) =>
    writable ? `${path} ${freeBytes === null ? "writable" : `${size(freeBytes)} free`}` : `${path} not writable`,
  );
  const somewhere = usual.some(({ writable }) => writable);
  if (!rootWritable && !somewhere)
    return finding("files", "warn", `nothing is writable: ${shown.join(", ")}`, {
      meaning: "there is no place for socket, pid file and logs",
      fix: "mount a tmpfs: docker run --tmpfs /run, emptyDir in Kubernetes",
    });
  if (rootWritable) return finding("files", "ok", shown.join(", "));
  return finding("files", "note", `the root file system is not writable for us; ${shown.join(", ")}`, {
    meaning: "socket, pid file and logs have to be where it is, or logs on /dev/stdout",
  });
}

function stdout({ platform: { stdout: target } }: ContainerFacts, daemon: boolean): Finding[] {
  if (!daemon || target === null) return [];
  if (target === "/dev/null")
    return [finding("standard output", "note", "/dev/null", { meaning: "what programs write to /dev/stdout is lost" })];
  const kind = target.startsWith("pipe:")
    ? "a pipe"
    : target.startsWith("socket:")
      ? "a socket"
      : /^\/dev\/(pts|tty|console)/.test(target)
        ? `a terminal (${target})`
        : `the file ${target}`;
  return [finding("standard output", "ok", kind)];
}

function timeZone({ platform: { timeZone: actual, askedTimeZone } }: ContainerFacts): Finding {
  const asked = askedTimeZone?.replace(/^:/, "") ?? null;
  if (asked !== null && /^[A-Z][a-z]+\//.test(asked) && actual === "UTC")
    return finding("time zone", "warn", `TZ=${asked} is not known here, so it is UTC`, {
      meaning: "logs and schedules are in UTC",
      fix: "name a zone as in TZ=Europe/Berlin",
    });
  return finding("time zone", "ok", asked === null ? actual : `${actual} (TZ)`);
}

function platform({ platform: { kernel, node, glibc, missingTools } }: ContainerFacts): Finding {
  const versions = `Node ${node}, ${glibc === null ? "a C library other than glibc" : `glibc ${glibc}`}, Linux ${kernel}`;
  if (missingTools.length === 0) return finding("runtime", "ok", versions);
  return finding("runtime", "note", `${versions}; no ${missingTools.join(", no ")}`, {
    meaning: "the runtime stands in for them, which makes such starts 35 ms slower: limits and user= need them",
    fix: "install util-linux and coreutils",
  });
}
