/** Sizes and durations as people write them in a program list: `256MB`, `1h30m`. */

const units = [
  ["GB", 1024 ** 3],
  ["MB", 1024 ** 2],
  ["KB", 1024],
] as const;

/** 1024-based, with one decimal where it says something: `1.5GB`, `312MB`, `17 bytes`. */
export function size(bytes: number): string {
  for (const [unit, factor] of units) {
    if (bytes < factor) continue;
    const value = bytes / factor;
    return `${value < 10 ? Number(value.toFixed(1)) : Math.round(value)}${unit}`;
  }
  return `${Math.round(bytes)} bytes`;
}

const steps = [
  ["d", 86_400_000],
  ["h", 3_600_000],
  ["m", 60_000],
  ["s", 1000],
] as const;

/** The two largest units that are not nothing: `1h30m`, `2d4h`, `45s`, `1.5s`, `300ms`. */
export function duration(ms: number): string {
  const whole = Math.round(ms);
  if (whole < 1000) return `${whole}ms`;
  if (whole < 10_000) return `${Number((whole / 1000).toFixed(1))}s`;
  const first = steps.findIndex(([, step]) => whole >= step);
  const [unit, step] = steps[first] ?? (["s", 1000] as const);
  const next = steps[first + 1];
  if (next === undefined) return `${Math.round(whole / 1000)}s`;
  const rest = Math.floor((whole % step) / next[1]);
  return `${Math.floor(whole / step)}${unit}${rest === 0 ? "" : `${rest}${next[0]}`}`;
}
