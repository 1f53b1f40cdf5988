/**
 * The orderly end: groups of the highest priority first, everything of one priority at once, the next
 * step as soon as the one before is over. It takes as long as the slowest program of each step.
 */
import { stopSteps } from "../core/order.ts";
import type { Entry } from "./agenda.ts";
import type { Surroundings } from "./process.ts";
import { reportShutdown } from "./reports.ts";
import type { Supervisor } from "./supervisor.ts";

/** In all, for listeners to hear who was stopped before they are stopped themselves. */
const listeningMs = 500;

/** Resolves when no process is left that we could end. */
export async function stopEverything(supervisor: Supervisor, around: Surroundings): Promise<void> {
  around.publish({ type: "supervisor-stopping" });
  const names = () => supervisor.groups().flatMap((group) => group.unstopped().map(({ settings }) => settings.name));
  const report = reportShutdown(names, around);
  try {
    let patienceMs = listeningMs;
    for (const step of stopSteps(supervisor.groups())) {
      const began = around.clock.now();
      await within(patienceMs, supervisor.heard(step), around);
      patienceMs -= around.clock.now() - began;
      const processes = step.flatMap((group) => group.inOrder().reverse());
      for (const process of processes) process.feed({ type: "abandon" });
      await Promise.all(processes.map((process) => process.ended()));
    }
  } finally {
    report.end();
  }
}

/** Waits for something, but not longer. */
async function within(ms: number, work: Promise<void>, { agenda, clock }: Surroundings): Promise<void> {
  const late = Promise.withResolvers<void>();
  const entry: Entry & { due: number | null } = {
    due: clock.now() + ms,
    wake() {
      entry.due = null;
      late.resolve();
    },
  };
  agenda.add(entry);
  await Promise.race([work, late.promise]);
  agenda.delete(entry);
}

/** Everybody out now: no order, no patience. */
export function hurry(supervisor: Supervisor): void {
  const processes = supervisor.groups().flatMap((group) => group.inOrder());
  for (const process of processes) process.feed({ type: "abandon" });
  for (const process of processes) process.feed({ type: "hurry" });
}
