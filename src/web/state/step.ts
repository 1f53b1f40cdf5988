/** What a reducer gives back: the next state, and what is to be done outside of it. Outcomes come back as actions. */
import type { Request } from "../../tui/state/effects.ts";
import type { Note, PageState, Place } from "./page.ts";

export type Effect =
  | { readonly type: "request"; readonly job: number; readonly request: Request }
  | { readonly type: "scale"; readonly job: number; readonly program: string; readonly copies: number }
  /** The address is to say where one is; `replace`: without a step in the history. */
  | { readonly type: "address"; readonly place: Place; readonly replace: boolean };

export type Step = readonly [state: PageState, ...effects: Effect[]];

const notesShown = 4;

export function noted(state: PageState, text: string, tone: Note["tone"]): PageState {
  const note = { id: state.count, text, tone };
  return { ...state, count: state.count + 1, notes: [...state.notes, note].slice(-notesShown) };
}
