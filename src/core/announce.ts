/**
 * The main log's words for what happens to a process, as users of supervisord grep for them.
 */
import { type Cause, describeCause } from "./cause.ts";
import type { Exit, Input, Life, Policy } from "./life.ts";
import { duration } from "./quantity.ts";
import { isReferences } from "./restart.ts";
import { signalName } from "./signals.ts";

export interface Line {
  readonly level: "critical" | "warn" | "info" | "debug";
  readonly text: string;
}

/** The lines for one step; none for a step that nobody needs to know of. */
export function announce(name: string, before: Life, input: Input, after: Life, policy: Policy, now: number): Line[] {
  switch (input.type) {
    case "spawned":
      return [{ level: "info", text: `spawned: '${name}' with pid ${input.pid}` }];
    case "spawnFailed":
      return [{ level: "info", text: `spawnerr: ${input.why}` }, ...comingBack(name, after, policy, now)];
    case "killFailed":
      return [{ level: "critical", text: `unknown problem killing ${name}: ${input.why}` }];
    case "exited":
      return [ending(name, before, input.exit, after, policy), ...comingBack(name, after, policy, now)];
    case "stop":
      return [...(before.state === "BACKOFF" ? [inBackoff(name)] : []), ...asked(name, before, input, after)];
    case "held":
      return before.state === "WAITING" && before.why !== input.why
        ? [{ level: "info", text: `waiting: ${name} ${input.why}` }]
        : [];
    case "start":
    case "restart":
    case "recycle":
    case "kill":
      return asked(name, before, input, after);
    case "due":
    case "hurry":
      if (before.state === "STARTING" && after.state === "RUNNING") return [success(name, policy)];
      if (after.state === "FATAL" && before.state !== "FATAL") return [gaveUp(name, before, after, now)];
      if (before.state === "STOPPING" && after.state === "STOPPING")
        return [{ level: "warn", text: `killing '${name}' (${before.pid}) with SIGKILL` }];
      return [];
    default:
      return [];
  }
}

const inBackoff = (name: string): Line => ({
  level: "debug",
  text: `Attempted to kill ${name}, which is in BACKOFF state.`,
});

type Asked = Extract<Input, { readonly type: "start" | "stop" | "restart" | "recycle" | "kill" }>;

function asked(name: string, before: Life, input: Asked, after: Life): Line[] {
  const because = toldOf(input.because);
  return because === null || wasIgnored(before, input, after)
    ? []
    : [{ level: levelOf(because), text: `${verb(input.type)} ${name}: ${describeCause(because)}` }];
}

/** What somebody asks for is done in silence, as the reference does it. */
const toldOf = (because: Cause | undefined): Cause | null =>
  because === undefined || because.type === "request" || because.type === "update" ? null : because;

/** A kill changes nothing but the patience with one that is stopping already. */
const wasIgnored = (before: Life, input: Input, after: Life): boolean =>
  input.type === "kill" ? before === after : before.state === after.state;

const verb = (type: "start" | "stop" | "restart" | "recycle" | "kill"): string =>
  ({ start: "starting", stop: "stopping", restart: "restarting", recycle: "restarting", kill: "killing" })[type];

const levelOf = ({ type }: Cause): Line["level"] =>
  type === "memory" || type === "cpu" || type === "unhealthy" ? "warn" : "info";

const success = (name: string, policy: Policy): Line => ({
  level: "info",
  text: `success: ${name} entered RUNNING state, process has stayed up for > than ${policy.startMs / 1000} seconds (startsecs)`,
});

/** Where the wait is of the program list's making; it may be long. */
function comingBack(name: string, after: Life, { restart }: Policy, now: number): Line[] {
  const rest = after.state === "CLEANING" ? after.next : after;
  const again = rest.state === "BACKOFF" ? !rest.last : rest.state === "EXITED" && rest.giveUp === null;
  if (isReferences(restart) || !again || rest.due === null) return [];
  return [{ level: "info", text: `restarting: ${name} in ${duration(rest.due - now)}` }];
}

/** The reference's words where the reason is its own. */
function gaveUp(name: string, before: Life, { due, why }: Extract<Life, { state: "FATAL" }>, now: number): Line {
  const spent = before.state === "BACKOFF" && !why.startsWith("crash loop");
  const reason = spent ? "too many start retries too quickly" : why;
  const again = due === null ? "" : `; it is tried again in ${duration(due - now)}`;
  return { level: "info", text: `gave up: ${name} entered FATAL state, ${reason}${again}` };
}

function ending(name: string, before: Life, exit: Exit, after: Life, policy: Policy): Line {
  const how = describeExit(exit);
  const expected = exit.code !== null && policy.exitCodes.includes(exit.code);
  if (before.state === "STOPPING") return { level: expected ? "info" : "warn", text: `stopped: ${name} (${how})` };
  const counts = expected && (after.state === "CLEANING" ? after.next : after).state !== "BACKOFF";
  return {
    level: counts ? "info" : "warn",
    text: `exited: ${name} (${how}; ${counts ? "expected" : "not expected"})`,
  };
}

/** `exit status 3`, `terminated by SIGSEGV (core dumped)`. */
export const describeExit = (exit: Exit): string =>
  exit.code !== null
    ? `exit status ${exit.code}`
    : `terminated by ${signalName(exit.signal)}${exit.core ? " (core dumped)" : ""}`;
