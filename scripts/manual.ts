/**
 * The manual pages spaced(8), spacectl(1) and spaced.conf(5), from what the programs themselves know of their flags,
 * commands and keys.
 */
import { controlFlags } from "../src/cli/flags.ts";
import { parseDaemonFlags } from "../src/config/flags.ts";
import { version } from "../src/core/version.ts";
import { exampleIni } from "./keys.ts";
import { commandSections } from "./manual/commands.ts";
import { keySections } from "./manual/keys.ts";
import { bold, entry, italic, page, paragraph, prose, section, seeAlso, verbatim } from "./manual/roff.ts";

/** Name of the file and its text; `date` is YYYY-MM-DD. */
export function manualPages(date: string): ReadonlyMap<string, string> {
  return new Map([
    ["spaced.8", daemonPage(date)],
    ["spacectl.1", controlPage(date)],
    ["spaced.conf.5", listPage(date)],
  ]);
}

function daemonPage(date: string): string {
  return page(
    { name: "spaced", number: 8, date, version },
    "run and supervise the programs of a list",
    section("SYNOPSIS", '.B spaced\n.RI [ options ]\n.RI [ \\-\\- " command " [ arguments ]]'),
    section(
      "DESCRIPTION",
      prose(`spaced starts the programs of a list, restarts them when they end, writes their logs, keeps them to limits and reaps
orphans. It reads the file of supervisord and answers supervisorctl and spacectl(1). As the first process of a container it is given
-n, which keeps it in the foreground.`),
      paragraph(`A command behind -- is one more program, main, with a list or without: it runs in the foreground, its output is the
daemon's, and its end is the end of all, with its exit code.`),
      paragraph(
        "Called by the names supervisord, supervisorctl, echo_supervisord_conf or pidproxy it is that program.",
      ),
    ),
    section("OPTIONS", prose("An option beats the same key of the list."), ...daemonFlags()),
    section(
      "SIGNALS",
      entry(
        ["SIGTERM", "SIGINT", "SIGQUIT"].map(bold).join(", "),
        "Stop all programs and exit. A SIGINT after another of these, the second Ctrl-C, kills what is still there.",
      ),
      entry(bold("SIGHUP"), "Read the list again and start anew; a list with mistakes is refused and all goes on."),
      entry(bold("SIGUSR2"), "Close and open all logs."),
    ),
    section(
      "EXIT STATUS",
      entry(bold("0"), "After an end that was asked for."),
      entry(bold("2"), "The command line or the list is wrong, or the start cannot succeed."),
      entry(
        italic("n"),
        `That of a program with on_exit=shutdown or on_fatal=shutdown, which main has: 128 and the number of the signal after a signal,
127 when its command was not found, 126 when it cannot be executed, 1 when it could not be started for another reason.`,
      ),
    ),
    section(
      "ENVIRONMENT",
      entry(italic("NAME"), "Any variable of the environment stands in values of the list as %(ENV_NAME)s."),
      entry(
        bold("XDG_RUNTIME_DIR"),
        "Its folder spaced takes the socket and the process id where /run/spaced cannot be written.",
      ),
      entry(bold("UV_THREADPOOL_SIZE"), "How many threads read and write files; 16 unless it is set."),
    ),
    section("FILES", ...listFiles(), ...socketFiles()),
    seeAlso("spacectl(1)", "spaced.conf(5)"),
  );
}

