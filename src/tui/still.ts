/**
 * One frame without a terminal and without a daemon: the same for the same overview, keys and clock. For pictures in
 * documents, and for looking at a change of the views.
 */
import type { RemoteOverview } from "../client/overview.ts";
import type { RemoteReport } from "../client/report.ts";
import type { Setting } from "../core/setting.ts";
import { Canvas } from "./canvas.tsx";
import type { Action } from "./state/actions.ts";
import { begun } from "./state/begin.ts";
import { bindingsOf } from "./state/bindings.ts";
import type { FreshLine } from "./state/log.ts";
import { reducer } from "./state/reduce.ts";
import type { Size } from "./state/state.ts";
import { reportWish } from "./state/wants.ts";
import { type ThemeName, themes } from "./text/theme.ts";

export interface StillOptions {
  readonly size: Size;
  readonly theme: ThemeName;
  /** What the daemon tells, once a second; at least one. The clock is that of the last. */
  readonly overviews: readonly [RemoteOverview, ...RemoteOverview[]];
  /** Pressed after that, by their names. */
  readonly keys?: readonly string[];
  /** What has come of the log that is looked at then, */
  readonly lines?: readonly FreshLine[];
  /** and what is known of the process. */
  readonly report?: RemoteReport;
  readonly settings?: readonly Setting[];
}

/** Lines joined by line feeds, with the codes of their looks. */
export function still({ size, theme, overviews, keys = [], lines = [], report, settings = [] }: StillOptions): string {
  const bindings = bindingsOf({});
  const reduce = reducer(bindings);
  const [first, ...later] = overviews;
  const last = later.at(-1) ?? first;
  const at = last.now;
  let state = begun({ address: "unix:///run/app.sock", size, overview: first, theme, mouse: true, now: first.now });
  const act = (action: Action): void => {
    [state] = reduce(state, action);
  };
  for (const overview of later) act({ type: "overview", overview, at });
  for (const key of keys) act({ type: "key", key, at });
  act({ type: "lines", key: state.log.key, lines, skipped: 0 });
  const id = reportWish(state);
  if (report !== undefined && id !== null) act({ type: "report", id, report, settings });
  const canvas = new Canvas();
  try {
    return canvas.draw({ state, bindings, theme: themes[theme], now: at });
  } finally {
    canvas.close();
  }
}
