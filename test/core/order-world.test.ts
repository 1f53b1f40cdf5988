/**
 * Many lives that need each other, as data, with one clock that is turned by hand: whatever the graph and
 * whatever dies when, nobody is spawned before what it needs is there, and everybody comes up in the end.
 */
import { expect, test } from "vitest";
import type { Condition } from "../../src/core/care.ts";
import { isMet, missing, type Standing } from "../../src/core/conditions.ts";
import { noHistory, remember } from "../../src/core/history.ts";
import { type Input, type Life, type Policy, stopped } from "../../src/core/life.ts";
import { step } from "../../src/core/lifecycle.ts";
import { StopOrder } from "../../src/core/order.ts";
import { whenEnding } from "../../src/daemon/policy.ts";
import { randomNumbers } from "../helpers/random.ts";
import { policy } from "./life-world.ts";

type Random = (n: number) => number;

interface Member {
  readonly name: string;
  readonly priority: number;
  readonly needs: readonly { readonly member: Member; readonly condition: Condition }[];
  readonly policy: Policy;
  /** Of its children, how many die before one is good. */
  bad: number;
  /** What its present child does next: ends, or becomes healthy. */
  next: { at: number; does: "exit" | "fail" | "healthy" } | null;
  healthy: boolean;
  life: Life;
  history: typeof noHistory;
}

function members(random: Random): Member[] {
  const all: Member[] = [];
  const count = 2 + random(9);
  for (let n = 0; n < count; n++) {
    const oneshot = random(3) === 0;
    const needs = all
      .filter(() => random(3) === 0)
      .map((member) => {
        const conditions: Condition[] = member.policy.oneshot ? ["completed", "started"] : ["started", "healthy"];
        return { member, condition: conditions[random(2)] ?? "started" };
      });
    all.push({
      name: `p${n}`,
      priority: random(3),
      needs,
      policy: {
        ...policy,
        oneshot,
        prepares: needs.length > 0,
        prepareMs: 0,
        startRetries: 99,
        startMs: random(3) * 500,
      },
      bad: random(3),
      next: null,
      healthy: false,
      life: stopped,
      history: noHistory,
    });
  }
  return all;
}

class World {
  readonly members: readonly Member[];
  readonly spawns: string[] = [];
  ending = false;
  now = 0;
  pids = 0;
  readonly #random: Random;

  constructor(members: readonly Member[], random: Random) {
    this.members = members;
    this.#random = random;
  }

  standing({ name, life, healthy, history, policy: { oneshot } }: Member): Standing {
    return { name, life, healthy: life.state === "RUNNING" && healthy, completed: oneshot && history.completed };
  }

  unmet(member: Member): string | null {
    return missing(
      member.needs.map(({ member: { name }, condition, member: needed }) => ({
        on: name,
        condition,
        standings: [this.standing(needed)],
      })),
    );
  }

