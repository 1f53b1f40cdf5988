/**
 * Whether a program that is checked is well, as data. Pure: no clock, no sockets.
 *
 * The words are those of Docker's HEALTHCHECK and Kubernetes' probes: failures in the start period do
 * not count and one success ends it; `retries` failures in a row make it unhealthy, one success makes it
 * healthy again. While it starts it is looked at often, so that its readiness is noticed soon, but its
 * failures count at the pace of `intervalMs`, as if it were looked at no more often than that.
 *
 * Each check has a number. Only the result of the one that is under way is taken: nothing that was
 * learnt of an earlier child counts for the next.
 */
import type { Ms } from "./life.ts";

/** The part of the settings that decides. */
export interface HealthPolicy {
  /** From the start of one check to the start of the next; positive. */
  readonly intervalMs: Ms;
  readonly retries: number;
  readonly startPeriodMs: Ms;
}

/** `unknown`: the check itself could not be made, which says nothing of the program. */
export type CheckOutcome = "passed" | "failed" | "unknown";

export interface CheckResult {
  readonly outcome: CheckOutcome;
  /** What was seen, or why it failed; one line. */
  readonly text: string;
}

interface Check extends CheckResult {
  /** When it began. */
  readonly at: Ms;
  readonly tookMs: Ms;
}

interface Tally {
  /** The number of the latest check. */
  readonly ticket: number;
  /** The latest that has ended; of this child, or of the one that was. */
  readonly last: Check | null;
  /** Of all children so far. */
  readonly passed: number;
  readonly failed: number;
}

interface Watch extends Tally {
  /** When the next check begins; null while one is under way. */
  readonly due: Ms | null;
  /** When the one that is under way began. */
  readonly checking: Ms | null;
  /** When it came to this status. */
  readonly since: Ms;
  /** In a row, of those that count. */
  readonly failures: number;
  /** 0 to 1: where in its interval it is checked, so that not all programs are at once. */
  readonly phase: number;
}

export type Health =
  /** There is no child to be checked. */
  | (Tally & { readonly status: "none"; readonly due: null })
  /** `countFrom`: failures of checks that begin earlier do not count. */
  | (Watch & { readonly status: "starting"; readonly countFrom: Ms })
  | (Watch & { readonly status: "healthy" | "unhealthy" });

type HealthStatus = Health["status"];

export type HealthInput =
  /** There is a new child. */
  | { readonly type: "begin"; readonly phase: number }
  /** The moment in `due` has come. */
  | { readonly type: "due" }
  | ({ readonly type: "result"; readonly ticket: number } & CheckResult)
  /** The child is gone, or on its way out. */
  | { readonly type: "end" };

export type HealthEffect =
  | { readonly type: "check"; readonly ticket: number }
  /** Nobody wants the result of the check that is under way. */
  | { readonly type: "abandon" };

export type HealthStep = readonly [health: Health, ...effects: HealthEffect[]];

export const unchecked: Health = { status: "none", due: null, ticket: 0, last: null, passed: 0, failed: 0 };

export function stepHealth(health: Health, input: HealthInput, policy: HealthPolicy, now: Ms): HealthStep {
  switch (input.type) {
    case "begin":
      return [begin(health, input.phase, policy, now), ...abandoned(health)];
    case "end": {
      const { ticket, last, passed, failed } = health;
      return [{ status: "none", due: null, ticket, last, passed, failed }, ...abandoned(health)];
    }
    case "due": {
      if (health.due === null || now < health.due) return [health];
      const ticket = health.ticket + 1;
      return [
        { ...health, ticket, due: null, checking: now },
        { type: "check", ticket },
      ];
    }
    case "result":
      return [
        health.status === "none" || health.checking === null || input.ticket !== health.ticket
          ? health
          : judge(health, health.checking, input, policy, now),
      ];
  }
}

const abandoned = (health: Health): HealthEffect[] =>
  health.status !== "none" && health.checking !== null ? [{ type: "abandon" }] : [];

/** The first check comes soon, but hardly any program answers at once. */
const firstMs = 50;
const firstSpreadMs = 100;

function begin({ ticket, passed, failed }: Health, phase: number, policy: HealthPolicy, now: Ms): Health {
  return {
    status: "starting",
    due: now + Math.min(firstMs + phase * firstSpreadMs, policy.intervalMs),
    ticket,
    last: null,
    passed,
    failed,
    checking: null,
    since: now,
    failures: 0,
    phase,
    countFrom: now + Math.max(policy.startPeriodMs, policy.intervalMs),
  };
}

type Watched = Exclude<Health, { readonly status: "none" }>;

function judge(health: Watched, began: Ms, { outcome, text }: CheckResult, policy: HealthPolicy, now: Ms): Health {
  const last = { at: began, tookMs: now - began, outcome, text };
  const passed = health.passed + (outcome === "passed" ? 1 : 0);
  const failed = health.failed + (outcome === "failed" ? 1 : 0);
  const next = { ...health, last, passed, failed, checking: null };
  const regular = Math.max(began + policy.intervalMs, now);
  if (outcome === "passed") return well(next, policy, regular, now);
  const counts = outcome === "failed" && (health.status !== "starting" || began >= health.countFrom);
  const failures = health.failures + (counts ? 1 : 0);
  if (counts && failures >= policy.retries && health.status !== "unhealthy")
    return { ...watchOf(next), status: "unhealthy", failures, since: now, due: regular };
  if (next.status !== "starting") return { ...next, failures, due: regular };
  const countFrom = counts ? began + policy.intervalMs : next.countFrom;
  return { ...next, failures, countFrom, due: soon(next, countFrom, policy, now) };
}

/** From its start on, it is checked at a moment of its own within the interval. */
function well(next: Watched, policy: HealthPolicy, regular: Ms, now: Ms): Health {
  if (next.status === "healthy") return { ...next, failures: 0, due: regular };
  const due = next.status === "starting" ? now + policy.intervalMs * (0.5 + next.phase / 2) : regular;
  return { ...watchOf(next), status: "healthy", failures: 0, since: now, due };
}

function watchOf(health: Watched): Watch {
  const { due, checking, since, failures, phase, ticket, last, passed, failed } = health;
  return { due, checking, since, failures, phase, ticket, last, passed, failed };
}

const soonestMs = 100;
const latestMs = 1000;

/**
 * While it starts: after a tenth of the time that it has had, so that readiness is noticed hardly later
 * than it is there, and a slow start is not a flood of checks; and at the moment from which failures count.
 */
function soon({ since }: Watched, countFrom: Ms, { intervalMs }: HealthPolicy, now: Ms): Ms {
  const waitMs = Math.min(Math.max((now - since) / 10, soonestMs), latestMs, intervalMs);
  return Math.min(now + waitMs, Math.max(countFrom, now));
}

/** What everybody outside may know of a process's health. Times in milliseconds since 1970. */
export interface HealthView {
  /** `none`: nobody checks it, or there is no child. */
  readonly status: HealthStatus;
  /** Whether it does its work, so that what depends on it can begin. */
  readonly ready: boolean;
  /** When it came to this status; null for `none`. */
  readonly since: number | null;
  /** Failed checks in a row, of those that count. */
  readonly failures: number;
  readonly last: (CheckResult & { readonly at: number; readonly tookMs: number }) | null;
}
