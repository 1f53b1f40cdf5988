/**
 * One life of the daemon, from a program list to the moment when everything has been stopped: builds
 * every part, joins them, owns them, lets go of them. A restart is a second life in the same process.
 */
import { createServer, usualLimits } from "../api/server.ts";
import type { Scales } from "../config/scales.ts";
import { isOpen } from "../core/access.ts";
import { describeExit } from "../core/announce.ts";
import { ofEvent } from "../core/happenings.ts";
import type { Config, HttpServerSettings } from "../core/program.ts";
import { lastExitCode } from "../core/verdict.ts";
import { removeAutoLogs } from "../system/auto-logs.ts";
import { calledAs } from "../system/called.ts";
import { type Clock, systemClock } from "../system/clock.ts";
import { type Listening, listen } from "../system/http-socket.ts";
import { reserveDescriptors } from "../system/libc.ts";
import { lifeline } from "../system/lifeline.ts";
import { type MainLog, openMainLog } from "../system/main-log.ts";
import { tidyMemory } from "../system/memory.ts";
import { spareDescriptors } from "../system/open-files.ts";
import { startReaper } from "../system/reaper.ts";
import { Agenda } from "./agenda.ts";
import { createAttendants } from "./attendants.ts";
import { Confinement } from "./confinement.ts";
import { type Culprit, Departure } from "./departure.ts";
import { Dependencies } from "./dependencies.ts";
import { drain } from "./drain.ts";
import { leftRunning } from "./earlier.ts";
import { stopEverything } from "./ending.ts";
import { Events } from "./events.ts";
import type { Feed } from "./feed.ts";
import { Haste } from "./haste.ts";
import type { Lifetime } from "./lifetime.ts";
import { LogBudget } from "./log-budget.ts";
import { LogKeeper } from "./log-keeper.ts";
import type { LogTargets } from "./log-targets.ts";
import { Logs } from "./logs.ts";
import { Orphans } from "./orphans.ts";
import { removePidfile, writePidfile } from "./pidfile.ts";
import type { Note } from "./privileges.ts";
import { Probes } from "./probes.ts";
import { ProgramList } from "./program-list.ts";
import { announceSignal, type DaemonSignal, requestOf, type Signals } from "./signals.ts";
import { StartError } from "./start-error.ts";
import { Supervisor } from "./supervisor.ts";
import type { Surroundings } from "./surroundings.ts";
import { UsageRecords } from "./usage.ts";

export interface Start {
  readonly signals: Signals;
  /** Reads the program list again; rejects with a `StartError` when it is bad. */
  readonly load: () => Promise<Config>;
  readonly scales: Scales;
  readonly lifetime: Lifetime;
  readonly feed: Feed;
  readonly logTargets: LogTargets;
  /** For the main log. */
  readonly notes: readonly Note[];
  /** What children are given of our environment. */
  readonly environment: Readonly<Record<string, string>>;
  /** Soft limit of open files for children; null = ours. */
  readonly softFiles: number | null;
  /** To be called when the daemon is up; null when there is nothing to settle. */
  readonly settle: ((log: MainLog) => void) | null;
  /** Whether the main log is also shown on stdout (unless `silent`). */
  readonly echo: boolean;
}

/** Of a program: stdin, stdout, stderr. */
const pipesEach = 3;

/** How long the last bytes of logs and replies may take to leave. */
const farewellMs = 3000;

/** What comes after: another life with this program list, or the end with this exit code. */
export type Outcome = { readonly next: Config } | { readonly next: null; readonly code: number };

