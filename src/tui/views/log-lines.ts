/** The rows of the log pane that are to be seen, and its headline. */

import { missed, visibleLines } from "../state/log.ts";
import { logRows } from "../state/log-rows.ts";
import { bottomOf } from "../state/log-view.ts";
import { subjectOf } from "../state/rows.ts";
import type { State } from "../state/state.ts";
import { displayName } from "../state/state.ts";
import { logShape, logView, logWish } from "../state/wants.ts";
import { cleanText } from "../text/clean.ts";
import { count, plural } from "../text/figures.ts";
import { type Line, span } from "../text/look.ts";

/** At most so many, from the top of the pane on. */
export function logLines(state: State, rows: number): readonly Line[] {
  const { log } = state;
  const lines = visibleLines(log);
  const shape = logShape(state);
  const bottom = bottomOf(log, lines, logView(state));
  if (bottom === null) return [[], [span(`  ${nothing(state)}`, "dim")]];
  const shown: Line[] = [];
  for (let at = bottom.index; at >= 0 && shown.length < rows; at--) {
    const line = lines[at];
    if (line === undefined) break;
    const own = logRows(line, shape);
    const last = at === bottom.index ? bottom.row + 1 : own.length;
    for (let row = last - 1; row >= 0 && shown.length < rows; row--) shown.push(own[row] ?? []);
  }
  return shown.reverse();
}

function nothing(state: State): string {
  const { log } = state;
  if (log.trouble !== null) return cleanText(log.trouble);
  if (logWish(state).streams.length === 0) return "it keeps no log that could be followed";
  return log.only === "" ? "nothing has been written yet" : `no line has ${log.only}`;
}

export function logTitle(state: State): Line {
  const subject = subjectOf(state.overview, state.table);
  const { options } = state.log;
  const wish = logWish(state);
  const name = options.merged
    ? plural(new Set(wish.streams.map(({ id }) => id)).size, "log")
    : subject === null
      ? ""
      : displayName(subject);
  const channel = options.channel === "both" ? "" : ` ${options.channel}`;
  const more = wish.more > 0 ? `, ${wish.more} not` : "";
  return [span("log ", "dim"), span(`${name}${channel}${more}`, "strong")];
}

export function logNote(state: State): Line {
  const { log } = state;
  const { options, position } = log;
  const modes = [
    options.wrap ? "wrap" : log.shift > 0 ? `+${log.shift}` : "",
    options.times ? "times" : "",
    options.json ? "json" : "",
    log.only === "" ? "" : `only ${log.only}`,
    log.search === "" ? "" : `/${log.search}`,
    log.trouble ?? "",
  ].filter((mode) => mode !== "");
  const late = missed(log);
  return [
    span(modes.length === 0 ? "" : `${modes.map(cleanText).join(" · ")} · `, "dim"),
    ...(position.type === "end"
      ? [span("following", "good")]
      : [span("standing still", "warn"), span(late > 0 ? ` · ${count(late)} new` : "", "warn")]),
    span(` · ${plural(log.count, "line")}`, "dim"),
  ];
}
