/** Times as systemd.time(7) writes them: `90`, `1min 30s`, `500ms`. */
const units: Readonly<Record<string, number>> = {
  us: 0.001,
  ms: 1,
  s: 1000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
  w: 604_800_000,
};

const longNames: readonly (readonly [RegExp, string])[] = [
  [/^(usec|\u00b5s|\u03bcs)$/, "us"],
  [/^msec$/, "ms"],
  [/^(|sec|seconds?)$/, "s"],
  [/^(min|minutes?)$/, "m"],
  [/^(hr|hours?)$/, "h"],
  [/^days?$/, "d"],
  [/^weeks?$/, "w"],
];

/** Null for nothing, for infinity and for what is no time. */
export function milliseconds(text: string | null): number | null {
  if (text === null || !/^\s*(\d+(\.\d+)?\s*[a-z\u00b5\u03bc]*\s*)+$/i.test(text)) return null;
  let sum = 0;
  for (const [, number, name = ""] of text.matchAll(/(\d+(?:\.\d+)?)\s*([a-z\u00b5\u03bc]*)/gi)) {
    const lower = name === "M" ? null : name.toLowerCase();
    const unit = lower === null ? undefined : units[longNames.find(([pattern]) => pattern.test(lower))?.[1] ?? lower];
    if (unit === undefined) return null;
    sum += Number(number) * unit;
  }
  return Math.round(sum);
}
