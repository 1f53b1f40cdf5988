/** Keys and what they do: those of `spacectl top`, as far as a browser leaves them to us. */
import { rowsOf } from "../../tui/state/rows.ts";
import type { Store } from "../feed/store.ts";
import type { Place } from "../state/page.ts";
import { hashOf } from "../state/route.ts";

type Act = (store: Store) => void;

const ask =
  (verb: "start" | "stop" | "restart" | "signal" | "stdin" | "clear"): Act =>
  ({ dispatch }) =>
    dispatch({ type: "ask", verb });

const move =
  (by: number): Act =>
  (store) => {
    store.dispatch({ type: "move", by });
    // Where the selection is, the focus is: what a screen reader reads, and what Tab goes on from.
    requestAnimationFrame(() => focusRow(store.state.table.selected));
  };

function focusRow(id: string | null): void {
  if (id === null) return;
  const row = document.querySelector(`tr[data-id="${CSS.escape(id)}"]`);
  row?.querySelector<HTMLElement>(".c-name a, .c-name button")?.focus({ preventScroll: true });
  row?.scrollIntoView({ block: "nearest" });
}

/** At once: the next key may come before the browser says that the address is another one. */
function goTo({ dispatch }: Store, place: Place): void {
  dispatch({ type: "go", place });
  location.hash = hashOf(place);
}

const isLog = ({ state: { place } }: Store): boolean =>
  place.type === "logs" || (place.type === "program" && place.tab === "log");

const go =
  (tab: "overview" | "log"): Act =>
  (store) => {
    const { selected } = store.state.table;
    if (selected !== null && !selected.endsWith(":")) goTo(store, { type: "program", id: selected, tab });
  };

const focusOn = (id: string) => document.getElementById(id)?.focus();

const inLog =
  (action: "pause" | "channel" | "wrap" | "times"): Act =>
  ({ dispatch }) =>
    dispatch({ type: "log", log: { type: action } });

function fold(folded: boolean): Act {
  return (store) => {
    const { state, dispatch } = store;
    const { table, overview } = state;
    const group = table.selected?.split(":")[0];
    // A program by itself has no row of its group.
    if (overview === null || !rowsOf(overview, table).some(({ id }) => id === `${group}:`)) return;
    if (group === undefined) return;
    dispatch({ type: "fold", group, folded });
    if (!folded) return;
    dispatch({ type: "select", id: `${group}:` });
    requestAnimationFrame(() => focusRow(store.state.table.selected));
  };
}

function back(store: Store): void {
  const { state, dispatch } = store;
  const active = document.activeElement;
  if (active instanceof HTMLInputElement && active.type === "search") {
    active.blur();
    return;
  }
  if (state.table.marked.size > 0) dispatch({ type: "mark", ids: [...state.table.marked], marked: false });
  else if (state.place.type !== "programs") goTo(store, { type: "programs" });
  else if (state.table.filter !== "") dispatch({ type: "filter", filter: "" });
  else if (state.table.problems) dispatch({ type: "problems" });
}

