import { describe, expect, test } from "vitest";
import {
  type CheckOutcome,
  type Health,
  type HealthEffect,
  type HealthInput,
  type HealthPolicy,
  stepHealth,
  unchecked,
} from "../../src/core/health.ts";

const policy: HealthPolicy = { intervalMs: 10_000, retries: 3, startPeriodMs: 0 };

/** One program with a clock that is turned by hand; each check takes `tookMs` and ends as `outcome` says. */
function world(changes: Partial<HealthPolicy> = {}, tookMs = 5) {
  const settings = { ...policy, ...changes };
  let health: Health = unchecked;
  let now = 0;
  let answer: (at: number) => CheckOutcome = () => "passed";
  const trail: string[] = [];
  const checks: number[] = [];
  const take = (input: HealthInput): readonly HealthEffect[] => {
    const before = health.status;
    const [next, ...effects] = stepHealth(health, input, settings, now);
    health = next;
    if (before !== health.status) trail.push(`${health.status}@${now}`);
    for (const effect of effects)
      if (effect.type === "check") {
        checks.push(now);
        const ticket = effect.ticket;
        pending = { at: now + tookMs, ticket, outcome: answer(now) };
      } else pending = null;
    return effects;
  };
  let pending: { at: number; ticket: number; outcome: CheckOutcome } | null = null;
  return {
    take,
    answering(next: CheckOutcome | ((at: number) => CheckOutcome)) {
      answer = typeof next === "function" ? next : () => next;
    },
    begin(phase = 0.5) {
      take({ type: "begin", phase });
    },
    until(end: number) {
      for (;;) {
        const next: number = pending?.at ?? health.due ?? Number.POSITIVE_INFINITY;
        if (next > end) break;
        now = Math.max(now, next);
        if (pending === null) take({ type: "due" });
        else {
          const { ticket, outcome } = pending;
          pending = null;
          take({ type: "result", ticket, outcome, text: "" });
        }
      }
      now = end;
    },
    get health() {
      return health;
    },
    trail,
    checks,
  };
}

describe("while it starts", () => {
  test("the first check comes within 150 ms, and the first success makes it healthy", () => {
    const w = world();
    w.begin();
    w.until(1000);
    expect(w.trail).toEqual(["starting@0", "healthy@105"]);
    expect(w.checks).toEqual([100]);
  });

  test("it is looked at often, and readiness is noticed with a tenth of the time that it took", () => {
    for (const readyAt of [50, 300, 2000, 9000, 40_000]) {
      const w = world({ startPeriodMs: 60_000 });
      w.answering((at) => (at >= readyAt ? "passed" : "failed"));
      w.begin();
      w.until(60_000);
      const noticed = Number(/healthy@([\d.]+)/.exec(w.trail.at(-1) ?? "")?.[1]);
      expect(noticed).toBeGreaterThanOrEqual(readyAt);
      expect(noticed).toBeLessThan(readyAt + 160 + readyAt / 10);
      const starting = w.checks.filter((at) => at <= readyAt);
      expect(starting.length).toBeLessThan(80);
    }
  });

  test("failures in the start period do not count; after it they count at the pace of the interval", () => {
    const w = world({ startPeriodMs: 30_000 });
    w.answering("failed");
    w.begin();
    w.until(49_999);
    expect(w.trail).toEqual(["starting@0"]);
    w.until(60_000);
    // 30 s, 40 s and 50 s, and 5 ms for the last of them.
    expect(w.trail).toEqual(["starting@0", "unhealthy@50005"]);
  });

  test("without a start period it is given the interval, as Docker's first check comes only then", () => {
    const w = world();
    w.answering("failed");
    w.begin();
    w.until(60_000);
    expect(w.trail[1]).toBe("unhealthy@30005");
  });

  test("one success ends the start period: what fails then counts", () => {
    const w = world({ startPeriodMs: 300_000 });
    w.answering((at) => (at < 1000 ? "passed" : "failed"));
    w.begin();
    w.until(60_000);
    expect(w.trail.slice(1)).toEqual(["healthy@105", expect.stringMatching(/^unhealthy@27/)]);
  });
});

