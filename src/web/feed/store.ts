/**
 * The one place where things happen: keeps the state, hands each action to the reducer, does what that asks for, and
 * draws at most once for each frame of the screen.
 */

import { perform } from "../../tui/feed/requests.ts";
import { trouble } from "../../tui/feed/trouble.ts";
import type { Request } from "../../tui/state/effects.ts";
import { plural } from "../../tui/text/figures.ts";
import { firstState, type PageState } from "../state/page.ts";
import { type Action, reduce } from "../state/reduce.ts";
import { hashOf, placeOf } from "../state/route.ts";
import { Samples } from "../state/samples.ts";
import type { Effect } from "../state/step.ts";
import { remote } from "./remote.ts";

const storageKey = "spaced.samples";
const noteMs = 6000;

export type Dispatch = (action: Action) => void;

export class Store {
  state: PageState = { ...firstState, place: placeOf(location.hash) };
  readonly samples = stored();
  readonly #draw: () => void;
  readonly #watchers: ((state: PageState) => void)[] = [];
  #scheduled = false;

  constructor(draw: () => void) {
    this.#draw = draw;
    window.addEventListener("hashchange", () => this.dispatch({ type: "go", place: placeOf(location.hash) }));
    window.addEventListener("pagehide", () => this.#keep());
  }

  readonly dispatch: Dispatch = (action) => {
    const before = this.state;
    const [state, ...effects] = reduce(before, action);
    this.state = state;
    if (state.overview !== null && state.overview !== before.overview) this.samples.take(state.overview);
    for (const note of state.notes)
      if (!before.notes.includes(note) && note.tone !== "bad")
        setTimeout(() => this.dispatch({ type: "forget", note: note.id }), noteMs);
    for (const effect of effects) this.#do(effect);
    if (state === before) return;
    for (const watcher of this.#watchers) watcher(state);
    if (this.#scheduled) return;
    this.#scheduled = true;
    // Not by the frame alone: in a window that is hidden there is none.
    const draw = () => {
      if (!this.#scheduled) return;
      this.#scheduled = false;
      this.#draw();
    };
    requestAnimationFrame(draw);
    setTimeout(draw, 200);
  };

  /** Told of each state. */
  watch(watcher: (state: PageState) => void): void {
    this.#watchers.push(watcher);
  }

  #do(effect: Effect): void {
    if (effect.type === "request") {
      void this.#request(effect.job, effect.request);
      return;
    }
    if (effect.type === "scale") {
      void this.#scale(effect.job, effect.program, effect.copies);
      return;
    }
    const hash = hashOf(effect.place);
    if (effect.replace) history.replaceState(null, "", hash);
    else location.hash = hash;
  }

  async #request(job: number, request: Request): Promise<void> {
    const outcome = await perform(remote, request, this.state.overview?.processes ?? [], () => undefined);
    this.dispatch({ type: "done", job, ...outcome });
  }

  async #scale(job: number, program: string, copies: number): Promise<void> {
    try {
      await remote.call("spaced.scale", [program, copies]);
      this.dispatch({ type: "done", job, text: `${program} has ${plural(copies, "copy", "copies")}`, isGood: true });
    } catch (error) {
      this.dispatch({ type: "done", job, text: `${program}: ${trouble(error)}`, isGood: false });
    }
  }

  /** For when the page is loaded again. */
  #keep(): void {
    try {
      sessionStorage.setItem(storageKey, JSON.stringify(this.samples));
    } catch {
      // There is no room, or it is not allowed: the charts begin anew.
    }
  }
}

function stored(): Samples {
  try {
    return Samples.from(JSON.parse(sessionStorage.getItem(storageKey) ?? "null"));
  } catch {
    return new Samples();
  }
}
