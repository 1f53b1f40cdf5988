/**
 * All that the page shows, as data. The reducer makes the next state of it and the views draw it; nobody else changes
 * anything. The daemon's words, tones and rows are those of `spacectl top`.
 */
import type { RemoteOverview } from "../../client/overview.ts";
import type { RemoteReport } from "../../client/report.ts";
import type { Request } from "../../tui/state/effects.ts";
import type { Told } from "../../tui/state/happenings.ts";
import { type LogState, noLog } from "../../tui/state/log.ts";
import type { TableState } from "../../tui/state/state.ts";

export type Connection =
  | { readonly type: "connecting" }
  | { readonly type: "live" }
  /** Of the browser's clock. */
  | { readonly type: "lost"; readonly since: number; readonly why: string }
  /** Nobody looks: the page is hidden. */
  | { readonly type: "paused" };

export const tabs = ["overview", "log", "events", "settings"] as const;
export type Tab = (typeof tabs)[number];

/** What the address says, see `route.ts`. */
export type Place =
  | { readonly type: "programs" }
  | { readonly type: "events" }
  /** The merged logs of what the table shows. */
  | { readonly type: "logs" }
  | { readonly type: "program"; readonly id: string; readonly tab: Tab };

export type Dialog =
  | {
      readonly type: "confirm";
      readonly question: string;
      readonly lines: readonly string[];
      readonly request: Request;
    }
  | { readonly type: "signal" | "stdin"; readonly ids: readonly string[]; readonly what: string }
  | { readonly type: "scale"; readonly program: string; readonly copies: number }
  | { readonly type: "help" };

export interface Note {
  readonly id: number;
  readonly text: string;
  readonly tone: "info" | "good" | "bad";
}

interface Job {
  readonly id: number;
  readonly title: string;
  readonly ids: readonly string[];
}

export interface LogPane {
  readonly log: LogState;
  /** The lines of the moment in which it was paused; null = it follows. */
  readonly paused: LogState | null;
  /** Which of the matches of the search is looked at; counted from the first. */
  readonly match: number;
}

export interface PageState {
  readonly connection: Connection;
  /** Whether this login may give orders. */
  readonly mayControl: boolean;
  /** The last that was told; also while the connection is lost. */
  readonly overview: RemoteOverview | null;
  /** Told when another daemon answers than the one before. */
  readonly lives: number;
  readonly table: TableState;
  readonly place: Place;
  readonly report: { readonly id: string; readonly report: RemoteReport } | null;
  readonly pane: LogPane;
  /** Latest first. */
  readonly happenings: readonly Told[];
  readonly dialog: Dialog | null;
  readonly notes: readonly Note[];
  readonly jobs: readonly Job[];
  /** For screen readers: what has changed for better or worse. */
  readonly news: string;
  readonly count: number;
}

export const firstPane: LogPane = {
  log: { ...noLog, options: { ...noLog.options, wrap: true } },
  paused: null,
  match: 0,
};

export const firstState: PageState = {
  connection: { type: "connecting" },
  mayControl: false,
  overview: null,
  lives: 0,
  table: {
    selected: null,
    marked: new Set(),
    folded: new Set(),
    filter: "",
    problems: false,
    sort: "name",
    reversed: false,
    top: 0,
  },
  place: { type: "programs" },
  report: null,
  pane: firstPane,
  happenings: [],
  dialog: null,
  notes: [],
  jobs: [],
  news: "",
  count: 0,
};
