/** What keys do while a dialog stands in front. */

import { withTimeline } from "./act-events.ts";
import { searchNext, withLog } from "./act-log.ts";
import { begin, beginScale } from "./act-programs.ts";
import { reveal, withTable } from "./act-table.ts";
import type { CommandId } from "./commands.ts";
import { type Dialog, edited, type Input, inserted } from "./dialog.ts";
import { helpLength } from "./help-lines.ts";
import { offers } from "./palette.ts";
import { targetsOf } from "./rows.ts";
import { idOf, type State } from "./state.ts";
import { type Step, say } from "./step.ts";

type Of<T extends Dialog["type"]> = Extract<Dialog, { type: T }>;

const closed = (state: State): State => ({ ...state, dialog: null });

/** `run` performs a command that was chosen. */
export function dialogKey(
  state: State,
  dialog: Dialog,
  key: string,
  at: number,
  run: (state: State, command: CommandId) => Step,
): Step {
  if (key === "ctrl-c") return dialog.type === "prompt" ? cancelled(state, dialog) : [closed(state)];
  switch (dialog.type) {
    case "confirm":
      if (key === "y" || key === "Y" || key === "enter") return begin(state, dialog.request, at);
      return key === "n" || key === "N" || key === "esc" || key === "q"
        ? [say(closed(state), at, "nothing was done")]
        : [state];
    case "menu":
      return menuKey(state, dialog, key, at);
    case "prompt":
      return promptKey(state, dialog, key, at);
    case "palette":
      return paletteKey(state, dialog, key, run);
    case "help":
      return helpKey(state, dialog, key);
  }
}

export function dialogPaste(state: State, dialog: Dialog, text: string): State {
  if (dialog.type !== "prompt" && dialog.type !== "palette") return state;
  return typedInto(state, dialog, inserted(dialog.input, text));
}

function menuKey(state: State, dialog: Of<"menu">, key: string, at: number): Step {
  const { choices, chosen } = dialog;
  const choose = (to: number): Step => [
    { ...state, dialog: { ...dialog, chosen: Math.min(choices.length - 1, Math.max(0, to)) } },
  ];
  switch (key) {
    case "up":
    case "k":
      return choose(chosen - 1);
    case "down":
    case "j":
      return choose(chosen + 1);
    case "home":
      return choose(0);
    case "end":
      return choose(choices.length - 1);
    case "enter": {
      const choice = choices[chosen];
      return choice === undefined ? [closed(state)] : begin(state, choice.request, at);
    }
    case "esc":
    case "q":
      return [closed(state)];
    default: {
      // The first letter of a choice goes to it, again and again to the next one.
      const after = [...choices.keys()].map((index) => (chosen + 1 + index) % choices.length);
      const found = after.find((index) => choices[index]?.label.toLowerCase().startsWith(key.toLowerCase()));
      return found === undefined ? [state] : choose(found);
    }
  }
}

function promptKey(state: State, dialog: Of<"prompt">, key: string, at: number): Step {
  if (key === "esc") return cancelled(state, dialog);
  if (key !== "enter") {
    const input = editedBy(dialog.input, key);
    return [input === null ? state : typedInto(state, dialog, input)];
  }
  const { text } = dialog.input;
  switch (dialog.purpose) {
    case "filter":
    case "events":
    case "only":
      return [closed(state)];
    case "search": {
      const found = withLog(closed(state), { search: text, found: null });
      return text === "" ? [found] : searchNext(found, -1, at);
    }
    case "scale":
      return beginScale(state, text, at);
    case "stdin":
      return begin(
        state,
        { type: "stdin", text: `${text}\n`, ids: targetsOf(state.overview, state.table).map(idOf) },
        at,
      );
  }
}

/** What is typed for a filter or a search is seen at once. */
function typedInto(state: State, dialog: Of<"prompt"> | Of<"palette">, input: Input): State {
  if (dialog.type === "palette") return { ...state, dialog: { ...dialog, input, chosen: 0 } };
  return applied({ ...state, dialog: { ...dialog, input } }, dialog.purpose, input.text);
}

function applied(state: State, purpose: Of<"prompt">["purpose"], text: string): State {
  if (purpose === "filter") return withTable(state, { filter: text });
  if (purpose === "events") return withTimeline(state, { filter: text, selected: null });
  if (purpose === "only") return withLog(state, { only: text, found: null });
  return purpose === "search" ? withLog(state, { search: text, found: null }) : state;
}

const cancelled = (state: State, { purpose, before }: Of<"prompt">): Step => [applied(closed(state), purpose, before)];

function editedBy(input: Input, key: string): Input | null {
  const changed = edited(input, key);
  if (changed !== null) return changed;
  const text = key === "space" ? " " : key;
  return [...text].length === 1 ? inserted(input, text) : null;
}

function paletteKey(
  state: State,
  dialog: Of<"palette">,
  key: string,
  run: (state: State, command: CommandId) => Step,
): Step {
  const all = offers(state.overview, dialog.input.text);
  const choose = (to: number): Step => [
    { ...state, dialog: { ...dialog, chosen: Math.min(Math.max(0, all.length - 1), Math.max(0, to)) } },
  ];
  switch (key) {
    case "esc":
      return [closed(state)];
    case "up":
    case "shift-tab":
      return choose(dialog.chosen - 1);
    case "down":
    case "tab":
      return choose(dialog.chosen + 1);
    case "pageup":
      return choose(dialog.chosen - 10);
    case "pagedown":
      return choose(dialog.chosen + 10);
    case "enter": {
      const offer = all[dialog.chosen];
      if (offer === undefined) return [closed(state)];
      return offer.type === "command" ? run(closed(state), offer.id) : [reveal(closed(state), offer.id)];
    }
    default: {
      const input = editedBy(dialog.input, key);
      return [input === null ? state : typedInto(state, dialog, input)];
    }
  }
}

function helpKey(state: State, dialog: Of<"help">, key: string): Step {
  const page = Math.max(1, state.size.rows - 6);
  const scroll = (by: number): Step => {
    const top = Math.max(0, Math.min(helpLength(state.size.columns) - page, dialog.top + by));
    return [{ ...state, dialog: { ...dialog, top } }];
  };
  switch (key) {
    case "up":
    case "k":
      return scroll(-1);
    case "down":
    case "j":
    case "enter":
      return scroll(1);
    case "pageup":
      return scroll(-page);
    case "pagedown":
    case "space":
      return scroll(page);
    case "home":
    case "g":
      return scroll(Number.NEGATIVE_INFINITY);
    case "end":
    case "G":
      return scroll(Number.MAX_SAFE_INTEGER);
    default:
      return key === "esc" || key === "q" || key === "?" || key === "f1" ? [closed(state)] : [state];
  }
}
