/** The panes between header and footer. Each is drawn anew only when something has changed that it shows. */
import { memo } from "react";
import { detailLines, detailTitle } from "../state/detail-lines.ts";
import type { Place } from "../state/layout.ts";
import { rowsOf, selectedIndex } from "../state/rows.ts";
import type { State } from "../state/state.ts";
import { count } from "../text/figures.ts";
import { fillLine, rule } from "../text/line.ts";
import { type Line, type Role, span } from "../text/look.ts";
import { paint } from "../text/paint.ts";
import type { Theme } from "../text/theme.ts";
import { eventRows, eventsNote, eventsTitle } from "./event-lines.ts";
import { logLines, logNote, logTitle } from "./log-lines.ts";
import { Painted } from "./painted.tsx";
import { headLine, rowLine, tableShape } from "./table-lines.ts";

interface Shown {
  readonly state: State;
  readonly place: Place;
  readonly theme: Theme;
}

/** Whether nothing has changed of what a pane looks at. */
const sameBut =
  (...parts: readonly (keyof State)[]) =>
  (before: Shown, after: Shown): boolean =>
    before.theme === after.theme &&
    (["x", "y", "columns", "rows"] as const).every((key) => before.place[key] === after.place[key]) &&
    parts.every((part) => before.state[part] === after.state[part]);

const edge = (state: State, pane: State["panes"]["focus"]): Role => (state.panes.focus === pane ? "focus" : "border");

/** What is shown may be old. */
const faded = (line: Line, { connection }: State): Line =>
  connection.type === "live" ? line : line.map(({ text }) => span(text, "stale"));

export const TablePane = memo(
  function TablePane({ state, place, theme }: Shown) {
    const { overview, table } = state;
    const { columns } = place;
    const rows = rowsOf(overview, table);
    const shape = tableShape(rows, columns);
    const selected = selectedIndex(rows, table.selected);
    const visible = rows.slice(table.top, table.top + place.rows - 1);
    const lines = visible.map((row, index) => {
      const line = faded(rowLine(row, shape, state, columns), state);
      return paint(line, theme, table.top + index === selected ? "selected" : null);
    });
    const empty = overview.processes.length === 0 ? "there are no programs" : "nothing fits the filter; Esc shows all";
    if (rows.length === 0) lines.push("", paint([span(`    ${empty}`, "dim")], theme));
    return <Painted place={place} text={[paint(headLine(shape, state, columns), theme), ...lines].join("\n")} />;
  },
  sameBut("overview", "histories", "table", "connection"),
);

export const DetailPane = memo(
  function DetailPane({ state, place, theme }: Shown) {
    const { columns, rows } = place;
    const all = detailLines(state, columns - 2);
    const top = Math.max(0, Math.min(state.detail.top, all.length - (rows - 1)));
    const below = all.length - top - (rows - 1);
    const note: Line =
      below > 0 || top > 0
        ? [span(`${count(top + 1)}–${count(Math.min(all.length, top + rows - 1))} of ${count(all.length)}`, "dim")]
        : [];
    const title: Line = [span("detail ", "dim"), span(detailTitle(state), "strong")];
    const lines = all.slice(top, top + rows - 1).map((line) => faded(fillLine([span(" "), ...line], columns), state));
    return (
      <Painted place={place} text={painted([rule(title, note, columns, edge(state, "detail")), ...lines], theme)} />
    );
  },
  sameBut("overview", "histories", "table", "detail", "panes", "timeline", "connection"),
);

export const LogPane = memo(
  function LogPane({ state, place, theme }: Shown) {
    const { columns, rows } = place;
    const head = rule(logTitle(state), logNote(state), columns, edge(state, "log"));
    return <Painted place={place} text={painted([head, ...logLines(state, rows - 1)], theme)} />;
  },
  sameBut("overview", "table", "log", "panes"),
);

export const EventsPane = memo(
  function EventsPane({ state, place, theme }: Shown) {
    const { columns, rows } = place;
    const head = paint(rule(eventsTitle, eventsNote(state), columns, "focus"), theme);
    const lines = eventRows(state, columns, rows - 1).map(({ line, isSelected }) =>
      paint(isSelected ? fillLine(line, columns) : faded(line, state), theme, isSelected ? "selected" : null),
    );
    return <Painted place={place} text={[head, ...lines].join("\n")} />;
  },
  sameBut("overview", "timeline", "connection"),
);

/** Between detail and log when they stand side by side. */
export const Divider = memo(function Divider({ place, theme }: { readonly place: Place; readonly theme: Theme }) {
  const line = paint([span("│", "border")], theme);
  return <Painted place={place} text={Array.from({ length: place.rows }, () => line).join("\n")} />;
});

const painted = (lines: readonly Line[], theme: Theme): string => lines.map((line) => paint(line, theme)).join("\n");
