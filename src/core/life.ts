/**
 * The nouns of a life: the states, what can happen to it, what it asks for, and what decides. `lifecycle.ts`
 * is the verb.
 */
import type { RestartSettings } from "./care.ts";
import type { Cause } from "./cause.ts";
import type { Autorestart } from "./program.ts";
import type { Past } from "./restart.ts";
import type { ProcessState } from "./states.ts";

/** Monotonic milliseconds, never wall-clock time: clocks get set back. */
export type Ms = number;

/** How a child ended: by itself with a code, or by a signal. */
export type Exit =
  | { readonly code: number; readonly signal: null; readonly core: false }
  | { readonly code: null; readonly signal: number; readonly core: boolean };

/** Why there is nothing to spawn, in the exit codes of shells: no such command, or one that cannot be executed. */
export type Unrunnable = 127 | 126;

/** The part of a program's settings that decides its life. */
export interface Policy {
  readonly autorestart: Autorestart;
  readonly exitCodes: readonly number[];
  readonly startMs: Ms;
  readonly startRetries: number;
  readonly stopSignal: number;
  readonly stopWaitMs: Ms;
  readonly stopAsGroup: boolean;
  readonly killAsGroup: boolean;
  /** Done when it exits with an expected code; any other end is a failed start. */
  readonly oneshot: boolean;
  /** Something has to be so or be done before a spawn. */
  readonly prepares: boolean;
  /** How long that may take; 0 = for ever. */
  readonly prepareMs: Ms;
  /** Something has to be done before it is asked to end, */
  readonly beforeStop: boolean;
  /** or after it has ended. */
  readonly afterStop: boolean;
  readonly restart: RestartSettings;
  /** 0 to 1, different for each process and each daemon: makes delays differ. */
  readonly salt: number;
}

/** Each state carries exactly the facts that make sense in it; `due` is what it waits for. */
export type Life =
  | { readonly state: "STOPPED"; readonly due: Ms | null }
  | {
      readonly state: "WAITING";
      /** When it is given up. */
      readonly due: Ms | null;
      /** What for, in words that go after "waiting": `for db to be healthy`; null until that is known. */
      readonly why: string | null;
      readonly tries: number;
      readonly past: Past;
    }
  | {
      readonly state: "STARTING";
      readonly due: Ms;
      /** null until the spawn has answered. */
      readonly pid: number | null;
      readonly since: Ms;
      readonly tries: number;
      readonly past: Past;
    }
  | {
      readonly state: "RUNNING";
      readonly due: null;
      readonly pid: number;
      readonly since: Ms;
      /** Failed ones before this, where they count on: of a oneshot. */
      readonly tries: number;
      readonly past: Past;
    }
  | {
      readonly state: "BACKOFF";
      readonly due: Ms;
      readonly tries: number;
      readonly why: string;
      readonly past: Past;
      /** There is no try left. */
      readonly last: boolean;
    }
  | {
      readonly state: "STOPPING";
      readonly due: Ms;
      readonly pid: number;
      readonly thenStart: boolean;
      /** Whether it has been sent its signal yet, */
      readonly asked: boolean;
      /** or SIGKILL: its time is over, and that of what it leaves behind. */
      readonly killed: boolean;
    }
  | {
      readonly state: "EXITED";
      readonly due: Ms | null;
      readonly exit: Exit;
      readonly expected: boolean;
      readonly past: Past;
      /** Why it is given up rather than started when `due` has come. */
      readonly giveUp: string | null;
    }
  | { readonly state: "FATAL"; readonly due: Ms | null; readonly why: string }
  | {
      readonly state: "CLEANING";
      readonly due: null;
      readonly next: Rest;
      /** What is left may still end by itself; that can take as long as stopwaitsecs. */
      readonly sparing: boolean;
      /** Id of the child that was stopped, which is told when this is over; 0 = the end of the child has been told. */
      readonly stopped: number;
    }
  /** The child could not be signalled: it may live on, out of our hands. */
  | { readonly state: "UNKNOWN"; readonly due: null; readonly pid: number; readonly why: string };

/** Without a child, for now or for good. */
export type Rest = Extract<Life, { readonly state: "STOPPED" | "EXITED" | "BACKOFF" | "FATAL" }>;

