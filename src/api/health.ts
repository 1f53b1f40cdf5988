/**
 * `spaced.health`: whether programs are as they should be, for our own control program; it can wait until
 * they are. Fields may be added, and whoever reads it takes what is missing for unknown.
 */
import type { HealthView } from "../core/health.ts";
import type { XmlRpcStruct } from "../protocol/xmlrpc.ts";
import type { ProcessInfo } from "./daemon.ts";
import { findProcess } from "./names.ts";
import { integer, list, type Operation, operation } from "./operation.ts";

/** Bytes to reserve for the struct of one process. */
const HEALTH_BYTES = 1024;
/** A client that wants to wait longer asks again: until then nothing of its is kept here. */
const longestWaitMs = 25_000;

export const healthOperations: readonly Operation[] = [
  operation({
    name: "spaced.health",
    parameters: [
      { ...list("names", "processes: `name` or `group:name`; none for all"), fallback: [] },
      { ...integer("waitMs", "wait until all are well, for so many milliseconds at most"), fallback: 0 },
    ],
    returns: "array",
    reads: true,
    help: "Tells of processes whether they are ready and healthy, and what they lack.",
    run: async ({ daemon, reply }, names, waitMs) => {
      const wanted = names.map((name) => findProcess(daemon, String(name)));
      await daemon.well(wanted.length === 0 ? null : wanted, Math.min(waitMs, longestWaitMs));
      const found = wanted.length === 0 ? daemon.processes() : wanted.flatMap((name) => daemon.process(name) ?? []);
      reply.reserve(found.length * HEALTH_BYTES);
      return found.map(wellnessStruct);
    },
  }),
];

function wellnessStruct({ group, name, state, health, wellness, losses, stuck }: ProcessInfo): XmlRpcStruct {
  const loss = losses.find(({ open }) => open);
  return {
    group,
    name,
    state,
    wanted: wellness.wanted,
    well: wellness.well,
    why: wellness.why,
    ...healthStruct(health),
    ...(loss === undefined ? {} : { loses: `cannot write ${loss.path}: ${loss.cause}` }),
    ...(stuck === null ? {} : { stuck: stuck.path }),
  };
}

/** XML-RPC has no null: what is not known is left out. */
export function healthStruct({ status, ready, since, failures, last }: HealthView): XmlRpcStruct {
  return {
    ready,
    health: status,
    failures,
    ...(since === null ? {} : { since: new Date(since).toISOString() }),
    ...(last === null
      ? {}
      : {
          lastCheck: {
            outcome: last.outcome,
            text: last.text,
            at: new Date(last.at).toISOString(),
            tookMs: last.tookMs,
          },
        }),
  };
}
