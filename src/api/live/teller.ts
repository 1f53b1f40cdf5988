/**
 * Messages of a stream at its client's pace, from several who tell: they take turns, and what is to be told is made
 * when its turn has come, so that no more than one message waits for a client that takes nothing. It is let go in the end.
 */
import { once } from "node:events";
import type { ServerResponse } from "node:http";
import { stalledMs } from "../exchange.ts";

/** Resolves when there is room for more; rejects when the client has gone. */
export type Tell = (message: () => object) => Promise<void>;

export function teller(response: ServerResponse, signal: AbortSignal, patienceMs: number = stalledMs): Tell {
  let drained: Promise<void> | null = null;
  const room = async (): Promise<void> => {
    const timer = setTimeout(() => response.destroy(), patienceMs);
    try {
      await once(response, "drain", { signal });
    } finally {
      clearTimeout(timer);
      drained = null;
    }
  };
  return async (message) => {
    while (drained !== null) await drained;
    if (signal.aborted) throw signal.reason;
    if (response.write(`data: ${JSON.stringify(message())}\n\n`)) return;
    drained = room();
    await drained;
  };
}
