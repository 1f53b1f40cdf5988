/** A screen in a test: keys and what comes of them, without a terminal. */
import type { RemoteOverview } from "../../src/client/overview.ts";
import type { Action } from "../../src/tui/state/actions.ts";
import { begun } from "../../src/tui/state/begin.ts";
import { bindingsOf, type KeyChoices } from "../../src/tui/state/bindings.ts";
import type { Effect } from "../../src/tui/state/effects.ts";
import type { FreshLine } from "../../src/tui/state/log.ts";
import { reducer } from "../../src/tui/state/reduce.ts";
import { rowsOf } from "../../src/tui/state/rows.ts";
import type { State } from "../../src/tui/state/state.ts";
import { noon, shop } from "../helpers/overview.ts";

export interface Played {
  state: State;
  readonly effects: Effect[];
  press(...keys: string[]): Played;
  /** Each character by itself. */
  type(text: string): Played;
  act(action: Action): Played;
  lines(...texts: string[]): Played;
  /** Names of the rows, groups with a colon at the end. */
  rows(): string[];
}

export const size = (columns: number, rows: number) => ({ columns, rows });

export function play(
  overview: RemoteOverview = shop,
  { columns = 100, rows = 30, keys = {} }: { columns?: number; rows?: number; keys?: KeyChoices } = {},
): Played {
  const reduce = reducer(bindingsOf(keys));
  const first = begun({
    address: "unix:///run/app.sock",
    size: size(columns, rows),
    overview,
    theme: "dark",
    mouse: true,
    now: noon,
  });
  const played: Played = {
    state: first,
    effects: [],
    act(action) {
      const [state, ...effects] = reduce(played.state, action);
      played.state = state;
      played.effects.push(...effects);
      return played;
    },
    press(...pressed) {
      for (const key of pressed) played.act({ type: "key", key, at: noon });
      return played;
    },
    type: (text) => played.press(...[...text].map((character) => (character === " " ? "space" : character))),
    lines(...texts) {
      const lines: FreshLine[] = texts.map((text) => ({ id: "web:web", channel: "stdout", at: noon, text }));
      return played.act({ type: "lines", key: played.state.log.key, lines, skipped: 0 });
    },
    rows: () =>
      rowsOf(played.state.overview, played.state.table).map((row) =>
        row.type === "group" ? `${row.group}:` : row.program.name,
      ),
  };
  return played;
}
