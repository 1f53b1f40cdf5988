/** Which part of the screen is whose. Views are drawn into these places, and clicks are found by them. */
import type { PaneName, State } from "./state.ts";

export interface Place {
  readonly x: number;
  readonly y: number;
  readonly columns: number;
  readonly rows: number;
}

export interface Layout {
  readonly header: Place;
  /** null: there is no room for it, or it is not wanted. */
  readonly table: Place | null;
  readonly detail: Place | null;
  readonly log: Place | null;
  readonly events: Place | null;
  readonly footer: Place;
}

export const smallest = { columns: 40, rows: 8 };

export const isTooSmall = ({ size }: Pick<State, "size">): boolean =>
  size.columns < smallest.columns || size.rows < smallest.rows;

/** From so many rows on there is room for more than one pane. */
const roomyRows = 20;
/** From so many columns on, detail and log stand side by side. */
const wideColumns = 132;
/** A pane is not lower than that: a headline and some lines. */
const lowestPane = 6;

/** @param tableRows how many rows the table has to show, its headline not counted */
export function layoutOf({ size, panes }: Pick<State, "size" | "panes">, tableRows: number): Layout {
  const { columns, rows } = size;
  const headerRows = rows >= 24 ? 4 : rows >= 13 ? 3 : 2;
  const header = { x: 0, y: 0, columns, rows: headerRows };
  const footer = { x: 0, y: rows - 1, columns, rows: 1 };
  const body = { x: 0, y: headerRows, columns, rows: rows - headerRows - 1 };
  const empty = { header, footer, table: null, detail: null, log: null, events: null };
  const below = lower(panes);
  if (panes.zoomed || panes.focus === "events" || rows < roomyRows || below.length === 0)
    return { ...empty, [panes.focus]: body };
  // The table takes what it needs, and leaves the others at least half of it.
  const most = Math.max(lowestPane, Math.floor(body.rows * (body.rows >= 40 ? 0.5 : 0.55)));
  const tableHeight = Math.min(most, Math.max(lowestPane, tableRows + 1));
  const table = { ...body, rows: tableHeight };
  const rest = { ...body, y: body.y + tableHeight, rows: body.rows - tableHeight };
  const [first, second] = below;
  if (first === undefined || second === undefined) return { ...empty, table, [first ?? panes.focus]: rest };
  if (columns >= wideColumns) {
    const detailColumns = Math.min(100, Math.floor(columns * 0.42));
    return {
      ...empty,
      table,
      detail: { ...rest, columns: detailColumns },
      log: { ...rest, x: detailColumns + 1, columns: columns - detailColumns - 1 },
    };
  }
  if (rest.rows >= 2 * lowestPane + 6) {
    const detailRows = Math.floor(rest.rows / 2);
    return {
      ...empty,
      table,
      detail: { ...rest, rows: detailRows },
      log: { ...rest, y: rest.y + detailRows, rows: rest.rows - detailRows },
    };
  }
  return { ...empty, table, [panes.focus === "detail" ? "detail" : "log"]: rest };
}

function lower({ detail, log }: State["panes"]): ("detail" | "log")[] {
  return [...(detail ? ["detail" as const] : []), ...(log ? ["log" as const] : [])];
}

/** Rows below its headline. */
export const pageOf = (place: Place | null): number => Math.max(1, (place?.rows ?? 2) - 1);

/** The pane at a point, 0-based. */
export function paneAt(layout: Layout, x: number, y: number): PaneName | null {
  for (const name of ["table", "detail", "log", "events"] as const) {
    const place = layout[name];
    if (place === null) continue;
    if (x >= place.x && x < place.x + place.columns && y >= place.y && y < place.y + place.rows) return name;
  }
  return null;
}
