/**
 * What a program list asks for and the container does not permit: each key with where it stands, why it cannot
 * work, and the fix. The same rules and words as at the spawn, applied before it.
 */
import type { CareSettings } from "./care.ts";
import { type ContainerFacts, can, type PlaceFacts } from "./container-facts.ts";
import { type Asker, type Finding, finding } from "./diagnosis.ts";
import { endings } from "./diagnosis-ending.ts";
import { lowestNice, refuseNice, refuseOomScore, refuseRlimit, refuseTooSmall, wantedLimit } from "./kernel-refusal.ts";
import { askerOf, type ListFacts, type Program, programsOf } from "./listed-program.ts";
import type { Config, HttpServerSettings } from "./program.ts";
import { size } from "./quantity.ts";

export function diagnoseList(config: Config, facts: ContainerFacts, seen: ListFacts): Finding[] {
  const programs = programsOf(config, seen);
  const found = [
    ...programs.flatMap((program) => new Judge(program, facts, seen).findings()),
    ...places(facts),
    ...daemon(config, facts, seen),
    ...together(programs, facts),
    ...endings(config, programs, facts, seen),
  ];
  const merged = merge(found);
  if (merged.some(({ level }) => level === "fail" || level === "warn")) return merged;
  const processes = programs.reduce((sum, { copies }) => sum + copies, 0);
  const all = processes === 1 ? "what its one process asks for" : `all that its ${processes} processes ask for`;
  return [...merged, finding("program list", "ok", `${all} can be had`)];
}

/** The same trouble of several programs is told once. */
function merge(findings: readonly Finding[]): Finding[] {
  const merged = new Map<string, Finding>();
  for (const each of findings) {
    const key = [each.topic, each.level, each.found, each.meaning, each.fix].join("\0");
    const before = merged.get(key);
    merged.set(key, before === undefined ? each : { ...before, askers: [...before.askers, ...each.askers] });
  }
  return [...merged.values()];
}

/** The words of a spawn error, as a finding: what is wrong, and what to do about it. */
function refused(topic: string, text: string, asker: Asker): Finding {
  const [found = text, fix = ""] = text.split("; start the container with ");
  return finding(topic, "fail", found, { fix: fix === "" ? "" : `start the container with ${fix}`, askers: [asker] });
}

class Judge {
  readonly #program: Program;
  readonly #facts: ContainerFacts;
  readonly #seen: ListFacts;

  constructor(program: Program, facts: ContainerFacts, seen: ListFacts) {
    this.#program = program;
    this.#facts = facts;
    this.#seen = seen;
  }

  findings(): Finding[] {
    return [
      this.#command(),
      ...this.#user(),
      ...this.#rlimits(),
      ...this.#priority(),
      ...this.#cgroup(),
      this.#memory(),
    ].filter((each) => each !== null);
  }

