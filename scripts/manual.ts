/**
 * The manual pages spaced(8), spacectl(1) and spaced.conf(5), from what the programs themselves know of their flags,
 * commands and keys: man(7), as groff and mandoc read it.
 */
import { commands } from "../src/cli/commands.ts";
import { usage } from "../src/cli/usage.ts";
import { parseDaemonFlags } from "../src/config/flags.ts";
import type { Option } from "../src/config/option.ts";
import { optionsOf, type SectionKind, sectionSpelling } from "../src/config/options.ts";
import { namedSections, singleSections } from "../src/config/yaml-shape.ts";
import { version } from "../src/core/version.ts";

/** Name of the file and its text; `date` is YYYY-MM-DD. */
export function manualPages(date: string): ReadonlyMap<string, string> {
  const page = (name: string, section: number, what: string, ...parts: string[]) =>
    [
      `.TH ${name.toUpperCase()} ${section} ${date} "spaced ${version}"`,
      `.SH NAME\n${text(name)} \\- ${text(what)}`,
      ...parts,
      "",
    ].join("\n");
  return new Map([
    [
      "spaced.8",
      page(
        "spaced",
        8,
        "run and supervise the programs of a list",
        `.SH SYNOPSIS\n.B spaced\n.RI [ options ]`,
        `.SH DESCRIPTION
.B spaced
starts the programs of a list, restarts them when they end, writes their logs, keeps them to limits and reaps orphans.
It reads the file of supervisord and answers supervisorctl and
.BR spacectl (1).
As the first process of a container it is given
.BR \\-n ,
which keeps it in the foreground.
.PP
Called by the names supervisord, supervisorctl, echo_supervisord_conf or pidproxy it is that program.`,
        flagsOf(helpOfDaemon()),
        `.SH SIGNALS
.TP
.BR SIGTERM ", " SIGINT ", " SIGQUIT
Stop all programs and exit with 0; a second one kills what is still there.
.TP
.B SIGHUP
Read the list again and start anew.
.TP
.B SIGUSR2
Close and open all logs.`,
        `.SH EXIT STATUS
0 after an end that was asked for, 2 when the command line or the list is wrong or the start cannot succeed. A program with
on_exit=shutdown or on_fatal=shutdown gives the daemon its own exit code.`,
        seeAlso("spacectl(1)", "spaced.conf(5)"),
      ),
    ],
    [
      "spacectl.1",
      page(
        "spacectl",
        1,
        "ask and tell spaced about its programs",
        ".SH SYNOPSIS\n.B spacectl\n.RI [ options ]\n.RI [ command\n.RI [ arguments ]]",
        `.SH DESCRIPTION
.B spacectl
takes the commands of supervisorctl and some more. Without a command it is a shell with completion. Names of programs may be
patterns: quote them.`,
        flagsOf(usage("spacectl")),
        `.SH COMMANDS\n${[...commands.values()]
          .flatMap(({ help }) => rowsOf(help))
          .map(entry)
          .join("\n")}`,
        `.SH EXIT STATUS
As that of supervisorctl: 0 when all is well, 1 when something could not be done, 2 for a wrong command line, 3 from
.B status
when a program that was asked for does not run, 4 when a program is not known.`,
        seeAlso("spaced(8)", "spaced.conf(5)"),
      ),
    ],
    [
      "spaced.conf.5",
      page(
        "spaced.conf",
        5,
        "list of programs for spaced",
        `.SH DESCRIPTION
An ini file as supervisord takes it, or the same in YAML. A name in brackets opens a section, and
.I key=value
lines follow; a semicolon begins a comment. In values %(here)s is the folder of the file and %(ENV_NAME)s a variable of the
environment. Where no file is named on the command line, supervisord.conf is looked for as supervisord does; the last places are
/etc/supervisord.conf and /etc/supervisor/supervisord.conf.`,
        ...[...Object.values(singleSections), ...Object.values(namedSections)].map(sectionOf),
        seeAlso("spaced(8)", "spacectl(1)"),
      ),
    ],
  ]);
}

type Row = readonly [left: string, right: string];

/** For roff: no escapes, no line that is taken for a request. */
function text(plain: string): string {
  return plain
    .replaceAll("\\", "\\e")
    .replaceAll("-", "\\-")
    .replace(/\t+/g, " ")
    .replace(/^([.'])/gm, "\\&$1");
}

const entry = ([left, right]: Row): string => `.TP\n.B ${text(left).replaceAll('"', "\\(dq")}\n${text(right) || "\\&"}`;

function helpOfDaemon(): string {
  const parsed = parseDaemonFlags(["-h"]);
  return parsed.type === "help" ? parsed.text : "";
}

/** Lines of two columns whose first begins with a dash; what follows further right belongs to the line before. */
function flagsOf(help: string): string {
  const rows: [string, string][] = [];
  for (const line of help.split("\n")) {
    const [, left, right] = /^ *(-.*?) {2,}(\S.*)$/.exec(line) ?? [];
    const last = rows.at(-1);
    if (left !== undefined && right !== undefined) rows.push([left, right]);
    else if (last !== undefined && /^ {8,}\S/.test(line)) last[1] += ` ${line.trim()}`;
  }
  return `.SH OPTIONS\n${rows.map(entry).join("\n")}`;
}

/** A command's help: `usage<tab>what it does`; a line without a tab goes on with what stands before. */
function rowsOf(help: string): Row[] {
  const rows: [string, string][] = [];
  for (const line of help.split("\n")) {
    const [left = "", ...rest] = line.split("\t");
    const last = rows.at(-1);
    if (left.trim() !== "" && rest.length > 0) rows.push([left.trim(), rest.join(" ").trim()]);
    else if (last !== undefined && line.trim() !== "") last[1] += ` ${line.trim()}`;
    else if (line.trim() !== "") {
      const [name = "", ...words] = line.trim().split(/ +(?=[A-Z])/);
      rows.push([name, words.join(" ")]);
    }
  }
  return rows;
}

function sectionOf(kind: SectionKind): string {
  const keys = Object.entries(optionsOf(kind)).map(([key, option]) => entry([key, describe(option)]));
  return `.SH "${text(sectionSpelling(kind))}"\n${keys.length === 0 ? "Keys of its own kind." : keys.join("\n")}`;
}

function describe({ help, fallback, example }: Option): string {
  const ends = [
    fallback === null || fallback === "" ? "" : ` Default: ${fallback}.`,
    example === undefined ? "" : ` Example: ${example}.`,
  ];
  return help + ends.join("");
}

const seeAlso = (...pages: readonly string[]): string =>
  `.SH SEE ALSO\n${pages.map((page) => page.replace(/^(.*)(\(.\))$/, ".BR $1 $2")).join(" ,\n")}`;
