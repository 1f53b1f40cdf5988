/** Points in time as lines to draw. Pure. */
import type { Kind, Point } from "./samples.ts";

/** Where nothing was told for so long the line has a gap. */
export const gapMs = 7000;

export interface Ground {
  readonly width: number;
  readonly height: number;
}

interface View {
  readonly from: number;
  readonly to: number;
  readonly low: number;
  readonly high: number;
}

/** As values of the attribute `d` of a path. */
export function pathsOf(points: readonly Point[], { width, height }: Ground, { from, to, low, high }: View) {
  const x = (at: number) => round(((at - from) / (to - from)) * width);
  const y = (value: number) => round(height - 1 - ((value - low) / (high - low || 1)) * (height - 2));
  let line = "";
  let area = "";
  let begun: number | null = null;
  let before = Number.NEGATIVE_INFINITY;
  const close = () => {
    if (begun !== null) area += `L${x(before)} ${height}L${begun} ${height}Z`;
  };
  for (const { at, value } of points) {
    if (at < from) continue;
    const place = `${x(at)} ${y(value)}`;
    if (at - before > gapMs) {
      close();
      begun = x(at);
      line += `M${place}`;
      area += `M${place}`;
    } else {
      line += `L${place}`;
      area += `L${place}`;
    }
    before = at;
  }
  close();
  return { line, area };
}

const round = (value: number): number => Math.round(value * 10) / 10;

/** Round figures from nothing to at least `most`, for the scale of a chart. */
export function ticksOf(most: number, kind: Kind): readonly number[] {
  const least = kind === "cpu" ? 4 : 1024 * 1024;
  const step = roundStep(Math.max(most, least) / 4, kind === "cpu" ? 10 : 2);
  const count = Math.max(1, Math.ceil(Math.max(most, least) / step));
  return Array.from({ length: count + 1 }, (_, index) => index * step);
}

/** The next of 1, 2, 5, 10, 20 …; of bytes the next power of two. */
function roundStep(value: number, base: 2 | 10): number {
  if (base === 2) return 2 ** Math.ceil(Math.log2(value));
  const power = 10 ** Math.floor(Math.log10(value));
  return [1, 2, 5, 10].map((factor) => factor * power).find((step) => step >= value) ?? 10 * power;
}
