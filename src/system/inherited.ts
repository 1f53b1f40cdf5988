/** Whatever descriptors our own parent left open are none of our children's business. */
import { readdirSync } from "node:fs";
import { closeOnExec } from "./libc.ts";

/** Marks every open descriptor above 2 to be closed on exec; everything opened later is so anyway. */
export function keepToOurselves(): void {
  for (const fd of readdirSync("/proc/self/fd").map(Number)) {
    if (fd <= 2) continue;
    try {
      closeOnExec(fd);
    } catch {
      // The descriptor of the listing itself, closed by now.
    }
  }
}
