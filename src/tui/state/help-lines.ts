/** The lines of the help overlay: all commands with their keys, in as many columns as there is room for. */
import { left } from "../text/cells.ts";
import { fillLine } from "../text/line.ts";
import { type Line, span } from "../text/look.ts";
import type { Bindings } from "./bindings.ts";
import { type CommandId, type CommandRow, commands, sections } from "./commands.ts";

/** Of one column, blanks between two included. */
export const helpColumnWidth = 62;
const keyColumns = 17;

const columnsIn = (columns: number): number => Math.max(1, Math.min(3, Math.floor((columns - 4) / helpColumnWidth)));

/** As one would say it: `Ctrl-R`, `PageUp`, `x`. */
export const keyName = (key: string): string =>
  [...key].length === 1
    ? key
    : key
        .replace("page", "page-")
        .split("-")
        .map((part) => part.charAt(0).toUpperCase() + part.slice(1))
        .join("-")
        .replace("Page-", "Page");

export const keyNames = (keys: readonly string[]): string => keys.map(keyName).join(" ");

function sectionLines(section: string, keysOf: Bindings["keysOf"]): Line[] {
  const rows: readonly (CommandRow & { readonly id: CommandId })[] = commands;
  return [
    [span(section, "title")],
    ...rows
      .filter((row) => row.section === section)
      .map((row) => [span(left(keyNames(keysOf(row.id)), keyColumns), "key"), span(row.title)]),
    [],
  ];
}

/** Sections stay whole, and the columns about as long as each other. */
export function helpLines(columns: number, keysOf: Bindings["keysOf"]): Line[] {
  const blocks = sections.map((section) => sectionLines(section, keysOf));
  const count = columnsIn(columns);
  const aim = blocks.reduce((sum, block) => sum + block.length, 0) / count;
  const sides: Line[][] = [[]];
  for (const block of blocks) {
    const side = sides.at(-1) as Line[];
    if (side.length > 0 && side.length + block.length / 2 > aim && sides.length < count) sides.push([...block]);
    else side.push(...block);
  }
  const width = Math.min(helpColumnWidth, columns - 4);
  const height = Math.max(...sides.map((side) => side.length));
  return Array.from({ length: height }, (_, at) => sides.flatMap((side) => fillLine(side[at] ?? [], width)));
}

/** How many lines that are, whatever the keys. */
export const helpLength = (columns: number): number => helpLines(columns, () => []).length;
