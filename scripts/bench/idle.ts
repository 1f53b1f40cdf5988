/**
 * The price of doing nothing with a hundred programs: private memory (anonymous resident pages; the
 * runtime's own code is file-backed and shared) and processor time. Helper processes of a daemon count.
 */
import { setTimeout as delay } from "node:timers/promises";
import { anonymousBytes, runMs } from "../../test/helpers/processes.ts";
import { type Bench, launchSleepers, ownProcesses, type System } from "./system.ts";

const settleMs = 5_000;
const idleSeconds = 20;
const program = /\/bin\/sleep/;

export const memory: Bench = {
  name: "memory",
  rounds: 3,
  metrics: [
    {
      key: "rssAnon",
      title: "anonymous memory, 100 idle programs",
      unit: "MB",
      target: { ratio: "at most", bound: 0.9 },
    },
  ],
  async round(system) {
    await using daemon = await launchSleepers(system, 100);
    await delay(settleMs);
    const bytes = ownProcesses(daemon, program).reduce((sum, pid) => sum + anonymousBytes(pid), 0);
    return { rssAnon: bytes / 1_000_000 };
  },
};

export const idle: Bench = {
  name: "idle",
  rounds: 2,
  metrics: [
    { key: "cpu", title: `processor time, 100 idle programs, ${idleSeconds} s`, unit: "ms/s", target: { atMost: 1 } },
  ],
  async round(system) {
    return { cpu: await idleMsPerSecond(system) };
  },
};

/** Processor time of a daemon with a hundred idle programs, whose sections have these keys as well. */
export async function idleMsPerSecond(system: System, keys = ""): Promise<number> {
  await using daemon = await launchSleepers(system, 100, keys);
  await delay(settleMs);
  const used = (): number => ownProcesses(daemon, program).reduce((sum, pid) => sum + runMs(pid), 0);
  const before = used();
  const beginMs = performance.now();
  await delay(idleSeconds * 1000);
  return ((used() - before) / (performance.now() - beginMs)) * 1000;
}
