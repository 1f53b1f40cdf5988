/**
 * All that the screen shows, as data. The reducer makes the next state of it and the views draw it; nobody else
 * changes anything. Moments are the clock's of this machine, milliseconds since 1970, unless they say otherwise.
 */
import type { RemoteOverview, RemoteProgram } from "../../client/overview.ts";
import type { RemoteReport } from "../../client/report.ts";
import type { Setting } from "../../core/setting.ts";
import type { ThemeName } from "../text/theme.ts";
import type { Dialog } from "./dialog.ts";
import type { Histories } from "./histories.ts";
import type { LogState } from "./log.ts";
import type { TimelineState } from "./timeline.ts";

export interface Size {
  readonly columns: number;
  readonly rows: number;
}

type Connection =
  | { readonly type: "live" }
  /** `why`: one line. */
  | { readonly type: "lost"; readonly since: number; readonly why: string };

export const sorts = ["name", "state", "cpu", "memory", "uptime", "starts"] as const;
export type Sort = (typeof sorts)[number];

export interface TableState {
  /** Of the row that the keys act on; null while there is none. */
  readonly selected: string | null;
  /** Ids of processes. */
  readonly marked: ReadonlySet<string>;
  /** Names of groups. */
  readonly folded: ReadonlySet<string>;
  /** Words that all have to be there. */
  readonly filter: string;
  /** Only what is not as it should be. */
  readonly problems: boolean;
  readonly sort: Sort;
  readonly reversed: boolean;
  /** The first row that is shown. */
  readonly top: number;
}

/** `events` has the place of all others, for as long as it has the focus. */
export type PaneName = "table" | "detail" | "log" | "events";

export interface Panes {
  readonly detail: boolean;
  readonly log: boolean;
  readonly focus: PaneName;
  /** Only the one in focus is shown. */
  readonly zoomed: boolean;
}

export interface Message {
  readonly text: string;
  readonly tone: "info" | "good" | "bad";
  readonly at: number;
}

/** Something that was asked for and is not done yet. */
interface Job {
  readonly id: number;
  /** `restarting 3 programs` */
  readonly title: string;
  readonly total: number;
  readonly done: number;
}

/** What was told of one process. */
export interface Known {
  readonly id: string;
  readonly report: RemoteReport;
  /** null: the daemon does not tell. */
  readonly settings: readonly Setting[] | null;
}

interface DetailState {
  /** What was last told of the selected process; null until then. */
  readonly report: Known | null;
  /** Lines above the first that is shown. */
  readonly top: number;
}

/** What the process that is wrong has written last, on stderr. */
export interface LastWords {
  readonly id: string;
  /** "" = nothing. */
  readonly text: string;
}

export interface State {
  /** Where the daemon is, as the user has written it. */
  readonly address: string;
  readonly size: Size;
  readonly connection: Connection;
  /** The last that was told; also while the connection is lost. */
  readonly overview: RemoteOverview;
  /** When that was. */
  readonly seenAt: number;
  readonly histories: Histories;
  readonly table: TableState;
  readonly panes: Panes;
  readonly detail: DetailState;
  readonly log: LogState;
  readonly timeline: TimelineState;
  readonly words: LastWords | null;
  readonly dialog: Dialog | null;
  readonly message: Message | null;
  readonly jobs: readonly Job[];
  readonly theme: ThemeName;
  readonly mouse: boolean;
}

/** Names one process of a daemon for good. */
export const idOf = ({ group, name }: Pick<RemoteProgram, "group" | "name">): string => `${group}:${name}`;

/** As one would type it. */
export const displayName = ({ group, name }: Pick<RemoteProgram, "group" | "name">): string =>
  group === name ? name : `${group}:${name}`;
