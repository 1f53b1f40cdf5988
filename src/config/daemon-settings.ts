/** `[supervisord]` overlaid with the command line. Keys are read in the reference's order. */
import type { DaemonSettings } from "../core/program.ts";
import { type Section, valuePlace } from "./document.ts";
import { expand } from "./expand.ts";
import type { DaemonFlags } from "./flags.ts";
import { type Evaluation, SectionReader } from "./section-reader.ts";
import { parsePairs } from "./shlex-pairs.ts";
import { userId } from "./values.ts";

/** As read; `complete` finishes it when everything else has been read. */
export interface DaemonReading {
  complete(): DaemonSettings;
}

/** Also enters `[supervisord] environment` into the evaluation, for all that is read later. */
export function readDaemon(
  section: Section,
  flags: DaemonFlags,
  tempDir: string,
  evaluation: Evaluation,
): DaemonReading {
  const names = [new Map([["here", evaluation.here]]), evaluation.environment];
  const reader = new SectionReader("supervisord", section, names, evaluation);
  const { paths, accounts } = evaluation.machine;
  const values = {
    minfds: reader.read("minfds"),
    minprocs: reader.read("minprocs"),
    directory: reader.read("directory"),
    user: reader.read("user"),
    umask: reader.read("umask"),
    logfile: reader.read("logfile"),
    maxBytes: reader.read("logfile_maxbytes"),
    backups: reader.read("logfile_backups"),
    level: reader.read("loglevel"),
    pidfile: reader.read("pidfile"),
    identifier: reader.read("identifier"),
    nodaemon: reader.read("nodaemon"),
    silent: reader.read("silent"),
    childLogDir: childLogDir(reader, tempDir),
    nocleanup: reader.read("nocleanup"),
    stripAnsi: reader.read("strip_ansi"),
  };
  readEnvironment(reader, evaluation);
  // Keys of ours, behind the reference's.
  const logFormat = reader.read("logformat");
  const shutdownTimeoutMs = reader.read("shutdown_timeout");
  const exitCodeFrom = reader.read("exit_code_from");
  const watchConfig = reader.read("watch_config");
  const logBudgetBytes = reader.read("log_budget");
  const drainDelayMs = reader.read("drain_delay");
  const metrics = reader.read("metrics");
  if (shutdownTimeoutMs !== null && drainDelayMs >= shutdownTimeoutMs)
    reader.refuse("drain_delay leaves nothing of shutdown_timeout for the programs to end in", {
      key: "drain_delay",
      hint: "the timeout counts from the moment in which the daemon is to end",
    });
  const logfile = flags.logfile ?? values.logfile;
  const nodaemon = flags.nodaemon || values.nodaemon;
  warnOfForeground(reader, nodaemon);

  const complete = (): DaemonSettings => {
    const user = flags.user ?? values.user;
    const check = () => (user === null ? null : userId(user, accounts));
    return {
      logfile: logfile === "syslog" ? null : paths.absolute(paths.expandUser(logfile)),
      ...(logfile === "syslog" ? { syslog: true } : {}),
      logfileMaxBytes: flags.logfileMaxBytes ?? values.maxBytes,
      logfileBackups: flags.logfileBackups ?? values.backups,
      logLevel: flags.logLevel ?? values.level,
      logFormat,
      pidfile: paths.absolute(paths.expandUser(flags.pidfile ?? values.pidfile)),
      umask: flags.umask ?? values.umask,
      directory: flags.directory ?? values.directory,
      nodaemon,
      silent: flags.silent || values.silent,
      minFds: flags.minFds ?? values.minfds,
      minProcs: flags.minProcs ?? values.minprocs,
      nocleanup: flags.nocleanup || values.nocleanup,
      childLogDir: flags.childLogDir ?? values.childLogDir,
      uid: reader.attempt("user", check, null),
      identifier: flags.identifier ?? values.identifier,
      stripAnsi: flags.stripAnsi || values.stripAnsi,
      shutdownTimeoutMs,
      exitCodeFrom,
      watchConfig,
      drainDelayMs,
      logBudgetBytes,
      metrics,
    };
  };
  return { complete };
}

type Reader = SectionReader<"supervisord">;

/** A temporary directory that is not there (TMPDIR of another machine) is not the list's mistake. */
function childLogDir(reader: Reader, tempDir: string): string {
  const { paths } = reader.evaluation.machine;
  return reader.read("childlogdir") ?? (paths.isDirectory(tempDir) ? tempDir : "/tmp");
}

/** Written as text it is expanded twice, as in the reference. */
function readEnvironment(reader: Reader, evaluation: Evaluation): void {
  const entry = reader.entry("environment");
  if (entry === undefined) return;
  const { here, hostName, environment, daemonEnvironment, complaints } = evaluation;
  const local = new Map([
    ["here", here],
    ["host_node_name", hostName],
  ]);
  const names = [local, environment];
  const read = (): ReadonlyMap<string, string> => {
    if (entry.pairs !== undefined) {
      return new Map(entry.pairs.map(([name, value]) => [name, expand(value, names, "environment")]));
    }
    const once = reader.expanded("environment");
    if (once === null) return new Map();
    const { pairs, doubts } = parsePairs(expand(once, names, "environment"));
    for (const { message, hint } of doubts) {
      complaints.warn(message, valuePlace(entry), { section: "supervisord", key: "environment", hint });
    }
    return pairs;
  };
  for (const [name, value] of reader.attempt("environment", read, new Map<string, string>())) {
    daemonEnvironment.set(name, value);
    environment.set(`ENV_${name}`, value);
  }
}

/** The reference applies these two only on its way into the background. */
function warnOfForeground(reader: Reader, nodaemon: boolean): void {
  if (!nodaemon) return;
  const hint = "set it in the [program:x] sections";
  if (reader.entry("umask") !== undefined) reader.warn("umask has no effect in the foreground", "umask", hint);
  if (reader.entry("directory") !== undefined)
    reader.warn("directory has no effect in the foreground", "directory", hint);
}
