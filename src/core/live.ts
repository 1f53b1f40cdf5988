/**
 * What a change of settings asks of a process that runs: nothing, only that the daemon treats it
 * differently from now on, or a new child.
 */
import type { CareSettings } from "./care.ts";
import { same } from "./changes.ts";
import type { ChannelSettings, GroupSettings, ProcessSettings } from "./program.ts";

export type ProcessChange = "none" | "live" | "restart";

/** Keys that the child itself does not feel. */
const live = [
  "autorestart",
  "autostart",
  "exitCodes",
  "killAsGroup",
  "priority",
  "startRetries",
  "startSeconds",
  "stopAsGroup",
  "stopSignal",
  "stopWaitSeconds",
] as const satisfies readonly (keyof ProcessSettings)[];

const liveOfChannel = [
  "backups",
  "eventsEnabled",
  "format",
  "keeping",
  "maxBytes",
] as const satisfies readonly (keyof ChannelSettings)[];

export function processChange(from: ProcessSettings, to: ProcessSettings): ProcessChange {
  if (same(from, to)) return "none";
  return same(felt(from), felt(to)) ? "live" : "restart";
}

/** Whether a group can become another process by process; what its members share must stay. */
export function canChangeInPlace(from: GroupSettings, to: GroupSettings): boolean {
  if (from.kind === "fcgi-program" && to.kind === "fcgi-program") return same(from.socket, to.socket);
  if (from.kind === "program" && to.kind === "program") return same(from.sockets, to.sockets);
  return from.kind === to.kind;
}

const without = (value: object, keys: readonly string[]) =>
  Object.fromEntries(Object.entries(value).filter(([key]) => !keys.includes(key)));

function felt(settings: ProcessSettings): object {
  return {
    ...without(settings, live),
    care: feltCare(settings.care),
    stdout: without(settings.stdout, liveOfChannel),
    stderr: without(settings.stderr, liveOfChannel),
  };
}

/**
 * What a child is born with: kernel limits, variables, the descriptor that it reports on. All else is what
 * the daemon looks at, waits for or does by itself.
 */
function feltCare({ kernel, envFiles, secrets, ready }: CareSettings): object {
  return { kernel, envFiles, secrets, fd: ready?.type === "fd" ? ready.fd : null };
}