  take(member: Member, asked: Input): void {
    const before = member.life;
    const input = this.ending ? whenEnding(before, asked) : asked;
    const [after, ...effects] = step(before, input, member.policy, this.now);
    member.life = after;
    member.history = remember(member.history, before, input, after, this.now);
    for (const { type } of effects) {
      if (type === "prepare") this.look(member);
      if (type === "spawn") this.spawn(member);
      if (type === "kill") member.next = { at: this.now + this.#random(300), does: "exit" };
    }
  }

  spawn(member: Member): void {
    for (const { member: needed, condition } of member.needs)
      expect(isMet(condition, this.standing(needed)), `${member.name} is spawned before ${needed.name}`).toBe(true);
    this.spawns.push(member.name);
    member.healthy = false;
    this.take(member, { type: "spawned", pid: ++this.pids });
    const at = this.now + this.#random(2000);
    if (member.bad-- > 0) member.next = { at, does: "fail" };
    else member.next = { at, does: member.policy.oneshot ? "exit" : "healthy" };
  }

  /** What the daemon does when something that a waiting one needs has taken a step. */
  look(member: Member): void {
    if (member.life.state !== "WAITING") return;
    const why = this.unmet(member);
    if (why === null) this.take(member, { type: "cleared" });
    else if (why !== member.life.why) this.take(member, { type: "held", why });
  }

  /** The next thing that happens; false when nothing will. */
  turn(): boolean {
    const moments = this.members.flatMap((member) => [
      ...(member.life.due === null ? [] : [{ member, at: member.life.due, child: false }]),
      ...(member.next === null ? [] : [{ member, at: member.next.at, child: true }]),
    ]);
    const [first] = moments.sort((a, b) => a.at - b.at);
    if (first === undefined) return false;
    this.now = Math.max(this.now, first.at);
    if (first.child) this.child(first.member);
    else this.take(first.member, { type: "due" });
    for (const member of this.members) this.look(member);
    return true;
  }

  child(member: Member): void {
    const does = member.next?.does;
    member.next = null;
    if (does === "healthy") member.healthy = true;
    else {
      const exit = { code: does === "exit" ? 0 : 1, signal: null, core: false } as const;
      this.take(member, { type: "exited", exit, orphans: false });
    }
  }
}

const isUp = ({ life, policy: { oneshot }, history }: Member): boolean =>
  oneshot ? history.completed : life.state === "RUNNING";

test("nobody is spawned before what it needs is there, and in the end everybody is up, whatever dies meanwhile", () => {
  for (let seed = 0; seed < 400; seed++) {
    const random = randomNumbers(seed);
    const world = new World(members(random), random);
    for (const member of world.members.toSorted((a, b) => ((a.priority + seed) % 3) - ((b.priority + seed) % 3)))
      world.take(member, { type: "start" });
    let turns = 0;
    while (world.turn() && !world.members.every(isUp))
      if (++turns > 5000) throw new Error(`seed ${seed}: ${world.members.map(({ life }) => life.state).join(" ")}`);
    expect(world.members.filter((member) => !isUp(member)).map(({ name, life }) => `${name} ${life.state}`)).toEqual(
      [],
    );

    // And down again: whoever is asked to stop is needed by nobody that has a child.
    const neededBy = (member: Member) =>
      world.members.filter(({ needs }) => needs.some(({ member: needed }) => needed === member));
    world.ending = true;
    const order = new StopOrder(world.members, neededBy);
    while (order.left.size > 0) {
      for (const member of order.next()) {
        if (["STOPPING", "STOPPED", "FATAL"].includes(member.life.state)) continue;
        expect(neededBy(member).filter(({ life }) => "pid" in life)).toEqual([]);
        world.take(member, { type: "abandon" });
      }
      world.turn();
      for (const member of [...order.left])
        if (["STOPPED", "EXITED", "FATAL"].includes(member.life.state)) order.gone(member);
      if (++turns > 10_000) throw new Error(`seed ${seed} never ends`);
    }
  }
});

test("branches that have nothing to do with each other start in the same moment", () => {
  const one = { ...policy, prepares: false };
  const make = (name: string, needs: Member["needs"]): Member => ({
    name,
    priority: 0,
    needs,
    policy: { ...one, prepares: needs.length > 0 },
    bad: 0,
    next: null,
    healthy: false,
    life: stopped,
    history: noHistory,
  });
  const [db, cache] = [make("db", []), make("cache", [])];
  const web = make("web", [{ member: db, condition: "started" }]);
  const cron = make("cron", [{ member: cache, condition: "started" }]);
  const world = new World([web, cron, db, cache], () => 1);
  for (const member of world.members) world.take(member, { type: "start" });
  expect(world.spawns).toEqual(["db", "cache"]);
  while (world.now < 1000) world.turn();
  world.turn();
  expect([world.now, world.spawns.slice(2)]).toEqual([1000, ["web", "cron"]]);
});
