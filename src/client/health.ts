/** What `spaced.health` tells of each process. Of a daemon newer or older than us, what is missing is unknown. */
import { list, perhaps, type Struct, struct, text } from "./replies.ts";

/** What is known of the health of one process. */
export interface HealthFacts {
  readonly ready: boolean;
  /** none, starting, healthy, unhealthy */
  readonly health: string;
  /** When it came to that; ISO 8601. */
  readonly since: string | null;
  readonly failures: number;
  readonly lastCheck: {
    readonly outcome: string;
    readonly text: string;
    readonly at: string;
    readonly tookMs: number;
  } | null;
}

export interface RemoteHealth extends HealthFacts {
  readonly group: string;
  readonly name: string;
  readonly state: string;
  /** Whether it counts when nobody is named. */
  readonly wanted: boolean;
  readonly well: boolean;
  /** What it lacks; "" when it is well. */
  readonly why: string;
  /** Why what it writes is lost; null while nothing is. */
  readonly loses: string | null;
  /** What takes nothing of what it writes, so that it may hang; null while there is no such thing. */
  readonly stuck: string | null;
}

/** Throws `BadReply`. */
export const asHealth = (value: unknown): RemoteHealth[] => list(value).map(asOne);

function asOne(value: unknown): RemoteHealth {
  const row = struct(value);
  return {
    group: text(row, "group"),
    name: text(row, "name"),
    state: text(row, "state"),
    wanted: row.wanted === true,
    well: row.well === true,
    why: typeof row.why === "string" ? row.why : "",
    loses: perhaps(row.loses, "string"),
    stuck: perhaps(row.stuck, "string"),
    ...asFacts(row),
  };
}

export function asFacts(row: Struct): HealthFacts {
  return {
    ready: row.ready === true,
    health: typeof row.health === "string" ? row.health : "none",
    since: typeof row.since === "string" ? row.since : null,
    failures: typeof row.failures === "number" ? row.failures : 0,
    lastCheck: row.lastCheck === undefined ? null : asCheck(struct(row.lastCheck)),
  };
}

const asCheck = (check: Struct) => ({
  outcome: text(check, "outcome"),
  text: text(check, "text"),
  at: text(check, "at"),
  tookMs: typeof check.tookMs === "number" ? check.tookMs : 0,
});
