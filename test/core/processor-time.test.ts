import { describe, expect, test } from "vitest";
import { account, emptyLedger, type Ledger, type Spender } from "../../src/core/processor-time.ts";

const spender = (pid: number, parent: number, ownTicks: number, waitedTicks = 0, startTicks = pid): Spender => ({
  pid,
  parent,
  startTicks,
  ownTicks,
  waitedTicks,
});

const total = (...looks: Spender[][]): number => looks.reduce(account, emptyLedger).totalTicks;

test("what has been spent before the first look counts, with all that was waited for", () => {
  expect(total([spender(2, 1, 10, 5), spender(3, 2, 7)])).toBe(22);
});

test("the time of one that has ended and was waited for is not counted again", () => {
  expect(total([spender(2, 1, 10), spender(3, 2, 7)], [spender(2, 1, 11, 9)])).toBe(20);
});

test("one that nobody waited for stays counted", () => {
  expect(total([spender(2, 1, 10), spender(3, 2, 7)], [spender(2, 1, 10)], [spender(2, 1, 12)])).toBe(19);
});

test("a whole branch that ended between two looks is taken off at the nearest ancestor that lives", () => {
  const before = [spender(2, 1, 10), spender(3, 2, 7, 1), spender(4, 3, 5, 2)];
  expect(total(before, [spender(2, 1, 10, 16)])).toBe(26);
});

test("one that ended between the looks at its parent and at itself is taken off at the next look", () => {
  expect(total([spender(2, 1, 10), spender(3, 2, 7)], [spender(2, 1, 10)], [spender(2, 1, 10, 8)])).toBe(18);
});

test("one that has been given the pid of another begins at nothing", () => {
  const before = [spender(2, 1, 10), spender(3, 2, 70, 0, 100)];
  expect(total(before, [spender(2, 1, 10, 70), spender(3, 2, 4, 0, 200)])).toBe(84);
});

test("a zombie counts until it is waited for, and not again then", () => {
  const alive = [spender(2, 1, 10), spender(3, 2, 7)];
  const zombie = [spender(2, 1, 10), spender(3, 2, 8)];
  expect(total(alive, zombie, [spender(2, 1, 10, 8)])).toBe(18);
});

describe("in a random life of a tree", () => {
  test.each([1, 2, 3])("the total never falls, and lacks only what is lost unseen, seed %i", (seed) => {
    const kernel = new Kernel(seed);
    let ledger: Ledger = emptyLedger;
    for (let look = 0; look < 5000; look++) {
      for (let act = kernel.random(8); act > 0; act--) kernel.act();
      const next = account(ledger, kernel.look(look % 2 === 0));
      expect(next.totalTicks).toBeGreaterThanOrEqual(ledger.totalTicks);
      expect(next.totalTicks).toBeLessThanOrEqual(kernel.spent);
      expect(next.totalTicks).toBeGreaterThanOrEqual(kernel.spent - kernel.unseen());
      ledger = next;
    }
    expect(kernel.spent).toBeGreaterThan(10_000);
    expect(ledger.totalTicks).toBeGreaterThan(kernel.spent / 2);
  });
});

interface Task {
  readonly pid: number;
  parent: number;
  readonly startTicks: number;
  ownTicks: number;
  waitedTicks: number;
  zombie: boolean;
}

/** What the kernel does with processes: fork, run, exit, wait, and children that are left or that nobody waits for. */
class Kernel {
  spent = 0;
  readonly #tasks = new Map<number, Task>();
  #state: number;
  #births = 0;
  #lost = 0;

  constructor(seed: number) {
    this.#state = seed;
    this.#fork(1);
  }

  random(below: number): number {
    this.#state = (Math.imul(this.#state, 1_103_515_245) + 12_345) & 0x7fffffff;
    return Math.floor((this.#state / 0x80000000) * below);
  }

  act(): void {
    const tasks = [...this.#tasks.values()];
    const task = tasks[this.random(tasks.length)] as Task;
    switch (this.random(6)) {
      case 0:
        if (!task.zombie && tasks.length < 12) this.#fork(task.pid);
        break;
      case 1:
        if (!task.zombie && task !== tasks[0]) this.#exit(task);
        break;
      case 2:
        if (task.zombie) this.#reap(task, true);
        break;
      case 3:
        // A parent that ignores SIGCHLD.
        if (task.zombie) this.#reap(task, this.random(4) > 0);
        break;
      default:
        if (!task.zombie) this.#run(task, this.random(10));
    }
  }

  /** Parents before children; others may act between one and the next. */
  look(atOnce: boolean): Spender[] {
    const seen: Spender[] = [];
    const reach = (parent: number) => {
      for (const pid of [...this.#tasks.values()].filter((task) => task.parent === parent).map((task) => task.pid)) {
        if (!atOnce) this.act();
        const task = this.#tasks.get(pid);
        if (task === undefined || task.parent !== parent) continue;
        seen.push({ ...task });
        reach(pid);
      }
    };
    reach(1);
    return seen;
  }

  /** What no look can tell: of those that went without being waited for, and what living ones have spent since. */
  unseen(): number {
    const living = [...this.#tasks.values()].reduce((sum, task) => sum + task.ownTicks + task.waitedTicks, 0);
    return this.#lost + living;
  }

  #fork(parent: number): void {
    // Few pids, so that they are soon given again.
    let pid = 2;
    while (this.#tasks.has(pid)) pid++;
    const task = { pid, parent, startTicks: ++this.#births, ownTicks: 0, waitedTicks: 0, zombie: false };
    this.#tasks.set(pid, task);
  }

  #run(task: Task, ticks: number): void {
    task.ownTicks += ticks;
    this.spent += ticks;
  }

  #exit(task: Task): void {
    task.zombie = true;
    for (const other of this.#tasks.values()) if (other.parent === task.pid) other.parent = 1;
  }

  #reap(task: Task, counted: boolean): void {
    this.#tasks.delete(task.pid);
    const parent = this.#tasks.get(task.parent);
    if (counted && parent !== undefined) parent.waitedTicks += task.ownTicks + task.waitedTicks;
    else this.#lost += task.ownTicks + task.waitedTicks;
  }
}