  get #care(): CareSettings {
    return this.#program.process.care;
  }

  #asker(key: string): Asker {
    return askerOf(this.#program.process.program, this.#program.section, key, this.#seen);
  }

  #command(): Finding | null {
    const why = this.#seen.commandTrouble(this.#program.process);
    return why === null ? null : finding("command", "fail", why, { askers: [this.#asker("command")] });
  }

  #user(): (Finding | null)[] {
    const { identity } = this.#facts;
    const { uid } = this.#program.process;
    if (uid === null || uid === identity.uid) return [];
    const lacks = (capability: "SETUID" | "SETGID" | "KILL", meaning: string) =>
      can(identity, capability)
        ? null
        : finding("user", "fail", `user= with uid ${uid}: root here has no CAP_${capability}`, {
            meaning,
            fix: `start the container with --cap-add ${capability}`,
            askers: [this.#asker("user")],
          });
    if (identity.uid !== 0)
      return [
        finding("user", "fail", `user= with uid ${uid}: only root may run programs as another user`, {
          meaning: `we are uid ${identity.uid}`,
          fix: "start the container as root, or leave user= out",
          askers: [this.#asker("user")],
        }),
      ];
    return [
      lacks("SETUID", "the program cannot be started"),
      lacks("SETGID", "the program cannot be started"),
      lacks("KILL", "the program can be started, but not stopped"),
    ];
  }

  #rlimits(): Finding[] {
    return this.#care.kernel.rlimits.flatMap((setting) => {
      const key = `rlimit_${setting.name}`;
      const small = refuseTooSmall(setting);
      if (small !== null) return [refused(key, small, this.#asker(key))];
      const { allowance, identity } = this.#facts;
      const current = allowance.rlimits[setting.name];
      if (current === undefined) return [];
      const { soft, hard } = wantedLimit(setting, current);
      const most = setting.name === "nofile" ? allowance.mostFiles : null;
      const beyond = most !== null && (hard === -1 || hard > most);
      const raises = current.hard !== -1 && (hard === -1 || hard > current.hard);
      if (beyond || (raises && !can(identity, "SYS_RESOURCE")))
        return [refused(key, refuseRlimit(setting, current, most), this.#asker(key))];
      return setting.name === "nproc" && soft !== -1 ? this.#crowded(key, soft) : [];
    });
  }

  #crowded(key: string, soft: number): Finding[] {
    const uid = this.#program.process.uid ?? this.#facts.identity.uid;
    const threads = this.#seen.threadsOf(uid);
    if (uid === 0 || threads < soft) return [];
    return [
      finding(
        key,
        "warn",
        `rlimit_nproc=${soft} counts all processes and threads of a user, and uid ${uid} has ${threads}`,
        {
          meaning: "the program can make no process and no thread",
          fix: "raise it, give the program a user of its own, or use pids_limit where a cgroup is writable",
          askers: [this.#asker(key)],
        },
      ),
    ];
  }

  #priority(): Finding[] {
    const { allowance, identity } = this.#facts;
    const { nice, oomScoreAdj } = this.#care.kernel;
    const lowest = lowestNice(allowance.nice, allowance.rlimits.nice?.soft ?? 0);
    const found: Finding[] = [];
    if (nice !== null && nice < lowest && !can(identity, "SYS_NICE"))
      found.push(refused("nice", refuseNice(nice, lowest), this.#asker("nice")));
    const current = allowance.oomScoreAdj ?? 0;
    if (oomScoreAdj !== null && oomScoreAdj < current && !can(identity, "SYS_RESOURCE"))
      found.push(refused("oom_score_adj", refuseOomScore(oomScoreAdj, current), this.#asker("oom_score_adj")));
    return found;
  }

  #cgroup(): Finding[] {
    const { kernel, cpu } = this.#care;
    const { version, writable } = this.#facts.quota;
    if (version !== null && writable && kernel.cgroup === "auto") return [];
    const why = kernel.cgroup === "off" ? "cgroup=off" : "no cgroup is writable";
    const fix = kernel.cgroup === "off" ? "leave cgroup=off out" : "give the container a writable /sys/fs/cgroup";
    const found: Finding[] = [];
    if (kernel.pids !== null)
      found.push(
        finding("pids_limit", "fail", `pids_limit cannot be kept: ${why}`, {
          fix: `${fix}, or use rlimit_nproc with a user of its own`,
          askers: [this.#asker("pids_limit")],
        }),
      );
    if (cpu !== null && cpu.forMs === null)
      found.push(
        finding("cpu_limit", "fail", `cpu_limit without cpu_limit_for cannot be kept: ${why}`, {
          fix: `${fix}, or say with cpu_limit_for when the program is to be restarted`,
          askers: [this.#asker("cpu_limit")],
        }),
      );
    return found;
  }

  #memory(): Finding | null {
    const { memory } = this.#care;
    const most = memoryHere(this.#facts);
    const unlimited = Number.POSITIVE_INFINITY;
    const lowest = Math.min(memory?.limitBytes ?? unlimited, memory?.hardBytes ?? unlimited);
    if (memory === null || lowest === unlimited || lowest < most) return null;
    const key = memory.limitBytes === lowest ? "memory_limit" : "memory_limit_hard";
    return finding(key, "warn", `${key}=${size(lowest)} is not below the ${size(most)} that there are here`, {
      meaning: "the OOM killer comes first, and chooses whom it likes",
      fix: "lower it, or give the container more memory",
      askers: [this.#asker(key)],
    });
  }
}

const memoryHere = ({ quota: { memoryBytes, machineMemoryBytes } }: ContainerFacts): number =>
  Math.min(memoryBytes ?? machineMemoryBytes, machineMemoryBytes);

/** More than this in a line says nothing more. */
const named = 3;

/** With less on its disk a folder of logs is full in a moment. */
const scarceBytes = 1024 * 1024;

/** Where the list wants to write. */
function places({ places: all }: ContainerFacts): Finding[] {
  const wanted = [...Map.groupBy(all.filter(isWanted), ({ path }) => path).values()].flatMap(inOne);
  const scarce = wanted.filter((place) => place.writable && place.freeBytes < scarceBytes);
  return [
    ...wanted.flatMap(({ path, exists, writable, purposes }) => {
      const meaning = neededFor(purposes);
      if (!exists) return finding("files", "fail", `${path} is not there`, { meaning });
      const fix = "mount something writable there, or name another place";
      return writable ? [] : finding("files", "fail", `${path} cannot be written`, { meaning, fix });
    }),
    // What is on one disk has the same space left.
    ...[...Map.groupBy(scarce, ({ freeBytes }) => freeBytes)].map(([freeBytes, paths]) => {
      const which = enumerated(paths.map(({ path }) => path));
      const fix = "make room there: what is written now is lost. log_budget in [supervisord] bounds all logs";
      const found = `${which} ${paths.length === 1 ? "has" : "have"} ${size(freeBytes)} left on ${paths.length === 1 ? "its" : "their"} disk`;
      return finding("files", "warn", found, { meaning: neededFor(paths.flatMap(({ purposes }) => purposes)), fix });
    }),
  ];
}

interface WantedPlace {
  readonly path: string;
  readonly exists: boolean;
  readonly writable: boolean;
  /** Infinite where there is no disk. */
  readonly freeBytes: number;
  readonly purposes: readonly string[];
}

type Wanted = PlaceFacts & { readonly purpose: string };
const isWanted = (place: PlaceFacts): place is Wanted => place.purpose !== null;

/** One path may be wanted for several purposes. */
function inOne(places: readonly Wanted[]): WantedPlace[] {
  const [first] = places;
  if (first === undefined) return [];
  const { path, exists, writable, freeBytes } = first;
  const purposes = places.map(({ purpose }) => purpose);
  return [{ path, exists, writable: exists && writable, freeBytes: freeBytes ?? Number.POSITIVE_INFINITY, purposes }];
}

const neededFor = (purposes: readonly string[]): string => `needed for ${enumerated(purposes)}`;

function enumerated(all: readonly string[]): string {
  const more = all.length > named ? ` and ${all.length - named} more` : "";
  return `${all.slice(0, named).join(", ")}${more}`;
}

function daemon({ daemon: settings, servers }: Config, facts: ContainerFacts, seen: ListFacts): Finding[] {
  const found: Finding[] = [];
  const { allowance, identity } = facts;
  const raised = can(identity, "SYS_RESOURCE");
  const asked = (key: string) => askerOf("[supervisord]", "supervisord", key, seen);
  for (const [key, name, wanted] of [
    ["minfds", "nofile", settings.minFds],
    ["minprocs", "nproc", settings.minProcs],
  ] as const) {
    const limit = allowance.rlimits[name];
    if (raised || limit === undefined || limit.hard === -1 || limit.hard >= wanted) continue;
    found.push(
      finding(key, "fail", `${key}=${wanted}: the hard limit is ${limit.hard} here`, {
        meaning: "the daemon does not start",
        fix: `lower it, or start the container with --ulimit ${name}=${wanted}`,
        askers: [asked(key)],
      }),
    );
  }
  return [...found, ...servers.flatMap((server) => serverTrouble(server, facts, seen))];
}

function serverTrouble(
  server: HttpServerSettings,
  { allowance, identity }: ContainerFacts,
  seen: ListFacts,
): Finding[] {
  const asked = (key: string) => [askerOf(`[${server.section}]`, server.section, key, seen)];
  if (server.type === "inet") {
    if (server.port === 0 || server.port >= allowance.firstFreePort || can(identity, "NET_BIND_SERVICE")) return [];
    return [
      finding(
        "port",
        "fail",
        `port ${server.port} is below ${allowance.firstFreePort} and takes CAP_NET_BIND_SERVICE`,
        {
          meaning: "the daemon does not start",
          fix: "take a higher port, or start the container with --cap-add NET_BIND_SERVICE",
          askers: asked("port"),
        },
      ),
    ];
  }
  const foreign =
    (server.uid !== null && server.uid !== identity.uid) ||
    (server.gid !== null && !identity.groups.includes(server.gid));
  if (!foreign || can(identity, "CHOWN")) return [];
  return [
    finding("sockets", "fail", `chown=: uid ${identity.uid} may not give files away here`, {
      meaning: "the daemon does not start",
      fix: identity.uid === 0 ? "start the container with --cap-add CHOWN" : "leave chown= out",
      askers: asked("chown"),
    }),
  ];
}

/** Limits of all copies of all programs at once. */
function together(programs: readonly Program[], facts: ContainerFacts): Finding[] {
  const most = memoryHere(facts);
  const sum = programs.reduce((bytes, { process: { care }, copies }) => {
    return bytes + copies * (care.memory?.limitBytes ?? care.memory?.hardBytes ?? 0);
  }, 0);
  if (sum <= most) return [];
  return [
    finding(
      "memory",
      "note",
      `the memory limits of all programs add up to ${size(sum)}; there are ${size(most)} here`,
      {
        meaning: "when many are near their limit at once the OOM killer comes first",
      },
    ),
  ];
}