function controlPage(date: string): string {
  return page(
    { name: "spacectl", number: 1, date, version },
    "ask and tell spaced about its programs",
    section("SYNOPSIS", ".B spacectl\n.RI [ options ]\n.RI [ command\n.RI [ arguments ]]"),
    section(
      "DESCRIPTION",
      prose(`spacectl takes the commands of supervisorctl and some more, and understands both daemons. Without a command it is a shell
with completion and history.`),
      paragraph(`Programs are named as status shows them: NAME, or GROUP:NAME; GROUP:* is a whole group and all is everything. Names may
be patterns with *, ? and [...]: quote them.`),
    ),
    section(
      "OPTIONS",
      ...controlFlags
        .filter(({ help }) => help.length > 0)
        .map(({ short, long, value, help }) => flag(`-${short}, --${long}`, value, help.join(" "))),
    ),
    section("COMMANDS", ...commandSections()),
    section(
      "EXIT STATUS",
      ...(
        [
          ["0", "All is well."],
          ["1", "Something could not be done. Of health: a program is not as it should be."],
          ["2", "The command line is wrong, or a file that was to be checked."],
          ["3", "Of status: a program that was asked for does not run. Of others: what answers is no supervisor."],
          ["4", "A program is not known, or the connection was refused."],
          ["5", "What answers is supervisord, or older than this, and cannot tell it."],
          ["7", "There is no socket; or a program could not be started, or one that was to be signalled does not run."],
          ["130", "Ended by Ctrl-C."],
        ] as const
      ).map(([status, what]) => entry(bold(status), what)),
    ),
    section("FILES", ...listFiles(), ...socketFiles()),
    section(
      "EXAMPLES",
      verbatim(`spacectl status
spacectl restart 'worker:*'
spacectl tail -f worker:worker_00
spacectl -c /etc/workers.conf check
docker exec CONTAINER spacectl why`),
    ),
    seeAlso("spaced(8)", "spaced.conf(5)"),
  );
}

function listPage(date: string): string {
  return page(
    { name: "spaced.conf", number: 5, date, version },
    "list of programs for spaced",
    section(
      "DESCRIPTION",
      prose(`An ini file as supervisord takes it, or the same in YAML. A name in brackets opens a section, and key=value lines follow;
a semicolon begins a comment. In YAML a section is a map, and a key stands under its own name or nested behind its first word:
stdout_logfile=x is stdout: {logfile: x}.`),
      paragraph(`In values %(here)s is the folder of the file, %(program_name)s, %(group_name)s, %(process_num)d and %(host_node_name)s
are what they say, and %(ENV_NAME)s is a variable of the environment. A percent sign is written %%.`),
      paragraph("spacectl check says what is wrong with a list, where, and what was probably meant."),
    ),
    section("EXAMPLE", verbatim(exampleIni)),
    ...keySections(),
    section("FILES", ...listFiles()),
    seeAlso("spaced(8)", "spacectl(1)"),
  );
}

const flag = (names: string, value: string | undefined, help: string): string =>
  entry(names.split(", ").map(bold).join(", ") + (value === undefined ? "" : ` ${italic(value)}`), help);

/** From the lines of the help whose first column begins with a dash. */
function daemonFlags(): string[] {
  const parsed = parseDaemonFlags(["-h"]);
  const help = parsed.type === "help" ? parsed.text : "";
  return [...help.matchAll(/^ *(-\S+(?:, -\S+)?)(?: ([A-Z]+))? {2,}(\S.*)$/gm)].map(
    ([, names = "", value, what = ""]) => flag(names, value, what),
  );
}

const listFiles = (): string[] => [
  entry(
    ["../etc/supervisord.conf", "../supervisord.conf", "supervisord.conf", "etc/supervisord.conf"]
      .map(italic)
      .join(", "),
    "The list, if none is named: beside the folder of the program, then in the working directory;",
  ),
  entry(["/etc/supervisord.conf", "/etc/supervisor/supervisord.conf"].map(italic).join(", "), "or else here."),
];

const socketFiles = (): string[] => [
  entry(
    ["/run/spaced/spaced.sock", "$XDG_RUNTIME_DIR/spaced/spaced.sock", "/tmp/spaced-UID/spaced.sock"]
      .map(italic)
      .join(", "),
    "The socket of a daemon that runs a command behind -- and whose list names none; the first that can be made.",
  ),
];
