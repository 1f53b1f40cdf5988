/**
 * The one table of commands: what the dispatcher, `help`, TAB completion and `-h` know of each.
 * Help texts are supervisorctl's to the byte, tabs and all, because scripts and people read them;
 * a command's code is loaded when it is used.
 */
import type { Session } from "./session.ts";

/** "leave" ends the shell. `argument` is what follows the command's name, trimmed; `command` is the row it was found in. */
type Run = (session: Session, argument: string, command: Command) => Promise<"leave" | undefined>;

export interface Command {
  readonly name: string;
  /** What `help NAME` prints, without the last newline. */
  readonly help: string;
  /** What TAB offers after the command's name. */
  readonly completes: Completes;
  /** Of supervisorctl; ours are in `arguments.ts`. */
  readonly options?: readonly (readonly [flag: string, help: string])[];
  /** Whether it is one of ours, which supervisorctl's `help` table does not list. */
  readonly beyond?: true;
  /** Whether it needs no daemon. */
  readonly offline?: true;
  readonly load: () => Promise<{ readonly run: Run }>;
}

type Completes =
  | "nothing"
  | "actions"
  | "groups"
  | "processes"
  /** A signal, then processes. */
  | "signals"
  /** A process, then one of its channels. */
  | "channels"
  /** A group and a number: `NAME=`. */
  | "copies"
  | "files"
  /** What can be imported, then files. */
  | "formats"
  | "shells";

