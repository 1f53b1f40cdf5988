/** What a changed program list says of the daemon itself, which takes it at its next start only. */
import { same } from "./changes.ts";
import type { Config, DaemonSettings } from "./program.ts";

/** `watch_config` is not among them: it is followed at once. */
const keys: Readonly<Record<Exclude<keyof DaemonSettings, "watchConfig">, string>> = {
  logfile: "logfile",
  syslog: "logfile",
  logfileMaxBytes: "logfile_maxbytes",
  logfileBackups: "logfile_backups",
  logLevel: "loglevel",
  logFormat: "logformat",
  pidfile: "pidfile",
  umask: "umask",
  directory: "directory",
  nodaemon: "nodaemon",
  silent: "silent",
  minFds: "minfds",
  minProcs: "minprocs",
  nocleanup: "nocleanup",
  childLogDir: "childlogdir",
  uid: "user",
  identifier: "identifier",
  stripAnsi: "strip_ansi",
  shutdownTimeoutMs: "shutdown_timeout",
  exitCodeFrom: "exit_code_from",
  logBudgetBytes: "log_budget",
  drainDelayMs: "drain_delay",
  metrics: "metrics",
};

/** In words that go before "has changed": `[supervisord] logfile`, `[inet_http_server]`. */
export function daemonChanges(from: Config, to: Config): string[] {
  const changed = (Object.keys(keys) as (keyof typeof keys)[]).filter((key) => !same(from.daemon[key], to.daemon[key]));
  const sections = new Set([...from.servers, ...to.servers].map(({ section }) => section));
  const serverOf = ({ servers }: Config, name: string) => servers.filter(({ section }) => section === name);
  return [
    ...new Set(changed.map((key) => `[supervisord] ${keys[key]}`)),
    ...[...sections].filter((name) => !same(serverOf(from, name), serverOf(to, name))).map((name) => `[${name}]`),
    ...(same(from.rpcInterfaces, to.rpcInterfaces) ? [] : ["[rpcinterface:…]"]),
  ];
}
