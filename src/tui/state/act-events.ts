/** Commands of the timeline, and what comes into it. */
import { reveal } from "./act-table.ts";
import type { CommandId } from "./commands.ts";
import { typed } from "./dialog.ts";
import { type Told, withTold } from "./happenings.ts";
import { pageOf } from "./layout.ts";
import type { State } from "./state.ts";
import { type Act, say } from "./step.ts";
import { linesOf, selectedLine, type TimelineState, toldKept } from "./timeline.ts";
import { layoutFor } from "./wants.ts";

export const withTimeline = (state: State, timeline: Partial<TimelineState>): State => ({
  ...state,
  timeline: { ...state.timeline, ...timeline },
});

/** Who looks at an older line goes on looking at it, where it stands. */
export function happened(state: State, fresh: readonly Told[]): State {
  const { timeline } = state;
  const told = withTold(timeline.told, fresh, toldKept);
  const { selected } = timeline;
  const before = selectedLine(linesOf(timeline), selected);
  const after = selectedLine(linesOf({ told, filter: timeline.filter }), selected);
  return withTimeline(state, { told, top: timeline.top + (selected === null ? 0 : after - before) });
}

/** The first line is the latest, and stays that. */
function at(state: State, index: number): State {
  const lines = linesOf(state.timeline);
  const line = lines[Math.min(lines.length - 1, Math.max(0, index))];
  return withTimeline(state, { selected: line === undefined || line === lines[0] ? null : line.serial });
}

const selectedOf = ({ timeline }: State): number => selectedLine(linesOf(timeline), timeline.selected);

export const scrollEvents = (state: State, rows: number): State => at(state, selectedOf(state) + rows);

const page = (state: State): number => pageOf(layoutFor(state).events);

export const eventMoves = {
  up: (state: State) => scrollEvents(state, -1),
  down: (state: State) => scrollEvents(state, 1),
  "page-up": (state: State) => scrollEvents(state, 1 - page(state)),
  "page-down": (state: State) => scrollEvents(state, page(state) - 1),
  first: (state: State) => at(state, 0),
  last: (state: State) => at(state, Number.MAX_SAFE_INTEGER),
};

export const clickedEvent = (state: State, line: number): State =>
  line < 0 || line >= linesOf(state.timeline).length - state.timeline.top
    ? state
    : at(state, state.timeline.top + line);

/** The selected line is on the screen. */
export function settledEvents(before: State, state: State): State {
  const { timeline, panes, size } = state;
  if (panes.focus !== "events") return state;
  if (timeline === before.timeline && panes === before.panes && size === before.size) return state;
  const lines = linesOf(timeline);
  const index = selectedLine(lines, timeline.selected);
  const height = page(state);
  const most = Math.max(0, lines.length - height);
  const top = Math.max(0, index - height + 1, Math.min(timeline.top, index, most));
  return top === timeline.top ? state : withTimeline(state, { top });
}

/** A process, or the first of a group. */
function programOf({ overview }: State, { id, name, target }: Told): string | null {
  if (id !== null) return id;
  const named = name === "" ? target.replace(/:\*?$/, "") : name;
  const found = overview.processes.find((each) => each.group === named || `${each.group}:${each.name}` === named);
  return found === undefined ? null : `${found.group}:${found.name}`;
}

export const eventActs = {
  events: (state) => [
    { ...state, panes: { ...state.panes, focus: state.panes.focus === "events" ? "table" : "events" } },
  ],
  "filter-events": (state) => {
    const { filter } = state.timeline;
    return [
      { ...state, dialog: { type: "prompt", purpose: "events", label: "show", input: typed(filter), before: filter } },
    ];
  },
  "open-event": (state, now) => {
    const line = linesOf(state.timeline)[selectedOf(state)];
    const id = line === undefined ? null : programOf(state, line);
    const found = id === null ? state : reveal(state, id);
    if (found === state) return [say(state, now, "that is about no program that is there")];
    return [{ ...found, panes: { ...found.panes, focus: "table" } }];
  },
} satisfies Partial<Record<CommandId, Act>>;