const table: readonly Command[] = [
  {
    name: "add",
    help: "add <name> [...]\tActivates any updates in config for process/group",
    completes: "groups",
    load: () => import("./commands/add.ts"),
  },
  {
    name: "avail",
    help: "avail\t\t\tDisplay all configured processes",
    completes: "nothing",
    load: () => import("./commands/avail.ts"),
  },
  {
    name: "check",
    help: "check [FILE]\t\tRead a configuration file and list all that is wrong with it",
    completes: "files",
    beyond: true,
    offline: true,
    load: () => import("./commands/check.ts"),
  },
  {
    name: "clear",
    help: `clear <name>\t\tClear a process' log files.
clear <name> <name>\tClear multiple process' log files
clear all\t\tClear all process' log files`,
    completes: "processes",
    load: () => import("./commands/clear.ts"),
  },
  {
    name: "completion",
    help: "completion bash|zsh|fish\tPrint a script that makes TAB complete commands, options and names",
    completes: "shells",
    beyond: true,
    offline: true,
    load: () => import("./commands/completion.ts"),
  },
  {
    name: "describe",
    help: `describe <name>\t\tShow everything about a process, also its settings and where they stand
describe <gname>:*\tShow everything about all processes in a group`,
    completes: "processes",
    beyond: true,
    load: () => import("./commands/describe.ts"),
  },
  {
    name: "doctor",
    help: `doctor\t\t\tShow what this container permits, with or without a daemon,
\t\t\tand what the program list asks for that cannot work here`,
    completes: "nothing",
    beyond: true,
    offline: true,
    load: () => import("./commands/doctor.ts"),
  },
  {
    name: "events",
    help: `events\t\t\tShow what has happened lately, of the daemon and all programs, and why
events <name> [...]\tThe same of some programs or groups
events -f [<name>]\tShow what happens, until Ctrl-C (-n N, --since 10m, --type T, --json)`,
    completes: "processes",
    beyond: true,
    load: () => import("./commands/events.ts"),
  },
  {
    name: "exit",
    help: "exit\tExit the supervisor shell.",
    completes: "nothing",
    load: () => import("./commands/quit.ts"),
  },
  {
    name: "fg",
    help: `fg <process>\tConnect to a process in foreground mode
\t\tCtrl-C to exit`,
    completes: "processes",
    load: () => import("./commands/fg.ts"),
  },
  {
    name: "health",
    help: `health\t\t\tShow whether all programs that are meant to run are ready and healthy
health <name> [...]\tThe same for some
health --wait\t\tWait until they are, for 30 seconds or what --timeout says`,
    completes: "processes",
    beyond: true,
    load: () => import("./commands/health.ts"),
  },
  {
    name: "import",
    help: `import pm2|procfile|supervisord|systemd FILE
\t\t\tPrint the program list that means the same, in YAML, and what of it cannot be carried over`,
    completes: "formats",
    beyond: true,
    offline: true,
    load: () => import("./commands/import.ts"),
  },
  {
    name: "logs",
    help: `logs\t\t\tShow the last lines of all processes, stdout and stderr, in the order of time
logs <name> [...]\tThe same of some; -f follows, -n says how many
logs --since 10m\tAll of a span, from rotated and compressed files too; --grep REGEX chooses
logs --help\t\tAll that can be said`,
    completes: "processes",
    beyond: true,
    load: () => import("./commands/logs.ts"),
  },
  {
    name: "maintail",
    help: `maintail -f \tContinuous tail of supervisor main log file (Ctrl-C to exit)
maintail -100\tlast 100 *bytes* of supervisord main log file
maintail\tlast 1600 *bytes* of supervisor main log file
`,
    completes: "nothing",
    options: [["-f", "go on with what is written"]],
    load: () => import("./commands/maintail.ts"),
  },
  {
    name: "open",
    help: `open <url>\tConnect to a remote supervisord process.
\t\t(for UNIX domain socket, use unix:///socket/path)`,
    completes: "nothing",
    load: () => import("./commands/open.ts"),
  },
  {
    name: "pid",
    help: `pid\t\t\tGet the PID of supervisord.
pid <name>\t\tGet the PID of a single child process by name.
pid all\t\t\tGet the PID of every child process, one per line.`,
    completes: "processes",
    load: () => import("./commands/pid.ts"),
  },
  {
    name: "quit",
    help: "quit\tExit the supervisor shell.",
    completes: "nothing",
    load: () => import("./commands/quit.ts"),
  },
  {
    name: "reload",
    help: "reload \t\tRestart the remote supervisord.",
    completes: "nothing",
    load: () => import("./commands/reload.ts"),
  },
  {
    name: "remove",
    help: "remove <name> [...]\tRemoves process/group from active config",
    completes: "groups",
    load: () => import("./commands/remove.ts"),
  },
  {
    name: "reread",
    help: "reread \t\t\tReload the daemon's configuration files without add/remove",
    completes: "nothing",
    load: () => import("./commands/reread.ts"),
  },
  {
    name: "restart",
    help: `restart <name>\t\tRestart a process
restart <gname>:*\tRestart all processes in a group
restart <name> <name>\tRestart multiple processes or groups
restart all\t\tRestart all processes
Note: restart does not reread config files. For that, see reread and update.`,
    completes: "processes",
    load: () => import("./commands/restart.ts"),
  },
  {
    name: "roll",
    help: `roll <name> [...]\tRestart processes one after the other, each when the one before is ready again
roll <gname>:*\t\tThe same for all processes in a group`,
    completes: "processes",
    beyond: true,
    load: () => import("./commands/roll.ts"),
  },
  {
    name: "scale",
    help: "scale <name>=<number>\tRun another number of copies of a program, until the list is edited or the daemon ends",
    completes: "copies",
    beyond: true,
    load: () => import("./commands/scale.ts"),
  },
  {
    name: "shutdown",
    help: "shutdown \tShut the remote supervisord down.",
    completes: "nothing",
    load: () => import("./commands/shutdown.ts"),
  },
  {
    name: "signal",
    help: `signal <signal name> <name>\t\tSignal a process
signal <signal name> <gname>:*\t\tSignal all processes in a group
signal <signal name> <name> <name>\tSignal multiple processes or groups
signal <signal name> all\t\tSignal all processes`,
    completes: "signals",
    load: () => import("./commands/signal.ts"),
  },
  {
    name: "start",
    help: `start <name>\t\tStart a process
start <gname>:*\t\tStart all processes in a group
start <name> <name>\tStart multiple processes or groups
start all\t\tStart all processes`,
    completes: "processes",
    load: () => import("./commands/start.ts"),
  },
  {
    name: "status",
    help: `status <name>\t\tGet status for a single process
status <gname>:*\tGet status for all processes in a group
status <name> <name>\tGet status for multiple named processes
status\t\t\tGet all process status info`,
    completes: "processes",
    load: () => import("./commands/status.ts"),
  },
  {
    name: "stop",
    help: `stop <name>\t\tStop a process
stop <gname>:*\t\tStop all processes in a group
stop <name> <name>\tStop multiple processes or groups
stop all\t\tStop all processes`,
    completes: "processes",
    load: () => import("./commands/stop.ts"),
  },
  {
    name: "tail",
    help: `tail [-f] <name> [stdout|stderr] (default stdout)
Ex:
tail -f <name>\t\tContinuous tail of named process stdout
\t\t\tCtrl-C to exit.
tail -100 <name>\tlast 100 *bytes* of process stdout
tail <name> stderr\tlast 1600 *bytes* of process stderr`,
    completes: "channels",
    options: [["-f", "go on with what is written"]],
    load: () => import("./commands/tail.ts"),
  },
  {
    name: "top",
    help: "top\t\t\tWatch and control everything on the whole screen (? shows the keys)",
    completes: "nothing",
    beyond: true,
    load: () => import("./commands/top.ts"),
  },
  {
    name: "update",
    help: `update\t\t\tReload config and add/remove as necessary, and will restart affected programs
update all\t\tReload config and add/remove as necessary, and will restart affected programs
update <gname> [...]\tUpdate specific groups`,
    completes: "groups",
    load: () => import("./commands/update.ts"),
  },
  {
    name: "version",
    help: "version\t\t\tShow the version of the remote supervisord process",
    completes: "nothing",
    load: () => import("./commands/version.ts"),
  },
  {
    name: "why",
    help: `why <name>\t\tShow why a process is as it is: its last ends, and what happens next
why\t\t\tThe same for every process that is not as it should be`,
    completes: "processes",
    beyond: true,
    load: () => import("./commands/why.ts"),
  },
];

/** By name, in alphabetical order. */
export const commands: ReadonlyMap<string, Command> = new Map(table.map((command) => [command.name, command]));
