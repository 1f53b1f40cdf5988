/** Commands of the table: where one is, what is marked, what is shown and how. */
import type { CommandId } from "./commands.ts";
import { typed } from "./dialog.ts";
import { pageOf } from "./layout.ts";
import { type Row, rowsOf, selectedIndex, shown } from "./rows.ts";
import { displayName, idOf, type State, sorts, type TableState } from "./state.ts";
import { type Act, type Step, say } from "./step.ts";
import { isProblem } from "./tone.ts";
import { layoutFor } from "./wants.ts";

export const rowsFor = (state: State): readonly Row[] => rowsOf(state.overview, state.table);

const rowAt = (state: State): Row | undefined => rowsFor(state)[selectedIndex(rowsFor(state), state.table.selected)];

export const withTable = (state: State, table: Partial<TableState>): State => ({
  ...state,
  table: { ...state.table, ...table },
});

/** Selects the row so many further, as far as there are any. */
export function moveBy(state: State, rows: number): State {
  const all = rowsFor(state);
  const at = Math.min(all.length - 1, Math.max(0, selectedIndex(all, state.table.selected) + rows));
  return withTable(state, { selected: all[at]?.id ?? null });
}

const page = (state: State): number => pageOf(layoutFor(state).table);

/** By what the focus is on, these mean something else elsewhere. */
export const tableMoves = {
  up: (state: State) => moveBy(state, -1),
  down: (state: State) => moveBy(state, 1),
  "page-up": (state: State) => moveBy(state, 1 - page(state)),
  "page-down": (state: State) => moveBy(state, page(state) - 1),
  first: (state: State) => moveBy(state, Number.NEGATIVE_INFINITY),
  last: (state: State) => moveBy(state, rowsFor(state).length),
};

function mark(state: State): Step {
  const row = rowAt(state);
  if (row === undefined) return [state];
  const ids = row.type === "group" ? row.members.map(idOf) : [row.id];
  const marked = new Set(state.table.marked);
  const isWhole = ids.every((id) => marked.has(id));
  for (const id of ids) isWhole ? marked.delete(id) : marked.add(id);
  return [moveBy(withTable(state, { marked }), 1)];
}

function fold(state: State, folded: boolean): Step {
  const row = rowAt(state);
  const group = row?.type === "group" ? row.group : row?.inGroup === true ? row.program.group : null;
  if (group === null) return [state];
  const groups = new Set(state.table.folded);
  if (folded) groups.add(group);
  else groups.delete(group);
  return [withTable(state, { folded: groups, ...(folded ? { selected: `${group}:` } : {}) })];
}

function foldAll(state: State): Step {
  const groups = rowsFor(state).flatMap((row) => (row.type === "group" ? [row.group] : []));
  const isFolded = groups.length > 0 && groups.every((group) => state.table.folded.has(group));
  return [withTable(state, { folded: new Set(isFolded ? [] : groups) })];
}

/** Whatever hides it is taken away. */
export function reveal(state: State, id: string): State {
  const program = state.overview.processes.find((each) => idOf(each) === id);
  if (program === undefined) return state;
  const folded = new Set(state.table.folded);
  folded.delete(program.group);
  const open = withTable(state, { folded, selected: id });
  const isShown = shown(open.overview, open.table).includes(program);
  return isShown ? open : withTable(open, { filter: "", problems: false });
}

function nextProblem(state: State, at: number): Step {
  const all = state.overview.processes;
  const from = all.findIndex((program) => idOf(program) === state.table.selected);
  const next = [...all.slice(from + 1), ...all.slice(0, from + 1)].find((program) =>
    isProblem(program, state.overview.now),
  );
  if (next === undefined) return [say(state, at, "everything is as it should be", "good")];
  return [say(reveal(state, idOf(next)), at, `${displayName(next)}: ${next.next}`)];
}

export const tableActs = {
  mark,
  "mark-all": (state) => {
    const ids = shown(state.overview, state.table).map(idOf);
    const isAll = ids.length > 0 && ids.every((id) => state.table.marked.has(id));
    return [withTable(state, { marked: new Set(isAll ? [] : ids) })];
  },
  filter: (state) => [
    {
      ...state,
      dialog: {
        type: "prompt",
        purpose: "filter",
        label: "show",
        input: typed(state.table.filter),
        before: state.table.filter,
      },
    },
  ],
  problems: (state, at) => {
    const problems = !state.table.problems;
    const text = problems ? "only what is not as it should be; p shows all again" : "all programs";
    return [say(withTable(state, { problems }), at, text)];
  },
  "next-problem": nextProblem,
  sort: (state, at) => {
    const sort = sorts[(sorts.indexOf(state.table.sort) + 1) % sorts.length] ?? "name";
    return [say(withTable(state, { sort, reversed: false }), at, `sorted by ${sort}`)];
  },
  reverse: (state) => [withTable(state, { reversed: !state.table.reversed })],
  fold: (state) => fold(state, true),
  unfold: (state) => fold(state, false),
  "fold-all": foldAll,
  open: (state) => {
    const row = rowAt(state);
    if (row?.type === "group") return fold(state, !row.folded);
    return [{ ...state, panes: { ...state.panes, log: true, focus: "log" } }];
  },
} satisfies Partial<Record<CommandId, Act>>;

/** Keeps the selection on a row that is there, and that row on the screen. */
export function settled(before: State, state: State): State {
  const rows = rowsFor(state);
  let { selected, top } = state.table;
  if (!rows.some(({ id }) => id === selected)) {
    const was = selectedIndex(rowsFor(before), before.table.selected);
    selected = (rows[Math.min(was, rows.length - 1)] ?? null)?.id ?? null;
  }
  const height = page(state);
  const at = selectedIndex(rows, selected);
  top = Math.min(top, at, Math.max(0, rows.length - height));
  top = Math.max(top, at - height + 1, 0);
  return selected === state.table.selected && top === state.table.top ? state : withTable(state, { selected, top });
}