const acts: Readonly<Record<string, Act>> = {
  s: ask("start"),
  x: ask("stop"),
  r: ask("restart"),
  K: ask("signal"),
  i: ask("stdin"),
  C: ask("clear"),
  "+": ({ dispatch }) => dispatch({ type: "ask-scale" }),
  j: move(1),
  k: move(-1),
  ArrowDown: move(1),
  ArrowUp: move(-1),
  PageDown: move(15),
  PageUp: move(-15),
  g: move(-100_000),
  G: move(100_000),
  Home: move(-100_000),
  End: move(100_000),
  ArrowLeft: fold(true),
  ArrowRight: fold(false),
  F: ({ dispatch }) => dispatch({ type: "fold", group: null }),
  a: ({ dispatch }) => dispatch({ type: "mark", ids: "shown" }),
  p: ({ dispatch }) => dispatch({ type: "problems" }),
  o: ({ dispatch }) => dispatch({ type: "sort" }),
  O: ({ state, dispatch }) => dispatch({ type: "sort", sort: state.table.sort }),
  "!": (store) => {
    store.dispatch({ type: "next-problem" });
    requestAnimationFrame(() => focusRow(store.state.table.selected));
  },
  " ": ({ state: { table, overview }, dispatch }) => {
    const { selected } = table;
    if (selected === null || overview === null) return;
    const ids = selected.endsWith(":")
      ? overview.processes.filter(({ group }) => `${group}:` === selected).map(({ group, name }) => `${group}:${name}`)
      : [selected];
    dispatch({ type: "mark", ids });
  },
  d: go("overview"),
  l: go("log"),
  L: (store) => goTo(store, { type: "logs" }),
  v: (store) => goTo(store, { type: "events" }),
  Escape: back,
  "?": ({ dispatch }) => dispatch({ type: "dialog", dialog: { type: "help" } }),
  "/": (store) => focusOn(isLog(store) ? "search" : "filter"),
  "&": () => focusOn("only"),
  f: inLog("pause"),
  e: inLog("channel"),
  w: inLog("wrap"),
  T: inLog("times"),
  n: ({ dispatch }) => dispatch({ type: "log", log: { type: "match", by: 1 } }),
  N: ({ dispatch }) => dispatch({ type: "log", log: { type: "match", by: -1 } }),
};

/** Of what has the focus itself: where one types, or what scrolls by itself. */
const ownKeys = new Set(["ArrowDown", "ArrowUp", "ArrowLeft", "ArrowRight", "PageDown", "PageUp", "Home", "End", " "]);

/** @param onTheme what `t` does */
export function listenToKeys(store: Store, onTheme: () => void): void {
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.altKey || event.metaKey || event.defaultPrevented) return;
    if (store.state.dialog !== null) return;
    const { target } = event;
    const element = target instanceof HTMLElement ? target : document.body;
    const types = element.matches("input:not([type=checkbox]), select, textarea");
    if (types && event.key !== "Escape") return;
    if (ownKeys.has(event.key) && element.closest(".log-lines, .detail")) return;
    if (event.key === " " && element.matches("button, input")) return;
    const act = event.key === "t" ? onTheme : acts[event.key];
    if (act === undefined) return;
    event.preventDefault();
    act(store);
  });
}

type KeyTable = readonly (readonly [title: string, keys: readonly (readonly [key: string, what: string])[]])[];

/** For people. */
export const keyTable: KeyTable = [
  [
    "Programs",
    [
      ["s", "start"],
      ["x", "stop, after asking"],
      ["r", "restart, after asking"],
      ["K", "send a signal"],
      ["i", "write to the standard input"],
      ["C", "clear the logs, after asking"],
      ["+", "run more or fewer copies"],
    ],
  ],
  [
    "Table",
    [
      ["j Down", "down"],
      ["k Up", "up"],
      ["g G", "to the first, to the last"],
      ["Enter d", "details"],
      ["l", "log"],
      ["Space", "mark"],
      ["a", "mark all that are shown, or none"],
      ["/", "filter"],
      ["p", "only what is not as it should be"],
      ["!", "to the next problem"],
      ["o O", "next order, other way round"],
      ["Left Right", "fold and unfold the group"],
      ["F", "fold or unfold all"],
    ],
  ],
  [
    "Log",
    [
      ["f", "stand still, or follow"],
      ["/", "search"],
      ["n N", "next match, match before"],
      ["&", "only lines with this"],
      ["e", "stdout, stderr, both"],
      ["w", "wrap long lines"],
      ["T", "times"],
    ],
  ],
  [
    "Page",
    [
      ["L", "logs of all that are shown"],
      ["v", "events"],
      ["Esc", "back"],
      ["t", "colours"],
      ["?", "these keys"],
    ],
  ],
];
