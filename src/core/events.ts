/**
 * What the daemon tells the world, as data, and what event listeners are told of it: names, payloads
 * and the tree of types they subscribe to. Source: "Event Types" in supervisord's manual; `len` counts
 * bytes, as that manual says. A payload is always UTF-8, as the reference's is: a listener that reads text
 * would die of anything else, be started again, and be sent the same event.
 */
import { readable } from "./python.ts";
import type { ProcessState } from "./states.ts";

export type SupervisorEvent =
  | {
      readonly type: "process-state";
      readonly group: string;
      readonly process: string;
      readonly from: ProcessState;
      readonly to: ProcessState;
      /** 0 when there is no child. */
      readonly pid: number;
      /** Failed starts so far; counts in STARTING and BACKOFF. */
      readonly tries: number;
      /** For EXITED: whether the exit code is one of `exitcodes`. */
      readonly expected: boolean;
    }
  | {
      readonly type: "process-health";
      readonly group: string;
      readonly process: string;
      readonly pid: number;
      readonly to: "healthy" | "unhealthy";
    }
  | {
      readonly type: "group-added" | "group-removed";
      readonly group: string;
      /** It stays, and with it all processes that have not changed. */
      readonly inPlace?: true;
    }
  | { readonly type: "supervisor-running" | "supervisor-stopping" }
  | { readonly type: "remote-communication"; readonly kind: string; readonly data: string }
  | {
      readonly type: "process-log" | "process-communication";
      readonly group: string;
      readonly process: string;
      readonly pid: number;
      readonly channel: "stdout" | "stderr";
      readonly data: Uint8Array;
    }
  | { readonly type: "tick"; readonly seconds: TickPeriod; readonly when: number };

export const tickPeriods = [5, 60, 3600] as const;
type TickPeriod = (typeof tickPeriods)[number];

/** Each event type and the more general one that includes it. */
const parents: Readonly<Record<string, string | null>> = {
  EVENT: null,
  PROCESS_STATE: "EVENT",
  PROCESS_STATE_STOPPED: "PROCESS_STATE",
  PROCESS_STATE_STARTING: "PROCESS_STATE",
  PROCESS_STATE_RUNNING: "PROCESS_STATE",
  PROCESS_STATE_BACKOFF: "PROCESS_STATE",
  PROCESS_STATE_STOPPING: "PROCESS_STATE",
  PROCESS_STATE_EXITED: "PROCESS_STATE",
  PROCESS_STATE_FATAL: "PROCESS_STATE",
  PROCESS_STATE_UNKNOWN: "PROCESS_STATE",
  PROCESS_LOG: "EVENT",
  PROCESS_LOG_STDOUT: "PROCESS_LOG",
  PROCESS_LOG_STDERR: "PROCESS_LOG",
  PROCESS_COMMUNICATION: "EVENT",
  PROCESS_COMMUNICATION_STDOUT: "PROCESS_COMMUNICATION",
  PROCESS_COMMUNICATION_STDERR: "PROCESS_COMMUNICATION",
  REMOTE_COMMUNICATION: "EVENT",
  SUPERVISOR_STATE_CHANGE: "EVENT",
  SUPERVISOR_STATE_CHANGE_RUNNING: "SUPERVISOR_STATE_CHANGE",
  SUPERVISOR_STATE_CHANGE_STOPPING: "SUPERVISOR_STATE_CHANGE",
  TICK: "EVENT",
  TICK_5: "TICK",
  TICK_60: "TICK",
  TICK_3600: "TICK",
  PROCESS_GROUP: "EVENT",
  PROCESS_GROUP_ADDED: "PROCESS_GROUP",
  PROCESS_GROUP_REMOVED: "PROCESS_GROUP",
  // Ours, and beside the reference's tree: listeners that subscribe to EVENT hear what they always heard.
  PROCESS_HEALTH: null,
  PROCESS_HEALTH_HEALTHY: "PROCESS_HEALTH",
  PROCESS_HEALTH_UNHEALTHY: "PROCESS_HEALTH",
};

/** Every name that `events=` may hold. */
export const eventTypes: readonly string[] = Object.keys(parents);

/** Whether a subscription to `subscribed` includes events called `name`. */
export function includes(subscribed: readonly string[], name: string): boolean {
  for (let type: string | null | undefined = name; type != null; type = parents[type])
    if (subscribed.includes(type)) return true;
  return false;
}

/** The type name of an event. */
export function eventName(event: SupervisorEvent): string {
  switch (event.type) {
    case "process-state":
      return `PROCESS_STATE_${event.to}`;
    case "process-health":
      return `PROCESS_HEALTH_${event.to.toUpperCase()}`;
    case "group-added":
      return "PROCESS_GROUP_ADDED";
    case "group-removed":
      return "PROCESS_GROUP_REMOVED";
    case "supervisor-running":
      return "SUPERVISOR_STATE_CHANGE_RUNNING";
    case "supervisor-stopping":
      return "SUPERVISOR_STATE_CHANGE_STOPPING";
    case "remote-communication":
      return "REMOTE_COMMUNICATION";
    case "process-log":
      return `PROCESS_LOG_${event.channel.toUpperCase()}`;
    case "process-communication":
      return `PROCESS_COMMUNICATION_${event.channel.toUpperCase()}`;
    case "tick":
      return `TICK_${event.seconds}`;
  }
}

/** What a listener is told: text, then more of it as bytes. */
export function eventPayload(event: SupervisorEvent): { readonly text: string; readonly data: Uint8Array | null } {
  switch (event.type) {
    case "process-state":
      return { text: statePayload(event), data: null };
    case "process-health":
      return { text: `${source(event)} pid:${event.pid}`, data: null };
    case "group-added":
    case "group-removed":
      return { text: `groupname:${event.group}\n`, data: null };
    case "supervisor-running":
    case "supervisor-stopping":
      return { text: "", data: null };
    case "remote-communication":
      return { text: `type:${event.kind}\n${event.data}`, data: null };
    case "process-log":
      return { text: `${source(event)} pid:${event.pid} channel:${event.channel}\n`, data: readable(event.data) };
    case "process-communication":
      return { text: `${source(event)} pid:${event.pid}\n`, data: readable(event.data) };
    case "tick":
      return { text: `when:${event.when}`, data: null };
  }
}

const source = ({ process, group }: { process: string; group: string }) => `processname:${process} groupname:${group}`;

function statePayload(event: Extract<SupervisorEvent, { type: "process-state" }>): string {
  const common = `${source(event)} from_state:${event.from}`;
  switch (event.to) {
    case "STARTING":
    case "BACKOFF":
      return `${common} tries:${event.tries}`;
    case "EXITED":
      return `${common} expected:${event.expected ? 1 : 0} pid:${event.pid}`;
    case "RUNNING":
    case "STOPPING":
    case "STOPPED":
      return `${common} pid:${event.pid}`;
    default:
      return common;
  }
}
