/**
 * The table as lines. Which columns there are depends on the width: what tells most comes first, and the last one,
 * what is wrong or how it last ended, takes what is left.
 */
import type { RemoteProgram } from "../../client/overview.ts";
import type { Row } from "../state/rows.ts";
import { displayName, idOf, type Sort, type State } from "../state/state.ts";
import { countTones, isProblem, reasonOf, roleOf, signOf, type Tone, toneOf } from "../state/tone.ts";
import { left, right, width } from "../text/cells.ts";
import { cleanText } from "../text/clean.ts";
import { fillLine } from "../text/line.ts";
import { type Line, type Span, span } from "../text/look.ts";
import { type Column, tableColumns } from "./table-cells.ts";

const nameColumns = { least: 12, most: 40 };
/** The least that says something of what is wrong. */
const reasonColumns = { least: 14, good: 30 };
/** Mark and sign in front. */
const edgeColumns = 4;

interface TableShape {
  readonly name: number;
  readonly columns: readonly Column[];
  readonly reason: number;
}

/** What there is room for. */
export function tableShape(rows: readonly Row[], columns: number): TableShape {
  const longest = rows.reduce((most, row) => Math.max(most, width(labelOf(row))), nameColumns.least);
  const wantedName = Math.min(longest, nameColumns.most);
  let chosen = tableColumns;
  for (let luxury = 8; ; luxury--) {
    const taken = edgeColumns + chosen.reduce((sum, each) => sum + each.columns + 1, 0);
    const needed = luxury >= 4 ? reasonColumns.good : reasonColumns.least;
    if (columns - taken - wantedName >= needed || luxury < 1) {
      const name = Math.max(6, Math.min(wantedName, columns - taken - Math.min(needed, 4)));
      return { name, columns: chosen, reason: Math.max(0, columns - taken - name - 1) };
    }
    chosen = chosen.filter((each) => each.luxury < luxury);
  }
}

const labelOf = (row: Row): string =>
  row.type === "group" ? row.group : row.inGroup ? `  ${row.program.name}` : displayName(row.program);

export function headLine(shape: TableShape, { table }: State, columns: number): Line {
  const titled = (title: string, sort: Sort | undefined) =>
    sort !== undefined && sort === table.sort ? `${title}${table.reversed ? "↑" : "↓"}` : title;
  const cells = shape.columns.map(({ title, columns: own, sort, alignRight }) => {
    const text = titled(title, sort);
    // The arrow may stand in the blank before the column.
    return span(alignRight === true ? right(text, own + 1) : ` ${left(text, own)}`, text === title ? "dim" : "strong");
  });
  return fillLine(
    [
      span(" ".repeat(edgeColumns)),
      span(left(titled("NAME", "name"), shape.name), table.sort === "name" ? "strong" : "dim"),
      ...cells,
      span(" "),
      span(left("REASON OR LAST EXIT", shape.reason), "dim"),
    ],
    columns,
  );
}

export function rowLine(row: Row, shape: TableShape, state: State, columns: number): Line {
  return fillLine(row.type === "group" ? groupLine(row, shape, state) : processLine(row, shape, state), columns);
}

function processLine(row: Extract<Row, { type: "process" }>, shape: TableShape, state: State): Line {
  const { program } = row;
  const { now } = state.overview;
  const look = roleOf[toneOf(program, now)];
  const isMarked = state.table.marked.has(idOf(program));
  const reason = cleanText(reasonOf(program, now));
  return [
    span(isMarked ? "┃" : " ", "key"),
    span(" "),
    span(`${signOf(program, now)} `, look),
    span(left(labelOf(row), shape.name), toneOf(program, now) === "idle" ? "dim" : "plain"),
    ...shape.columns.flatMap(({ cell, columns }) => [span(" "), cell(program, state, columns)]),
    span(" "),
    span(reason, isProblem(program, now) ? look : "dim"),
  ];
}

function groupLine(row: Extract<Row, { type: "group" }>, shape: TableShape, state: State): Line {
  const { members } = row;
  const isMarked = members.length > 0 && members.every((program) => state.table.marked.has(idOf(program)));
  const cells: Span[] = [];
  // The number of those that run stands where the others have their states, and takes the columns that have no sum.
  let room = -1;
  const flush = () => {
    if (room < 0) return;
    cells.push(span(" "), ...groupState(members, state.overview.now, room));
    room = -1;
  };
  let isFirst = true;
  for (const { columns, sum } of shape.columns) {
    if (sum === undefined && isFirst) room += columns + 1;
    else {
      flush();
      isFirst = false;
      cells.push(span(" "), sum === undefined ? span(" ".repeat(columns)) : sum(members, columns));
    }
  }
  flush();
  return [
    span(isMarked ? "┃" : " ", "key"),
    span(row.folded ? "▸ " : "▾ ", "accent"),
    span(left(row.group, shape.name + 1), "strong"),
    ...cells,
  ];
}

const toneWords: readonly (readonly [Tone, string])[] = [
  ["bad", "failed"],
  ["warn", "recovering"],
  ["busy", "busy"],
];

/** `3/4 up, 1 failed`, in exactly so many columns. */
function groupState(members: readonly RemoteProgram[], now: number, columns: number): Line {
  const counts = countTones(members, now);
  const up = members.filter(({ state }) => state === "RUNNING").length;
  const pieces: Span[] = [span(`${up}/${members.length} up`, counts.good === members.length ? "good" : "plain")];
  for (const [tone, word] of toneWords)
    if (counts[tone] > 0) pieces.push(span(`, ${counts[tone]} ${word}`, roleOf[tone]));
  return fillLine(pieces, columns);
}
