/**
 * Moving in a log whose lines take several rows each. The view is known by the row that is shown last, so that what
 * comes later does not move it.
 */
import { atEnd, contains, type LogLine, type LogState, visibleLines } from "./log.ts";

export interface View {
  /** How many rows a line takes; at least one. */
  readonly heightOf: (line: LogLine) => number;
  /** Rows of the pane. */
  readonly page: number;
}

/** A row of a line. */
interface Place {
  readonly index: number;
  readonly row: number;
}

/** Looks so many rows further up (negative) or down; at the end it follows again. */
export function scrolled(log: LogState, rows: number, view: View): LogState {
  const lines = visibleLines(log);
  const bottom = bottomOf(log, lines, view);
  const moved = bottom === null ? null : advance(lines, bottom, rows, view);
  return moved === null ? atEnd(log) : standing(log, lines, filled(lines, moved, view));
}

/** So that the first line stands at the top. */
export function atStart(log: LogState, view: View): LogState {
  const lines = visibleLines(log);
  return standing(log, lines, filled(lines, { index: 0, row: 0 }, view));
}

/** Stands still, or follows again. */
export function paused(log: LogState, view: View): LogState {
  if (log.position.type === "at") return atEnd(log);
  const lines = visibleLines(log);
  return standing(log, lines, bottomOf(log, lines, view));
}

/** The next line that has what is looked for, upwards (-1) or downwards, in the middle of the pane; null when there is none. */
export function searched(log: LogState, direction: 1 | -1, view: View): LogState | null {
  const lines = visibleLines(log);
  const line = next(log, lines, direction);
  if (line === null) return null;
  const place = { index: lines.indexOf(line), row: view.heightOf(line) - 1 };
  const bottom = advance(lines, place, Math.floor(view.page / 2), view) ?? lastPlace(lines, view);
  return standing(
    { ...log, found: line.seq },
    lines,
    bottom && (filled(lines, bottom, view) ?? lastPlace(lines, view)),
  );
}

function next(log: LogState, lines: readonly LogLine[], direction: 1 | -1): LogLine | null {
  if (log.search === "") return null;
  const { position, found } = log;
  const from = found ?? (position.type === "at" ? position.seq + 1 : Number.POSITIVE_INFINITY);
  const fits = ({ seq, text }: LogLine) => (direction === 1 ? seq > from : seq < from) && contains(text, log.search);
  return (direction === 1 ? lines.find(fits) : lines.findLast(fits)) ?? null;
}

/** The row that is shown last; null when there are none. */
export function bottomOf({ position }: LogState, lines: readonly LogLine[], view: View): Place | null {
  if (position.type === "end") return lastPlace(lines, view);
  const after = lines.findIndex(({ seq }) => seq >= position.seq);
  const line = lines[after];
  return line === undefined
    ? lastPlace(lines, view)
    : { index: after, row: Math.min(position.row, view.heightOf(line) - 1) };
}

function lastPlace(lines: readonly LogLine[], { heightOf }: View): Place | null {
  const line = lines.at(-1);
  return line === undefined ? null : { index: lines.length - 1, row: heightOf(line) - 1 };
}

/** So many rows further; not above the first, and null behind the last. */
function advance(lines: readonly LogLine[], from: Place, rows: number, { heightOf }: View): Place | null {
  let { index } = from;
  let row = from.row + rows;
  while (row < 0 && index > 0) row += heightOf(lines[--index] as LogLine);
  for (let line = lines[index]; line !== undefined; line = lines[++index]) {
    if (row < heightOf(line)) return { index, row: Math.max(0, row) };
    row -= heightOf(line);
  }
  return null;
}

/** Not so far up that the pane would not be full; null when all there is fits into it. */
function filled(lines: readonly LogLine[], bottom: Place, view: View): Place | null {
  let rows = bottom.row + 1;
  for (let at = bottom.index - 1; at >= 0 && rows < view.page; at--) rows += view.heightOf(lines[at] as LogLine);
  return rows >= view.page ? bottom : advance(lines, bottom, view.page - rows, view);
}

/** null = at the end. */
function standing(log: LogState, lines: readonly LogLine[], place: Place | null): LogState {
  const line = place === null ? undefined : lines[place.index];
  if (place === null || line === undefined) return atEnd(log);
  const kept = log.position.type === "at" ? log.position.lines : log.lines;
  return { ...log, position: { type: "at", seq: line.seq, row: place.row, lines: kept } };
}
