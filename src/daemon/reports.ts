/**
 * Lines that tell the log who is being waited for: at once, then every few seconds until it is over.
 */
import { within } from "../system/log-file.ts";
import type { Entry } from "./agenda.ts";
import type { Surroundings } from "./surroundings.ts";

export interface Report {
  end(): void;
}

/** `waiting for x to stop`, while somebody waits for it. */
export const reportStop = (name: string, around: Surroundings): Report =>
  repeat(2000, around, () => around.log.info(`waiting for ${name} to stop`));

/** `waiting for a, b to die`, while the daemon ends. */
export const reportShutdown = (names: () => readonly string[], around: Surroundings): Report =>
  repeat(3000, around, () => {
    const waited = names();
    if (waited.length > 0) around.log.info(`waiting for ${waited.join(", ")} to die`);
  });

function repeat(everyMs: number, { agenda, clock }: Surroundings, say: () => void): Report {
  const entry: Entry & { due: number } = {
    due: clock.now() + everyMs,
    wake() {
      say();
      entry.due = clock.now() + everyMs;
    },
  };
  say();
  agenda.add(entry);
  return { end: () => agenda.delete(entry) };
}

/** How long an answer waits for the main log. */
const writtenMs = 50;

/** Whoever has been told what was done finds it in the log; a disk that hangs delays no answer for long. */
export const written = ({ log }: Pick<Surroundings, "log">): Promise<void> => within(writtenMs, log.flush());
