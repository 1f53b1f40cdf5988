/** The state that the screen begins with. */
import type { RemoteOverview } from "../../client/overview.ts";
import type { ThemeName } from "../text/theme.ts";
import { noHistories, remember } from "./histories.ts";
import { noLog } from "./log.ts";
import { shown } from "./rows.ts";
import { idOf, type Size, type State } from "./state.ts";
import { noTimeline } from "./timeline.ts";
import { isProblem } from "./tone.ts";
import { logWish } from "./wants.ts";

export interface Beginning {
  readonly address: string;
  readonly size: Size;
  readonly overview: RemoteOverview;
  readonly theme: ThemeName;
  readonly mouse: boolean;
  /** This machine's clock, milliseconds since 1970. */
  readonly now: number;
}

/** The first that is not as it should be is selected: that is what one has come for. */
export function begun({ address, size, overview, theme, mouse, now }: Beginning): State {
  const table = {
    selected: null,
    marked: new Set<string>(),
    folded: new Set<string>(),
    filter: "",
    problems: false,
    sort: "name",
    reversed: false,
    top: 0,
  } as const;
  const [first] = shown(overview, table);
  const troubled = overview.processes.find((program) => isProblem(program, overview.now));
  const selected = troubled ?? (first !== undefined && first.group === first.name ? first : null);
  const state: State = {
    address,
    size,
    connection: { type: "live" },
    overview,
    seenAt: now,
    histories: remember(noHistories, overview),
    table: { ...table, selected: selected === null ? null : idOf(selected) },
    panes: { detail: true, log: true, focus: "table", zoomed: false },
    detail: { report: null, top: 0 },
    log: noLog,
    timeline: noTimeline,
    words: null,
    dialog: null,
    message: null,
    jobs: [],
    theme,
    mouse,
  };
  return { ...state, log: { ...state.log, key: logWish(state).key } };
}
