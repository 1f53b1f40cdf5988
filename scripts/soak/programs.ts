/**
 * The program list of a soak: writers whose every line is accounted for, and programs that sleep, crash,
 * leave orphans, flood their logs or listen to events. Some come, go and change while the daemon runs.
 */
import { join } from "node:path";
import { fixture, iniFile } from "../../test/helpers/daemon.ts";

const here = import.meta.dirname;

export const writers = ["w0", "w1", "w2", "w3"];
export const sleepers = ["s0", "s1", "s2"];
/** Programs that may be killed, stopped and started at will. */
export const victims = [...writers, ...sleepers, "crasher", "orphans", "spammer"];

/** Bytes a writer puts out per second, rounded up; see `writer`. */
const bytesPerSecond = 250_000;
const maxBytes = 2 * 2 ** 20;

/**
 * The file's text.
 * @param extras groups that are there this time, by name, with a number that makes them differ from last time
 */
export function programList(seconds: number, extras: ReadonlyMap<string, number>): string {
  const backups = 20 + Math.ceil((2 * seconds * bytesPerSecond) / maxBytes);
  const sections = [
    ...writers.map((name) =>
      program(name, `${join(here, "writer")} ${name} %(here)s/acks`, {
        startsecs: 0,
        stdout_logfile: `%(here)s/${name}.log`,
        stdout_logfile_maxbytes: maxBytes,
        stdout_logfile_backups: backups,
      }),
    ),
    ...sleepers.map((name) => program(name, "/bin/sleep 100000", { startretries: 1000 })),
    program("crasher", "/bin/sh -c 'sleep 0.3; echo dying >&2; exit 3'", { startsecs: 0 }),
    program("orphans", `${fixture("orphan-maker")} 5`, { startsecs: 0 }),
    program("spammer", "/bin/sh -c 'yes spam | head -c 3000000; sleep 1'", {
      startsecs: 0,
      stdout_logfile_maxbytes: 200_000,
      stdout_logfile_backups: 1,
    }),
    `[eventlistener:listener]\ncommand=${join(here, "listener")}\nevents=EVENT\nbuffer_size=1000\nstdout_logfile=NONE\n`,
    ...[...extras].map(([name, number]) =>
      program(name, `/bin/sleep ${100_000 + number}`, { startsecs: number % 2, priority: number }),
    ),
  ];
  return iniFile(sections.join("\n"));
}

function program(name: string, command: string, keys: Record<string, string | number>): string {
  const lines = Object.entries({ autorestart: "true", ...keys }).map(([key, value]) => `${key}=${value}\n`);
  return `[program:${name}]\ncommand=${command}\n${lines.join("")}`;
}
