/**
 * From nothing to everything RUNNING, and back: a hundred and a thousand programs, each a group of
 * its own. Starting is timed from the start of the daemon's process to the last "entered RUNNING" in
 * its log; stopping to the end of `stop all`, or of the daemon's process after SIGTERM.
 */
import { type Bench, launchSleepers, type System } from "./system.ts";

const startMs = async (system: System, count: number): Promise<number> => {
  const beginMs = performance.now();
  await using _daemon = await launchSleepers(system, count, "startsecs=1\n");
  return performance.now() - beginMs;
};

export const start: Bench = {
  name: "start",
  rounds: 3,
  metrics: [
    {
      key: "start100",
      title: "100 programs to RUNNING, startsecs=1",
      unit: "ms",
      target: { ratio: "at most", bound: 0.7 },
    },
    {
      key: "start1000",
      title: "1000 programs to RUNNING, startsecs=1",
      unit: "ms",
      target: { ratio: "at most", bound: 0.4 },
    },
  ],
  async round(system) {
    return { start100: await startMs(system, 100), start1000: await startMs(system, 1000) };
  },
};

export const stop: Bench = {
  name: "stop",
  // The reference looks once a second: what a round meets is chance, and takes many to be told.
  rounds: 15,
  metrics: [
    { key: "stopAll", title: "`stop all` of 100 programs", unit: "ms", target: { ratio: "at most", bound: 0.3 } },
    { key: "shutdown", title: "shutdown with 100 programs", unit: "ms", target: { ratio: "at most", bound: 0.3 } },
  ],
  async round(system) {
    await using stopped = await launchSleepers(system, 100);
    const stopMs = performance.now();
    const result = await stopped.ctl("stop", "all");
    const stopAll = performance.now() - stopMs;
    const lines = result.stdout.trim().split("\n");
    if (lines.filter((line) => line.endsWith(": stopped")).length !== 100)
      throw new Error(`stop all: ${result.stdout}`);
    await stopped.end();

    await using ended = await launchSleepers(system, 100);
    const shutdownMs = performance.now();
    ended.signal("SIGTERM");
    await ended.over(300_000);
    return { stopAll, shutdown: performance.now() - shutdownMs };
  },
};
