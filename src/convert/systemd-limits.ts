/** Limits of a unit: systemd.exec(5), Process Properties, and systemd.resource-control(5). */
import { rlimits } from "../core/rlimits.ts";
import { memorySize } from "./memory-size.ts";
import type { Told } from "./systemd.ts";
import { milliseconds } from "./systemd-time.ts";

export function setLimits({ section: { keys, notes }, unit }: Told): void {
  const refuse = (key: string, value: string): void => {
    notes.push(`not carried over: ${key}=${value}`);
  };
  for (const [name, { unit: counted }] of Object.entries(rlimits)) {
    const key = `Limit${name.toUpperCase()}`;
    const value = unit.service(key);
    if (value === null) continue;
    const bounds = value.split(":").map((bound) => limit(bound, counted, name));
    if (bounds.length > 2 || bounds.includes(null)) refuse(key, value);
    else keys.set(`rlimit_${name}`, bounds.join(":"));
  }
  for (const [key, ours] of memory) {
    const value = unit.service(key);
    if (value === null || value === "infinity") continue;
    const bytes = memorySize(value);
    if (bytes === null || keys.has(ours)) refuse(key, value);
    else keys.set(ours, bytes);
  }
  const quota = unit.service("CPUQuota");
  if (quota !== null && /^\d+%$/.test(quota)) keys.set("cpu_limit", `${quota.slice(0, -1)}%%`);
  else if (quota !== null) refuse("CPUQuota", quota);
  const tasks = unit.service("TasksMax");
  if (tasks !== null && /^[1-9]\d*$/.test(tasks)) keys.set("pids_limit", Number(tasks));
  else if (tasks !== null && tasks !== "infinity") refuse("TasksMax", tasks);
  for (const [key, ours] of numbers) {
    const value = unit.service(key);
    if (value !== null && /^-?\d+$/.test(value)) keys.set(ours, Number(value));
    else if (value !== null) refuse(key, value);
  }
}

const memory = [
  ["MemoryMax", "memory_limit_hard"],
  ["MemoryLimit", "memory_limit_hard"],
  ["MemoryHigh", "memory_limit"],
] as const;

const numbers = [
  ["Nice", "nice"],
  ["OOMScoreAdjust", "oom_score_adj"],
] as const;

function limit(text: string, counted: string, name: string): string | null {
  if (text === "infinity") return "unlimited";
  if (counted === "bytes") return memorySize(text);
  if (name === "cpu")
    return /^\d+$/.test(text) ? text : (String((milliseconds(text) ?? Number.NaN) / 1000).match(/^\d+$/)?.[0] ?? null);
  return /^\d+$/.test(text) ? text : null;
}
