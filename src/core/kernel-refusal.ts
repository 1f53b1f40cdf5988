/**
 * Why the kernel does not let a program have what its section asks for, and what to do about it: one
 * line that names the key, the value, what is allowed, and how to start the container. Used for spawn
 * errors and by `spacectl doctor`. Rules: setrlimit(2), setpriority(2), proc_pid_oom_score_adj(5).
 */
import type { RlimitSettings } from "./care.ts";
import { type RlimitName, rlimits } from "./rlimits.ts";

/** Soft and hard limit; -1 = infinity. */
export interface LimitPair {
  readonly soft: number;
  readonly hard: number;
}

const numberOf = (limit: number | null): number => limit ?? -1;

/** Whether limit `a` allows more than `b`. */
export const allowsMore = (a: number, b: number): boolean => b !== -1 && (a === -1 || a > b);

/** What a setting makes of the limits that are there: a soft limit alone raises the hard one where that is lower. */
export function wantedLimit({ soft, hard }: RlimitSettings, current: LimitPair): LimitPair {
  const wanted = numberOf(soft);
  if (hard !== undefined) return { soft: wanted, hard: numberOf(hard) };
  return { soft: wanted, hard: allowsMore(wanted, current.hard) ? wanted : current.hard };
}

/** `65536`, `1024:4096`, `unlimited`: as in the program list. */
function limitText({ soft, hard }: RlimitSettings): string {
  return hard === undefined ? figure(numberOf(soft)) : `${figure(numberOf(soft))}:${figure(numberOf(hard))}`;
}

const figure = (limit: number): string => (limit === -1 ? "unlimited" : String(limit));

/** With less the kernel ends a program as it is loaded, by SIGSEGV and without a word. */
const leastBytes: Readonly<Record<string, number>> = { as: 1_048_576, data: 65_536, stack: 65_536 };

/** Why nothing at all can run with such a limit; null when it can. */
export function refuseTooSmall(setting: RlimitSettings): string | null {
  const { name, soft } = setting;
  const least = leastBytes[name];
  if (least === undefined || soft === null || soft >= least) return null;
  const { what } = rlimits[name as RlimitName];
  return (
    `cannot set rlimit_${name}=${limitText(setting)}: no program can be loaded with less than ${least} bytes ` +
    `(${what}); sizes take a unit, as in ${name === "as" ? "512MB" : "8MB"}`
  );
}

/** Docker has no option for it: its address space is shared with the runtime that sets it. */
const notOfDocker = new Set(["as"]);

/**
 * For a hard limit that may not be raised.
 * @param most what the kernel allows anybody (`fs.nr_open`); null = no such bound
 */
export function refuseRlimit(setting: RlimitSettings, current: LimitPair, most: number | null): string {
  const { name } = setting;
  const { what } = rlimits[name as RlimitName];
  const wanted = wantedLimit(setting, current).hard;
  const asked = `cannot set rlimit_${name}=${limitText(setting)}`;
  if (most !== null && allowsMore(wanted, most))
    return `${asked}: the kernel allows at most ${most} ${what} (fs.nr_open)`;
  const ulimit = `--ulimit ${name}=${wanted} (Limit${name.toUpperCase()}= in systemd) or `;
  return (
    `${asked}: the hard limit on ${what} is ${figure(current.hard)} here and only CAP_SYS_RESOURCE may raise it; ` +
    `start the container with ${notOfDocker.has(name) ? "" : ulimit}--cap-add SYS_RESOURCE`
  );
}

/** @param lowest the nice value that we may go down to */
export function refuseNice(nice: number, lowest: number): string {
  return (
    `cannot set nice=${nice}: the lowest allowed here is ${lowest}; ` +
    `start the container with --cap-add SYS_NICE or --ulimit nice=${20 - nice}`
  );
}

/** The lowest nice value that a process may have, by its own and its soft RLIMIT_NICE (20 minus the value; 0 = none). */
export const lowestNice = (current: number, rlimit: number): number =>
  rlimit === -1 ? -20 : Math.max(-20, Math.min(current, 20 - rlimit));

/** @param current the daemon's own */
export function refuseOomScore(wanted: number, current: number): string {
  return (
    `cannot set oom_score_adj=${wanted}: below ${current}, which is the container's own, takes CAP_SYS_RESOURCE; ` +
    `start the container with --oom-score-adj=${wanted} or --cap-add SYS_RESOURCE`
  );
}
