/**
 * What the runtime can do in the place of prlimit(1), nice(1) and the like, before it becomes a program. It runs in
 * a process of its own, which is given the text of `takeSteps` or, in the single executable, has the function itself.
 */

/** In this order. */
export interface Steps {
  /** Files to write a zero to: `cgroup.procs`. */
  readonly enter?: readonly string[];
  readonly oomScoreAdj?: number;
  readonly nice?: number;
  readonly groups?: readonly number[];
  readonly gid?: number;
  readonly uid?: number;
  /** Number, soft and hard limit; -1 = infinity. */
  readonly rlimits?: readonly (readonly [resource: number, soft: number, hard: number])[];
}

/** `words`: the steps as JSON, the path of the program, its argv. It may not mention anything outside of itself. */
export function takeSteps([text = "", file = "", ...argv]: readonly string[]): void {
  const steps = JSON.parse(text) as Steps;
  const { writeFileSync } = process.getBuiltinModule("node:fs");
  for (const path of steps.enter ?? []) writeFileSync(path, "0");
  if (steps.oomScoreAdj !== undefined) writeFileSync("/proc/self/oom_score_adj", String(steps.oomScoreAdj));
  if (steps.nice !== undefined) process.getBuiltinModule("node:os").setPriority(steps.nice);
  if (steps.groups !== undefined) process.setgroups?.([...steps.groups]);
  if (steps.gid !== undefined) process.setgid?.(steps.gid);
  if (steps.uid !== undefined) process.setuid?.(steps.uid);
  if (steps.rlimits !== undefined) {
    const { dlopen } = process.getBuiltinModule("node:ffi") as typeof import("node:ffi");
    const { functions } = dlopen(null, { prlimit: { arguments: ["i32", "i32", "pointer", "pointer"], return: "i32" } });
    for (const [resource, ...pair] of steps.rlimits) {
      const limits = BigUint64Array.from(pair, (limit) => BigInt.asUintN(64, BigInt(limit)));
      if (functions.prlimit(0, resource, limits, null) < 0) throw new Error(`cannot set resource limit ${resource}`);
    }
  }
  process.execve?.(file, argv, process.env as Record<string, string>);
}
