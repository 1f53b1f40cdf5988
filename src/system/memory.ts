/**
 * Memory that was needed only once. Reading a long program list and starting everything leaves garbage
 * that the collector, with nothing else to do, would keep for long; a daemon that sits in a small
 * container for months gives it back.
 */
import { releaseFreeMemory } from "./libc.ts";

/** `--expose-gc`, which the launcher sets, provides it. */
const collect = (globalThis as { gc?: (options?: { type: "major"; flavor: "last-resort" }) => void }).gc;

/** Takes some ten milliseconds: for a quiet moment. */
export function tidyMemory(): void {
  collect?.({ type: "major", flavor: "last-resort" });
  releaseFreeMemory();
}
