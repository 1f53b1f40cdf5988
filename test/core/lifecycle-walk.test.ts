/** The laws of a life, under 250,000 random steps with every kind of policy. */
import { expect, test } from "vitest";
import { type Effect, type Exit, type Input, type Life, pidOf, stopped } from "../../src/core/life.ts";
import { step } from "../../src/core/lifecycle.ts";
import { policy } from "./life-world.ts";

test("whatever happens: never two children, never a signal to one that is gone, never stuck, always known", () => {
  const exits: Exit[] = [
    { code: 0, signal: null, core: false },
    { code: 1, signal: null, core: false },
    { code: null, signal: 9, core: false },
  ];
  const asks = ["start", "stop", "restart", "abandon", "hurry"] as const;
  let seed = 7;
  const random = (n: number) => {
    seed = (Math.imul(seed, 1_103_515_245) + 12_345) & 0x7fffffff;
    return (seed >> 8) % n;
  };
  const visited = new Set<string>();
  let life: Life = stopped;
  let alive = 0;
  let orphans = false;
  let errand: Exclude<Effect["type"], "spawn" | "kill" | "killBelow"> | null = null;
  let pids = 0;
  let now = 0;
  let p = policy;
  const perform = (effects: readonly Effect[]) => {
    for (const effect of effects) {
      if (effect.type === "killBelow") expect(effect.pid).toBe(alive);
      else if (effect.type === "kill") {
        expect(effect.pid).toBe(alive);
        if (random(50) === 0) take({ type: "killFailed", why: "EPERM" });
      } else if (effect.type !== "spawn") {
        errand = effect.type;
        if (effect.type === "cleanUp") expect(alive).toBe(0);
      } else {
        expect(alive).toBe(0);
        // Nobody is started beside what is left of the one before.
        expect(orphans).toBe(false);
        expect(p.prepares ? errand : null).toBe(null);
        if (random(4) === 0) take({ type: "spawnFailed", why: "EAGAIN" });
        else {
          alive = ++pids;
          take({ type: "spawned", pid: alive });
        }
      }
    }
  };
  const take = (input: Input) => {
    const before = life.state;
    const [next, ...effects] = step(life, input, p, now);
    life = next;
    visited.add(`${before}>${life.state}`);
    perform(effects);
  };
  for (let turn = 0; turn < 250_000; turn++) {
    now += random(800);
    if (random(500) === 0 && alive === 0 && errand === null)
      p = {
        ...policy,
        autorestart: (["never", "unexpected", "always"] as const)[random(3)] ?? "never",
        startMs: random(3) * 500,
        startRetries: random(4),
        stopWaitMs: random(3) * 700,
        oneshot: random(4) === 0,
        prepares: random(3) === 0,
        prepareMs: random(3) * 5000,
        beforeStop: random(3) === 0,
        afterStop: random(3) === 0,
        salt: random(100) / 100,
        restart: {
          delayMs: random(2) === 0 ? null : random(3) * 300,
          delayMaxMs: 2000,
          backoff: (["linear", "exponential", "none"] as const)[random(3)] ?? "none",
          crashloop: random(2) === 0 ? null : { exits: 1 + random(4), withinMs: 5000 },
          retryAfterMs: random(2) === 0 ? null : random(4) * 500,
        },
      };
    const dice = random(10);
    if (dice < 3) {
      if (alive === 0) continue;
      alive = 0;
      const left = random(3) === 0;
      orphans = left;
      if (errand === "beforeStop") errand = null;
      take({ type: "exited", exit: exits[random(exits.length)] as Exit, orphans: left });
      // What it meant to leave, it has left.
      if (life.state === "EXITED" || errand !== "cleanUp") orphans = false;
    } else if (dice < 7) {
      if (life.due === null || life.due > now) continue;
      const before: Life = life;
      take({ type: "due" });
      expect(life).not.toBe(before);
    } else if (dice === 7 && errand !== null) {
      const done: Effect["type"] = errand;
      errand = null;
      if (done === "cleanUp") {
        orphans = false;
        take({ type: "cleaned" });
      } else if (done === "beforeStop") take({ type: "stopPrepared" });
      else if (random(3) > 0) take({ type: "cleared" });
      else if (random(2) > 0) take({ type: "spawnFailed", why: "pre_start_command failed" });
      else {
        errand = done;
        take({ type: "held", why: "db is not healthy" });
      }
    } else if (dice === 8)
      take({ type: (["recycle", "kill"] as const)[random(2)] ?? "kill", because: { type: "request" } });
    else take({ type: asks[random(asks.length)] as (typeof asks)[number] });
    expect(pidOf(life)).toBe(alive);
    // Every state that is not a rest waits for a moment or for a child.
    if (life.state === "CLEANING" || (life.state === "WAITING" && life.due === null)) expect(errand).not.toBe(null);
    if (life.state === "STARTING" || life.state === "BACKOFF" || life.state === "STOPPING")
      expect(Number.isFinite(life.due)).toBe(true);
  }
  const states = [
    "STOPPED",
    "WAITING",
    "CLEANING",
    "STARTING",
    "RUNNING",
    "BACKOFF",
    "STOPPING",
    "EXITED",
    "FATAL",
    "UNKNOWN",
  ];
  expect(states.filter((state) => ![...visited].some((edge) => edge.endsWith(`>${state}`)))).toEqual([]);
  const legal = new Set(
    [
      "STOPPED>STARTING EXITED>STARTING FATAL>STARTING BACKOFF>STARTING STARTING>RUNNING STARTING>BACKOFF",
      "STARTING>STOPPING RUNNING>STOPPING RUNNING>EXITED STOPPING>STOPPED BACKOFF>STOPPED BACKOFF>FATAL",
      "STOPPING>UNKNOWN STARTING>UNKNOWN RUNNING>UNKNOWN UNKNOWN>EXITED",
      "STOPPED>WAITING EXITED>WAITING FATAL>WAITING BACKOFF>WAITING WAITING>STARTING WAITING>BACKOFF WAITING>FATAL",
      "WAITING>STOPPED STARTING>CLEANING RUNNING>CLEANING STOPPING>CLEANING UNKNOWN>CLEANING",
      "CLEANING>STOPPED CLEANING>EXITED CLEANING>BACKOFF CLEANING>FATAL",
      // A oneshot ends well whenever it ends, and fails however long it took; a crash loop ends in EXITED's place.
      "STARTING>EXITED RUNNING>BACKOFF EXITED>FATAL",
    ].flatMap((line) => line.split(" ")),
  );
  const illegal = [...visited].filter((edge) => {
    const [from, to] = edge.split(">");
    return from !== to && !legal.has(edge);
  });
  expect(illegal).toEqual([]);
});
