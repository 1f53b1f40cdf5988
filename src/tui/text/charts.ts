/** Small charts that fit into a line. */
import { type Line, type Role, span } from "./look.ts";

const eighths = ["▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"];

/** The last so many values, oldest first, between two bounds; what is not there is blank. */
export function sparkline(values: readonly number[], columns: number, low: number, high: number): string {
  const shown = values.slice(-columns);
  const range = high - low;
  const marks = shown.map((value) => {
    const part = range > 0 ? (value - low) / range : 0;
    return eighths[Math.min(7, Math.max(0, Math.floor(part * 8)))] ?? " ";
  });
  return marks.join("").padStart(columns);
}

/** How much of so many columns is full, to an eighth of a column. */
export function bar(part: number, columns: number): Line {
  const look = loadRole(part);
  // Of no limit nothing is used.
  const filled = Math.min(1, Math.max(0, part || 0)) * columns;
  const whole = Math.floor(filled);
  const rest = Math.floor((filled - whole) * 8);
  const edge = whole < columns && rest > 0 ? (["▏", "▎", "▍", "▌", "▋", "▊", "▉"][rest - 1] ?? "") : "";
  return [
    span("█".repeat(whole) + edge, look),
    span("·".repeat(Math.max(0, columns - whole - (edge === "" ? 0 : 1))), "border"),
  ];
}

/** How worrying it is that such a part of a limit is used. */
export const loadRole = (part: number): Role => (part >= 0.95 ? "bad" : part >= 0.8 ? "warn" : "bar");
