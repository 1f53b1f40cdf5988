/** An API and its Celery workers for real. Tasks are acknowledged late: a worker that is killed loses none. */
import { expect, test } from "vitest";
import { celery, metrics } from "../../scripts/systems/celery.ts";
import { stage } from "./stage.ts";

stage(celery, {
  backWithinMs: 1000,
  besides: (work) => {
    test("no task failed, and none was begun more often than its worker was killed", async () => {
      const { status_counts: counts, max_attempts: attempts } = await metrics(work());
      expect(Object.keys(counts)).toEqual(["complete"]);
      expect(attempts).toBeLessThanOrEqual(2);
    });
  },
});