/** Resolves when everything has been stopped. Rejects with a `StartError`. */
export async function run(config: Config, start: Start): Promise<Outcome> {
  const { daemon } = config;
  const log = await openLog(config, start.echo);
  for (const { level, text } of mostUrgentFirst([...config.notes, ...start.notes])) log[level](text);
  const calm = surviveMistakes(log);
  const alive = lifeline();
  const clock = systemClock();
  const { feed } = start;
  feed.begin();
  const reaper = startReaper(
    (pid, exit) => {
      // The reference has such children as PID 1 only, and tells of them then.
      log[process.pid === 1 ? "info" : "debug"](`reaped unknown pid ${pid} (${describeExit(exit)})`);
      orphans.reaped();
    },
    () => log.debug("received SIGCHLD indicating a child quit"),
  );
  const confinement = new Confinement(log);
  const orphans = new Orphans(reaper, confinement);
  const agenda = new Agenda(clock);
  const usage = new UsageRecords(clock, orphans);
  const events = new Events(clock, agenda, () => start.lifetime.nextSerial());
  const dependencies = new Dependencies(() => supervisor.groups());
  const around: Surroundings = {
    clock,
    reaper,
    agenda,
    log,
    environment: start.environment,
    serverUrl: serverUrl(config.servers),
    softFiles: start.softFiles,
    orphans,
    usage,
    feed,
    ...createAttendants({ clock, agenda, log, usage, dependencies, feed, config, groups: () => supervisor.groups() }),
    probes: new Probes(),
    dependencies,
    confinement,
    lifetime: start.lifetime,
    logTargets: start.logTargets,
    ending: () => departure.state !== "RUNNING",
    blame(culprit) {
      if (departure.blame(culprit)) log.warn(`shutting down: ${reasonOf(culprit)}`);
    },
    publish(event) {
      events.publish(event);
      const happening = ofEvent(event);
      // That the daemon runs says as much of the groups that it begins with.
      if (happening !== null && supervisor.begun) feed.tell(happening);
    },
  };
  const departure = new Departure(start.load, clock.now);
  const list = new ProgramList(config, { clock, agenda, log, feed, load: start.load, supervisor: () => supervisor });
  const supervisor = new Supervisor(config, {
    around,
    output: {
      stripAnsi: daemon.stripAnsi,
      childLogDir: daemon.childLogDir,
      identifier: daemon.identifier,
      logs: new Logs(
        log,
        { ident: calledAs("spaced") },
        {
          keeper: new LogKeeper({ clock, agenda, log }),
          budget: daemon.logBudgetBytes === null ? null : new LogBudget(daemon.logBudgetBytes, log),
        },
      ),
      mainLog: log,
      wall: clock.wall,
    },
    events,
    reload: list.load,
    scales: start.scales,
    departure,
  });
  const servers: Listening[] = [];
  const close = async () => {
    feed.end();
    await within(farewellMs, Promise.all(servers.map((server) => server.close())));
    await within(farewellMs, supervisor.dispose());
    if (departure.next === null) await start.logTargets.end();
    confinement.close();
    reaper.stop();
    removePidfile(daemon.pidfile);
    await within(farewellMs, log.close());
    calm.end();
    alive.cut();
  };
  try {
    // Before anything is touched: another daemon may be at work with this very list.
    for (const settings of config.servers) servers.push(await openServer(settings, supervisor, log));
    if (!daemon.nocleanup)
      for (const complaint of removeAutoLogs(daemon.childLogDir, daemon.identifier)) log.warn(complaint);
    await start.logTargets.begin(config.logTargets, { clock, agenda, log, feed });
    supervisor.open();
    for (const settings of config.servers) announceServer(settings, supervisor, log);
  } catch (error) {
    await close();
    throw new StartError((error as Error).message);
  }
  start.settle?.(log);
  const left = leftRunning(config, around.serverUrl);
  if (left !== null) log.warn(left);
  announcePidfile(daemon.pidfile, log);
  reserveDescriptors(pipesEach * config.groups.flatMap(({ processes }) => processes).length);
  feed.tell({ type: "daemon", to: "RUNNING", pid: process.pid });
  supervisor.begin();
  list.begin();
  tidyLater(agenda, clock);
  const haste = new Haste();
  start.signals.listen((signal) => {
    if (isExit(signal) && haste.asked(signal, clock.now())) departure.hurry();
    feed.tell({ type: "request", what: requestOf[signal], by: signal });
    answer(signal, supervisor, log, departure);
  });
  await departure.begun;
  const why = departure.culprit === null ? {} : { why: reasonOf(departure.culprit) };
  feed.tell({ type: "daemon", to: departure.state, pid: process.pid, ...why });
  list.end();
  await drain(daemon.drainDelayMs, around, departure);
  await stopEverything(supervisor, around, departure, daemon.shutdownTimeoutMs);
  start.signals.keep();
  const outcome = outcomeOf(departure, daemon.exitCodeFrom, around);
  feed.tell({ type: "daemon", to: "STOPPED", pid: process.pid });
  await close();
  return outcome;
}

const urgency = { critical: 0, warn: 1, info: 2 };

/** In the order in which the reference tells what it has found before it had a log. */
const mostUrgentFirst = (notes: readonly Note[]): Note[] =>
  notes.toSorted((a, b) => urgency[a.level] - urgency[b.level]);

const reasonOf = ({ name, how, key }: Culprit): string => `${name} ${how}, and has ${key}=shutdown`;

