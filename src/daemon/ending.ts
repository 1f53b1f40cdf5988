/**
 * The orderly end: groups of the highest priority first, everything of one priority at once, the next
 * step as soon as the one before is over. It takes as long as the slowest program of each step.
 */
import { stopSteps } from "../core/order.ts";
import type { Surroundings } from "./process.ts";
import { reportShutdown } from "./reports.ts";
import type { Supervisor } from "./supervisor.ts";

/** Resolves when no process is left that we could end. */
export async function stopEverything(supervisor: Supervisor, around: Surroundings): Promise<void> {
  around.publish({ type: "supervisor-stopping" });
  const names = () => supervisor.groups().flatMap((group) => group.unstopped().map(({ settings }) => settings.name));
  const report = reportShutdown(names, around);
  try {
    for (const step of stopSteps(supervisor.groups())) {
      const processes = step.flatMap((group) => group.inOrder().reverse());
      for (const process of processes) process.feed({ type: "abandon" });
      await Promise.all(processes.map((process) => process.ended()));
    }
  } finally {
    report.end();
  }
}

/** Everybody out now: no order, no patience. */
export function hurry(supervisor: Supervisor): void {
  const processes = supervisor.groups().flatMap((group) => group.inOrder());
  for (const process of processes) process.feed({ type: "abandon" });
  for (const process of processes) process.feed({ type: "hurry" });
}
