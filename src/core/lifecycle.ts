/**
 * The life of one process, as data. Pure: no clock, no signals, no I/O.
 *
 * `step` takes what is known, what just happened and what time it is; it answers with what is known
 * now and what somebody else must go and do about it. One step makes at most one change of state, so
 * whoever compares `before` with `after` sees every transition, in order: giving up is BACKOFF whose
 * time has come with too many tries, a restart is EXITED whose `due` is now.
 *
 * States and rules are supervisord's ("Subprocess states" in its manual) with three deliberate
 * differences: restarts do not wait for a tick, a stop in BACKOFF forgets the failed tries, and a
 * start asked for while stopping happens after the stop.
 */
import type { Autorestart } from "./program.ts";

/** Monotonic milliseconds, never wall-clock time: clocks get set back. */
export type Ms = number;

/** How a child ended: by itself with a code, or by a signal. */
export type Exit =
  | { readonly code: number; readonly signal: null; readonly core: false }
  | { readonly code: null; readonly signal: number; readonly core: boolean };

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
}

/**
 * Each state carries exactly the facts that make sense in it; `due` is what it waits for. `streak`
 * counts restarts in a row after less than a second of life, see `restartDelay`.
 */
export type Life =
  | { readonly state: "STOPPED"; readonly due: Ms | null }
  | {
      readonly state: "STARTING";
      readonly due: Ms;
      /** null until the spawn has answered. */
      readonly pid: number | null;
      readonly since: Ms;
      readonly tries: number;
      readonly streak: number;
    }
  | {
      readonly state: "RUNNING";
      readonly due: null;
      readonly pid: number;
      readonly since: Ms;
      readonly streak: number;
    }
  | { readonly state: "BACKOFF"; readonly due: Ms; readonly tries: number; readonly why: string }
  | { readonly state: "STOPPING"; readonly due: Ms; readonly pid: number; readonly thenStart: boolean }
  | {
      readonly state: "EXITED";
      readonly due: Ms | null;
      readonly exit: Exit;
      readonly expected: boolean;
      readonly streak: number;
    }
  | { readonly state: "FATAL"; readonly due: null; readonly why: string }
  /** The child could not be signalled: it may live on, out of our hands. */
  | { readonly state: "UNKNOWN"; readonly due: null; readonly pid: number; readonly why: string };

export type Input =
  | { readonly type: "start" | "stop" | "restart" }
  /** The daemon is ending: like stop, but a program that is between tries is given up. */
  | { readonly type: "abandon" }
  /** Whoever is stopping gets SIGKILL now. */
  | { readonly type: "hurry" }
  | { readonly type: "spawned"; readonly pid: number }
  | { readonly type: "spawnFailed"; readonly why: string }
  | { readonly type: "exited"; readonly exit: Exit }
  | { readonly type: "killFailed"; readonly why: string }
  /** The moment in `due` has come. */
  | { readonly type: "due" };

export type Effect =
  | { readonly type: "spawn" }
  | { readonly type: "kill"; readonly pid: number; readonly signal: number; readonly group: boolean };

export type Step = readonly [life: Life, ...effects: Effect[]];

export const stopped: Life = { state: "STOPPED", due: null };

/** The reference's words for a child that did not live for startsecs. */
export const tooQuickly = "Exited too quickly (process log may have details)";

const SIGKILL = 9;

export function step(life: Life, input: Input, policy: Policy, now: Ms): Step {
  switch (life.state) {
    case "STOPPED":
    case "EXITED":
    case "FATAL":
      return fromRest(life, input, policy, now);
    case "BACKOFF":
      return fromBackoff(life, input, policy, now);
    case "STARTING":
      return fromStarting(life, input, policy, now);
    case "RUNNING":
      return fromRunning(life, input, policy, now);
    case "STOPPING":
      return fromStopping(life, input, policy, now);
    case "UNKNOWN":
      // The end of a child that was out of our hands never starts a second one by itself.
      return input.type === "exited"
        ? [{ state: "EXITED", due: null, exit: input.exit, expected: isExpected(input.exit, policy), streak: 0 }]
        : [life];
  }
}

/** The pid that belongs to a life, or 0. */
export const pidOf = (life: Life): number => ("pid" in life ? (life.pid ?? 0) : 0);

type In<S extends Life["state"]> = Extract<Life, { state: S }>;

function fromRest(life: In<"STOPPED" | "EXITED" | "FATAL">, input: Input, policy: Policy, now: Ms): Step {
  switch (input.type) {
    case "start":
    case "restart":
      return start(0, 0, policy, now);
    case "due":
      return life.due === null ? [life] : start(0, life.state === "EXITED" ? life.streak : 0, policy, now);
    case "stop":
    case "abandon":
      return life.due === null ? [life] : [{ ...life, due: null }];
    default:
      return [life];
  }
}

