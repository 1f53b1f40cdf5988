/** Commands of the log pane. */
import type { CommandId } from "./commands.ts";
import { typed } from "./dialog.ts";
import { atEnd, type LogOptions, type LogState } from "./log.ts";
import { atStart, paused, scrolled, searched } from "./log-view.ts";
import type { State } from "./state.ts";
import { type Act, type Step, say } from "./step.ts";
import { logView } from "./wants.ts";

export const withLog = (state: State, log: Partial<LogState>): State => ({ ...state, log: { ...state.log, ...log } });

const withOptions = (state: State, options: Partial<LogOptions>): State =>
  withLog(state, { options: { ...state.log.options, ...options } });

export const scrollLog = (state: State, rows: number): State => ({
  ...state,
  log: scrolled(state.log, rows, logView(state)),
});

const page = (state: State): number => Math.max(1, logView(state).page - 1);

export const logMoves = {
  up: (state: State) => scrollLog(state, -1),
  down: (state: State) => scrollLog(state, 1),
  "page-up": (state: State) => scrollLog(state, -page(state)),
  "page-down": (state: State) => scrollLog(state, page(state)),
  first: (state: State): State => ({ ...state, log: atStart(state.log, logView(state)) }),
  last: (state: State): State => ({ ...state, log: atEnd(state.log) }),
};

export function searchNext(state: State, direction: 1 | -1, at: number): Step {
  if (state.log.search === "") return [say(state, at, "nothing is searched for; / begins")];
  const log = searched(state.log, direction, logView(state));
  if (log !== null) return [{ ...state, log }];
  const where = state.log.found === null ? "" : direction === 1 ? " further down" : " further up";
  return [say(state, at, `${state.log.search} is not there${where}`, "bad")];
}

const prompting = (purpose: "search" | "only", label: string): Act => {
  return (state) => {
    const before = purpose === "search" ? state.log.search : state.log.only;
    return [{ ...state, dialog: { type: "prompt", purpose, label, input: typed(before), before } }];
  };
};

const channels: readonly LogOptions["channel"][] = ["both", "stdout", "stderr"];
const shiftColumns = 16;

/** How lines are shown changes what a row is: who stands still sees other rows, so he looks at the end again. */
const toggling =
  (option: "wrap" | "times" | "json", words: readonly [on: string, off: string]): Act =>
  (state, at) => {
    const on = !state.log.options[option];
    return [say(withOptions(state, { [option]: on }), at, words[on ? 0 : 1])];
  };

export const logActs = {
  pause: (state) => [{ ...state, log: paused(state.log, logView(state)) }],
  search: prompting("search", "search"),
  next: (state, at) => searchNext(state, 1, at),
  previous: (state, at) => searchNext(state, -1, at),
  only: prompting("only", "only lines with"),
  channel: (state, at) => {
    const channel = channels[(channels.indexOf(state.log.options.channel) + 1) % channels.length] ?? "both";
    return [say(withOptions(state, { channel }), at, channel === "both" ? "stdout and stderr" : `only ${channel}`)];
  },
  merged: (state, at) => {
    const merged = !state.log.options.merged;
    const shown: State = { ...state, panes: { ...state.panes, log: true } };
    return [say(withOptions(shown, { merged }), at, merged ? "the logs of all that are shown" : "the log of one")];
  },
  wrap: toggling("wrap", ["long lines are wrapped", "long lines are cut"]),
  times: toggling("times", ["with the time when lines were written, as far as that is known", "without times"]),
  json: toggling("json", ["JSON is laid out", "JSON is shown as it is"]),
  "shift-left": (state) => [withLog(state, { shift: Math.max(0, state.log.shift - shiftColumns) })],
  "shift-right": (state, at) =>
    state.log.options.wrap
      ? [say(state, at, "lines are wrapped: there is nothing further right; w cuts them")]
      : [withLog(state, { shift: state.log.shift + shiftColumns })],
} satisfies Partial<Record<CommandId, Act>>;
