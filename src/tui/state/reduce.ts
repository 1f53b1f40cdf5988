/** What happens to the screen, in one place: an action makes the next state, and asks for what is to be done. Pure. */
import {
  clickedEvent,
  eventActs,
  eventMoves,
  happened,
  scrollEvents,
  settledEvents,
  withTimeline,
} from "./act-events.ts";
import { logActs, logMoves, scrollLog } from "./act-log.ts";
import { programActs } from "./act-programs.ts";
import { screenActs } from "./act-screen.ts";
import { moveBy, rowsFor, settled, tableActs, tableMoves, withTable } from "./act-table.ts";
import type { Action } from "./actions.ts";
import type { Bindings } from "./bindings.ts";
import type { CommandId } from "./commands.ts";
import { detailLines } from "./detail-lines.ts";
import { edited } from "./dialog.ts";
import { dialogKey, dialogPaste } from "./dialog-keys.ts";
import { noHistories, remember } from "./histories.ts";
import { pageOf, paneAt } from "./layout.ts";
import { restarted, withLines } from "./log.ts";
import { subjectOf } from "./rows.ts";
import { idOf, type State } from "./state.ts";
import { type Act, type Step, say } from "./step.ts";
import { layoutFor, logWish } from "./wants.ts";

export type Reduce = (state: State, action: Action) => Step;

export const reducer =
  (bindings: Bindings): Reduce =>
  (state, action) => {
    const [after, ...effects] = reduced(state, action, bindings);
    return after === state
      ? [state, ...effects]
      : [settledEvents(state, followed(state, settled(state, after))), ...effects];
  };

/** Who looks at another program sees another log, and the beginning of its details. */
function followed(before: State, state: State): State {
  const { key } = logWish(state);
  const log = key === state.log.key ? state.log : restarted(state.log, key);
  const isSame = idOrNull(before) === idOrNull(state);
  const detail = isSame ? state.detail : { ...state.detail, top: 0 };
  return log === state.log && detail === state.detail ? state : { ...state, log, detail };
}

function idOrNull({ overview, table }: State): string | null {
  const subject = subjectOf(overview, table);
  return subject === null ? null : idOf(subject);
}

function reduced(state: State, action: Action, bindings: Bindings): Step {
  switch (action.type) {
    case "key":
      return key(state, action.key, action.at, bindings);
    case "paste":
      return [state.dialog === null ? state : dialogPaste(state, state.dialog, action.text)];
    case "mouse":
      return mouse(state, action);
    case "resized":
      return [{ ...state, size: action.size }];
    case "overview":
      return [told(state, action)];
    case "lost":
      return [
        state.connection.type === "lost"
          ? { ...state, connection: { ...state.connection, why: action.why } }
          : { ...state, connection: { type: "lost", since: action.at, why: action.why } },
      ];
    case "report":
      return [{ ...state, detail: { ...state.detail, report: action } }];
    case "lines":
      return [
        action.key === state.log.key ? { ...state, log: withLines(state.log, action.lines, action.skipped) } : state,
      ];
    case "log-trouble":
      return [action.key === state.log.key ? { ...state, log: { ...state.log, trouble: action.text } } : state];
    case "happened":
      return [happened(state, action.told)];
    case "feed":
      return [withTimeline(state, { feed: action.feed })];
    case "words":
      return [{ ...state, words: action.words }];
    case "progress":
      return [
        { ...state, jobs: state.jobs.map((job) => (job.id === action.job ? { ...job, done: action.done } : job)) },
      ];
    case "finished":
      return [
        say({ ...state, jobs: state.jobs.filter(({ id }) => id !== action.job) }, action.at, action.text, action.tone),
        { type: "refresh" },
      ];
  }
}

const acts: Readonly<Record<string, Act>> = { ...programActs, ...tableActs, ...logActs, ...eventActs, ...screenActs };

function run(state: State, command: CommandId, at: number): Step {
  const act = acts[command];
  return act === undefined ? [move(state, command)] : act(state, at);
}

function key(state: State, pressed: string, at: number, bindings: Bindings): Step {
  if (pressed.includes("alt-") && !isKnown(state, pressed, bindings))
    return both(key(state, "esc", at, bindings), (next) => key(next, pressed.replace("alt-", ""), at, bindings));
  if (state.dialog !== null)
    return dialogKey(state, state.dialog, pressed, at, (next, command) => run(next, command, at));
  const command = bindings.find(pressed, state.panes.focus);
  return command === null ? [state] : run(state, command, at);
}

