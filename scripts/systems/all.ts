/** The systems, in the order in which they are listed. */
import { broker } from "./broker.ts";
import { celery } from "./celery.ts";
import type { System } from "./frame.ts";
import { orbit } from "./orbit.ts";
import { php } from "./php.ts";
import { space } from "./space.ts";

export const systems: readonly System[] = [space, orbit, php, celery, broker];
