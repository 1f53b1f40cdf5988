import { describe, expect, test } from "vitest";
import { Samples } from "../../src/web/state/samples.ts";
import { pathsOf, ticksOf } from "../../src/web/state/shapes.ts";
import { noon, overview, program } from "../helpers/overview.ts";

const MINUTE = 60_000;
const usage = (cpuPercent: number) => ({ memoryBytes: 1024 * cpuPercent, cpuPercent, cpuSeconds: 1, processes: 1 });

/** One look each second, at what uses as many percent as seconds have gone by. */
function taken(seconds: number, from = 0): Samples {
  const samples = new Samples();
  for (let second = from; second < from + seconds; second++)
    samples.take(overview([program("web", { usage: usage(second) })], { now: noon + second * 1000 }));
  return samples;
}

describe("samples", () => {
  test("are those of the last ten minutes at most, oldest first", () => {
    const points = taken(1000).points("web:web", "cpu", 10 * MINUTE);
    expect([points.length, points[0]?.value, points.at(-1)?.value]).toEqual([600, 400, 999]);
    expect(
      taken(1000)
        .points("web:web", "cpu", 9500)
        .map(({ value }) => value),
    ).toEqual([990, 991, 992, 993, 994, 995, 996, 997, 998, 999]);
  });

  test("are one for looks that follow one another at once", () => {
    const samples = taken(3);
    samples.take(overview([program("web", { usage: usage(50) })], { now: noon + 2100 }));
    expect(samples.points("web:web", "cpu", MINUTE)).toHaveLength(3);
  });

  test("of what has ended fall to nothing, and of what is not there any more are forgotten", () => {
    const samples = taken(2);
    samples.take(overview([program("web", { usage: null })], { now: noon + 2000 }));
    expect(samples.points("web:web", "cpu", MINUTE).at(-1)?.value).toBe(0);
    samples.take(overview([], { now: noon + 3000 }));
    expect(samples.points("web:web", "cpu", MINUTE)).toEqual([]);
  });

  test("survive a reload, one in five seconds; what is stored by others is not taken", () => {
    const again = Samples.from(JSON.parse(JSON.stringify(taken(100))));
    expect(again.points("web:web", "cpu", MINUTE * 2).map(({ value }) => value)).toEqual(
      Array.from({ length: 20 }, (_, index) => index * 5),
    );
    again.take(overview([program("web", { usage: usage(7) })], { now: noon + 200_000 }));
    expect(again.points("web:web", "cpu", MINUTE)).toHaveLength(1);
    for (const nonsense of [null, 7, {}, { times: 1, series: [] }, { times: [1], series: [["x"]] }])
      expect(Samples.from(nonsense).points("x", "cpu", MINUTE)).toEqual([]);
  });
});

describe("charts", () => {
  test("have a gap where nothing was told", () => {
    const points = [0, 1000, 60_000, 61_000].map((at) => ({ at, value: 1 }));
    const { line } = pathsOf(points, { width: 100, height: 10 }, { from: 0, to: 100_000, low: 0, high: 2 });
    expect(line).toBe("M0 5L1 5M60 5L61 5");
  });

  test("have a scale of round figures up to what is needed", () => {
    expect(ticksOf(0, "cpu")).toEqual([0, 1, 2, 3, 4]);
    expect(ticksOf(93, "cpu")).toEqual([0, 50, 100]);
    expect(ticksOf(170, "cpu")).toEqual([0, 50, 100, 150, 200]);
    expect(ticksOf(100 * 2 ** 20, "memory").map((tick) => tick / 2 ** 20)).toEqual([0, 32, 64, 96, 128]);
  });
});
