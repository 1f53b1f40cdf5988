/** What is said of the log targets of a daemon that runs: by `doctor`, and by screens of those that take no lines. */
import { type Finding, finding } from "./diagnosis.ts";

export interface LookedAtTarget {
  readonly name: string;
  readonly place: string;
  /** `since`: ISO 8601. */
  readonly failing: { readonly why: string; readonly since: string } | null;
}

export const diagnoseTargets = (targets: readonly LookedAtTarget[]): Finding[] =>
  targets.map(({ name, place, failing }) => {
    const askers = [{ name: `[log_target:${name}]`, file: null, line: null }];
    if (failing === null) return finding("log target", "ok", `${place} takes lines`, { askers });
    return finding("log target", "warn", `${place} takes no lines since ${failing.since}: ${failing.why}`, {
      meaning:
        "lines wait in memory up to buffer_size, then the oldest are dropped; those that it refuses are dropped at once",
      askers,
    });
  });

/** Those that take no lines, each in the words of the main log. */
export const failingTargets = (targets: readonly LookedAtTarget[]): readonly string[] =>
  targets.flatMap(({ name, place, failing }) =>
    failing === null ? [] : [`log target ${name} takes no lines: ${place}: ${failing.why}`],
  );
