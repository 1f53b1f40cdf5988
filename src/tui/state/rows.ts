/** The rows of the table: what of the overview is shown, in which order, and what a row means to a command. */
import type { RemoteOverview, RemoteProgram } from "../../client/overview.ts";
import { displayName, idOf, type Sort, type TableState } from "./state.ts";
import { gravity, isProblem, toneOf } from "./tone.ts";

export type Row =
  | {
      readonly type: "group";
      readonly id: string;
      readonly group: string;
      /** Those that the filter lets through. */
      readonly members: readonly RemoteProgram[];
      readonly folded: boolean;
    }
  | {
      readonly type: "process";
      readonly id: string;
      readonly program: RemoteProgram;
      /** Below a row of its group. */
      readonly inGroup: boolean;
    };

type Order = Pick<TableState, "filter" | "problems" | "sort" | "reversed" | "folded">;

let last: { readonly overview: RemoteOverview; readonly order: Order; readonly rows: readonly Row[] } | null = null;

/** Remembers the last answer: it is asked several times for each frame. */
export function rowsOf(overview: RemoteOverview, table: TableState): readonly Row[] {
  const { filter, problems, sort, reversed, folded } = table;
  const order: Order = { filter, problems, sort, reversed, folded };
  if (last?.overview === overview && keys.every((key) => last?.order[key] === order[key])) return last.rows;
  const rows = computed(overview, order);
  last = { overview, order, rows };
  return rows;
}

const keys = ["filter", "problems", "sort", "reversed", "folded"] as const;

/** What the filter lets through. */
export function shown({ processes, now }: RemoteOverview, { filter, problems }: Pick<Order, "filter" | "problems">) {
  const words = filter
    .toLowerCase()
    .split(/\s+/)
    .filter((word) => word !== "");
  return processes.filter(
    (program) => (!problems || isProblem(program, now)) && words.every((word) => matches(program, word)),
  );
}

/** `!word` = what has it not. */
function matches(program: RemoteProgram, word: string): boolean {
  if (word.startsWith("!")) return word === "!" || !matches(program, word.slice(1));
  const { state, health, ready } = program;
  const text = `${displayName(program)} ${state} ${health === "none" ? "" : health}${ready ? "" : " notready"}`;
  return text.toLowerCase().includes(word);
}

function computed(overview: RemoteOverview, order: Order): Row[] {
  const programs = shown(overview, order);
  if (order.sort !== "name")
    return sorted(programs, order.sort, order.reversed, overview.now).map((program) => rowOf(program, false));
  const groups = [...Map.groupBy(programs, ({ group }) => group)];
  if (order.reversed) groups.reverse();
  return groups.flatMap(([group, members]): Row[] => {
    const [only] = members;
    if (only !== undefined && only.name === group && members.length === 1) return [rowOf(only, false)];
    const folded = order.folded.has(group);
    const own = order.reversed ? members.toReversed() : members;
    const head: Row = { type: "group", id: `${group}:`, group, members, folded };
    return folded ? [head] : [head, ...own.map((program) => rowOf(program, true))];
  });
}

const rowOf = (program: RemoteProgram, inGroup: boolean): Row => ({
  type: "process",
  id: idOf(program),
  program,
  inGroup,
});

/** The largest first: that is what one looks for. Those that are the same stay in the order of their names. */
const measures: Readonly<Record<Exclude<Sort, "name">, (program: RemoteProgram, now: number) => number>> = {
  state: (program, now) => -gravity[toneOf(program, now)],
  cpu: ({ usage }) => usage?.cpuPercent ?? -1,
  memory: ({ usage }) => usage?.memoryBytes ?? -1,
  uptime: ({ pid, startedAt }) => (pid === 0 ? Number.NEGATIVE_INFINITY : -startedAt),
  starts: ({ starts }) => starts,
};

function sorted(programs: readonly RemoteProgram[], sort: Exclude<Sort, "name">, reversed: boolean, now: number) {
  const measure = measures[sort];
  const sign = reversed ? -1 : 1;
  return programs.toSorted((a, b) => sign * compare(measure(b, now), measure(a, now)));
}

const compare = (a: number, b: number): number => (a === b ? 0 : a < b ? -1 : 1);

/** Index of the selected row; the first when there is none of that id. */
export function selectedIndex(rows: readonly Row[], selected: string | null): number {
  const at = rows.findIndex(({ id }) => id === selected);
  return at === -1 ? 0 : at;
}

/** What the commands act on: what is marked, else what the selected row stands for. */
export function targetsOf(overview: RemoteOverview, table: TableState): readonly RemoteProgram[] {
  if (table.marked.size > 0) return overview.processes.filter((program) => table.marked.has(idOf(program)));
  const rows = rowsOf(overview, table);
  const row = rows[selectedIndex(rows, table.selected)];
  return row === undefined ? [] : row.type === "group" ? row.members : [row.program];
}

/** The process that detail and log are about: that of the selected row, of a group the first that has a problem. */
export function subjectOf(overview: RemoteOverview, table: TableState): RemoteProgram | null {
  const rows = rowsOf(overview, table);
  const row = rows[selectedIndex(rows, table.selected)];
  if (row === undefined) return null;
  if (row.type === "process") return row.program;
  return row.members.find((program) => isProblem(program, overview.now)) ?? row.members[0] ?? null;
}
