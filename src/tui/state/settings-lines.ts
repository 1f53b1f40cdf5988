/** The last part of the detail pane: what the list says of a process, file by file, with the number of each line. */
import { keyOf } from "../../client/settings.ts";
import type { Setting } from "../../core/setting.ts";
import { right } from "../text/cells.ts";
import { cleanText } from "../text/clean.ts";
import { clipLine, wrapLine } from "../text/line.ts";
import { type Line, span } from "../text/look.ts";

const numberColumns = 6;
/** Longer keys push their value to the right. */
const keyColumns = 24;
const leastColumns = 10;

export function settingsLines(settings: readonly Setting[], columns: number): Line[] {
  if (settings.length === 0) return [];
  const widest = Math.max(...settings.map((setting) => keyOf(setting).length));
  const room = Math.min(keyColumns, widest) + 2;
  const lines: Line[] = [[], [span("settings", "strong")]];
  for (const [source, members] of Map.groupBy(settings, (setting) => setting.source)) {
    lines.push(...wrapLine([span(cleanText(source), "dim")], columns));
    for (const setting of members) {
      const value = [span(oneLine(setting.value))];
      const [first = [], ...rest] = wrapLine(value, Math.max(leastColumns, columns - numberColumns - room));
      const number = setting.line === null ? "" : String(setting.line);
      lines.push([span(`${right(number, numberColumns - 2)}  `, "dim"), span(keyOf(setting).padEnd(room)), ...first]);
      for (const part of rest) lines.push([span(" ".repeat(numberColumns + room)), ...part]);
    }
  }
  return lines.map((line) => clipLine(line, columns));
}

const oneLine = (value: string): string => cleanText(value.trim().replace(/\s*\n\s*/g, " "));
