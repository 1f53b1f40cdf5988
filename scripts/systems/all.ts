/** The systems, in the order in which they are listed. */
import type { System } from "./frame.ts";
import { space } from "./space.ts";

export const systems: readonly System[] = [space];
