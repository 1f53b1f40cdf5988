/**
 * The two daemons that are compared and what every measurement needs of them: the same file, the
 * same programs, the same observer. Nothing is asked of a daemon while it is being measured; what
 * it does is seen in /proc, in its files, and by its children.
 */
import { closeSync, openSync, readSync } from "node:fs";
import { type Binaries, binaries, startDaemon, type TestDaemon } from "../../test/helpers/daemon.ts";
import { commandLine, processesWith } from "../../test/helpers/processes.ts";
import { until } from "../../test/helpers/until.ts";

export interface System {
  readonly name: "spaced" | "supervisord";
  readonly binaries: Binaries;
}

/** The built one, or what TEST_DAEMON and TEST_CTL name: the same with other flags, say. */
export const spaced: System = { name: "spaced", binaries };

export const supervisord: System = {
  name: "supervisord",
  binaries: { daemon: ["/usr/bin/supervisord"], ctl: ["/usr/bin/supervisorctl"] },
};

/** What one round measures: a number per metric, by the metric's key. */
export type Readings = Readonly<Record<string, number>>;

export interface Metric {
  readonly key: string;
  readonly title: string;
  readonly unit: "ms" | "MB/s" | "lines/s" | "MB" | "ms/s";
  /** What spaced has to reach: a bound on spaced ÷ supervisord, or on spaced alone. */
  readonly target: { readonly ratio: "at most" | "at least"; readonly bound: number } | { readonly atMost: number };
}

export interface Bench {
  /** The word that selects it on the command line. */
  readonly name: string;
  readonly metrics: readonly Metric[];
  readonly rounds: number;
  /** The other has nothing like it. */
  readonly only?: System["name"];
  round(system: System): Promise<Readings>;
}

/** N programs of their own (no numprocs), each an idle compiled program. */
function sleepers(count: number, keys = ""): string {
  const names = Array.from({ length: count }, (_, index) => `p${String(index).padStart(4, "0")}`);
  return names.map((name) => `[program:${name}]\ncommand=/bin/sleep 100000\n${keys}`).join("\n");
}

/**
 * Starts a daemon without waiting for it to answer, in a folder of its own or in `directory`. `programs` is how many
 * there are: minfds is raised only where it must be, for supervisord closes that many descriptors in each child.
 */
export function launch(
  system: System,
  text: string,
  { programs = 0, directory }: { programs?: number; directory?: string } = {},
): Promise<TestDaemon> {
  const needed = 100 + 5 * programs; // three pipes and two log files each
  const daemonKeys = needed > 1024 ? `minfds=${needed}\n` : "";
  const place = directory === undefined ? {} : { directory };
  return startDaemon(text, { binaries: system.binaries, daemonKeys, ready: false, ...place });
}

/** Starts a daemon with `count` idle programs and waits until all of them are RUNNING; `more` is other sections. */
export async function launchSleepers(system: System, count: number, keys = "", more = ""): Promise<TestDaemon> {
  const daemon = await launch(system, `${sleepers(count, keys)}\n${more}`, { programs: count });
  await allRunning(daemon, count);
  return daemon;
}

/** Waits until the main log has told `count` times that a process entered RUNNING; both daemons write the same words. */
async function allRunning(daemon: TestDaemon, count: number): Promise<void> {
  const log = new Growing(daemon.path("s.log"));
  let seen = 0;
  await until(
    `${count} processes are RUNNING`,
    () => {
      seen += log.news().split("entered RUNNING state").length - 1;
      return seen >= count;
    },
    120_000,
    2,
  );
}

/** Processes of the daemon itself (helpers included): all with its marker that are none of its programs. */
export function ownProcesses(daemon: TestDaemon, program: RegExp): number[] {
  return processesWith(daemon.marker).filter((pid) => !program.test(commandLine(pid)));
}

/** Reads what was added to a file since the last look, whole lines only. */
class Growing {
  readonly #path: string;
  #offset = 0;
  #rest = "";

  constructor(path: string) {
    this.#path = path;
  }

  news(): string {
    let fd: number;
    try {
      fd = openSync(this.#path, "r");
    } catch {
      return "";
    }
    const buffer = Buffer.alloc(1 << 20);
    const length = readSync(fd, buffer, 0, buffer.length, this.#offset);
    closeSync(fd);
    this.#offset += length;
    const text = this.#rest + buffer.toString("latin1", 0, length);
    const end = text.lastIndexOf("\n") + 1;
    this.#rest = text.slice(end);
    return text.slice(0, end);
  }
}

/** Middle value; the mean of the two middle ones for an even count. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const half = sorted.length >> 1;
  const upper = sorted[half] ?? Number.NaN;
  return sorted.length % 2 === 1 ? upper : (upper + (sorted[half - 1] ?? Number.NaN)) / 2;
}
