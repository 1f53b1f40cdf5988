/** What programs are asked for. What may hurt is asked about first. Pure. */

import type { Request } from "../../tui/state/effects.ts";
import { doing, questions, type Verb } from "../../tui/state/orders.ts";
import { rowsOf, targetsOf } from "../../tui/state/rows.ts";
import { displayName, idOf } from "../../tui/state/state.ts";
import { plural } from "../../tui/text/figures.ts";
import type { PageState } from "./page.ts";
import { noted, type Step } from "./step.ts";

/** One program by its name, more by their number. */
function naming(state: PageState, ids: readonly string[]): string {
  const [only = ""] = ids;
  const [group = "", name = group] = only.split(":");
  if (ids.length === 1) return displayName({ group, name });
  return ids.length === state.overview?.processes.length
    ? `all ${plural(ids.length, "program")}`
    : plural(ids.length, "program");
}

export function begin(state: PageState, request: Request): Step {
  const job = { id: state.count, title: `${doing[request.type]} ${naming(state, request.ids)}`, ids: request.ids };
  return [
    {
      ...state,
      count: state.count + 1,
      dialog: null,
      jobs: [...state.jobs, job],
      table: { ...state.table, marked: new Set() },
    },
    { type: "request", job: job.id, request },
  ];
}

export function ask(state: PageState, verb: Verb, given: readonly string[] | undefined): Step {
  const { overview, table } = state;
  if (overview === null) return [state];
  if (!state.mayControl) return [noted(state, "this login may only look", "bad")];
  const isChosen = table.marked.size > 0 || rowsOf(overview, table).some(({ id }) => id === table.selected);
  const ids = given ?? (isChosen ? targetsOf(overview, table).map(idOf) : []);
  if (ids.length === 0) return [noted(state, "no program is selected", "bad")];
  const what = naming(state, ids);
  switch (verb) {
    case "start":
      return begin(state, { type: verb, ids });
    case "signal":
    case "stdin":
      return [{ ...state, dialog: { type: verb, ids, what } }];
    default: {
      const wanted = new Set(ids);
      const programs = overview.processes.filter((program) => wanted.has(idOf(program)));
      const longest = Math.max(...programs.map((program) => displayName(program).length));
      const lines = programs.map((program) => `${displayName(program).padEnd(longest)}  ${program.state}`);
      return [
        { ...state, dialog: { type: "confirm", question: questions[verb](what), lines, request: { type: verb, ids } } },
      ];
    }
  }
}

/** Of the program of a process, or of a group. */
export function askScale(state: PageState, id: string | null): Step {
  if (!state.mayControl) return [noted(state, "this login may only look", "bad")];
  const { processes = [] } = state.overview ?? {};
  const found = processes.find((program) => idOf(program) === id || `${program.group}:` === id);
  if (found === undefined) return [noted(state, "no program is selected", "bad")];
  const copies = processes.filter(({ program, group }) => program === found.program && group === found.group).length;
  return [{ ...state, dialog: { type: "scale", program: found.program, copies } }];
}

export function beginScale(state: PageState, program: string, copies: number): Step {
  const title = `scaling ${program} to ${copies}`;
  const job = { id: state.count, title, ids: [] };
  return [
    { ...state, count: state.count + 1, dialog: null, jobs: [...state.jobs, job] },
    { type: "scale", job: job.id, program, copies },
  ];
}
