/** What `-h` prints. */
import { type Command, commands } from "./commands.ts";
import { controlFlags } from "./flags.ts";
import { syntaxOf } from "./syntax.ts";

const helpColumn = 26;
const options = controlFlags
  .filter(({ help }) => help.length > 0)
  .flatMap(({ short, long, value, help: [first = "", ...more] }) =>
    [
      `-${short}, --${long}${value === undefined ? "" : ` ${value}`}`.padEnd(helpColumn) + first,
      ...more.map((line) => " ".repeat(helpColumn) + line),
    ].map((line) => `${line}\n`),
  )
  .join("");

/** One of ours: how it is written, and what that does, from the first entry of its help text. */
function ownCommand({ help }: Command): string {
  const [first = "", second = ""] = help.split("\n");
  const [written = "", ...what] = first.split(/\t+/);
  const text = (what.length > 0 ? what.join(" ") : second.trim()).replace(/,$/, "");
  const begun = written.length < helpColumn ? written.padEnd(helpColumn) : `${written}\n${" ".repeat(helpColumn)}`;
  return `${begun}${text.charAt(0).toLowerCase()}${text.slice(1)}\n`;
}

export function usage(program: string): string {
  const all = [...commands.values()];
  const withJson = all
    .map(({ name }) => name)
    .filter((name) => syntaxOf(name)?.options.some(({ names }) => names.includes("--json")));
  return `${program}: asks and tells spaced (or supervisord) about its processes

Usage: ${program} [options] [command [arguments]]

Options:
${options}
Without a command an interactive shell is started. \`${program} help\` lists the commands
that supervisorctl has too, \`${program} help NAME\` explains one. On top of those:

${all
  .filter(({ beyond }) => beyond)
  .map(ownCommand)
  .join("")}
'worker-*' 'grp:w*' '*_0?'  names may be patterns (quote them from your shell)
COMMAND --help            what a command takes
--json                    after these: print JSON
                          ${withJson.join(" ")}
`;
}
