/** What a run can be: its name, and what it does with its input. */
import { setTimeout as delay } from "node:timers/promises";

const kept = [];

export const pipelines = {
  /** A few steps, `ms` in all. */
  async example({ ms = 5 }) {
    for (let step = 0; step < 3; step++) await delay(ms / 3);
    return { steps: 3 };
  },

  /** Forgets to let go of `mb` megabytes. Its run succeeds; it is the worker that has them from then on. */
  async leaky({ mb = 50 }) {
    for (let each = 0; each < mb; each++) {
      kept.push(Buffer.alloc(1024 * 1024, each % 255));
      if (each % 50 === 0) await delay(1);
    }
    return { kept: kept.length };
  },

  async broken() {
    throw new Error("this pipeline always fails");
  },
};
