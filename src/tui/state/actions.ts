/** Everything that can happen to the screen. `at`: when, of this machine's clock. */
import type { RemoteOverview } from "../../client/overview.ts";
import type { Told } from "./happenings.ts";
import type { FreshLine } from "./log.ts";
import type { Known, LastWords, Message, Size } from "./state.ts";
import type { Feed } from "./timeline.ts";

export type Action =
  /** `key` as in the table of commands; a character as itself. */
  | { readonly type: "key"; readonly key: string; readonly at: number }
  | { readonly type: "paste"; readonly text: string; readonly at: number }
  /** 0-based, of the screen. */
  | {
      readonly type: "mouse";
      readonly what: "click" | "wheel-up" | "wheel-down";
      readonly x: number;
      readonly y: number;
      readonly at: number;
    }
  | { readonly type: "resized"; readonly size: Size }
  | { readonly type: "overview"; readonly overview: RemoteOverview; readonly at: number }
  /** The daemon does not answer. */
  | { readonly type: "lost"; readonly why: string; readonly at: number }
  | ({ readonly type: "report" } & Known)
  /** `key`: of the wish that they were followed for. */
  | { readonly type: "lines"; readonly key: string; readonly lines: readonly FreshLine[]; readonly skipped: number }
  | { readonly type: "log-trouble"; readonly key: string; readonly text: string | null }
  /** The daemon's feed: in the order in which it has happened. */
  | { readonly type: "happened"; readonly told: readonly Told[] }
  /** `none`: this daemon has no feed, or not for us. */
  | { readonly type: "feed"; readonly feed: Feed }
  | { readonly type: "words"; readonly words: LastWords }
  | { readonly type: "progress"; readonly job: number; readonly done: number }
  | {
      readonly type: "finished";
      readonly job: number;
      readonly text: string;
      readonly tone: Message["tone"];
      readonly at: number;
    };