function outcomeOf({ next, culprit }: Departure, from: string | null, { dependencies, log }: Surroundings): Outcome {
  if (next !== null) return { next };
  // Whoever has asked for the end has got what he wanted.
  if (culprit === null) return { next, code: 0 };
  const codes = from === null ? [] : dependencies.named(from).flatMap(({ history }) => lastExitCode(history) ?? []);
  const code = codes.find((each) => each !== 0) ?? codes[0] ?? culprit.code;
  log.info(`the exit code is ${code}, that of ${codes.length === 0 ? culprit.name : `${from} (exit_code_from)`}`);
  return { next, code };
}

async function openLog({ daemon }: Config, echo: boolean): Promise<MainLog> {
  try {
    return await openMainLog({
      logfile: daemon.logfile,
      syslog: daemon.syslog ? { ident: calledAs("spaced") } : null,
      maxBytes: daemon.logfileMaxBytes,
      backups: daemon.logfileBackups,
      level: daemon.logLevel,
      format: daemon.logFormat,
      echo: echo && !daemon.silent,
    });
  } catch (error) {
    throw new StartError((error as Error).message);
  }
}

/** What is meant for people is told where one of them looks on. */
function tell(line: string, audience: "all" | "people"): void {
  if (audience === "all" || process.stderr.isTTY) process.stderr.write(`${line}\n`);
}

async function openServer(settings: HttpServerSettings, supervisor: Supervisor, log: MainLog): Promise<Listening> {
  const server = createServer(supervisor, settings, (level, message) => log[level](message), {
    ...usualLimits,
    spareDescriptors,
  });
  return await listen(server, settings, tell);
}

/** Told behind what is told of the groups, as the reference opens its servers after them. */
function announceServer(settings: HttpServerSettings, supervisor: Supervisor, log: MainLog): void {
  for (const name of supervisor.rpcInterfaces) log.info(`RPC interface '${name}' initialized`);
  if (isOpen(settings)) log.critical(`Server '${settings.section}' running without any HTTP authentication checking`);
  if (isOpen(settings) && settings.type === "inet" && !isLoopback(settings.host))
    log.warn(
      `Server '${settings.section}' listens on ${settings.host || "every address"} without a password: ` +
        "whoever reaches it controls every program",
    );
}

const isLoopback = (host: string): boolean => host === "localhost" || host === "::1" || host.startsWith("127.");

/** What children are told of where we listen: the first unix socket, else the first TCP port. */
function serverUrl(servers: readonly HttpServerSettings[]): string | null {
  const unix = servers.find((server) => server.type === "unix");
  if (unix !== undefined) return `unix://${unix.path}`;
  const inet = servers.find((server) => server.type === "inet");
  return inet === undefined ? null : `http://${inet.host || "localhost"}:${inet.port}`;
}

/** When most programs have come up. */
const tidyMs = 2000;

/** Once, some time after the start: see `system/memory.ts`. */
function tidyLater(agenda: Agenda, clock: Clock): void {
  const entry = {
    due: clock.now() + tidyMs,
    wake() {
      agenda.delete(entry);
      void tidyMemory();
    },
  };
  agenda.add(entry);
}

/**
 * A mistake of ours must not take the programs down with it: whatever was not caught is told loudly,
 * and everything goes on.
 */
function surviveMistakes(log: MainLog): { end(): void } {
  const tell = (error: unknown) =>
    log.critical(`internal error: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`);
  process.on("uncaughtException", tell);
  process.on("unhandledRejection", tell);
  return {
    end() {
      process.off("uncaughtException", tell);
      process.off("unhandledRejection", tell);
    },
  };
}

function announcePidfile(path: string, log: MainLog): void {
  try {
    writePidfile(path);
    log.info(`supervisord started with pid ${process.pid}`);
  } catch (error) {
    log.critical((error as Error).message);
  }
}

const isExit = (signal: DaemonSignal): boolean => signal !== "SIGHUP" && signal !== "SIGUSR2";

function answer(signal: DaemonSignal, supervisor: Supervisor, log: MainLog, departure: Departure): void {
  const { level, text } = announceSignal(signal, departure.state);
  log[level](text);
  switch (signal) {
    case "SIGUSR2":
      log.info("supervisord logreopen");
      void log.reopen();
      supervisor.reopenLogs();
      break;
    case "SIGHUP":
      if (departure.state !== "RUNNING") break;
      departure.restart().catch((error: Error) => {
        log.critical(`cannot restart, everything keeps running: ${error.message}`);
      });
      break;
    default:
      departure.shutdown();
  }
}

/** Waits for something at our own end, but not for ever. */
async function within(ms: number, work: Promise<unknown>): Promise<void> {
  const deadline = Promise.withResolvers<void>();
  const timer = setTimeout(deadline.resolve, ms);
  try {
    await Promise.race([work, deadline.promise]);
  } finally {
    clearTimeout(timer);
  }
}
