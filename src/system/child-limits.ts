/**
 * What a child is held to from its first instruction: resource limits, priority, the OOM killer's
 * liking, a cgroup. posix_spawn(3) has none of it, and what is set from outside afterwards comes late.
 *
 * What we may do and undo, and can bear for the moment of a spawn, is done here and inherited: no cost, and
 * whatever is refused is known before there is a child. Nobody is asked what we may: we try, as
 * capabilities mean less in a user namespace. The rest is done by the child itself, see `shims.ts`.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { getPriority, setPriority } from "node:os";
import type { RlimitSettings } from "../core/care.ts";
import {
  allowsMore,
  type LimitPair,
  lowestNice,
  refuseNice,
  refuseOomScore,
  refuseRlimit,
  refuseTooSmall,
  wantedLimit,
} from "../core/kernel-refusal.ts";
import { type RlimitName, rlimits } from "../core/rlimits.ts";
import { resourceLimit, SystemError } from "./libc.ts";
import { behind, byRuntime, bySh, type Environment, type Program, tool } from "./shims.ts";

export interface ChildLimits {
  readonly rlimits: readonly RlimitSettings[];
  /** null = the daemon's. */
  readonly nice: number | null;
  /** null = the daemon's. */
  readonly oomScoreAdj: number | null;
  /** `cgroup.procs` files to be entered. */
  readonly cgroup: readonly string[];
}

/** Something that is not permitted, in words for the user. */
export class LimitError extends Error {
  override readonly name = "LimitError";
}

/** What the child does: as it starts, while it may do what we may, and when it has become its user. */
export interface Shims {
  readonly first: (program: Program) => Program;
  readonly last: (program: Program) => Program;
}

/** A daemon with another such limit for a millisecond is none the worse for it; of the others it might die. */
const bearable = new Set(["core", "locks", "memlock", "msgqueue", "nice", "nofile", "rss", "rtprio", "sigpending"]);

/** Room for descriptors that other threads of ours may open while the limit is down. */
export const sparedFds = 64;

/**
 * Spawns with limits. `spawn` is told what to put around the program, before and behind the change of user.
 * @param limits null = none: nothing is done
 * @param highestFd of those that the child is given
 * @param environment that of the child
 * @throws LimitError before anything is spawned
 */
export function withLimits<T>(
  limits: ChildLimits | null,
  highestFd: number,
  environment: Environment,
  spawn: (shims: Shims | null) => T,
): T {
  if (limits === null) return spawn(null);
  const refused = limits.rlimits.map(refuseTooSmall).find((why) => why !== null);
  if (refused) throw new LimitError(refused);
  const undo: Undo = [];
  try {
    const later = limits.rlimits.filter((setting) => !inherit(setting, highestFd, undo));
    const nice = lower(limits.nice, getPriority(), (wanted, current) => lowerNice(wanted, current, undo));
    const score =
      limits.oomScoreAdj === null
        ? null
        : lower(limits.oomScoreAdj, oomScoreAdj(), (wanted, current) => lowerOomScore(wanted, current, undo));
    return spawn({
      first: (program) => entering(limits.cgroup, environment, scored(score, being(nice, program))),
      last: (program) => limited(later.map(pairOf), program),
    });
  } finally {
    for (const step of undo.reverse()) step();
  }
}

type Undo = (() => void)[];
type Rlimit = readonly [name: RlimitName, wanted: LimitPair];

function pairOf(setting: RlimitSettings): Rlimit {
  const name = setting.name as RlimitName;
  return [name, wantedLimit(setting, resourceLimit(0, rlimits[name].resource))];
}

