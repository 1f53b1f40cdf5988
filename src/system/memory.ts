/**
 * Memory that was needed only once. Reading a long program list and starting everything leaves garbage
 * that the collector, with nothing else to do, would keep for long; a daemon that sits in a small
 * container for months gives it back.
 */
import { releaseFreeMemory } from "./libc.ts";

type Collect = (options: { type: "major"; flavor: "last-resort" }) => void;

/** Takes some ten milliseconds: for a quiet moment. */
export async function tidyMemory(): Promise<void> {
  const [{ setFlagsFromString }, { runInNewContext }] = await Promise.all([import("node:v8"), import("node:vm")]);
  // As a flag of the command line it would make V8 refuse what Node ships compiled of its own modules: 6 ms at every start.
  setFlagsFromString("--expose-gc");
  const collect = runInNewContext("gc") as Collect;
  setFlagsFromString("--no-expose-gc");
  collect({ type: "major", flavor: "last-resort" });
  releaseFreeMemory();
}
