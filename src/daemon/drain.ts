/**
 * The time between the moment in which nobody should come any more, as /readyz says from then on, and the first stop: a
 * load balancer needs some seconds to notice, and meanwhile sends requests that are to be answered.
 */
import { duration } from "../core/quantity.ts";
import type { Departure } from "./departure.ts";
import type { Surroundings } from "./surroundings.ts";

/** Resolves after `ms`, or when somebody has asked twice. */
export async function drain(
  ms: number,
  { agenda, clock, log }: Pick<Surroundings, "agenda" | "clock" | "log">,
  departure: Departure,
): Promise<void> {
  if (ms === 0) return;
  log.info(`not ready any more: programs are stopped in ${duration(ms)} (drain_delay)`);
  const over = Promise.withResolvers<void>();
  const entry = { due: clock.now() + ms, wake: over.resolve };
  agenda.add(entry);
  void departure.hurried.then(over.resolve);
  await over.promise.finally(() => agenda.delete(entry));
}
