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
 *
 * Two lives go by another name outside (`outwardState`): WAITING, before a spawn that needs something
 * first, and CLEANING, when a child has gone and something of it is still there.
 */
import {
  type Effect,
  type Exit,
  type Input,
  type Life,
  type Ms,
  type Policy,
  type Rest,
  type Step,
  stopped,
  tooQuickly,
} from "./life.ts";
import { calm, crashLoop, isShort, type Past, restartDelay, retryAfter, retryDelay, withCrash } from "./restart.ts";

const SIGKILL = 9;

export function step(life: Life, input: Input, policy: Policy, now: Ms): Step {
  switch (life.state) {
    case "STOPPED":
    case "EXITED":
    case "FATAL":
      return fromRest(life, input, policy, now);
    case "WAITING":
      return fromWaiting(life, input, policy, now);
    case "BACKOFF":
      return fromBackoff(life, input, policy, now);
    case "STARTING":
      return fromStarting(life, input, policy, now);
    case "RUNNING":
      return fromRunning(life, input, policy, now);
    case "STOPPING":
      return fromStopping(life, input, policy, now);
    case "CLEANING":
      return fromCleaning(life, input, now);
    case "UNKNOWN":
      return fromUnknown(life, input, policy);
  }
}

type In<S extends Life["state"]> = Extract<Life, { state: S }>;

function fromRest(life: In<"STOPPED" | "EXITED" | "FATAL">, input: Input, policy: Policy, now: Ms): Step {
  switch (input.type) {
    case "start":
    case "restart":
      return start(0, calm, policy, now);
    case "due":
      if (life.due === null) return [life];
      if (life.state !== "EXITED") return start(0, calm, policy, now);
      return life.giveUp === null ? start(0, life.past, policy, now) : [fatal(life.giveUp, policy, now)];
    case "stop":
    case "abandon":
      return life.due === null ? [life] : [{ ...life, due: null }];
    default:
      return [life];
  }
}

function fromWaiting(life: In<"WAITING">, input: Input, policy: Policy, now: Ms): Step {
  switch (input.type) {
    case "cleared":
      return launch(life.tries, life.past, policy, now);
    case "held":
      return [{ ...life, why: input.why }];
    case "spawnFailed":
      return [backoff(life.tries + 1, input.why, life.past, policy, now)];
    case "due":
      return [
        fatal(`start_timeout is over: ${life.why ?? "what has to be done before the start is not done"}`, policy, now),
      ];
    case "stop":
    case "abandon":
      return [stopped];
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
      return start(life.tries, calm, policy, now);
    case "due":
      return life.last ? [fatal(life.why, policy, now)] : start(life.tries, life.past, policy, now);
    default:
      return [life];
  }
}

function fromStarting(life: In<"STARTING">, input: Input, policy: Policy, now: Ms): Step {
  if (input.type === "spawned") return [{ ...life, pid: input.pid }];
  if (input.type === "spawnFailed") return [backoff(life.tries + 1, input.why, life.past, policy, now)];
  const { pid } = life;
  if (pid === null) return [life];
  switch (input.type) {
    case "exited":
      return leave(endOfStart(life, input.exit, policy, now), input.orphans, policy);
    case "due": {
      const tries = policy.oneshot ? life.tries : 0;
      return [{ state: "RUNNING", due: null, pid, since: life.since, tries, past: life.past }];
    }
    default:
      return fromAlive(life, pid, input, policy, now);
  }
}

function fromRunning(life: In<"RUNNING">, input: Input, policy: Policy, now: Ms): Step {
  return input.type === "exited"
    ? leave(endOfLife(life, input.exit, policy, now), input.orphans, policy)
    : fromAlive(life, life.pid, input, policy, now);
}

/** What STARTING and RUNNING have in common: there is a child. */
function fromAlive(life: In<"STARTING" | "RUNNING">, pid: number, input: Input, policy: Policy, now: Ms): Step {
  switch (input.type) {
    case "stop":
    case "abandon":
      return stop(pid, false, policy, now);
    case "restart":
    case "recycle":
      return stop(pid, true, policy, now);
    case "kill":
      return killAll({ state: "STOPPING", due: now, pid, thenStart: true, asked: true, killed: true }, policy, now);
    case "killFailed":
      return [{ state: "UNKNOWN", due: null, pid, why: input.why }];
    default:
      return [life];
  }
}