export type Input =
  | { readonly type: "start" | "stop" | "restart"; readonly because?: Cause }
  /** Stop it gracefully and start it again, or kill it and start it again: only while it has a child. */
  | { readonly type: "recycle" | "kill"; readonly because: Cause }
  /** The daemon is ending: like stop, but a program that is between tries is given up. */
  | { readonly type: "abandon" }
  /** Whoever is stopping gets SIGKILL now. */
  | { readonly type: "hurry" }
  /** What it left behind is asked to end now, without the time that a mere stop gives. */
  | { readonly type: "evict" }
  /** Nothing is in the way of the spawn, */
  | { readonly type: "cleared" }
  /** or this still is. */
  | { readonly type: "held"; readonly why: string }
  | { readonly type: "spawned"; readonly pid: number }
  | { readonly type: "spawnFailed"; readonly why: string; readonly unrunnable?: Unrunnable }
  /** What had to be done before it is asked to end has been done. */
  | { readonly type: "stopPrepared" }
  | {
      readonly type: "exited";
      readonly exit: Exit;
      /** Whether descendants of it live on. */
      readonly orphans: boolean;
      readonly evidence?: Evidence;
    }
  /** Nothing of it is left. */
  | { readonly type: "cleaned" }
  | { readonly type: "killFailed"; readonly why: string }
  /** The moment in `due` has come. */
  | { readonly type: "due" };

/** What is known of a child's last moments. */
export interface Evidence {
  /** Of its whole tree, when last looked at. */
  readonly memoryBytes: number | null;
  readonly oomKilled: boolean;
  /** Of it and of what it has waited for, over its whole life. */
  readonly cpuMs: number;
}

export type Effect =
  | { readonly type: "spawn" }
  /** To be answered by `cleared`, `held` or `spawnFailed`; no longer wanted once the life is not WAITING. */
  | { readonly type: "prepare" }
  /** To be answered by `stopPrepared`. */
  | { readonly type: "beforeStop"; readonly pid: number }
  /**
   * To be answered by `cleaned`, once. Orphans are left alone, given stopwaitsecs to end by themselves before
   * they are asked to, asked at once, or killed. Sent again when it has become urgent.
   */
  | { readonly type: "cleanUp"; readonly orphans: "leave" | "spare" | "end" | "kill" }
  | { readonly type: "kill"; readonly pid: number; readonly signal: number; readonly group: boolean }
  /** SIGKILL for all descendants, wherever they have gone. */
  | { readonly type: "killBelow"; readonly pid: number };

export type Step = readonly [life: Life, ...effects: Effect[]];

export const stopped: Life = { state: "STOPPED", due: null };

/** The reference's words for a child that did not live for startsecs. */
export const tooQuickly = "Exited too quickly (process log may have details)";

/** It has no child, and is to be started again by itself at some moment. */
export function comesBack(life: Life): boolean {
  const rest = life.state === "CLEANING" ? life.next : life;
  return isAtRest(rest) && rest.due !== null;
}

/** The same, or it is being stopped only to be started again: a stop has something to take back. */
export const isToStart = (life: Life): boolean => comesBack(life) || (life.state === "STOPPING" && life.thenStart);

/** Whether it does not do its work, but is expected to soon by itself. `isReady`: a RUNNING one does its work. */
export function isAway(life: Life, isReady: boolean): boolean {
  switch (life.state) {
    case "RUNNING":
      return !isReady;
    case "STARTING":
    case "WAITING":
    case "BACKOFF":
      return true;
    case "STOPPING":
      return life.thenStart;
    case "STOPPED":
    case "EXITED":
      return life.due !== null;
    case "CLEANING":
      return life.next.due !== null;
    case "FATAL":
    case "UNKNOWN":
      return false;
  }
}

/** It has no child, though something of its last one may live on. */
export const isChildless = (life: Life): boolean => isAtRest(life) || life.state === "CLEANING";

/** The same, but for what is being ended at this moment: for whoever waits for the end. */
export const hasEnded = (life: Life): boolean => isAtRest(life) || (life.state === "CLEANING" && life.sparing);

/** The state that everybody outside knows. */
export function outwardState(life: Life): ProcessState {
  switch (life.state) {
    case "WAITING":
      return "STARTING";
    case "CLEANING":
      return life.next.state === "STOPPED" ? "STOPPING" : life.next.state;
    default:
      return life.state;
  }
}

/** Nothing of it is there and nothing will come by itself, but for what `due` says. */
export const isAtRest = (life: Life): boolean =>
  life.state === "STOPPED" || life.state === "EXITED" || life.state === "FATAL" || life.state === "UNKNOWN";

/** The pid that belongs to a life, or 0. */
export const pidOf = (life: Life): number => ("pid" in life ? (life.pid ?? 0) : 0);
