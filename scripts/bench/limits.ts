/**
 * What keeping programs to limits costs: a daemon whose hundred idle programs have limits against the same without.
 * Far below the limits each program is looked at every five seconds; supervisord has no limits.
 */
import { idleMsPerSecond } from "./idle.ts";
import type { Bench } from "./system.ts";

const keys =
  "memory_limit=256MB\nmemory_limit_hard=512MB\ncpu_limit=150%%\ncpu_limit_for=60s\nmax_runtime=1h\ncgroup=off\n";

export const limits: Bench = {
  name: "limits",
  rounds: 3,
  only: "spaced",
  metrics: [
    {
      key: "cpu",
      title: "processor time that limits of 100 programs add",
      unit: "ms/s",
      // Half a percent of a core.
      target: { atMost: 5 },
    },
  ],
  async round(system) {
    const without = await idleMsPerSecond(system);
    return { cpu: (await idleMsPerSecond(system, keys)) - without };
  },
};