const isKnown = ({ dialog, panes }: State, pressed: string, bindings: Bindings): boolean =>
  dialog === null
    ? bindings.find(pressed, panes.focus) !== null
    : "input" in dialog && edited(dialog.input, pressed) !== null;

/** Terminals send a key with Alt as Escape and that key, and so do people; where Alt means nothing it is those two. */
function both([state, ...effects]: Step, then: (state: State) => Step): Step {
  const [after, ...more] = then(state);
  return [after, ...effects, ...more];
}

/** Up, down and the like: of whatever has the focus. */
function move(state: State, command: string): State {
  if (!(command in tableMoves)) return state;
  const where = command as keyof typeof tableMoves;
  if (state.panes.focus === "table") return tableMoves[where](state);
  if (state.panes.focus === "events") return eventMoves[where](state);
  return state.panes.focus === "log" ? logMoves[where](state) : moveDetail(state, where);
}

function moveDetail(state: State, where: keyof typeof tableMoves): State {
  const page = pageOf(layoutFor(state).detail);
  const steps = {
    up: -1,
    down: 1,
    "page-up": 1 - page,
    "page-down": page - 1,
    first: Number.NEGATIVE_INFINITY,
    last: Number.MAX_SAFE_INTEGER,
  };
  return scrollDetail(state, steps[where]);
}

function scrollDetail(state: State, rows: number): State {
  const place = layoutFor(state).detail;
  if (place === null) return state;
  const most = Math.max(0, detailLines(state, place.columns).length - pageOf(place));
  return { ...state, detail: { ...state.detail, top: Math.max(0, Math.min(most, state.detail.top + rows)) } };
}

const wheelRows = 3;

function mouse(state: State, { what, x, y, at }: Extract<Action, { type: "mouse" }>): Step {
  if (state.dialog !== null)
    return what === "click"
      ? [state]
      : dialogKey(state, state.dialog, what === "wheel-up" ? "up" : "down", at, (next) => [next]);
  const layout = layoutFor(state);
  const pane = paneAt(layout, x, y);
  if (pane === null) return [state];
  if (what === "click") {
    const focused = { ...state, panes: { ...state.panes, focus: pane } };
    if (pane === "events" && layout.events !== null) return [clickedEvent(focused, y - layout.events.y - 1)];
    return pane === "table" && layout.table !== null ? clicked(focused, x, y - layout.table.y - 1, at) : [focused];
  }
  const rows = what === "wheel-up" ? -wheelRows : wheelRows;
  if (pane === "table") return [moveBy(state, rows)];
  if (pane === "events") return [scrollEvents(state, rows)];
  return [pane === "log" ? scrollLog(state, rows) : scrollDetail(state, rows)];
}

/** A row is selected; at its left edge it is marked, or a group folded. */
function clicked(state: State, x: number, line: number, at: number): Step {
  const row = rowsFor(state)[state.table.top + line];
  if (line < 0 || row === undefined) return [state];
  const selected = withTable(state, { selected: row.id });
  if (x > 1) return [selected];
  if (row.type === "group") return run(selected, row.folded ? "unfold" : "fold", at);
  const [marked] = run(selected, "mark", at);
  return [withTable(marked, { selected: row.id })];
}

function told(state: State, { overview, at }: Extract<Action, { type: "overview" }>): State {
  const before = state.overview;
  const isAnother = before.pid !== overview.pid || before.startedAt !== overview.startedAt;
  const next: State = {
    ...state,
    overview,
    seenAt: at,
    connection: { type: "live" },
    histories: remember(isAnother ? noHistories : state.histories, overview),
    detail: isAnother ? { report: null, top: 0 } : state.detail,
  };
  if (isAnother) return say(faded(next, at), at, `the daemon has been restarted (pid ${overview.pid})`);
  return faded(state.connection.type === "lost" ? say(next, at, "the daemon answers again", "good") : next, at);
}

const messageMs = 8000;

function faded(state: State, at: number): State {
  const { message, jobs } = state;
  return message !== null && jobs.length === 0 && at - message.at > messageMs ? { ...state, message: null } : state;
}
