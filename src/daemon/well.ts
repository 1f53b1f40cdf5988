/** Waiting until programs are as they should be. Nothing polls: each tells when it has changed. */
import type { Wellness } from "../core/wellness.ts";
import type { Entry } from "./agenda.ts";
import type { SupervisedProcess } from "./process.ts";
import type { Surroundings } from "./surroundings.ts";

/**
 * Resolves when all are well at the same time, or when `limitMs` have passed.
 * @param counts which of them matter, asked again after each change
 */
export function untilWell(
  processes: readonly SupervisedProcess[],
  counts: (wellness: Wellness) => boolean,
  limitMs: number,
  { agenda, clock }: Pick<Surroundings, "agenda" | "clock">,
): Promise<void> {
  const isMissing = ({ wellness }: SupervisedProcess) => !wellness.well && counts(wellness);
  const missing = new Set(processes.filter(isMissing));
  if (missing.size === 0 || limitMs <= 0) return Promise.resolve();
  return new Promise((resolve) => {
    const settle = () => {
      for (const stop of stops) stop();
      agenda.delete(deadline);
      resolve();
    };
    const deadline: Entry = { due: clock.now() + limitMs, wake: settle };
    const stops = processes.map((process) =>
      process.observe(() => {
        if (isMissing(process)) missing.add(process);
        else missing.delete(process);
        if (missing.size === 0) settle();
      }),
    );
    agenda.add(deadline);
  });
}
