/**
 * What programs are held to by the kernel: their own limits, and control groups where their sections ask for what
 * these can keep and one can be made, see `system/cgroup.ts`. No group is made before the first program that needs
 * one starts. And whether it was the OOM killer that ended a program, in its group or in the container at large.
 */
import type { CareSettings } from "../core/care.ts";
import type { Evidence, Exit, Life } from "../core/life.ts";
import { size } from "../core/quantity.ts";
import { type Cgroup, type Cgroups, type GroupLimits, openCgroups } from "../system/cgroup.ts";
import { type CgroupPlace, cgroupPlace, oomKillsIn } from "../system/cgroup-place.ts";
import type { ChildLimits } from "../system/child-limits.ts";
import type { MainLog } from "../system/main-log.ts";

/** The part of a process that this needs. */
interface Member {
  readonly group: string;
  readonly settings: { readonly name: string; readonly care: CareSettings };
}

interface Confined extends Member {
  readonly pid: number;
  readonly life: Life;
}

const SIGKILL = 9;

export class Confinement {
  readonly #log: MainLog;
  readonly #members = new Map<Member, Cgroup>();
  readonly #place: CgroupPlace | null;
  /** undefined = not looked for yet. */
  #groups: Cgroups | null | undefined;
  /** Kills in the container when last looked. */
  #seenKills: number;

  constructor(log: MainLog) {
    this.#log = log;
    this.#place = cgroupPlace();
    this.#seenKills = this.#kills();
  }

  /** What the next child is held to, its group made for it; null = nothing is to be done. */
  enter(member: Member): ChildLimits | null {
    const { kernel } = member.settings.care;
    const cgroup = this.#groupFor(member)?.procsFiles ?? [];
    const { rlimits, nice, oomScoreAdj } = kernel;
    return rlimits.length === 0 && nice === null && oomScoreAdj === null && cgroup.length === 0
      ? null
      : { rlimits, nice, oomScoreAdj, cgroup };
  }

  /** Everything in its group. */
  processes(member: Member): number[] {
    return this.#members.get(member)?.processes() ?? [];
  }

  /** SIGKILL for everything in its group, whatever it forks meanwhile. */
  kill(member: Member): void {
    this.#members.get(member)?.kill();
  }

  /** Nothing of it lives: its group is taken away. */
  leave(member: Member): void {
    if (this.#members.get(member)?.remove()) this.#members.delete(member);
  }

  /**
   * Its child has ended: what is known of that. Takes its group away.
   * @param memoryBytes when last looked at
   */
  ended(member: Confined, exit: Exit, memoryBytes: number | null): Omit<Evidence, "cpuMs"> {
    const oomKilled = this.#killedForMemory(member, exit);
    const evidence = { memoryBytes: memoryBytes ?? this.#members.get(member)?.memoryPeak() ?? null, oomKilled };
    this.leave(member);
    return evidence;
  }

  close(): void {
    this.#groups?.close();
    this.#groups = null;
  }

  /** Whether an end that nobody had asked for was the OOM killer's doing. Asked at each, as kills are counted. */
  #killedForMemory(member: Confined, exit: Exit): boolean {
    if (member.life.state === "STOPPING") return false;
    const before = this.#seenKills;
    this.#seenKills = this.#kills();
    // A shell tells with 137 that its command was killed.
    if (exit.signal !== SIGKILL && exit.code !== 128 + SIGKILL) return false;
    const { name, care } = member.settings;
    const own = (this.#members.get(member)?.oomKills() ?? 0) > 0;
    if (!own && this.#seenKills === before) return false;
    const hard = own ? (care.memory?.hardBytes ?? null) : null;
    const reached = hard === null ? "the container has no more memory" : `it reached memory_limit_hard=${size(hard)}`;
    this.#log.warn(`${name} (pid ${member.pid}) was killed by the OOM killer: ${reached}`);
    return true;
  }

  #groupFor(member: Member): Cgroup | null {
    const limits = limitsOf(member.settings.care);
    if (limits === null) {
      this.leave(member);
      return null;
    }
    this.#groups ??= this.#groups === undefined ? openCgroups((level, text) => this.#log[level](text)) : null;
    const cgroup = this.#groups?.enter(member.group, member.settings.name, limits) ?? null;
    if (cgroup === null) this.#members.delete(member);
    else this.#members.set(member, cgroup);
    return cgroup;
  }

  #kills(): number {
    const folder = this.#place?.folders.memory;
    return folder === undefined ? 0 : (oomKillsIn((this.#place as CgroupPlace).version, folder) ?? 0);
  }
}

/** null when there is nothing for a group to do. */
function limitsOf({ memory, cpu, kernel }: CareSettings): GroupLimits | null {
  // What may use more for a while is not slowed down: it could never come to be restarted for it.
  const cpuPercent = cpu !== null && cpu.forMs === null ? cpu.percent : null;
  const limits = { memoryBytes: memory?.hardBytes ?? null, cpuPercent, pids: kernel.pids };
  const asked = Object.values(limits).some((limit) => limit !== null);
  return asked && kernel.cgroup === "auto" ? limits : null;
}