describe("from then on", () => {
  test("a program that hangs is unhealthy within retries × interval + timeout, whatever its phase", () => {
    for (const phase of [0, 0.3, 0.99])
      for (const hangsAt of [200, 5000, 55_555]) {
        const timeoutMs = 3000;
        const w = world({}, timeoutMs);
        w.answering((at) => (at + timeoutMs < hangsAt ? "passed" : "failed"));
        w.begin(phase);
        w.until(200_000);
        const noticed = Number(/unhealthy@([\d.]+)/.exec(w.trail.at(-1) ?? "")?.[1]);
        const wasHealthy = w.trail.length === 3;
        // One that never was may be in the middle of a check when failures begin to count.
        if (wasHealthy) expect(noticed - hangsAt).toBeLessThanOrEqual(3 * 10_000 + timeoutMs);
        else expect(noticed).toBeLessThanOrEqual(3 * 10_000 + 2 * timeoutMs);
      }
  });

  test("fewer failures than retries, or failures with a success between, leave it healthy", () => {
    const w = world();
    const bad = new Set([3, 4, 7, 8, 11, 13, 14]);
    w.answering(() => (bad.has(w.checks.length) ? "failed" : "passed"));
    w.begin();
    w.until(250_000);
    expect(w.checks.length).toBeGreaterThan(20);
    expect(w.trail).toEqual(["starting@0", "healthy@105"]);
    expect(w.health).toMatchObject({ failures: 0, failed: 7 });
  });

  test("an unhealthy one that is left alone is checked on, and one success makes it healthy", () => {
    const w = world();
    w.answering((at) => (at > 20_000 && at < 90_000 ? "failed" : "passed"));
    w.begin();
    w.until(200_000);
    expect(w.trail.map((line) => line.replace(/@.*/, ""))).toEqual(["starting", "healthy", "unhealthy", "healthy"]);
  });

  test("a check that cannot be made counts neither way", () => {
    const w = world({ retries: 2 });
    w.begin();
    w.until(1000);
    w.answering("unknown");
    w.until(100_000);
    expect(w.trail).toEqual(["starting@0", "healthy@105"]);
    expect(w.health.last).toMatchObject({ outcome: "unknown", tookMs: 5 });
    const starting = world();
    starting.answering("unknown");
    starting.begin();
    starting.until(100_000);
    expect(starting.trail).toEqual(["starting@0"]);
  });

  test("programs that became healthy in the same moment are checked at different ones", () => {
    const moments = [0.1, 0.2, 0.3].map((phase) => {
      const w = world();
      w.begin(phase);
      w.until(15_000);
      return w.checks[1];
    });
    expect(new Set(moments).size).toBe(3);
  });
});

describe("one child after another", () => {
  test("the result of a check of the one before is not taken", () => {
    const w = world({ retries: 1 }, 10_000);
    w.begin();
    w.until(200);
    const { ticket } = w.health;
    expect(w.take({ type: "end" })).toEqual([{ type: "abandon" }]);
    w.begin();
    w.take({ type: "result", ticket, outcome: "passed", text: "too late" });
    expect(w.health).toMatchObject({ status: "starting", last: null, passed: 0 });
    w.until(400);
    w.take({ type: "result", ticket, outcome: "failed", text: "much too late" });
    expect(w.health).toMatchObject({ status: "starting", failures: 0, failed: 0 });
  });

  test("failures of the one before are forgotten; its last check can still be told while there is none", () => {
    const w = world({ retries: 3 });
    w.begin();
    w.until(1000);
    w.answering("failed");
    w.until(20_000);
    expect(w.health).toMatchObject({ failures: 2 });
    w.take({ type: "end" });
    expect(w.health).toMatchObject({ status: "none", due: null, last: { outcome: "failed" } });
    w.begin();
    expect(w.health).toMatchObject({ status: "starting", failures: 0, last: null });
    w.until(29_000);
    expect(w.health.status).toBe("starting");
  });
});

