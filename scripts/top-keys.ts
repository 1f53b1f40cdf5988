/** The table of keys in docs/top.md, from the table that the screen itself goes by. A test holds the file to it. */
import { type CommandRow, commands, sections } from "../src/tui/state/commands.ts";
import { keyName } from "../src/tui/state/help-lines.ts";

const begin = "<!-- From the table of commands: npm run schema. -->";
const end = "<!-- The end of it. -->";

/** The page with its table as it is to be. */
export function topPage(page: string): string {
  const [before, rest] = page.split(begin);
  const after = rest?.split(end)[1];
  if (after === undefined) throw new Error(`docs/top.md has no ${begin} … ${end}`);
  return `${before}${begin}\n\n${sections.map(table).join("\n")}\n${end}${after}`;
}

function table(section: CommandRow["section"]): string {
  const all: readonly CommandRow[] = commands;
  const rows = all
    .filter((row) => row.section === section)
    .map(({ id, keys, title, where }) => {
      const names = keys.map((key) => `\`${keyName(key)}\``).join(" ");
      return `| ${names} | ${title}${where === "any" ? "" : ` (in the ${where})`} | \`${id}\` |`;
    });
  return `| ${section} | | in the key file |\n| --- | --- | --- |\n${rows.join("\n")}\n`;
}
