/** What the screen shows, as text without looks. */
import { stripVTControlCharacters } from "node:util";
import { afterEach } from "vitest";
import { Canvas } from "../../src/tui/canvas.tsx";
import { bindingsOf } from "../../src/tui/state/bindings.ts";
import type { State } from "../../src/tui/state/state.ts";
import { type ThemeName, themes } from "../../src/tui/text/theme.ts";
import { noon } from "../helpers/overview.ts";
import type { Played } from "./state.ts";

const bindings = bindingsOf({});

export const propsOf = (state: State, theme: ThemeName = "mono") => ({
  state,
  bindings,
  theme: themes[theme],
  now: noon,
});

let canvas: Canvas | null = null;
afterEach(() => {
  canvas?.close();
  canvas = null;
});

/** Line by line. */
export function frame({ state }: Played): string[] {
  canvas ??= new Canvas();
  return stripVTControlCharacters(canvas.draw(propsOf(state))).split("\n");
}
