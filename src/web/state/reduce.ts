/** What happens to the page, in one place: an action makes the next state, and asks for what is to be done. Pure. */

import type { Struct } from "../../client/replies.ts";
import type { RemoteReport } from "../../client/report.ts";
import type { Request } from "../../tui/state/effects.ts";
import { asTold, withTold } from "../../tui/state/happenings.ts";
import type { Verb } from "../../tui/state/orders.ts";
import { type Row, rowsOf } from "../../tui/state/rows.ts";
import { idOf, type Sort, sorts } from "../../tui/state/state.ts";
import { isProblem } from "../../tui/state/tone.ts";
import { type LogAction, logKeyOf, reduceLog } from "./log-pane.ts";
import { newsOf } from "./news.ts";
import { type Connection, type Dialog, firstPane, type Note, type PageState, type Place } from "./page.ts";
import { ask, askScale, begin, beginScale } from "./requests.ts";
import { noted, type Step } from "./step.ts";
import { updated } from "./updates.ts";

export type Action =
  | { readonly type: "told"; readonly message: Struct }
  | { readonly type: "connection"; readonly connection: Connection }
  | { readonly type: "go"; readonly place: Place }
  | { readonly type: "filter"; readonly filter: string }
  | { readonly type: "problems" }
  | { readonly type: "sort"; readonly sort?: Sort }
  | { readonly type: "fold"; readonly group: string | null; readonly folded?: boolean }
  /** One process, all of a group that are shown, or all that are shown. */
  | { readonly type: "mark"; readonly ids: readonly string[] | "shown"; readonly marked?: boolean }
  | { readonly type: "select"; readonly id: string }
  | { readonly type: "move"; readonly by: number }
  | { readonly type: "next-problem" }
  /** Without ids: of what is marked, else selected. */
  | { readonly type: "ask"; readonly verb: Verb; readonly ids?: readonly string[] }
  | { readonly type: "dialog"; readonly dialog: Dialog | null }
  | { readonly type: "request"; readonly request: Request }
  /** Without an id: of what is selected. */
  | { readonly type: "ask-scale"; readonly id?: string }
  | { readonly type: "scale"; readonly program: string; readonly copies: number }
  | { readonly type: "done"; readonly job: number; readonly text: string; readonly isGood: boolean }
  | { readonly type: "note"; readonly text: string; readonly tone: Note["tone"] }
  | { readonly type: "forget"; readonly note: number }
  | { readonly type: "report"; readonly id: string; readonly report: RemoteReport }
  | { readonly type: "log"; readonly log: LogAction };

export function reduce(state: PageState, action: Action): Step {
  switch (action.type) {
    case "told":
      return [told(state, action.message)];
    case "connection":
      return [{ ...state, connection: action.connection }];
    case "go":
      return [settled({ ...state, place: action.place })];
    case "filter":
      return [settled(withTable(state, { filter: action.filter }))];
    case "problems":
      return [settled(withTable(state, { problems: !state.table.problems }))];
    case "sort":
      return [settled(sortedBy(state, action.sort))];
    case "fold":
      return [settled(folded(state, action.group, action.folded))];
    case "mark":
      return [marked(state, action.ids, action.marked)];
    case "select":
      return [withTable(state, { selected: action.id })];
    case "move":
      return moved(state, action.by);
    case "next-problem":
      return nextProblem(state);
    case "ask":
      return ask(state, action.verb, action.ids);
    case "dialog":
      return [{ ...state, dialog: action.dialog }];
    case "request":
      return begin(state, action.request);
    case "ask-scale":
      return askScale(state, action.id ?? state.table.selected);
    case "scale":
      return beginScale(state, action.program, action.copies);
    case "done": {
      const jobs = state.jobs.filter(({ id }) => id !== action.job);
      return [noted({ ...state, jobs }, action.text, action.isGood ? "good" : "bad")];
    }
    case "note":
      return [noted(state, action.text, action.tone)];
    case "forget":
      return [{ ...state, notes: state.notes.filter(({ id }) => id !== action.note) }];
    case "report":
      return [{ ...state, report: { id: action.id, report: action.report } }];
    case "log":
      return [{ ...state, pane: reduceLog(state.pane, action.log) }];
  }
}

