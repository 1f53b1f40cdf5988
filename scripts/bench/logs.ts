/**
 * Output of programs into their log files: how much per second, and what it costs the daemon.
 *
 * One writer: 2 GiB as fast as the pipe takes it, into one file and with rotation at 50MB. Timed
 * from the request to start it until the daemon has logged its end and the last byte is in the file, whose
 * length is checked. CPU is that of the daemon's process with all its threads.
 *
 * Twenty writers: each copies a prepared file of numbered lines, in blocks (`cat`) or with a write per
 * line (`grep --line-buffered`). All are let loose at once; timed until the last byte is in its log file, and
 * every log is then compared with its source byte for byte.
 *
 * The one large log is an ordinary file, as logs are. The many are in memory (/dev/shm) where there is room for
 * them: there the daemons are compared, not how far the disk has got with the megabytes before.
 *
 * A virtual machine may have given its free memory back to its host, and to get a page again takes ten times as
 * long as to fill it (2 GiB: 4.4 s instead of 0.4 s). Whether it has depends on how long ago the page was used,
 * so as much memory as the logs will take is used and freed just before each measurement.
 */
import { execFileSync } from "node:child_process";
import {
  closeSync,
  mkdtempSync,
  openSync,
  readdirSync,
  rmSync,
  statfsSync,
  statSync,
  unlinkSync,
  writeSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import type { TestDaemon } from "../../test/helpers/daemon.ts";
import { facts } from "../../test/helpers/processes.ts";
import { until } from "../../test/helpers/until.ts";
import { type Bench, launch, type Readings, type System } from "./system.ts";

const gibibytes = 2;
const totalBytes = gibibytes * 2 ** 30;

/** Runs `measure` in a folder for logs that is gone afterwards. */
async function inFolder<T>(parent: string, measure: (directory: string) => Promise<T>): Promise<T> {
  const directory = mkdtempSync(join(parent, "spaced-bench-"));
  try {
    return await measure(directory);
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

function inMemory(): string {
  try {
    const { bavail, bsize } = statfsSync("/dev/shm");
    return bavail * bsize > 2 * totalBytes ? "/dev/shm" : tmpdir();
  } catch {
    return tmpdir();
  }
}

function sizeOf(path: string): number {
  try {
    return statSync(path).size;
  } catch {
    return 0;
  }
}

/** Sees to it that the machine has this much memory for a file in `directory`. */
function touchMemory(directory: string, bytes: number): void {
  const path = join(directory, "filler");
  const block = Buffer.alloc(2 ** 20);
  const fd = openSync(path, "w");
  for (let written = 0; written < bytes; written += block.length) writeSync(fd, block);
  closeSync(fd);
  unlinkSync(path);
}

async function oneWriter(
  system: System,
  directory: string,
  rotation: string,
  complete: number | null,
): Promise<{ mbPerSecond: number; cpuMs: number; kept: number }> {
  await using daemon = await launch(
    system,
    `[program:w]\ncommand=/usr/bin/head -c ${totalBytes} /dev/zero\nautostart=false\nautorestart=false\nstartsecs=0\nstdout_logfile=%(here)s/w.log\n${rotation}\n`,
    { directory },
  );
  await daemon.answering(20_000);
  const cpu = (): number => facts(daemon.pid)?.cpuMs ?? Number.NaN;
  const size = (): number =>
    readdirSync(daemon.directory)
      .filter((name) => name.startsWith("w.log"))
      .reduce((sum, name) => sum + sizeOf(daemon.path(name)), 0);
  touchMemory(directory, totalBytes * 1.1);
  const cpuBefore = cpu();
  const beginMs = performance.now();
  await daemon.rpc("supervisor.startProcess", "w", false);
  await until("the writer has ended", () => daemon.log.includes("exited: w "), 300_000, 5);
  if (complete !== null) await until("the log is complete", () => size() >= complete, 20_000, 2);
  const seconds = (performance.now() - beginMs) / 1000;
  const cpuMs = cpu() - cpuBefore;
  return { mbPerSecond: totalBytes / 1e6 / seconds, cpuMs, kept: size() };
}

export const write: Bench = {
  name: "write",
  rounds: 3,
  metrics: [
    { key: "plain", title: "one program writing 2 GiB", unit: "MB/s", target: { ratio: "at least", bound: 1.5 } },
    { key: "plainCpu", title: "… its cost in the daemon (CPU)", unit: "ms", target: { ratio: "at most", bound: 0.7 } },
    { key: "rotated", title: "the same, rotating at 50MB", unit: "MB/s", target: { ratio: "at least", bound: 1.5 } },
    {
      key: "rotatedCpu",
      title: "… its cost in the daemon (CPU)",
      unit: "ms",
      target: { ratio: "at most", bound: 0.7 },
    },
  ],
  async round(system) {
    const plain = await inFolder(tmpdir(), (directory) =>
      oneWriter(system, directory, "stdout_logfile_maxbytes=0", totalBytes),
    );
    if (plain.kept !== totalBytes) throw new Error(`${system.name} kept ${plain.kept} of ${totalBytes} bytes`);
    const rotated = await inFolder(tmpdir(), (directory) =>
      oneWriter(system, directory, "stdout_logfile_maxbytes=50MB", null),
    );
    if (rotated.kept < 10 * 50 * 2 ** 20)
      throw new Error(`${system.name} kept ${rotated.kept} bytes in 11 files of 50MB`);
    return {
      plain: plain.mbPerSecond,
      plainCpu: plain.cpuMs,
      rotated: rotated.mbPerSecond,
      rotatedCpu: rotated.cpuMs,
    };
  },
};

const writers = 20;
/** In which a shell that has been started comes to the gate. */
const startMs = 500;

function source(directory: string, writer: number): string {
  return join(directory, `lines-${writer}`);
}

async function manyWriters(system: System, directory: string, lineCount: number, command: string): Promise<number> {
  const programs = Array.from(
    { length: writers },
    (_, w) =>
      // Each waits for the gate, a named pipe, so that all start together whatever starting them costs.
      `[program:w${w}]\ncommand=/bin/sh -c 'read go < %(here)s/gate; exec ${command} %(here)s/lines-${w}'\n` +
      `autorestart=false\nstartsecs=0\nstdout_logfile=%(here)s/w${w}.log\nstdout_logfile_maxbytes=0\n`,
  );
  execFileSync("mkfifo", [join(directory, "gate")]);
  await using daemon = await launch(system, programs.join(""), { directory });
  await daemon.answering(20_000);
  const sizes = Array.from({ length: writers }, (_, w) => {
    execFileSync("/bin/sh", [
      "-c",
      `seq -f 'writer ${w} line %09.0f of a log as programs write it, about 80 bytes' ${lineCount} > ${source(daemon.directory, w)}`,
    ]);
    return sizeOf(source(daemon.directory, w));
  });
  await until("all writers are at the gate", () => daemon.log.split("spawned:").length > writers, 20_000);
  await delay(startMs);
  touchMemory(directory, sizes.reduce((sum, size) => sum + size) * 1.1);
  const beginMs = performance.now();
  closeSync(openSync(daemon.path("gate"), "w"));
  await until(
    "all logs are complete",
    () => sizes.every((size, w) => sizeOf(daemon.path(`w${w}.log`)) >= size),
    300_000,
    2,
  );
  const seconds = (performance.now() - beginMs) / 1000;
  verify(daemon, system);
  return (writers * lineCount) / seconds;
}

function verify(daemon: TestDaemon, system: System): void {
  for (let w = 0; w < writers; w++)
    try {
      execFileSync("cmp", ["--quiet", source(daemon.directory, w), daemon.path(`w${w}.log`)]);
    } catch {
      throw new Error(`${system.name}: the log of writer ${w} is not what it wrote`);
    }
}

export const lines: Bench = {
  name: "lines",
  rounds: 5,
  metrics: [
    {
      key: "blocks",
      title: "20 programs writing lines, in blocks",
      unit: "lines/s",
      target: { ratio: "at least", bound: 1.3 },
    },
    {
      key: "single",
      title: "20 programs writing lines, one by one",
      unit: "lines/s",
      target: { ratio: "at least", bound: 1.3 },
    },
  ],
  async round(system): Promise<Readings> {
    return {
      blocks: await inFolder(inMemory(), (directory) => manyWriters(system, directory, 500_000, "/bin/cat")),
      single: await inFolder(inMemory(), (directory) =>
        manyWriters(system, directory, 1_000_000, "/bin/grep --line-buffered ^"),
      ),
    };
  },
};
