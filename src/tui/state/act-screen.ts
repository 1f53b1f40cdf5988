/** Commands of the screen as a whole. */
import { themeNames } from "../text/theme.ts";
import { withTimeline } from "./act-events.ts";
import { withLog } from "./act-log.ts";
import { withTable } from "./act-table.ts";
import type { CommandId } from "./commands.ts";
import { typed } from "./dialog.ts";
import { atEnd } from "./log.ts";
import type { PaneName, Panes, State } from "./state.ts";
import { type Act, say } from "./step.ts";

const withPanes = (state: State, panes: Partial<Panes>): State => ({ ...state, panes: { ...state.panes, ...panes } });

/** Shows a pane and goes to it; hides it when one is there already. */
const pane =
  (name: "detail" | "log"): Act =>
  (state) => {
    if (state.panes.focus !== name) return [withPanes(state, { [name]: true, focus: name })];
    return [withPanes(state, { [name]: false, focus: "table", zoomed: false })];
  };

const panesOf = ({ detail, log }: Panes): readonly PaneName[] => [
  "table",
  ...(detail ? (["detail"] as const) : []),
  ...(log ? (["log"] as const) : []),
];

function cycled(state: State, by: number): State {
  const all = panesOf(state.panes);
  const at = all.indexOf(state.panes.focus);
  return withPanes(state, { focus: all[(at + by + all.length) % all.length] ?? "table" });
}

/** One thing at a time, the last that was done first. */
function back(state: State): State {
  const { panes, table, log, timeline } = state;
  if (panes.focus === "events")
    return timeline.filter === "" ? withPanes(state, { focus: "table" }) : withTimeline(state, { filter: "" });
  if (panes.zoomed) return withPanes(state, { zoomed: false });
  if (panes.focus === "log" && (log.search !== "" || log.only !== ""))
    return withLog(state, { search: "", only: "", found: null });
  if (panes.focus === "log" && log.position.type === "at") return { ...state, log: atEnd(log) };
  if (panes.focus !== "table") return withPanes(state, { focus: "table" });
  if (table.marked.size > 0) return withTable(state, { marked: new Set() });
  if (table.filter !== "" || table.problems) return withTable(state, { filter: "", problems: false });
  return state;
}

export const screenActs = {
  log: pane("log"),
  detail: pane("detail"),
  "next-pane": (state) => [cycled(state, 1)],
  "previous-pane": (state) => [cycled(state, -1)],
  // The events have the whole screen already.
  zoom: (state) => [state.panes.focus === "events" ? state : withPanes(state, { zoomed: !state.panes.zoomed })],
  back: (state) => [back(state)],
  palette: (state) => [{ ...state, dialog: { type: "palette", input: typed(""), chosen: 0 } }],
  help: (state) => [{ ...state, dialog: { type: "help", top: 0 } }],
  theme: (state, at) => {
    const theme = themeNames[(themeNames.indexOf(state.theme) + 1) % themeNames.length] ?? "dark";
    return [say({ ...state, theme }, at, `theme ${theme}`)];
  },
  mouse: (state, at) => {
    const mouse = !state.mouse;
    return [say({ ...state, mouse }, at, mouse ? "the mouse selects rows and scrolls" : "the mouse is the terminal's")];
  },
  redraw: (state) => [state, { type: "redraw" }],
  suspend: (state) => [state, { type: "suspend" }],
  quit: (state) => [state, { type: "quit" }],
} satisfies Partial<Record<CommandId, Act>>;
