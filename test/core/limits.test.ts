import { describe, expect, test } from "vitest";
import {
  type Copy,
  comebackMs,
  endOfRuntime,
  isNear,
  judge,
  type LimitSettings,
  needsSamples,
  newWatch,
  nextSampleMs,
  type Sample,
  turnOf,
  type Verdict,
  type Watch,
} from "../../src/core/limits.ts";

const MB = 1024 * 1024;
const plain: LimitSettings = { memory: null, cpu: null, maxRuntime: null };
const memory = (limitMb: number | null, hardMb: number | null, action: "restart" | "stop" | "none" = "restart") => ({
  ...plain,
  memory: {
    limitBytes: limitMb === null ? null : limitMb * MB,
    hardBytes: hardMb === null ? null : hardMb * MB,
    action,
  },
});
const cpu = (percent: number, forMs: number | null) => ({ ...plain, cpu: { percent, forMs } });

/** Judges one sample a second of that many MB; what was decided after each. */
function megabytes(settings: LimitSettings, ...sizes: number[]): (Verdict["action"] | null)[] {
  let watch = newWatch;
  return sizes.map((mb, second) => {
    const [next, verdict] = judge(watch, { at: second * 1000, memoryBytes: mb * MB, cpuMs: 0 }, settings);
    watch = next;
    return verdict?.action ?? null;
  });
}

/** Judges samples of that many percent of a core, each over `everyMs`; the moments at which it was to be recycled. */
function percents(settings: LimitSettings, everyMs: number, ...shares: number[]): number[] {
  let [watch] = judge(newWatch, { at: 0, memoryBytes: 0, cpuMs: 0 }, settings);
  let cpuMs = 0;
  return shares.flatMap((share, index) => {
    cpuMs += (share / 100) * everyMs;
    const at = (index + 1) * everyMs;
    const [next, verdict] = judge(watch, { at, memoryBytes: 0, cpuMs }, settings);
    watch = next;
    return verdict?.action === "recycle" ? [at] : [];
  });
}

describe("memory", () => {
  test("a program is restarted when two samples in a row are over memory_limit", () => {
    expect(megabytes(memory(100, null), 90, 101, 102)).toEqual([null, null, "recycle"]);
  });

  test("one peak is no leak", () => {
    expect(megabytes(memory(100, null), 150, 90, 150, 100, 150)).toEqual([null, null, null, null, null]);
  });

  test("one sample over memory_limit_hard is enough, and kills", () => {
    expect(megabytes(memory(100, 200), 50, 201)).toEqual([null, "kill"]);
    expect(megabytes(memory(null, 200), 199, 201)).toEqual([null, "kill"]);
  });

  test("the verdict stands as long as it is over", () => {
    expect(megabytes(memory(100, null), 110, 110, 110, 90, 110)).toEqual([null, "recycle", "recycle", null, null]);
  });

  test("memory_limit_action says what is done", () => {
    expect(megabytes(memory(100, null, "stop"), 110, 110)).toEqual([null, "stop"]);
    expect(megabytes(memory(100, 120, "none"), 110, 110, 130)).toEqual([null, "report", "kill"]);
  });

  test("what is only told of is told once, and again when it had recovered", () => {
    const sizes = [110, 110, 110, 95, 110, 110, 80, 110, 110, 110];
    const told = megabytes(memory(100, null, "none"), ...sizes);
    expect(told).toEqual([null, "report", null, null, null, null, null, null, "report", null]);
  });

  test("the cause has the figures", () => {
    const over = { at: 0, memoryBytes: 312 * MB, cpuMs: 0 };
    const [watch] = judge(newWatch, over, memory(256, null));
    const [, verdict] = judge(watch, { ...over, at: 1000 }, memory(256, null));
    expect(verdict?.because).toEqual({ type: "memory", usedBytes: 312 * MB, limitBytes: 256 * MB, hard: false });
  });

  test("from four fifths of the lowest limit on it matters what is shared", () => {
    expect([79, 80, 200].map((mb) => isNear(mb * MB, memory(100, 200)))).toEqual([false, true, true]);
    expect([159, 160].map((mb) => isNear(mb * MB, memory(null, 200)))).toEqual([false, true]);
    expect(isNear(1e15, plain)).toBe(false);
  });
});

