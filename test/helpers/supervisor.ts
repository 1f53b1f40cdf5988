/**
 * A supervisor with all its real parts inside the test's own process: real children, real logs, a real
 * clock; only HTTP and signals are left out.
 */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { hostname, tmpdir } from "node:os";
import { join } from "node:path";
import { parseDaemonFlags } from "../../src/config/flags.ts";
import { loadConfig } from "../../src/config/load.ts";
import { Scales } from "../../src/config/scales.ts";
import type { SupervisorEvent } from "../../src/core/events.ts";
import type { Config } from "../../src/core/program.ts";
import { Agenda } from "../../src/daemon/agenda.ts";
import { createAttendants } from "../../src/daemon/attendants.ts";
import { Confinement } from "../../src/daemon/confinement.ts";
import { Departure } from "../../src/daemon/departure.ts";
import { Dependencies } from "../../src/daemon/dependencies.ts";
import { stopEverything } from "../../src/daemon/ending.ts";
import { Events } from "../../src/daemon/events.ts";
import { Feed } from "../../src/daemon/feed.ts";
import { Lifetime } from "../../src/daemon/lifetime.ts";
import { LogTargets } from "../../src/daemon/log-targets.ts";
import { Logs } from "../../src/daemon/logs.ts";
import { Orphans } from "../../src/daemon/orphans.ts";
import { Probes } from "../../src/daemon/probes.ts";
import { Supervisor } from "../../src/daemon/supervisor.ts";
import type { Surroundings } from "../../src/daemon/surroundings.ts";
import { UsageRecords } from "../../src/daemon/usage.ts";
import * as accounts from "../../src/system/accounts.ts";
import { systemClock } from "../../src/system/clock.ts";
import { openMainLog } from "../../src/system/main-log.ts";
import { startReaper } from "../../src/system/reaper.ts";

export interface RunningSupervisor {
  readonly supervisor: Supervisor;
  readonly directory: string;
  /** Everything published so far, with the milliseconds at which it was. */
  readonly events: { readonly at: number; readonly event: SupervisorEvent }[];
  /** Replaces the program list on disk. */
  write(programs: string): void;
  /** Stops everything in order. */
  stop(): Promise<void>;
  /** Kills what is left and removes the folder. */
  end(): Promise<void>;
}

export async function startSupervisor(programs: string): Promise<RunningSupervisor> {
  const directory = mkdtempSync(join(tmpdir(), "supervisor-"));
  const file = join(directory, "s.conf");
  const write = (text: string) => writeFileSync(file, `[supervisord]\nchildlogdir=${directory}\n${text}`);
  write(programs);
  const load = async (): Promise<Config> => {
    const parsed = parseDaemonFlags(["-n", "-c", file]);
    if (parsed.type !== "run") throw new Error("unexpected flags");
    const context = { env: process.env, cwd: directory, accounts, hostName: hostname(), tempDir: directory };
    const loaded = await loadConfig(file, parsed.flags, context);
    if (!loaded.ok) throw new Error(loaded.message);
    return loaded.config;
  };
  const config = await load();
  const log = await openMainLog({
    logfile: join(directory, "s.log"),
    maxBytes: 0,
    backups: 0,
    level: "debug",
    format: "text",
    echo: false,
  });
  const clock = systemClock();
  const reaper = startReaper(() => orphans.reaped());
  const confinement = new Confinement(log);
  const orphans = new Orphans(reaper, confinement);
  const agenda = new Agenda(clock);
  const usage = new UsageRecords(clock, orphans);
  let serial = 0;
  const pools = new Events(clock, agenda, () => serial++);
  const events: RunningSupervisor["events"] = [];
  const dependencies = new Dependencies(() => supervisor.groups());
  const feed = new Feed(process.pid, clock.wall);
  const around: Surroundings = {
    feed,
    clock,
    reaper,
    agenda,
    log,
    environment: { PATH: process.env.PATH ?? "" },
    serverUrl: null,
    softFiles: null,
    orphans,
    usage,
    ...createAttendants({ feed, clock, agenda, log, usage, dependencies, config, groups: () => supervisor.groups() }),
    probes: new Probes(),
    dependencies,
    confinement,
    lifetime: new Lifetime(clock.wall()),
    logTargets: new LogTargets(),
    ending: () => departure.state !== "RUNNING",
    blame: (culprit) => void departure.blame(culprit),
    publish(event) {
      events.push({ at: clock.now(), event });
      pools.publish(event);
    },
  };
  const departure = new Departure(load, clock.now);
  const supervisor = new Supervisor(config, {
    around,
    output: {
      stripAnsi: false,
      childLogDir: directory,
      identifier: "test",
      logs: new Logs(log),
      mainLog: log,
      wall: clock.wall,
    },
    events: pools,
    scales: new Scales(),
    reload: load,
    departure,
  });
  supervisor.open();
  supervisor.begin();
  const stop = async () => {
    departure.shutdown();
    await stopEverything(supervisor, around, departure, config.daemon.shutdownTimeoutMs);
  };
  return {
    supervisor,
    directory,
    events,
    write,
    stop,
    async end() {
      departure.hurry();
      await stop();
      await supervisor.dispose();
      confinement.close();
      reaper.stop();
      await log.close();
      rmSync(directory, { recursive: true, force: true });
    },
  };
}
