/** Lengths of time as people write them: `500ms`, `10s`, `5m`, `1h`, `7d`, `1h30m`; a bare number is seconds. */
import { shortRepr } from "../core/python.ts";
import { Refusal } from "./complaint.ts";

const units = { d: 86_400_000, h: 3_600_000, m: 60_000, s: 1000, ms: 1 } as const;
type Unit = keyof typeof units;

/** What people write for them elsewhere, for "did you mean". */
const otherSpellings: Readonly<Record<string, Unit>> = {
  msec: "ms",
  millis: "ms",
  millisecond: "ms",
  milliseconds: "ms",
  sec: "s",
  secs: "s",
  second: "s",
  seconds: "s",
  min: "m",
  mins: "m",
  minute: "m",
  minutes: "m",
  hr: "h",
  hrs: "h",
  hour: "h",
  hours: "h",
  day: "d",
  days: "d",
};

/** Ten years: more is a slip of the pen. */
export const longestMs = 3650 * units.d;

/** Milliseconds. Throws `Refusal`. */
export function duration(text: string): number {
  const parts = partsOf(text);
  if (parts === null || parts.some(({ unit }) => !isUnit(unit))) {
    throw new Refusal(`not a duration: ${shortRepr(text)}`, hint(parts));
  }
  const sum = parts.reduce((ms, { number, unit }) => ms + Number(number) * (isUnit(unit) ? units[unit] : 0), 0);
  return Math.min(Math.round(sum), Number.MAX_SAFE_INTEGER);
}

interface Part {
  readonly number: string;
  readonly unit: string;
}

const onePart = /\s*(\d+(?:\.\d+)?)\s*([a-z]*)\s*/iy;

/** Null when it is not numbers with words behind them. Only one number alone may go without. */
function partsOf(text: string): Part[] | null {
  if (text.length > 100) return null;
  const parts: Part[] = [];
  for (onePart.lastIndex = 0; onePart.lastIndex < text.length; ) {
    const [, number, unit = ""] = onePart.exec(text) ?? [];
    if (number === undefined) return null;
    parts.push({ number, unit });
  }
  const [only] = parts;
  if (only === undefined) return null;
  return parts.length === 1 && only.unit === "" ? [{ ...only, unit: "s" }] : parts;
}

const isUnit = (word: string): word is Unit => Object.hasOwn(units, word);

function hint(parts: readonly Part[] | null): string {
  const meant = parts?.map(({ number, unit }) => {
    const word = unit.toLowerCase();
    if (unit === "M") return null;
    const known = isUnit(word) ? word : Object.hasOwn(otherSpellings, word) ? otherSpellings[word] : undefined;
    return known === undefined ? null : number + known;
  });
  if (meant?.every((part) => part !== null)) return `did you mean ${meant.join("")}`;
  return "durations are 500ms, 10s, 5m, 1h, 7d or 1h30m; a bare number is seconds";
}
