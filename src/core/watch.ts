/**
 * When changes of watched files become a restart, and when they stop being worth one: a program that changes its
 * own files at each start would be restarted for ever. Pure: changes and moments come in, actions go out.
 */
import type { Ms } from "./life.ts";

export type Watch =
  | { readonly state: "quiet"; readonly due: null; readonly own: number }
  /** Something has changed; `due` is when all will have been quiet for long enough, or has been waited for long enough. */
  | {
      readonly state: "changing";
      readonly due: Ms;
      readonly path: string;
      readonly since: Ms;
      /** Changes in a row that look like the program's own. */
      readonly own: number;
    }
  /** Changes are not acted on until `due`, if there are none till then. */
  | { readonly state: "paused"; readonly due: Ms; readonly own: 0 };

export type WatchAction =
  | { readonly type: "restart"; readonly path: string }
  | { readonly type: "pause"; readonly path: string; readonly times: number }
  | { readonly type: "resume" };

export const unchanged: Watch = { state: "quiet", due: null, own: 0 };

/** Who changes files all the time is restarted even so: it may be a build that takes its time. */
const patienceMs = 30_000;
/** A change so soon after a start, or after a restart was asked for, looks like the program's own; */
const soonMs = 10_000;
/** after so many of them in a row its watch is paused, */
const ownLimit = 10;
/** until there was none for that long. */
export const pauseMs = 60_000;

export function changed(watch: Watch, path: string, debounceMs: Ms, startedAt: Ms, now: Ms): Watch {
  switch (watch.state) {
    case "quiet": {
      const own = now - startedAt < soonMs ? watch.own + 1 : 1;
      return { state: "changing", due: now + debounceMs, path, since: now, own };
    }
    case "changing":
      return { ...watch, due: Math.max(watch.due, Math.min(now + debounceMs, watch.since + patienceMs)) };
    case "paused":
      return { ...watch, due: now + pauseMs };
  }
}

/** The moment in `due` has come. */
export function settle(watch: Watch): [Watch, WatchAction | null] {
  switch (watch.state) {
    case "quiet":
      return [watch, null];
    case "changing": {
      const { path, own, due } = watch;
      if (own > ownLimit)
        return [
          { state: "paused", due: due + pauseMs, own: 0 },
          { type: "pause", path, times: ownLimit },
        ];
      return [
        { state: "quiet", due: null, own },
        { type: "restart", path },
      ];
    }
    case "paused":
      return [unchanged, { type: "resume" }];
  }
}
