/** Redis workers with mutual TLS for real. At least once: what a killed worker had in hand is delivered by its successor. */
import { expect, test } from "vitest";
import { broker, deliveries, underway } from "../../scripts/systems/broker.ts";
import { stage } from "./stage.ts";

/** How many messages a worker has in hand at a time: WORKER_CONCURRENCY. */
const concurrency = 4;

stage(broker, {
  backWithinMs: 1000,
  besides: (work) => {
    test("nothing is left underway, and only what the killed worker had in hand came twice", async () => {
      expect(await underway(work())).toBe(0);
      const { messages, deliveries: all } = deliveries(work());
      expect(all - messages).toBeLessThanOrEqual(concurrency);
    });
  },
});
