/** Charts of what is used over time, as SVG: a small one for each row, and a large one with its figures. */
import { useState } from "preact/hooks";
import { memoryBounds } from "../../tui/state/histories.ts";
import { bytes, clock, percent, plural } from "../../tui/text/figures.ts";
import type { Kind, Point, Samples } from "../state/samples.ts";
import { type Ground, gapMs, pathsOf, ticksOf } from "../state/shapes.ts";

const sparkMs = 2 * 60_000;
/** While there is less, the chart is of that. */
const leastSparkMs = 20_000;
const sparkGround: Ground = { width: 60, height: 16 };

/** `now` 0: it is not seen. */
export function Spark({ samples, id, kind, now }: { samples: Samples; id: string; kind: Kind; now: number }) {
  if (now === 0) return <svg class="spark" aria-hidden="true" />;
  const points = samples.points(id, kind, sparkMs);
  const values = points.map(({ value }) => value);
  const [low, high] = kind === "cpu" ? [0, Math.max(10, ...values)] : memoryBounds(values);
  const spanMs = Math.min(sparkMs, Math.max(leastSparkMs, now - (points[0]?.at ?? now)));
  const { line, area } = pathsOf(points, sparkGround, { from: now - spanMs, to: now, low, high });
  return (
    <svg class="spark" viewBox="0 0 60 16" preserveAspectRatio="none" aria-hidden="true">
      <path class="area" d={area} />
      <path class="line" d={line} />
    </svg>
  );
}

const minute = 60_000;
const ground: Ground = { width: 600, height: 120 };

interface ChartProps {
  readonly title: string;
  readonly points: readonly Point[];
  readonly kind: Kind;
  readonly now: number;
  readonly limit: number | null;
}

/** Minutes: as much as there is, ten at most. */
const windows = [1, 2, 5, 10];

const figure = (kind: Kind, value: number): string => (kind === "cpu" ? `${percent(value)} %` : bytes(value));

export function Chart({ title, points, kind, now, limit }: ChartProps) {
  const [pointed, setPointed] = useState<number | null>(null);
  const most = points.reduce((high, { value }) => Math.max(high, value), 0);
  const ticks = ticksOf(Math.max(most * 1.1, limit !== null && limit < most * 3 ? limit * 1.05 : 0), kind);
  const high = ticks.at(-1) ?? 1;
  const minutes = windows.find((each) => now - (points[0]?.at ?? now) <= each * minute) ?? 10;
  const chartMs = minutes * minute;
  const view = { from: now - chartMs, to: now, low: 0, high };
  const { line, area } = pathsOf(points, ground, view);
  const y = (value: number) => ground.height * (1 - value / high);
  const latest = points.at(-1);
  const nearest = pointed === null ? undefined : nearestTo(points, view.from + pointed * chartMs);
  const x = nearest === undefined ? 0 : ((nearest.at - view.from) / chartMs) * ground.width;
  const shown = nearest ?? latest;
  return (
    <figure class="chart">
      <figcaption>
        <span>{title}</span>
        <strong>{shown === undefined ? "-" : figure(kind, shown.value)}</strong>
        <span class="dim">
          {nearest === undefined ? `most ${figure(kind, most)}` : clock(nearest.at)}
          {limit !== null && `, limit ${figure(kind, limit)}`}
        </span>
      </figcaption>
      <div class="chart-ground">
        <ul class="chart-scale" aria-hidden="true">
          {ticks.toReversed().map((tick) => (
            <li key={tick}>{kind === "cpu" ? Math.round(tick) : tick === 0 ? "0" : bytes(tick)}</li>
          ))}
        </ul>
        <svg
          viewBox={`0 0 ${ground.width} ${ground.height}`}
          preserveAspectRatio="none"
          role="img"
          aria-label={`${title} over the last ${plural(minutes, "minute")}: now ${latest === undefined ? "unknown" : figure(kind, latest.value)}, most ${figure(kind, most)}`}
          onPointerMove={(event) => {
            const { left, width } = event.currentTarget.getBoundingClientRect();
            setPointed((event.clientX - left) / width);
          }}
          onPointerLeave={() => setPointed(null)}
        >
          {ticks.map((tick) => (
            <line key={tick} class="grid" x1={0} x2={ground.width} y1={y(tick)} y2={y(tick)} />
          ))}
          <path class="area" d={area} />
          <path class="line" d={line} />
          {limit !== null && limit <= high && (
            <line class="limit" x1={0} x2={ground.width} y1={y(limit)} y2={y(limit)} />
          )}
          {nearest !== undefined && <line class="pointer" x1={x} x2={x} y1={0} y2={ground.height} />}
        </svg>
      </div>
      <div class="chart-times" aria-hidden="true">
        <span>{plural(minutes, "minute")} ago</span>
        <span>now</span>
      </div>
    </figure>
  );
}

function nearestTo(points: readonly Point[], at: number): Point | undefined {
  let best: Point | undefined;
  for (const point of points) if (best === undefined || Math.abs(point.at - at) < Math.abs(best.at - at)) best = point;
  return best !== undefined && Math.abs(best.at - at) < gapMs * 4 ? best : undefined;
}
