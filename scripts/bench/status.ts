/** What an operator waits for: `status`, each daemon asked by its own control program, start-up of that program included. */
import { setTimeout as delay } from "node:timers/promises";
import { type Bench, launchSleepers, median, type System } from "./system.ts";

async function statusMs(system: System, count: number, times: number): Promise<number> {
  await using daemon = await launchSleepers(system, count);
  await delay(500); // let the daemon finish what the start has left to do
  const taken: number[] = [];
  for (let run = 0; run <= times; run++) {
    const beginMs = performance.now();
    const result = await daemon.ctl("status");
    taken.push(performance.now() - beginMs);
    if (result.stdout.split("RUNNING").length - 1 !== count)
      throw new Error(`status: ${result.stdout}${result.stderr}`);
  }
  return median(taken.slice(1)); // the first one warms the page cache
}

export const status: Bench = {
  name: "status",
  rounds: 3,
  metrics: [
    { key: "status5", title: "`status` of 5 programs", unit: "ms", target: { ratio: "at most", bound: 0.4 } },
    { key: "status1000", title: "`status` of 1000 programs", unit: "ms", target: { ratio: "at most", bound: 0.2 } },
  ],
  async round(system) {
    return { status5: await statusMs(system, 5, 9), status1000: await statusMs(system, 1000, 5) };
  },
};