function fromBackoff(life: In<"BACKOFF">, input: Input, policy: Policy, now: Ms): Step {
  switch (input.type) {
    case "stop":
      return [stopped];
    case "abandon":
      return [{ state: "FATAL", due: null, why: life.why }];
    case "start":
    case "restart":
      return start(life.tries, 0, policy, now);
    case "due":
      return life.tries > policy.startRetries
        ? [{ state: "FATAL", due: null, why: life.why }]
        : start(life.tries, 0, policy, now);
    default:
      return [life];
  }
}

function fromStarting(life: In<"STARTING">, input: Input, policy: Policy, now: Ms): Step {
  if (input.type === "spawned") return [{ ...life, pid: input.pid }];
  if (input.type === "spawnFailed") return [backoff(life.tries + 1, input.why, policy, now)];
  const { pid } = life;
  if (pid === null) return [life];
  switch (input.type) {
    case "exited":
      return [backoff(life.tries + 1, tooQuickly, policy, now)];
    case "due":
      return [{ state: "RUNNING", due: null, pid, since: life.since, streak: life.streak }];
    case "stop":
    case "abandon":
      return stop(pid, false, policy, now);
    case "restart":
      return stop(pid, true, policy, now);
    case "killFailed":
      return [{ state: "UNKNOWN", due: null, pid, why: input.why }];
    default:
      return [life];
  }
}

function fromRunning(life: In<"RUNNING">, input: Input, policy: Policy, now: Ms): Step {
  switch (input.type) {
    case "exited":
      return [exited(life, input.exit, policy, now)];
    case "stop":
    case "abandon":
      return stop(life.pid, false, policy, now);
    case "restart":
      return stop(life.pid, true, policy, now);
    case "killFailed":
      return [{ state: "UNKNOWN", due: null, pid: life.pid, why: input.why }];
    default:
      return [life];
  }
}

function fromStopping(life: In<"STOPPING">, input: Input, policy: Policy, now: Ms): Step {
  switch (input.type) {
    case "exited":
      return [{ state: "STOPPED", due: life.thenStart ? now : null }];
    case "due":
    case "hurry":
      // Repeated until the child is gone: a process in uninterruptible sleep dies only later.
      return [
        { ...life, due: now + Math.max(policy.stopWaitMs, 1000) },
        { type: "kill", pid: life.pid, signal: SIGKILL, group: policy.killAsGroup },
      ];
    case "stop":
    case "abandon":
      return [{ ...life, thenStart: false }];
    case "start":
    case "restart":
      return [{ ...life, thenStart: true }];
    case "killFailed":
      return [{ state: "UNKNOWN", due: null, pid: life.pid, why: input.why }];
    default:
      return [life];
  }
}

const start = (tries: number, streak: number, policy: Policy, now: Ms): Step => [
  { state: "STARTING", due: now + policy.startMs, pid: null, since: now, tries, streak },
  { type: "spawn" },
];

const stop = (pid: number, thenStart: boolean, policy: Policy, now: Ms): Step => [
  { state: "STOPPING", due: now + policy.stopWaitMs, pid, thenStart },
  { type: "kill", pid, signal: policy.stopSignal, group: policy.stopAsGroup },
];

/** Waits 1, 2, 3 … seconds between tries; with no try left there is nothing to wait for. */
const backoff = (tries: number, why: string, policy: Policy, now: Ms): Life => ({
  state: "BACKOFF",
  due: tries > policy.startRetries ? now : now + tries * 1000,
  tries,
  why,
});

const isExpected = (exit: Exit, policy: Policy): boolean => exit.code !== null && policy.exitCodes.includes(exit.code);

function exited(life: In<"RUNNING">, exit: Exit, policy: Policy, now: Ms): Life {
  const expected = isExpected(exit, policy);
  const again = policy.autorestart === "always" || (policy.autorestart === "unexpected" && !expected);
  const lived = now - life.since;
  const streak = lived < 1000 ? life.streak + 1 : 0;
  return { state: "EXITED", due: again ? now + restartDelay(streak, lived) : null, exit, expected, streak };
}

/** How many short lives in a row are restarted at once. */
const burst = 5;

/**
 * A program that lived is restarted at once. One that keeps dying within its first second (possible
 * only with startsecs below 1) is slowed to one start a second after a few, the reference's own pace,
 * so that a crash loop cannot eat the machine.
 */
const restartDelay = (streak: number, lived: Ms): Ms => (streak > burst ? 1000 - lived : 0);