/** One message of the stream. */
function told(state: PageState, message: Struct): PageState {
  switch (message.type) {
    case "welcome":
      return { ...state, mayControl: message.control === true, connection: { type: "live" } };
    case "happened": {
      const raw = Array.isArray(message.happenings) ? message.happenings : [];
      const fresh = raw.flatMap((each) => asTold(each as Struct) ?? []);
      return { ...state, happenings: withTold(state.happenings, fresh) };
    }
    case "all":
    case "changes": {
      const overview = updated(state.overview, message);
      if (overview === null) return state;
      const before = state.overview;
      const isOther = before !== null && before.startedAt !== overview.startedAt;
      const news = newsOf(isOther ? null : before, overview);
      const next = {
        ...state,
        overview,
        connection: { type: "live" } as const,
        lives: state.lives + (isOther ? 1 : 0),
        news: news === "" ? state.news : news,
      };
      return settled(isOther ? noted(next, "the daemon has been started anew", "info") : next);
    }
    default:
      return state;
  }
}

const withTable = (state: PageState, table: Partial<PageState["table"]>): PageState => ({
  ...state,
  table: { ...state.table, ...table },
});

/** What is selected, marked and shown is what is there. */
function settled(state: PageState): PageState {
  const { overview, table } = state;
  if (overview === null) return state;
  const key = logKeyOf(state);
  const pane = key === state.pane.log.key ? state.pane : { ...firstPane, log: { ...reset(state), key } };
  const there = new Set(overview.processes.map(idOf));
  const kept = [...table.marked].filter((id) => there.has(id));
  const marks = kept.length === table.marked.size ? table.marked : new Set(kept);
  const isThere = (id: string | null): boolean => rowsOf(overview, table).some((row) => row.id === id);
  // Nothing is selected until somebody selects it: a key acts on nothing that was not chosen.
  const selected =
    state.place.type === "program" && there.has(state.place.id)
      ? state.place.id
      : isThere(table.selected)
        ? table.selected
        : null;
  return { ...state, pane, table: { ...table, marked: marks, selected } };
}

/** Lines go; how one looks at them stays. */
const reset = ({ pane: { log } }: PageState) => ({
  ...firstPane.log,
  options: log.options,
  search: log.search,
  only: log.only,
});

function sortedBy(state: PageState, sort: Sort | undefined): PageState {
  if (sort === state.table.sort) return withTable(state, { reversed: !state.table.reversed });
  const next = sort ?? sorts[(sorts.indexOf(state.table.sort) + 1) % sorts.length] ?? "name";
  return withTable(state, { sort: next, reversed: false });
}

/** `group` null: all of them. */
function folded(state: PageState, group: string | null, wanted: boolean | undefined): PageState {
  const { overview, table } = state;
  if (group === null) {
    const groups = new Set(overview?.processes.map((program) => program.group));
    return withTable(state, { folded: table.folded.size === 0 ? groups : new Set() });
  }
  const next = new Set(table.folded);
  if (wanted ?? !next.has(group)) next.add(group);
  else next.delete(group);
  return withTable(state, { folded: next });
}

export const programsOf = (row: Row): readonly string[] =>
  row.type === "group" ? row.members.map(idOf) : [idOf(row.program)];

function marked(state: PageState, ids: readonly string[] | "shown", wanted: boolean | undefined): PageState {
  const { overview, table } = state;
  if (overview === null) return state;
  const all = ids === "shown" ? [...new Set(rowsOf(overview, table).flatMap(programsOf))] : ids;
  const isMark = wanted ?? !all.every((id) => table.marked.has(id));
  const next = new Set(table.marked);
  for (const id of all) {
    if (isMark) next.add(id);
    else next.delete(id);
  }
  return withTable(state, { marked: next });
}

function moved(state: PageState, by: number): Step {
  const { overview, table } = state;
  if (overview === null) return [state];
  const rows = rowsOf(overview, table);
  const from = rows.findIndex(({ id }) => id === table.selected);
  const to = from === -1 ? 0 : Math.max(0, Math.min(rows.length - 1, from + by));
  return selected(state, rows[to]);
}

/** Where a program is looked at, another one is when the selection moves. */
function selected(state: PageState, row: Row | undefined): Step {
  if (row === undefined) return [state];
  const next = withTable(state, { selected: row.id });
  if (state.place.type !== "program" || row.type === "group") return [next];
  const place: Place = { ...state.place, id: row.id };
  return [settled({ ...next, place }), { type: "address", place, replace: true }];
}

function nextProblem(state: PageState): Step {
  const { overview, table } = state;
  if (overview === null) return [state];
  const rows = rowsOf(overview, table);
  const from = rows.findIndex(({ id }) => id === table.selected);
  const order = [...rows.slice(from + 1), ...rows.slice(0, from + 1)];
  return selected(
    state,
    order.find((row) => row.type === "process" && isProblem(row.program, overview.now)),
  );
}
