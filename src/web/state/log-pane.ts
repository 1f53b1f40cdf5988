/** The log viewer: what is kept is as in `spacectl top`; here is how one looks at it. Pure. */
import { contains, type FreshLine, type LogLine, type LogState, restarted, withLines } from "../../tui/state/log.ts";
import { shown } from "../../tui/state/rows.ts";
import { idOf } from "../../tui/state/state.ts";
import type { LogPane, PageState } from "./page.ts";

export type LogAction =
  | { readonly type: "lines"; readonly key: string; readonly fresh: readonly FreshLine[]; readonly skipped: number }
  /** The stream has begun anew: what it tells was there before. */
  | { readonly type: "anew"; readonly key: string }
  | { readonly type: "trouble"; readonly text: string | null }
  | { readonly type: "pause"; readonly paused?: boolean }
  | { readonly type: "search"; readonly text: string }
  | { readonly type: "only"; readonly text: string }
  | { readonly type: "match"; readonly by: number }
  | { readonly type: "channel" }
  | { readonly type: "wrap" }
  | { readonly type: "times" };

/** Processes whose logs can be followed at once. */
const mostMerged = 32;

/** Which processes are followed: their ids in a text, "" for none. */
export function logKeyOf({ place, overview, table }: PageState): string {
  if (place.type === "program") return place.tab === "log" ? place.id : "";
  if (place.type !== "logs" || overview === null) return "";
  return shown(overview, table)
    .filter(({ logs }) => logs.stdout || logs.stderr)
    .slice(0, mostMerged)
    .map(idOf)
    .join("\n");
}

export function reduceLog(pane: LogPane, action: LogAction): LogPane {
  const { log } = pane;
  switch (action.type) {
    case "lines":
      return action.key === log.key ? { ...pane, log: withLines(log, action.fresh, action.skipped) } : pane;
    case "anew":
      return action.key === log.key ? { ...pane, log: restarted(log, log.key), paused: null } : pane;
    case "trouble":
      return { ...pane, log: { ...log, trouble: action.text } };
    case "pause":
      return { ...pane, paused: (action.paused ?? pane.paused === null) ? (pane.paused ?? log) : null };
    case "search":
      return withOptions(pane, { search: action.text }, 0);
    case "only":
      return withOptions(pane, { only: action.text }, 0);
    case "match":
      return { ...pane, match: pane.match + action.by, paused: pane.paused ?? log };
    case "channel": {
      const next = { both: "stderr", stderr: "stdout", stdout: "both" } as const;
      return withOptions(pane, { options: { ...log.options, channel: next[log.options.channel] } }, 0);
    }
    case "wrap":
      return withOptions(pane, { options: { ...log.options, wrap: !log.options.wrap } });
    case "times":
      return withOptions(pane, { options: { ...log.options, times: !log.options.times } });
  }
}

const withOptions = (pane: LogPane, change: Partial<LogState>, match = pane.match): LogPane => ({
  log: { ...pane.log, ...change },
  paused: pane.paused === null ? null : { ...pane.paused, ...change },
  match,
});

/**
 * So many lines are put on the page, the last ones: of a log that stands still more than of one that is followed, of
 * which nobody reads what has gone by.
 */
const linesShown = { still: 2000, followed: 400 };

export interface LogView {
  readonly lines: readonly LogLine[];
  /** Lines that are kept and fit, but are not on the page of a log that stands still. */
  readonly above: number;
  /** `seq` of the lines that match the search, in order. */
  readonly matches: readonly number[];
  /** The one that is looked at; null when there is none. */
  readonly found: number | null;
  readonly index: number;
  /** Lines that have come since it was paused. */
  readonly missed: number;
}

export function viewOf({ log, paused, match }: LogPane): LogView {
  const { lines, only, options, search } = paused ?? log;
  const fitting = lines.filter(
    ({ channel, text }) =>
      (options.channel === "both" || options.channel === channel) && (only === "" || contains(text, only)),
  );
  const shown = fitting.slice(paused === null && search === "" ? -linesShown.followed : -linesShown.still);
  const matches = search === "" ? [] : shown.filter(({ text }) => contains(text, search)).map(({ seq }) => seq);
  // The last is found first; from there one goes up.
  const index = matches.length === 0 ? -1 : modulo(matches.length - 1 + match, matches.length);
  return {
    lines: shown,
    above: paused === null ? 0 : fitting.length - shown.length,
    matches,
    found: matches[index] ?? null,
    index,
    missed: paused === null ? 0 : log.count - paused.count,
  };
}

const modulo = (value: number, by: number): number => ((value % by) + by) % by;
