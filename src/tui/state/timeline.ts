/** What has happened of all programs, latest first, and which line of it one looks at. Bounded. */
import type { RemoteProgram } from "../../client/overview.ts";
import { fitting, type Told } from "./happenings.ts";
import { displayName, idOf } from "./state.ts";

/** `lost`: it comes again, with what has been missed. `none`: the daemon has none, or not for us. */
export type Feed = "waiting" | "live" | "lost" | "none";

export interface TimelineState {
  /** Latest first. */
  readonly told: readonly Told[];
  readonly feed: Feed;
  /** Words that all have to be there, or not (`!word`). */
  readonly filter: string;
  /** Serial number of the line that is selected; null = the latest, whichever that is. */
  readonly selected: number | null;
  /** The first line that is shown. */
  readonly top: number;
}

/** About as many as a daemon remembers; half a megabyte. */
export const toldKept = 2000;

export const noTimeline: TimelineState = { told: [], feed: "waiting", filter: "", selected: null, top: 0 };

let last: { readonly told: readonly Told[]; readonly filter: string; readonly lines: readonly Told[] } | null = null;

export function linesOf({ told, filter }: Pick<TimelineState, "told" | "filter">): readonly Told[] {
  if (last?.told === told && last.filter === filter) return last.lines;
  const lines = fitting(told, filter);
  last = { told, filter, lines };
  return lines;
}

/** Index of the selected line; of one that is not there any more the next older, or the last. */
export function selectedLine(lines: readonly Told[], selected: number | null): number {
  if (selected === null) return 0;
  const at = lines.findIndex(({ serial }) => serial <= selected);
  return at === -1 ? Math.max(0, lines.length - 1) : at;
}

/** The latest that are about this process, its group, or asked of either. */
export function toldOf(told: readonly Told[], program: RemoteProgram, most: number): readonly Told[] {
  const id = idOf(program);
  const { group } = program;
  const targets = new Set([id, displayName(program), group, `${group}:*`, `${group}:`]);
  const found: Told[] = [];
  for (const each of told) {
    if (found.length === most) break;
    if (each.id === id || (each.id === null && (each.name === group || targets.has(each.target)))) found.push(each);
  }
  return found;
}
