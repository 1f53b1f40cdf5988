/**
 * The process that checks inputs. It may hang, run out of memory or crash: whoever started it sees that,
 * because it says what it is about to do before it does it.
 */
import { setTimeout as delay } from "node:timers/promises";
import { run, targetOf, verdict } from "./run.ts";
import type { Input } from "./target.ts";

export type Order =
  | {
      readonly type: "run";
      readonly name: string;
      readonly seed: number;
      readonly from: number;
      readonly to: number;
      readonly batch: number;
    }
  | { readonly type: "check"; readonly name: string; readonly input: Input };

export type Report =
  | { readonly type: "ready" }
  | { readonly type: "batch"; readonly from: number; readonly to: number }
  | { readonly type: "found"; readonly index: number; readonly message: string }
  | { readonly type: "checked"; readonly message: string | null }
  | { readonly type: "over"; readonly grownBytes: number };

const tell = (report: Report): boolean | undefined => process.send?.(report);

/** Of memory that is in use after collections; the last of buffers goes some time after them. */
async function usedBytes(): Promise<number> {
  let least = Number.POSITIVE_INFINITY;
  for (let tries = 0; tries < 4; tries++) {
    globalThis.gc?.();
    await delay(30);
    const { heapUsed, external } = process.memoryUsage();
    least = Math.min(least, heapUsed + external);
  }
  return least;
}

async function obey(order: Order): Promise<void> {
  if (order.type === "check") {
    tell({ type: "checked", message: await verdict(order.name, order.input) });
    return;
  }
  const { name, seed, from, to, batch } = order;
  const onBatch = (first: number, after: number) => tell({ type: "batch", from: first, to: after });
  // What the first inputs bring along (code, caches) stays; what the others leave behind must not pile up.
  const middle = Math.min(to, from + Math.ceil((to - from) / 4));
  const first = await run(name, seed, from, middle, onBatch, batch);
  const before = await usedBytes();
  const found = first ?? (await run(name, seed, middle, to, onBatch, batch));
  await targetOf(name).end?.();
  if (found !== null) tell({ type: "found", ...found });
  else tell({ type: "over", grownBytes: (await usedBytes()) - before });
}

process.on("message", (order: Order) => void obey(order));
process.on("disconnect", () => process.exit(0));
process.on("unhandledRejection", (error) => {
  throw error;
});
tell({ type: "ready" });
