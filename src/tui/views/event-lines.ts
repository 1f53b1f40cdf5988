/** The timeline: what has happened of all programs, latest first, as far as the screen goes; and its headline. */
import type { State } from "../state/state.ts";
import { linesOf, selectedLine } from "../state/timeline.ts";
import { nameColumnsOf, toldLine } from "../state/told-line.ts";
import { cleanText } from "../text/clean.ts";
import { count, plural } from "../text/figures.ts";
import { clipLine } from "../text/line.ts";
import { type Line, span } from "../text/look.ts";

export interface EventRow {
  readonly line: Line;
  readonly isSelected: boolean;
}

export function eventRows({ timeline, overview }: State, columns: number, rows: number): readonly EventRow[] {
  const lines = linesOf(timeline);
  const selected = selectedLine(lines, timeline.selected);
  const shown = lines.slice(timeline.top, timeline.top + rows);
  // Of all of them, so that scrolling moves no column.
  const nameColumns = nameColumnsOf(lines, Math.max(8, Math.min(28, Math.floor(columns / 4))));
  if (shown.length === 0)
    return [[], [span(`  ${nothing(timeline)}`, "dim")]].map((line) => ({ line, isSelected: false }));
  return shown.map((told, index) => ({
    line: clipLine([span(" "), ...toldLine(told, nameColumns, overview.now)], columns),
    isSelected: timeline.top + index === selected,
  }));
}

function nothing({ told, feed, filter }: State["timeline"]): string {
  if (told.length > 0) return `nothing has ${cleanText(filter)}; Esc shows all`;
  if (feed === "none") return "this daemon does not tell what happens";
  return feed === "live" ? "nothing has happened that the daemon remembers" : "waiting for the daemon to tell";
}

export const eventsTitle: Line = [span("events", "strong"), span(" of all programs, latest first", "dim")];

export function eventsNote({ timeline }: State): Line {
  const { told, filter, feed, selected } = timeline;
  const lines = linesOf(timeline);
  const position = selected === null ? "" : `${count(selectedLine(lines, selected) + 1)} of `;
  return [
    span(filter === "" ? "" : `/${cleanText(filter)} · `, "key"),
    span(feed === "lost" ? "not told any more · " : "", "warn"),
    span(`${position}${plural(lines.length, "event")}`, "dim"),
    span(lines.length < told.length ? ` of ${count(told.length)}` : "", "dim"),
  ];
}
