/** What stands in front of the panes, in a frame of its own in the middle of the screen. */
import type { Bindings } from "../state/bindings.ts";
import type { Dialog } from "../state/dialog.ts";
import { helpColumnWidth, helpLines, keyNames } from "../state/help-lines.ts";
import type { Place } from "../state/layout.ts";
import { offers } from "../state/palette.ts";
import type { State } from "../state/state.ts";
import { left } from "../text/cells.ts";
import { cleanText } from "../text/clean.ts";
import { clipLine, fillLine, lineWidth } from "../text/line.ts";
import { type Line, type Role, span } from "../text/look.ts";
import { paint } from "../text/paint.ts";
import type { Theme } from "../text/theme.ts";
import { promptLine } from "./footer-line.ts";
import { Painted } from "./painted.tsx";

interface Box {
  readonly title: string;
  readonly lines: readonly Line[];
  /** Of those lines, the one that is chosen. */
  readonly chosen?: number;
  readonly foot: Line;
  readonly look: Role;
  readonly columns: number;
}

export function DialogBox({
  state,
  dialog,
  bindings,
  theme,
}: {
  readonly state: State;
  readonly dialog: Dialog;
  readonly bindings: Bindings;
  readonly theme: Theme;
}) {
  const box = boxOf(state, dialog, bindings);
  if (box === null) return null;
  const { size } = state;
  const columns = Math.min(size.columns, box.columns + 4);
  const rows = Math.min(size.rows, box.lines.length + 4);
  const place: Place = {
    x: Math.floor((size.columns - columns) / 2),
    y: Math.max(0, Math.floor((size.rows - rows) / 2)),
    columns,
    rows,
  };
  return <Painted place={place} text={framed(box, columns, rows, theme)} />;
}

const key = (name: string, does: string): Line => [span(name, "key"), span(` ${does}   `, "dim")];

function boxOf(state: State, dialog: Dialog, bindings: Bindings): Box | null {
  const room = state.size.columns - 4;
  const most = Math.max(1, state.size.rows - 6);
  switch (dialog.type) {
    case "prompt":
      return null;
    case "confirm": {
      const shown = dialog.lines.slice(0, Math.min(12, most));
      const more = dialog.lines.length - shown.length;
      const lines: Line[] = [
        ...shown.map((line) => [span(cleanText(line))]),
        ...(more > 0 ? [[span(`and ${more} more`, "dim")]] : []),
      ];
      const foot = [...key("y", "yes"), ...key("n", "no")];
      return {
        title: dialog.question,
        lines,
        foot,
        look: "warn",
        columns: fitting([...lines, [span(dialog.question)]], 36, room),
      };
    }
    case "menu": {
      const lines = dialog.choices.map(({ label }): Line => [span(label)]);
      const foot = [...key("Enter", "does it"), ...key("Esc", "not")];
      return {
        title: dialog.title,
        ...windowed(lines, dialog.chosen, most),
        foot,
        look: "focus",
        columns: fitting(lines, 40, room),
      };
    }
    case "palette":
      return palette(state, dialog, bindings, room, most);
    case "help": {
      const lines = helpLines(state.size.columns, bindings.keysOf);
      const shown = lines.slice(dialog.top, dialog.top + most);
      const isAll = lines.length <= most;
      const foot = [
        ...(isAll ? [] : key("↑↓", `${dialog.top + 1}–${dialog.top + shown.length} of ${lines.length}`)),
        ...key("Esc", "back"),
      ];
      const sides = Math.round(Math.max(...lines.map(lineWidth)) / Math.min(helpColumnWidth, room));
      return {
        title: "Keys",
        lines: shown,
        foot,
        look: "focus",
        columns: Math.min(room, Math.max(1, sides) * helpColumnWidth),
      };
    }
  }
}

const fitting = (lines: readonly Line[], least: number, room: number): number =>
  Math.min(room, Math.max(least, ...lines.map((line) => lineWidth(line) + 2)));

/** So many of the lines that the chosen one is among them. */
function windowed(
  lines: readonly Line[],
  chosen: number,
  most: number,
): { readonly lines: readonly Line[]; readonly chosen: number } {
  const top = Math.max(0, Math.min(chosen - Math.floor(most / 2), lines.length - most));
  return { lines: lines.slice(top, top + most), chosen: chosen - top };
}

function palette(
  state: State,
  dialog: Extract<Dialog, { type: "palette" }>,
  bindings: Bindings,
  room: number,
  most: number,
): Box {
  const columns = Math.min(room, 72);
  const keyColumns = 12;
  const all = offers(state.overview, dialog.input.text);
  const lines = all.map(
    (offer): Line =>
      offer.type === "command"
        ? [
            span(left(offer.id, 16), "accent"),
            span(left(offer.title, columns - 16 - keyColumns - 1)),
            span(" "),
            span(left(keyNames(bindings.keysOf(offer.id).slice(0, 1)), keyColumns), "key"),
          ]
        : [span(left("go to", 16), "dim"), span(offer.title), span(`  ${offer.state}`, "dim")],
  );
  const shown = windowed(lines, dialog.chosen, Math.min(14, most - 1));
  const prompt = promptLine("command or program", dialog.input, columns);
  const none: Line[] = all.length === 0 ? [[span("nothing has that name", "dim")]] : [];
  return {
    title: "Find",
    lines: [prompt, ...shown.lines, ...none],
    chosen: shown.chosen + 1,
    foot: [...key("Enter", "does it"), ...key("↑↓", "choose"), ...key("Esc", "back")],
    look: "focus",
    columns,
  };
}

/** Blank inside, so that nothing of what is behind shows through. */
function framed(box: Box, columns: number, rows: number, theme: Theme): string {
  const inner = columns - 4;
  const title = clipLine([span(" "), span(box.title, "strong"), span(" ")], inner);
  const top: Line = [
    span("┌─", box.look),
    ...title,
    span(`${"─".repeat(Math.max(0, columns - 3 - lineWidth(title)))}┐`, box.look),
  ];
  const side = paint([span("│", box.look)], theme);
  const body = [...box.lines.slice(0, rows - 4), [], box.foot].map((line, index) => {
    const text = paint(fillLine(line, inner), theme, index === box.chosen ? "selected" : null);
    return `${side} ${text} ${side}`;
  });
  const bottom: Line = [span(`└${"─".repeat(columns - 2)}┘`, box.look)];
  return [paint(top, theme), ...body, paint(bottom, theme)].join("\n");
}
