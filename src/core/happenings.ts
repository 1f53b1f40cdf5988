/**
 * What happens in the daemon, as data for people and programs that look on: `GET /events` and `spacectl events`.
 * Unlike the events of listeners, whose names and payloads are supervisord's, these say why. None of them has
 * values of an environment, command lines, or what a program writes. Their fields are described in docs/events.md.
 */
import { describeExit } from "./announce.ts";
import { type Cause, describeCause } from "./cause.ts";
import type { SupervisorEvent } from "./events.ts";
import type { End, History } from "./history.ts";
import { type Input, type Life, outwardState, pidOf } from "./life.ts";
import { signalName } from "./signals.ts";
import type { DaemonState, ProcessState } from "./states.ts";

interface OfProcess {
  readonly group: string;
  readonly name: string;
}

interface StateHappening extends OfProcess {
  readonly type: "state";
  readonly from: ProcessState;
  readonly to: ProcessState;
  readonly pid?: number;
  readonly why?: string;
  /** Of STARTING and STOPPING: of which kind the reason is; left out for a start that was asked for. */
  readonly cause?: Cause["type"];
  /** How its child ended, where one has. */
  readonly code?: number;
  readonly signal?: string;
  readonly core?: true;
  readonly oomKilled?: true;
  readonly memoryBytes?: number;
  readonly livedMs?: number;
  /** Of EXITED: whether the code is one of `exitcodes`. */
  readonly expected?: boolean;
  /** Of STARTING: which start of it this is, since the daemon began. */
  readonly starts?: number;
  /** Failed starts so far. */
  readonly tries?: number;
  /** When it changes by itself: is killed, is started again, or is given up. */
  readonly nextMs?: number;
}

export type Happening =
  | StateHappening
  /** It has a child. `nextMs`: when it counts as RUNNING. */
  | (OfProcess & { readonly type: "spawned"; readonly pid: number; readonly nextMs?: number })
  /** Its time to stop is over: SIGKILL. */
  | (OfProcess & { readonly type: "killed"; readonly pid: number; readonly why: string })
  /** It waits for something before its start. */
  | (OfProcess & { readonly type: "waiting"; readonly why: string })
  | (OfProcess & {
      readonly type: "health";
      readonly pid: number;
      readonly to: "healthy" | "unhealthy";
      readonly why: string;
    })
  /** Its own word that it is ready, or that it cannot come. */
  | (OfProcess & { readonly type: "ready"; readonly pid: number; readonly ready: boolean; readonly why: string })
  | (OfProcess & {
      readonly type: "limit";
      readonly pid?: number;
      readonly limit: "memory" | "memory_hard" | "cpu" | "runtime" | "oom";
      /** What is done about it. */
      readonly action: "restart" | "stop" | "kill" | "none";
      readonly why: string;
    })
  | (OfProcess & {
      readonly type: "trigger";
      readonly by: "watch" | "schedule";
      /** Not when it is skipped. */
      readonly action: "start" | "restart" | "none";
      readonly why: string;
    })
  | (OfProcess & {
      readonly type: "hook";
      readonly hook: "pre_start" | "post_start" | "pre_stop" | "post_stop";
      readonly ok: boolean;
      readonly why?: string;
    })
  /** What it left behind is ended. */
  | (OfProcess & {
      readonly type: "orphans";
      readonly signal: string;
      /** At most 20 of them. */
      readonly pids: readonly number[];
      readonly count: number;
    })
  | { readonly type: "group"; readonly group: string; readonly what: "added" | "removed" }
  | {
      readonly type: "config";
      /** `applied`: by `watch_config`. */
      readonly what: "read" | "refused" | "applied";
      readonly why?: string;
      readonly added?: readonly string[];
      readonly changed?: readonly string[];
      readonly removed?: readonly string[];
    }
  /** One that takes no lines, or does again. */
  | {
      readonly type: "log_target";
      /** Its name. */
      readonly target: string;
      readonly to: "failing" | "well";
      readonly why?: string;
    }
  | {
      readonly type: "daemon";
      readonly to: DaemonState | "STOPPED";
      readonly pid: number;
      readonly why?: string;
    }
  | {
      readonly type: "request";
      /** The method without its interface (`stopProcess`), or what a signal means. */
      readonly what: string;
      /** As it was asked: a process, a group. */
      readonly target?: string;
      readonly signal?: string;
      /** `unix socket`, an address, or the name of a signal. */
      readonly by: string;
      /** What the client calls itself. */
      readonly client?: string;
      /** Why it was refused, or has failed; what was asked is told before. */
      readonly failed?: string;
    };

export type HappeningType = Happening["type"];

export const happeningTypes: readonly HappeningType[] = [
  "state",
  "spawned",
  "waiting",
  "killed",
  "health",
  "ready",
  "limit",
  "trigger",
  "hook",
  "orphans",
  "group",
  "config",
  "log_target",
  "daemon",
  "request",
];