function fromStopping(life: In<"STOPPING">, input: Input, policy: Policy, now: Ms): Step {
  switch (input.type) {
    case "exited":
      return leave({ state: "STOPPED", due: life.thenStart ? now : null }, input.orphans, policy, life);
    case "stopPrepared":
      return life.asked ? [life] : [{ ...life, asked: true }, ask(life.pid, policy)];
    case "due":
    case "hurry":
      return kill(life, policy, now);
    case "kill":
      return killAll(life, policy, now);
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

function fromCleaning(life: In<"CLEANING">, input: Input, now: Ms): Step {
  const { next } = life;
  switch (input.type) {
    case "cleaned":
      return [next];
    case "start":
    case "restart":
      return [
        { ...life, next: soon(next, now), sparing: false },
        { type: "cleanUp", orphans: "end" },
      ];
    case "evict":
      return [
        { ...life, sparing: false },
        { type: "cleanUp", orphans: "end" },
      ];
    case "hurry":
      return [
        { ...life, sparing: false },
        { type: "cleanUp", orphans: "kill" },
      ];
    case "stop":
      return [{ ...life, next: next.state === "BACKOFF" ? { state: "STOPPED", due: null } : { ...next, due: null } }];
    case "abandon":
      return [
        {
          ...life,
          next: next.state === "BACKOFF" ? { state: "FATAL", due: null, why: next.why } : { ...next, due: null },
        },
      ];
    default:
      return [life];
  }
}

/** The end of a child that was out of our hands never starts a second one by itself. */
function fromUnknown(life: In<"UNKNOWN">, input: Input, policy: Policy): Step {
  if (input.type !== "exited") return [life];
  const expected = isExpected(input.exit, policy);
  const next: Rest = { state: "EXITED", due: null, exit: input.exit, expected, past: calm, giveUp: null };
  return leave(next, input.orphans, policy);
}

const soon = (next: Rest, now: Ms): Rest =>
  next.state === "EXITED" ? { ...next, due: now, giveUp: null } : { ...next, due: now };

/** Past what has to be done first. */
const launch = (tries: number, past: Past, policy: Policy, now: Ms): Step => [
  { state: "STARTING", due: now + policy.startMs, pid: null, since: now, tries, past },
  { type: "spawn" },
];

function start(tries: number, past: Past, policy: Policy, now: Ms): Step {
  if (!policy.prepares) return launch(tries, past, policy, now);
  const due = policy.prepareMs === 0 ? null : now + policy.prepareMs;
  return [{ state: "WAITING", due, why: null, tries, past }, { type: "prepare" }];
}

const stop = (pid: number, thenStart: boolean, policy: Policy, now: Ms): Step => [
  { state: "STOPPING", due: now + policy.stopWaitMs, pid, thenStart, asked: !policy.beforeStop, killed: false },
  policy.beforeStop ? { type: "beforeStop", pid } : ask(pid, policy),
];

const ask = (pid: number, policy: Policy): Effect => ({
  type: "kill",
  pid,
  signal: policy.stopSignal,
  group: policy.stopAsGroup,
});

/** Repeated until the child is gone: a process in uninterruptible sleep dies only later. */
const kill = (life: In<"STOPPING">, policy: Policy, now: Ms): Step => [
  { ...life, due: now + Math.max(policy.stopWaitMs, 1000), asked: true, killed: true },
  { type: "kill", pid: life.pid, signal: SIGKILL, group: policy.killAsGroup },
];

/** For a limit of the whole tree: the child may not be the one that is over it. */
function killAll(life: In<"STOPPING">, policy: Policy, now: Ms): Step {
  const [after, ...kills] = kill(life, policy, now);
  return [after, { type: "killBelow", pid: life.pid }, ...kills];
}

/**
 * To rest, by way of CLEANING where something of the child is left. Who ended as expected and is not started
 * again has left behind what it meant to leave: a command that puts a service into the background. Whoever had
 * to be killed has had its time, and so have its descendants.
 */
function leave(next: Rest, orphans: boolean, policy: Policy, stopping: In<"STOPPING"> | null = null): Step {
  const meant = next.state === "EXITED" && next.expected && next.due === null;
  const ending = orphans && !meant;
  if (!ending && !policy.afterStop) return [next];
  const how = !ending ? "leave" : stopping?.killed ? "kill" : next.due === null ? "spare" : "end";
  return [
    { state: "CLEANING", due: null, next, sparing: how === "spare", stopped: stopping?.pid ?? 0 },
    { type: "cleanUp", orphans: how },
  ];
}

/** With no try left there is nothing to wait for. */
function backoff(tries: number, why: string, past: Past, policy: Policy, now: Ms): In<"BACKOFF"> {
  const crashes = withCrash(past.crashes, now, policy.restart);
  const loop = crashLoop(crashes, policy.restart);
  const last = tries > policy.startRetries || loop !== null;
  const due = last ? now : now + retryDelay(tries, policy.restart, policy.salt);
  return { state: "BACKOFF", due, tries, why: loop ?? why, past: { streak: past.streak, crashes }, last };
}

const fatal = (why: string, policy: Policy, now: Ms): Life => ({
  state: "FATAL",
  due: retryAfter(now, policy.restart, policy.salt),
  why,
});

const isExpected = (exit: Exit, policy: Policy): boolean => exit.code !== null && policy.exitCodes.includes(exit.code);

function endOfStart(life: In<"STARTING">, exit: Exit, policy: Policy, now: Ms): Rest {
  return policy.oneshot
    ? endOfOneshot(life, exit, policy, now)
    : backoff(life.tries + 1, tooQuickly, life.past, policy, now);
}

/** A oneshot's end is its purpose, however long it took; a failed one is tried again as a failed start is. */
function endOfOneshot(life: In<"STARTING" | "RUNNING">, exit: Exit, policy: Policy, now: Ms): Rest {
  const expected = isExpected(exit, policy);
  if (!expected && policy.autorestart !== "never")
    return backoff(life.tries + 1, `failed: ${inWords(exit)}`, life.past, policy, now);
  return { state: "EXITED", due: null, exit, expected, past: calm, giveUp: null };
}

const inWords = (exit: Exit): string =>
  exit.code === null ? `killed by signal ${exit.signal}` : `exit status ${exit.code}`;

function endOfLife(life: In<"RUNNING">, exit: Exit, policy: Policy, now: Ms): Rest {
  if (policy.oneshot) return endOfOneshot(life, exit, policy, now);
  const expected = isExpected(exit, policy);
  const again = policy.autorestart === "always" || (policy.autorestart === "unexpected" && !expected);
  const lived = now - life.since;
  const crashes = expected ? life.past.crashes : withCrash(life.past.crashes, now, policy.restart);
  const streak = isShort(lived, expected, policy.restart) ? life.past.streak + 1 : 0;
  const giveUp = again && !expected ? crashLoop(crashes, policy.restart) : null;
  const delay = giveUp === null ? restartDelay(streak, lived, policy.restart, policy.salt) : 0;
  return { state: "EXITED", due: again ? now + delay : null, exit, expected, past: { streak, crashes }, giveUp };
}
