/**
 * One request for many processes: start, stop or signal each, and tell what became of it.
 *
 * The order of the results is the one that scripts see from supervisor 4.2.5: what is known at once in
 * the order of asking, then the others as they finish. It looks every 50 ms at those still going on, so
 * several that finish within such a span are told in the order of asking too; so are they here.
 */
import { Fault, faultCodes } from "../core/faults.ts";
import type { XmlRpcStruct } from "../protocol/xmlrpc.ts";
import type { ProcessName } from "./daemon.ts";

export interface Batch {
  readonly names: readonly ProcessName[];
  /** Asked just before each is acted upon; the others are not mentioned in the results. */
  readonly fits: (name: ProcessName) => boolean;
  readonly act: (name: ProcessName) => Promise<void>;
  /** Asked just before, too: whether this outcome would be one that is known without waiting; null = success. */
  readonly isImmediate: (name: ProcessName) => (fault: Fault | null) => boolean;
}

/** Bytes to reserve for one result. */
export const RESULT_BYTES = 256;

const spanMs = 50;

interface Outcome {
  readonly index: number;
  readonly name: ProcessName;
  readonly fault: Fault | null;
  readonly immediate: boolean;
}

/**
 * Resolves to `{name, group, status, description}` of each; a fault is a result like any other.
 * Rejects only with what is no `Fault`, once all have ended.
 */
export async function runBatch(batch: Batch): Promise<XmlRpcStruct[]> {
  const results: XmlRpcStruct[] = [];
  let fresh: Outcome[] = [];
  const flush = () => {
    fresh.sort((a, b) => Number(b.immediate) - Number(a.immediate) || a.index - b.index);
    for (const outcome of fresh) results.push(resultOf(outcome));
    fresh = [];
  };
  const act = async (name: ProcessName, index: number) => {
    const isImmediate = batch.isImmediate(name);
    const fault = await outcomeOf(batch.act(name));
    fresh.push({ index, name, fault, immediate: isImmediate(fault) });
  };
  const pending: Promise<void>[] = [];
  for (const [index, name] of batch.names.entries()) if (batch.fits(name)) pending.push(act(name, index));
  const timer = setInterval(flush, spanMs);
  try {
    const ends = await Promise.allSettled(pending);
    for (const end of ends) if (end.status === "rejected") throw end.reason;
  } finally {
    clearInterval(timer);
  }
  flush();
  return results;
}

/** The result of one process of a batch. */
export function resultOf({ name, fault }: { readonly name: ProcessName; readonly fault: Fault | null }): XmlRpcStruct {
  return {
    name: name.name,
    group: name.group,
    status: fault === null ? faultCodes.SUCCESS : fault.code,
    description: fault === null ? "OK" : fault.message,
  };
}

/** null for success; rejects with what is no `Fault`. */
export async function outcomeOf(action: Promise<void>): Promise<Fault | null> {
  try {
    await action;
    return null;
  } catch (error) {
    if (error instanceof Fault) return error;
    throw error;
  }
}
