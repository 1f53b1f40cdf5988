/** Lines of the log pane as rows of the screen: which program, which channel, when, and the text cut or wrapped. */
import { left } from "../text/cells.ts";
import { clean } from "../text/clean.ts";
import { clock } from "../text/figures.ts";
import { prettyJson } from "../text/json.ts";
import { dropLine, highlight, lineWidth, takeLine, wrapLine } from "../text/line.ts";
import { type Line, type Look, span } from "../text/look.ts";
import type { LogLine } from "./log.ts";

export interface LogShape {
  readonly columns: number;
  /** For the names of programs; 0 = they are not shown. */
  readonly nameColumns: number;
  /** Whether a sign tells stderr from stdout. */
  readonly bothChannels: boolean;
  readonly times: boolean;
  readonly wrap: boolean;
  readonly json: boolean;
  readonly shift: number;
  /** What is to be seen in the text. */
  readonly search: string;
}

const memory = new WeakMap<LogLine, { readonly shape: LogShape; readonly rows: readonly Line[] }>();

/** At least one row. The same shape, as an object, gives the same rows. */
export function logRows(line: LogLine, shape: LogShape): readonly Line[] {
  const known = memory.get(line);
  if (known?.shape === shape) return known.rows;
  const rows = computed(line, shape);
  memory.set(line, { shape, rows });
  return rows;
}

/** How many rows those are, which most often is known without making them. */
export const logHeight = (line: LogLine, shape: LogShape): number =>
  !shape.wrap && !shape.json ? 1 : logRows(line, shape).length;

/** Nobody reads longer lines on a screen. */
const longest = 16 * 1024;
const mostRows = 200;

function computed(line: LogLine, shape: LogShape): Line[] {
  const head = headOf(line, shape);
  const headColumns = lineWidth(head);
  const room = Math.max(1, shape.columns - headColumns);
  const text = line.text.length > longest ? `${line.text.slice(0, longest)}…` : line.text;
  const parts = (shape.json ? prettyJson(text) : null) ?? [clean(text)];
  const rows = parts.flatMap((part) => {
    const marked = shape.search === "" ? part : highlight(part, shape.search, "match");
    return shape.wrap ? wrapLine(marked, room, mostRows) : [cut(marked, shape.shift, room)];
  });
  const blank: Line = headColumns === 0 ? [] : [span(" ".repeat(headColumns))];
  return rows.slice(0, mostRows).map((row, index) => [...(index === 0 ? head : blank), ...row]);
}

function cut(line: Line, shift: number, room: number): Line {
  const rest = shift > 0 ? dropLine(line, shift) : line;
  // Not all of a long line is measured; two columns more, as the first one too many may be half of a character.
  return lineWidth(takeLine(rest, room + 2)) <= room ? rest : [...takeLine(rest, room - 1), span("…", "dim")];
}

function headOf(line: LogLine, shape: LogShape): Line {
  return [
    ...(shape.nameColumns > 0 ? [span(`${left(nameOf(line.id), shape.nameColumns)} `, colourOf(line.id))] : []),
    ...(shape.times ? [span(line.at === 0 ? " ".repeat(9) : `${clock(line.at)} `, "dim")] : []),
    ...(shape.bothChannels ? [line.channel === "stderr" ? span("▌", "bad") : span(" ")] : []),
  ];
}

/** `worker:worker_01` is known by its second half, where that says as much. */
export function nameOf(id: string): string {
  const [group = "", name = ""] = id.split(":");
  return name.includes(group) ? name : id;
}

/** Not those that mean something else: red, yellow. */
const colours = [12, 10, 13, 14, 6, 4, 5, 2];

/** Always the same for the same name. */
function colourOf(id: string): Look {
  let hash = 0;
  for (let at = 0; at < id.length; at++) hash = (hash * 31 + id.charCodeAt(at)) | 0;
  return { fg: colours[Math.abs(hash) % colours.length] ?? 7 };
}
