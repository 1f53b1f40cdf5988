/**
 * What memory, processor time and age say of a program that has limits, and whose turn it is to go when
 * several copies of it are over theirs. Pure: samples and moments come in, verdicts go out.
 *
 * A graceful restart is worth two samples in a row, for a peak is no leak, and it waits for the other copies: a pool
 * of workers that started together grows together, and must not be gone together. The hard limit waits for nothing.
 */
import type { CareSettings, CpuSettings, MemorySettings, RuntimeSettings } from "./care.ts";
import type { Cause } from "./cause.ts";
import type { Ms } from "./life.ts";

export type LimitSettings = Pick<CareSettings, "memory" | "cpu" | "maxRuntime">;

/** What the whole tree of a process uses. */
export interface Sample {
  readonly at: Ms;
  readonly memoryBytes: number;
  /** Spent since its start. */
  readonly cpuMs: number;
}

/** What samples have told of one life. */
export interface Watch {
  readonly last: Sample | null;
  /** Bytes in a millisecond, between the last two samples. */
  readonly growth: number;
  /** Of one core, between the last two samples. */
  readonly cpuPercent: number | null;
  /** Samples in a row over `memory_limit`. */
  readonly over: number;
  /** The first sample of a row over `cpu_limit`: what came after it was over. */
  readonly busyFrom: Sample | null;
  /** It is known to be over a limit that only is to be told of. */
  readonly told: boolean;
}

export interface Verdict {
  /** `report`: nothing is done. `kill` does not wait for others. */
  readonly action: "recycle" | "stop" | "kill" | "report";
  readonly because: Cause;
}

export const newWatch: Watch = { last: null, growth: 0, cpuPercent: null, over: 0, busyFrom: null, told: false };

const samplesOver = 2;
/** From this part of a limit on, memory is near it. */
const near = 0.8;
/** One that is only told of is told of again when it has been below this part. */
const recovered = 0.9;
const shortestMs = 1000;
const longestMs = 5000;

/** Whether limits can only be kept by looking now and then. */
export const needsSamples = ({ memory, cpu }: LimitSettings): boolean =>
  memory?.limitBytes != null || memory?.hardBytes != null || cpu?.forMs != null;

/** Whether so much is near a limit, so that it matters how much of it is shared. */
export const isNear = (bytes: number, { memory }: LimitSettings): boolean =>
  [memory?.limitBytes, memory?.hardBytes].some((limit) => limit != null && bytes >= near * limit);

/** Takes a sample of a life; `null` when it is within its limits, or has been over them too shortly. */
export function judge(watch: Watch, sample: Sample, { memory, cpu }: LimitSettings): [Watch, Verdict | null] {
  const looked = look(watch, sample);
  const [afterMemory, ofMemory] = judgeMemory(looked, sample, memory);
  const [after, ofCpu] = judgeCpu(afterMemory, watch.last, sample, cpu);
  return [after, ofMemory ?? ofCpu];
}

function look(watch: Watch, sample: Sample): Watch {
  const { last } = watch;
  const ms = last === null ? 0 : sample.at - last.at;
  if (last === null || ms <= 0) return { ...watch, last: sample };
  return {
    ...watch,
    last: sample,
    growth: (sample.memoryBytes - last.memoryBytes) / ms,
    cpuPercent: (100 * (sample.cpuMs - last.cpuMs)) / ms,
  };
}

function judgeMemory(watch: Watch, { memoryBytes }: Sample, memory: MemorySettings | null): [Watch, Verdict | null] {
  if (memory === null) return [watch, null];
  const { limitBytes, hardBytes, action } = memory;
  const cause = (limit: number, hard: boolean): Cause => ({
    type: "memory",
    usedBytes: memoryBytes,
    limitBytes: limit,
    hard,
  });
  const isOver = limitBytes !== null && memoryBytes > limitBytes;
  const over = isOver ? watch.over + 1 : 0;
  const told = watch.told && limitBytes !== null && memoryBytes >= recovered * limitBytes;
  if (hardBytes !== null && memoryBytes > hardBytes)
    return [
      { ...watch, over, told },
      { action: "kill", because: cause(hardBytes, true) },
    ];
  if (limitBytes === null || over < samplesOver) return [{ ...watch, over, told }, null];
  const because = cause(limitBytes, false);
  if (action === "none") return [{ ...watch, over, told: true }, told ? null : { action: "report", because }];
  return [
    { ...watch, over, told },
    { action: action === "stop" ? "stop" : "recycle", because },
  ];
}

function judgeCpu(
  watch: Watch,
  previous: Sample | null,
  sample: Sample,
  cpu: CpuSettings | null,
): [Watch, Verdict | null] {
  if (cpu === null || cpu.forMs === null || watch.cpuPercent === null || watch.cpuPercent <= cpu.percent)
    return [{ ...watch, busyFrom: null }, null];
  const busyFrom = watch.busyFrom ?? previous ?? sample;
  const forMs = sample.at - busyFrom.at;
  const after = { ...watch, busyFrom };
  if (forMs < cpu.forMs) return [after, null];
  const percent = (100 * (sample.cpuMs - busyFrom.cpuMs)) / forMs;
  return [after, { action: "recycle", because: { type: "cpu", percent, limitPercent: cpu.percent, forMs } }];
}

/** How long after the last sample the next one is wanted: the nearer a limit, the sooner. */
export function nextSampleMs(watch: Watch, { memory, cpu }: LimitSettings): Ms {
  if (watch.last === null || watch.cpuPercent === null) return shortestMs;
  const bounds = [watch.told ? null : (memory?.limitBytes ?? null), memory?.hardBytes ?? null];
  const wanted = [
    ...bounds.map((limit) => (limit === null ? longestMs : untilNear(watch, limit))),
    cpu?.forMs == null ? longestMs : cpu.forMs / (watch.busyFrom === null ? 2 : 4),
  ];
  return Math.min(longestMs, Math.max(shortestMs, Math.min(...wanted)));
}

/** Half of the way to the limit at the present pace. */
function untilNear({ last, growth }: Watch, limitBytes: number): Ms {
  const memoryBytes = last?.memoryBytes ?? 0;
  if (memoryBytes >= near * limitBytes) return shortestMs;
  return growth > 0 ? (limitBytes - memoryBytes) / growth / 2 : longestMs;
}

/**
 * When a life that began at `since` has lasted long enough.
 * @param share 0 to 1, the life's own: how much of the jitter it gets
 */
export const endOfRuntime = (since: Ms, { maxMs, jitter }: RuntimeSettings, share: number): Ms =>
  since + maxMs * (1 - jitter * share);

/** One of the processes of a program. */
export interface Copy {
  /** Since when it is not up although it is expected to be; null = it is up, or not expected. */
  readonly awaySince: Ms | null;
  /** How long it may stay away before the others stop waiting for it. */
  readonly graceMs: Ms;
}

/** Whoever has not come back that long after it was to be started again is waited for no longer. */
export const comebackMs = 30_000;

/** The moment from which the copy at `place` may go: when it need not wait for any other to come back. */
export const turnOf = (copies: readonly Copy[], place: number): Ms =>
  copies.reduce(
    (latest, { awaySince, graceMs }, other) =>
      other === place || awaySince === null ? latest : Math.max(latest, awaySince + graceMs),
    Number.NEGATIVE_INFINITY,
  );