/** Whether the limit is ours now, for the child to inherit. If not, the hard one is at least as high as it must be. */
function inherit(setting: RlimitSettings, highestFd: number, undo: Undo): boolean {
  const { resource } = rlimits[setting.name as RlimitName];
  const before = resourceLimit(0, resource);
  const wanted = wantedLimit(setting, before);
  const lowers = allowsMore(before.hard, wanted.hard);
  const fits = setting.name !== "nofile" || wanted.soft === -1 || highestFd + sparedFds <= wanted.soft;
  // A hard limit that is lowered could not be raised again.
  const ours = bearable.has(setting.name) && !lowers && fits;
  const now = ours ? wanted : { soft: before.soft, hard: lowers ? before.hard : wanted.hard };
  if (now.soft === before.soft && now.hard === before.hard) return ours;
  try {
    resourceLimit(0, resource, now);
  } catch (error) {
    if (!(error instanceof SystemError)) throw error;
    throw new LimitError(refuseRlimit(setting, before, setting.name === "nofile" ? mostFiles() : null), {
      cause: error,
    });
  }
  undo.push(() => resourceLimit(0, resource, before));
  return ours;
}

/** Nobody may have more; proc_sys_fs(5). */
function mostFiles(): number | null {
  try {
    return Number(readFileSync("/proc/sys/fs/nr_open", "latin1"));
  } catch {
    return null;
  }
}

/**
 * Of nice value and OOM score: lowering takes a privilege, raising again does not. So we do the one for the child, and
 * the child does the other: returns what is left to it.
 */
function lower(wanted: number | null, current: number, act: (wanted: number, current: number) => void): number | null {
  if (wanted === null || wanted === current) return null;
  if (wanted > current) return wanted;
  act(wanted, current);
  return null;
}

/** Of our first thread, which is what its children inherit. */
function lowerNice(wanted: number, current: number, undo: Undo): void {
  try {
    setPriority(wanted);
  } catch (error) {
    const { soft } = resourceLimit(0, rlimits.nice.resource);
    throw new LimitError(refuseNice(wanted, lowestNice(current, soft)), { cause: error });
  }
  undo.push(() => setPriority(current));
}

const oomScore = "/proc/self/oom_score_adj";

function oomScoreAdj(): number {
  try {
    return Number(readFileSync(oomScore, "latin1"));
  } catch (error) {
    throw new LimitError(`cannot set oom_score_adj: cannot read ${oomScore}: ${(error as Error).message}`);
  }
}

function lowerOomScore(wanted: number, current: number, undo: Undo): void {
  try {
    writeFileSync(oomScore, String(wanted));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EACCES")
      throw new LimitError(refuseOomScore(wanted, current), { cause: error });
    throw new LimitError(`cannot set oom_score_adj=${wanted}: ${(error as Error).message}`, { cause: error });
  }
  undo.push(() => writeFileSync(oomScore, String(current)));
}

function entering(files: readonly string[], environment: Environment, program: Program): Program {
  if (files.length === 0) return program;
  return bySh(files, environment, program) ?? byRuntime({ enter: files }, program);
}

function being(nice: number | null, program: Program): Program {
  if (nice === null) return program;
  const path = tool("nice");
  // It takes a difference.
  if (path !== null) return behind(path, ["-n", String(nice - getPriority())], program);
  return byRuntime({ nice }, program);
}

function scored(oomScoreAdj: number | null, program: Program): Program {
  if (oomScoreAdj === null) return program;
  const path = tool("choom");
  if (path !== null) return behind(path, ["-n", String(oomScoreAdj)], program);
  return byRuntime({ oomScoreAdj }, program);
}

function limited(limits: readonly Rlimit[], program: Program): Program {
  if (limits.length === 0) return program;
  const path = tool("prlimit");
  const figure = (limit: number) => (limit === -1 ? "unlimited" : String(limit));
  const words = limits.map(([name, { soft, hard }]) => `--${name}=${figure(soft)}:${figure(hard)}`);
  if (path !== null) return behind(path, words, program);
  return byRuntime({ rlimits: limits.map(([name, { soft, hard }]) => [rlimits[name].resource, soft, hard]) }, program);
}