test("a random walk keeps the laws", () => {
  let seed = 20_261_122;
  const random = () => {
    seed = (Math.imul(seed, 1_664_525) + 1_013_904_223) >>> 0;
    return seed / 2 ** 32;
  };
  const pick = <T>(...choices: readonly T[]): T => choices[Math.floor(random() * choices.length)] as T;
  let health: Health = unchecked;
  let now = 0;
  let settings: HealthPolicy = policy;
  let underWay: number | null = null;
  let bornAt = 0;
  let row: number[] = [];
  const seen = new Set<string>();
  for (let n = 0; n < 60_000; n++) {
    now += random() < 0.5 ? 0 : random() * 4000;
    if (health.due !== null && random() < 0.5) now = Math.max(now, health.due);
    if (random() < 0.01)
      settings = { intervalMs: pick(100, 1000, 10_000), retries: pick(1, 2, 5), startPeriodMs: pick(0, 500, 60_000) };
    const input: HealthInput = pick<() => HealthInput>(
      () => ({ type: "due" }),
      () => ({ type: "due" }),
      () => ({
        type: "result",
        ticket: health.ticket - pick(0, 0, 0, 1),
        outcome: pick<CheckOutcome>("passed", "failed", "failed", "failed", "unknown"),
        text: `${n}`,
      }),
      () => (random() < 0.1 ? pick<HealthInput>({ type: "begin", phase: random() }, { type: "end" }) : { type: "due" }),
    )();
    const before = health;
    const [after, ...effects] = stepHealth(before, input, settings, now);
    health = after;
    seen.add(`${before.status}>${after.status}`);
    const checking = after.status === "none" ? null : after.checking;

    // It waits for its moment, or for the one check that is under way, or there is no child.
    expect((after.due === null) === (after.status === "none" || checking !== null)).toBe(true);
    for (const effect of effects) {
      if (effect.type === "abandon") {
        expect(underWay).not.toBeNull();
        underWay = null;
      } else {
        expect(underWay).toBeNull();
        expect(before.due).not.toBeNull();
        expect(now).toBeGreaterThanOrEqual(before.due ?? Number.POSITIVE_INFINITY);
        underWay = effect.ticket;
      }
    }
    if (input.type === "begin") {
      bornAt = now;
      row = [];
      expect(after).toMatchObject({ status: "starting", failures: 0, checking: null });
    }
    if (input.type === "end") expect(after.status).toBe("none");
    if (input.type !== "result") {
      if (input.type === "due") expect(after.status).toBe(before.status);
      continue;
    }
    if (underWay === null || input.ticket !== underWay || before.status === "none") {
      expect(after).toBe(before);
      continue;
    }
    underWay = null;
    const began = before.checking as number;
    expect(after.last).toMatchObject({ at: began, outcome: input.outcome, text: input.text });
    expect(after.due).toBeGreaterThanOrEqual(now);
    expect(after.due).toBeLessThanOrEqual(Math.max(now, began + settings.intervalMs, now + settings.intervalMs));
    if (input.outcome === "passed") {
      expect(after).toMatchObject({ status: "healthy", failures: 0 });
      row = [];
    } else if (input.outcome === "unknown") {
      expect(after.status).toBe(before.status);
    } else {
      row.push(began);
      if (after.status === "unhealthy" && before.status !== "unhealthy") {
        expect(row.length).toBeGreaterThanOrEqual(settings.retries);
        expect(now).toBeGreaterThanOrEqual(bornAt);
      }
      if (before.status === "healthy" && settings.retries <= 1) expect(after.status).toBe("unhealthy");
    }
  }
  expect([...seen].sort()).toEqual(
    [
      ...["none>none", "none>starting"],
      ...["starting>starting", "starting>healthy", "starting>unhealthy", "starting>none"],
      ...["healthy>healthy", "healthy>unhealthy", "healthy>none", "healthy>starting"],
      ...["unhealthy>unhealthy", "unhealthy>healthy", "unhealthy>none", "unhealthy>starting"],
    ].sort(),
  );
});
