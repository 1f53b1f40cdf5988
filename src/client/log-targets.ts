/** What `spaced.overview` tells of `[log_target:x]`. Of an older daemon there is nothing. */
import type { LookedAtTarget } from "../core/diagnosis-targets.ts";
import { list, perhaps, type Struct, struct, text } from "./replies.ts";

/** Throws `BadReply`. */
export function asLogTargets({ logTargets }: Struct): readonly LookedAtTarget[] {
  return logTargets === undefined ? [] : list(logTargets).map(asTarget);
}

function asTarget(value: unknown): LookedAtTarget {
  const row = struct(value);
  const failing = row.failing === undefined ? null : struct(row.failing);
  return {
    name: text(row, "name"),
    place: text(row, "place"),
    failing: failing === null ? null : { why: text(failing, "why"), since: perhaps(failing.since, "string") ?? "" },
  };
}
