/** What `-h` prints. */
import { controlFlags } from "./flags.ts";

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

export const usage = (
  program: string,
): string => `${program}: asks and tells spaced (or supervisord) about its processes

Usage: ${program} [options] [command [arguments]]

Options:
${options}
Without a command an interactive shell is started. \`${program} help\` lists the commands
that supervisorctl has too, \`${program} help NAME\` explains one. On top of those:

check [FILE]              read a configuration file and list all that is wrong with it
completion SHELL          print a script that makes TAB complete commands and names in bash, zsh or fish
doctor [--json]           show what this container permits, and what cannot work in it
--json                    after status, avail, pid or reread: print JSON
'worker-*' 'grp:w*' '*_0?'  names may be patterns (quote them from your shell)
`;