describe("processor time", () => {
  test("a program is restarted when it has been over cpu_limit for the whole of cpu_limit_for", () => {
    expect(percents(cpu(150, 4000), 1000, 100, 160, 160, 160, 160)).toEqual([5000]);
  });

  test("a moment within the limit begins it anew", () => {
    expect(percents(cpu(150, 4000), 1000, 160, 160, 160, 150, 160, 160, 160)).toEqual([]);
  });

  test("the cause has the average since it began", () => {
    const settings = cpu(50, 2000);
    const at = (ms: number, cpuMs: number): Sample => ({ at: ms, memoryBytes: 0, cpuMs });
    const [first] = judge(newWatch, at(0, 0), settings);
    const [second] = judge(first, at(1000, 600), settings);
    const [, verdict] = judge(second, at(2000, 1600), settings);
    expect(verdict?.because).toEqual({ type: "cpu", percent: 80, limitPercent: 50, forMs: 2000 });
  });

  test("without cpu_limit_for nobody is restarted", () => {
    expect(percents(cpu(50, null), 1000, 100, 100, 100)).toEqual([]);
  });
});

describe("how often", () => {
  const watchAt = (mb: number, mbPerSecond: number, settings: LimitSettings): Watch => {
    const [first] = judge(newWatch, { at: 0, memoryBytes: (mb - mbPerSecond) * MB, cpuMs: 0 }, settings);
    return judge(first, { at: 1000, memoryBytes: mb * MB, cpuMs: 0 }, settings)[0];
  };

  test("only limits that samples can keep need samples", () => {
    expect(needsSamples(plain)).toBe(false);
    expect(needsSamples({ ...plain, maxRuntime: { maxMs: 1000, jitter: 0 } })).toBe(false);
    expect(needsSamples(cpu(100, null))).toBe(false);
    expect(needsSamples(cpu(100, 60_000))).toBe(true);
    expect(needsSamples(memory(100, null))).toBe(true);
    expect(needsSamples(memory(null, 100))).toBe(true);
  });

  test.each([
    ["far below the limit", 100, 0, 5000],
    ["near the limit", 800, 0, 1000],
    ["shrinking", 500, -100, 5000],
    ["on the way to the limit", 500, 100, 2500],
    ["growing fast", 300, 500, 1000],
  ])("%s, %i MB of 1000 and %i more each second: a sample after %i ms", (_title, mb, mbPerSecond, ms) => {
    expect(nextSampleMs(watchAt(mb, mbPerSecond, memory(1000, null)), memory(1000, null))).toBe(ms);
  });

  test("a life begins with the shortest interval, for its pace is not known", () => {
    expect(nextSampleMs(newWatch, memory(1000, null))).toBe(1000);
  });

  test("one that is only told of is not looked at more often once that has been done", () => {
    const settings = memory(100, null, "none");
    const [watch] = judge(watchAt(150, 0, settings), { at: 2000, memoryBytes: 150 * MB, cpuMs: 0 }, settings);
    expect(nextSampleMs(watch, settings)).toBe(5000);
  });

  test("cpu_limit_for is kept to a quarter of it, while it counts", () => {
    const samples = (share: number) => {
      const [first] = judge(newWatch, { at: 0, memoryBytes: 0, cpuMs: 0 }, cpu(50, 8000));
      return judge(first, { at: 1000, memoryBytes: 0, cpuMs: share * 10 }, cpu(50, 8000))[0];
    };
    expect(nextSampleMs(samples(10), cpu(50, 8000))).toBe(4000);
    expect(nextSampleMs(samples(90), cpu(50, 8000))).toBe(2000);
  });
});

test("max_runtime is shortened by each life's own part of the jitter", () => {
  const runtime = { maxMs: 3_600_000, jitter: 0.1 };
  expect(endOfRuntime(1000, runtime, 0)).toBe(3_601_000);
  expect(endOfRuntime(1000, runtime, 1)).toBe(3_241_000);
  expect(endOfRuntime(1000, { ...runtime, jitter: 0 }, 0.7)).toBe(3_601_000);
});