/** What one step of a life is to those who look on; nothing for most steps. `history` is the one after it. */
export function ofStep(
  source: OfProcess,
  before: Life,
  input: Input,
  after: Life,
  history: History,
  now: number,
): Happening[] {
  const happened: Happening[] = [];
  const because = "because" in input ? input.because : undefined;
  if (because !== undefined && before !== after) {
    const occasion = ofCause(source, actionOf(input), because, pidOf(before));
    if (occasion !== null) happened.push(occasion);
  }
  if (input.type === "exited" && input.evidence?.oomKilled)
    happened.push({
      type: "limit",
      ...source,
      pid: pidOf(before),
      limit: "oom",
      action: "kill",
      why: "killed by the kernel for want of memory",
    });
  if (input.type === "held" && before.state === "WAITING" && before.why !== input.why)
    happened.push({ type: "waiting", ...source, why: input.why });
  if (input.type === "spawned") happened.push({ type: "spawned", ...source, pid: input.pid, ...nextOf(after, now) });
  if (before.state === "STOPPING" && after.state === "STOPPING" && (input.type === "due" || input.type === "hurry")) {
    const why = input.type === "due" ? "stopwaitsecs is over" : "the daemon has no time left";
    happened.push({ type: "killed", ...source, pid: before.pid, why });
  }
  if (outwardState(before) !== outwardState(after)) happened.push(ofChange(source, before, input, after, history, now));
  return happened;
}

/** A limit or a trigger, and what came of it; null for a cause that is neither. */
export function ofCause(source: OfProcess, action: Action, because: Cause, pid: number): Happening | null {
  const why = describeCause(because);
  switch (because.type) {
    case "memory":
    case "cpu":
    case "runtime":
      return {
        type: "limit",
        ...source,
        pid,
        limit: because.type === "memory" && because.hard ? "memory_hard" : because.type,
        action: action === "start" ? "restart" : action,
        why,
      };
    case "watch":
    case "schedule":
      return {
        type: "trigger",
        ...source,
        by: because.type,
        action: action === "start" || action === "none" ? action : "restart",
        why,
      };
    default:
      return null;
  }
}

type Action = "start" | "restart" | "stop" | "kill" | "none";

const actionOf = ({ type }: Input): Action =>
  type === "kill" || type === "stop" || type === "start" ? type : "restart";

function ofChange(
  source: OfProcess,
  before: Life,
  input: Input,
  after: Life,
  history: History,
  now: number,
): StateHappening {
  const to = outwardState(after);
  const then = after.state === "CLEANING" ? after.next : after;
  const end = hasEnded(before, to) ? (history.ends[0] ?? null) : null;
  const pid = pidOf(after) || pidOf(before);
  const tries = "tries" in then ? then.tries : 0;
  const cause = causeOf(to, input, history);
  const why = cause === null ? whyOf(to, after, end, history) : describeCause(cause);
  return {
    type: "state",
    ...source,
    from: outwardState(before),
    to,
    ...(pid === 0 ? {} : { pid }),
    ...(why === "" ? {} : { why }),
    ...(cause === null ? {} : { cause: cause.type }),
    ...(end === null ? {} : endOf(end)),
    ...(to === "EXITED" && then.state === "EXITED" ? { expected: then.expected } : {}),
    ...(to === "STARTING" ? { starts: startsOf(after, history) } : {}),
    ...(tries > 0 ? { tries } : {}),
    ...nextOf(then, now),
  };
}

/** One that waits has not been spawned yet, and is counted when it is. */
const startsOf = (after: Life, { starts }: History): number => (after.state === "WAITING" ? starts + 1 : starts);

/** A child that is not spawned yet has its time to come up before it. */
const nextOf = (life: Life, now: number): { nextMs?: number } =>
  life.due === null || (life.state === "STARTING" && life.pid === null)
    ? {}
    : { nextMs: Math.max(0, Math.round(life.due - now)) };

/** Whether a child, or the try to have one, has come to its end. */
const hasEnded = (before: Life, to: ProcessState): boolean =>
  (to === "EXITED" || to === "BACKOFF" || (to === "STOPPED" && before.state !== "WAITING")) &&
  before.state !== "BACKOFF" &&
  before.state !== "FATAL";

function endOf({ exit, evidence, startedAt, endedAt }: End) {
  if (exit === null) return {};
  return {
    ...(exit.code === null ? { signal: signalName(exit.signal) } : { code: exit.code }),
    ...(exit.core ? { core: true as const } : {}),
    ...(evidence.oomKilled ? { oomKilled: true as const } : {}),
    ...(evidence.memoryBytes === null ? {} : { memoryBytes: evidence.memoryBytes }),
    livedMs: Math.max(0, endedAt - startedAt),
  };
}

const describeEnd = (end: End | null): string => (end === null || end.exit === null ? "" : describeExit(end.exit));

function causeOf(to: ProcessState, input: Input, history: History): Cause | null {
  if (to === "STOPPING") return history.cause;
  const because = to === "STARTING" && "because" in input ? input.because : undefined;
  // What a client has asked for is told where it asked.
  return because === undefined || because.type === "request" ? null : because;
}

function whyOf(to: ProcessState, after: Life, end: End | null, history: History): string {
  switch (to) {
    case "BACKOFF":
      return [describeEnd(end), withoutWords(history.failure)].filter(Boolean).join("; ");
    case "EXITED":
    case "STOPPED":
      return describeEnd(end);
    case "FATAL":
    case "UNKNOWN":
      return after.state === "FATAL" || after.state === "UNKNOWN" ? withoutWords(after.why) : "";
    default:
      return "";
  }
}

/** Why a command before the start failed, without the last line that it has written, which may be anything. */
const withoutWords = (failure: string): string =>
  failure.replace(/^(pre_start_command failed: [^:]*).*$/s, (_whole, failed: string) => failed);

/** Of what is published to listeners, that which is told here as it is. */
export function ofEvent(event: SupervisorEvent): Happening | null {
  if (event.type !== "group-added" && event.type !== "group-removed") return null;
  // Is told as a change of the list.
  if (event.inPlace) return null;
  return { type: "group", group: event.group, what: event.type === "group-added" ? "added" : "removed" };
}
