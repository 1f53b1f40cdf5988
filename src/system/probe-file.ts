/**
 * A health check by heartbeat: passes while a file was changed lately, and since the program was
 * started; what its predecessor left there says nothing of it.
 *
 * A file system may hang for ever. One look per file is under way at most, so that later checks wait
 * for it, each as long as it may, instead of taking one thread each.
 */
import { stat } from "node:fs/promises";
import type { CheckResult } from "../core/health.ts";
import { duration } from "../core/quantity.ts";
import { deadline } from "./deadline.ts";
import { connectionTrouble } from "./probe-trouble.ts";

export interface Heartbeat {
  readonly path: string;
  readonly maxAgeMs: number;
  /** When the program was started; wall clock, as file times are. */
  readonly bornMs: number;
}

type Look = { readonly mtimeMs: number } | NodeJS.ErrnoException;

const looks = new Map<string, Promise<Look>>();

function look(path: string): Promise<Look> {
  let underWay = looks.get(path);
  if (underWay === undefined) {
    underWay = stat(path).catch((error: NodeJS.ErrnoException) => error);
    looks.set(path, underWay);
    void underWay.then(() => looks.delete(path));
  }
  return underWay;
}

/** Never rejects; resolves within `timeoutMs`, or soon after `signal`. */
export async function probeFile(
  { path, maxAgeMs, bornMs }: Heartbeat,
  timeoutMs: number,
  signal: AbortSignal,
): Promise<CheckResult> {
  const late = Promise.withResolvers<CheckResult>();
  const giveUp = () => late.resolve({ outcome: "unknown", text: "abandoned" });
  const endDeadline = deadline(timeoutMs, () => {
    late.resolve({ outcome: "failed", text: `${path}: the file system does not answer within ${duration(timeoutMs)}` });
  });
  signal.addEventListener("abort", giveUp);
  if (signal.aborted) giveUp();
  try {
    return await Promise.race([late.promise, look(path).then((found) => judge(found, path, maxAgeMs, bornMs))]);
  } finally {
    endDeadline();
    signal.removeEventListener("abort", giveUp);
  }
}

function judge(found: Look, path: string, maxAgeMs: number, bornMs: number): CheckResult {
  if (found instanceof Error) return connectionTrouble(path, found);
  const ageMs = Date.now() - found.mtimeMs;
  if (found.mtimeMs + slackMs(found.mtimeMs) < bornMs)
    return { outcome: "failed", text: `${path} has not been touched since the start` };
  return ageMs <= maxAgeMs
    ? { outcome: "passed", text: `${path} was touched ${duration(Math.max(0, ageMs))} ago` }
    : { outcome: "failed", text: `${path} was last touched ${duration(ageMs)} ago` };
}

/** How far a file's time may lag: the kernel's tick, or whole seconds where the file system keeps no better. */
const slackMs = (mtimeMs: number): number => (mtimeMs % 1000 === 0 ? 2000 : 20);
