/** `help`, `help NAME` and `?`: supervisorctl's table and texts. */
import { commands } from "./commands.ts";
import type { Session } from "./session.ts";

const tableWidth = 79;

export const helpOnHelp = `help\t\tPrint a list of available actions
help <action>\tPrint help for <action>`;

export async function run(session: Session, argument: string): Promise<undefined> {
  if (argument === "help") session.out.line(helpOnHelp);
  else if (argument === "") {
    session.out.write(helpTable());
    const own = [...commands.values()].filter(({ beyond }) => beyond).map(({ name }) => name);
    session.hint(`and, which supervisorctl has not: ${own.join(" ")}`);
  } else session.out.line(commands.get(argument)?.help ?? `*** No help on ${argument}`);
}

function helpTable(): string {
  const header = "default commands (type help <topic>):";
  const names = [...commands.values()].filter((command) => command.beyond === undefined).map(({ name }) => name);
  return `\n${header}\n${"=".repeat(header.length)}\n${columns(names, tableWidth)}\n`;
}

/** Names in as few rows as fit the width, filled column by column, two blanks between columns. */
export function columns(names: readonly string[], width: number): string {
  for (let rows = 1; rows < names.length; rows++) {
    const widths = columnWidths(names, rows);
    if (widths.reduce((sum, each) => sum + each + 2, -2) <= width) return rowsOf(names, rows, widths);
  }
  return names.map((name) => `${name}\n`).join("");
}

function columnWidths(names: readonly string[], rows: number): number[] {
  const widths: number[] = [];
  for (let at = 0; at < names.length; at += rows) {
    widths.push(Math.max(...names.slice(at, at + rows).map((name) => name.length)));
  }
  return widths;
}

function rowsOf(names: readonly string[], rows: number, widths: readonly number[]): string {
  let text = "";
  for (let row = 0; row < rows; row++) {
    const cells = widths.flatMap((width, column) => names[row + rows * column]?.padEnd(width) ?? []);
    text += `${cells.join("  ")}\n`;
  }
  return text;
}