describe("copies of one program", () => {
  const up: Copy = { awaySince: null, graceMs: 40_000 };
  const away = (since: number): Copy => ({ ...up, awaySince: since });

  test("one goes when nobody else is away", () => {
    expect(turnOf([up, up, up], 1)).toBe(Number.NEGATIVE_INFINITY);
    expect(turnOf([up], 0)).toBe(Number.NEGATIVE_INFINITY);
  });

  test("one that does not come back is waited for no longer than its grace", () => {
    expect(turnOf([away(1000), up, away(500)], 1)).toBe(41_000);
  });

  test("one that is on its way up and over a limit does not wait for itself", () => {
    expect(turnOf([away(1000), up], 0)).toBe(Number.NEGATIVE_INFINITY);
  });
});

describe("a random pool of leaking copies", () => {
  test.each([1, 2, 3, 4, 5])("keeps its laws, seed %i", (seed) => {
    const pool = new Pool(seed);
    for (let step = 0; step < 10_000; step++) pool.step();
    expect(pool.recycled).toBeGreaterThan(20);
    expect(pool.killed).toBeGreaterThan(0);
  });
});

interface Member {
  bytes: number;
  /** Bytes each second. */
  leak: number;
  watch: Watch;
  nextAt: number;
  wants: boolean;
  awaySince: number | null;
  backAt: number;
}

/** Four copies with memory that moves at random, judged at the moments that were asked for. */
class Pool {
  recycled = 0;
  killed = 0;
  readonly #settings = memory(100, 300);
  readonly #graceMs = 10_000 + comebackMs;
  readonly #members: Member[];
  #now = 0;
  #seed: number;

  constructor(seed: number) {
    this.#seed = seed;
    this.#members = Array.from({ length: 4 }, () => this.#born());
  }

  step(): void {
    this.#now += 100;
    for (const member of this.#members) {
      if (member.awaySince !== null && this.#now >= member.backAt) Object.assign(member, this.#born());
      if (member.awaySince !== null) continue;
      member.bytes = Math.max(0, member.bytes + (member.leak * (this.#random() * 1.4 - 0.2)) / 10);
      if (this.#now >= member.nextAt) this.#look(member);
    }
    this.#go();
  }

  #look(member: Member): void {
    const sample = { at: this.#now, memoryBytes: member.bytes, cpuMs: 0 };
    const [watch, verdict] = judge(member.watch, sample, this.#settings);
    const interval = nextSampleMs(watch, this.#settings);
    expect(interval).toBeGreaterThanOrEqual(1000);
    expect(interval).toBeLessThanOrEqual(5000);
    // Nobody who is within the limit, or was at the sample before, is touched; who is over the hard one always is.
    if (verdict !== null) expect(member.bytes).toBeGreaterThan(100 * MB);
    if (verdict?.action === "recycle") expect(member.watch.last?.memoryBytes).toBeGreaterThan(100 * MB);
    expect(verdict?.action === "kill").toBe(member.bytes > 300 * MB);
    Object.assign(member, { watch, nextAt: this.#now + interval, wants: verdict?.action === "recycle" });
    if (verdict?.action === "kill") {
      this.killed++;
      this.#leave(member);
    }
  }

  #go(): void {
    for (const [place, member] of this.#members.entries()) {
      const others = this.#members.filter((other) => other !== member && other.awaySince !== null);
      const waitsFor = others.filter(({ awaySince }) => this.#now - (awaySince ?? 0) < this.#graceMs);
      const copies = this.#members.map(({ awaySince }) => ({ awaySince, graceMs: this.#graceMs }));
      const mayGo = turnOf(copies, place) <= this.#now;
      expect(mayGo).toBe(waitsFor.length === 0);
      if (!mayGo || !member.wants) continue;
      this.recycled++;
      this.#leave(member);
    }
  }

  #leave(member: Member): void {
    // One in eight does not come back in time.
    const awayMs = this.#random() < 0.125 ? 2 * this.#graceMs : this.#random() * 5000;
    Object.assign(member, { wants: false, awaySince: this.#now, backAt: this.#now + awayMs });
  }

  #born(): Member {
    const leak = (this.#random() < 0.3 ? 200 : 20) * MB * this.#random();
    return {
      bytes: 20 * MB,
      leak,
      watch: newWatch,
      nextAt: this.#now + 1000,
      wants: false,
      awaySince: null,
      backAt: 0,
    };
  }

  #random(): number {
    this.#seed = (Math.imul(this.#seed, 1_103_515_245) + 12_345) & 0x7fffffff;
    return this.#seed / 0x80000000;
  }
}
