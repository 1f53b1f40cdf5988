/** One step of the screen: the next state, and what is to be done besides. */
import type { Effect } from "./effects.ts";
import type { Message, State } from "./state.ts";

export type Step = readonly [state: State, ...effects: Effect[]];

/** What a command does. `at`: now. */
export type Act = (state: State, at: number) => Step;

export const say = (state: State, at: number, text: string, tone: Message["tone"] = "info"): State => ({
  ...state,
  message: { text, tone, at },
});
