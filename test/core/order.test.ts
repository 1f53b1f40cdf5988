/** Who starts after whom and stops before whom: the laws, over random graphs, and how time is shared. */
import { describe, expect, test } from "vitest";
import { neededFirst, partOf, reached, StopOrder } from "../../src/core/order.ts";
import { randomNumbers } from "../helpers/random.ts";

interface Item {
  readonly n: number;
  readonly priority: number;
}

/** Random items, and who needs whom without a circle: later ones need earlier ones, shuffled. */
function randomGraph(seed: number) {
  const random = randomNumbers(seed);
  const items: Item[] = Array.from({ length: 1 + random(12) }, (_, n) => ({ n, priority: random(4) * 100 }));
  const needs = new Map<Item, Item[]>();
  for (const item of items)
    needs.set(
      item,
      items.filter((other) => other.n < item.n && random(4) === 0),
    );
  const neededBy = (item: Item) => items.filter((other) => needs.get(other)?.includes(item));
  const shuffled = items.toSorted((a, b) => ((a.n * 7919 + seed) % 31) - ((b.n * 7919 + seed) % 31));
  return { items: shuffled, needs: (item: Item) => needs.get(item) ?? [], neededBy, random };
}

const seeds = Array.from({ length: 500 }, (_, seed) => seed);

describe("the order of starts", () => {
  test("has everybody once, after all that they need", () => {
    for (const seed of seeds) {
      const { items, needs } = randomGraph(seed);
      const ordered = neededFirst(items, needs);
      expect(new Set(ordered)).toEqual(new Set(items));
      expect(ordered).toHaveLength(items.length);
      for (const item of ordered)
        for (const need of needs(item)) expect(ordered.indexOf(need)).toBeLessThan(ordered.indexOf(item));
    }
  });

  test("minds those in between who are not asked for themselves", () => {
    const needs: Record<string, string[]> = { web: ["api"], api: ["db"] };
    expect(neededFirst(["web", "cron", "db"], (name) => needs[name] ?? [])).toEqual(["db", "web", "cron"]);
  });

  test("is the order of asking where nobody needs anybody, and ends in a circle, too", () => {
    expect(neededFirst([3, 1, 2], () => [])).toEqual([3, 1, 2]);
    expect(neededFirst([1, 2, 3], (n) => [(n % 3) + 1])).toEqual([3, 2, 1]);
  });

  test("takes a chain of any length", () => {
    const length = 50_000;
    const ordered = neededFirst([0], (n) => (n < length ? [n + 1] : []));
    expect(ordered).toEqual([0]);
    expect(reached(0, (n) => (n < length ? [n + 1] : [])).size).toBe(length);
  });
});

describe("the order of stops", () => {
  test("asks nobody while somebody that needs it is left, and in the end everybody", () => {
    for (const seed of seeds) {
      const { items, neededBy, random } = randomGraph(seed);
      const order = new StopOrder(items, neededBy);
      const { left } = order;
      const asked = new Set<Item>();
      while (left.size > 0) {
        const next = order.next();
        expect(next).not.toEqual([]);
        for (const item of next) {
          expect(neededBy(item).filter((other) => left.has(other))).toEqual([]);
          asked.add(item);
        }
        // Any of those that have been asked may be the next that is gone.
        const going = [...asked].filter((item) => left.has(item));
        order.gone(going[random(going.length)] as Item);
      }
      expect(asked.size).toBe(items.length);
    }
  });

  test("is that of priorities, highest first and equal ones together, where nobody needs anybody", () => {
    const items = [1, 999, 50, 999].map((priority, n) => ({ priority, n }));
    expect(new StopOrder(items, () => []).steps().map((step) => step.map(({ n }) => n))).toEqual([[1, 3], [2], [0]]);
  });

  test("lets need go before priority, and priority decide between those that are free", () => {
    const [db, web, cron, listener] = [900, 1, 500, -1].map((priority) => ({ priority }));
    const neededBy = (item: unknown) => (item === db && web ? [web] : []);
    const all = [db, web, cron, listener].filter((item) => item !== undefined);
    expect(new StopOrder(all, neededBy).steps()).toEqual([[cron], [web], [db], [listener]]);
  });

  test("goes by priority in a circle", () => {
    const circle = [{ priority: 1 }, { priority: 2 }];
    expect(new StopOrder(circle, (item) => circle.filter((other) => other !== item)).steps()).toEqual([
      [{ priority: 2 }],
      [{ priority: 1 }],
    ]);
  });

  test("does not wait for a slow one that has nothing to do with it", () => {
    const [db, web, worker] = ["db", "web", "worker"].map((name) => ({ name, priority: 999 }));
    const neededBy = (item: unknown) => (item === db && web ? [web] : []);
    const order = new StopOrder(
      [db, web, worker].filter((item) => item !== undefined),
      neededBy,
    );
    expect(order.next()).toEqual([web, worker]);
    if (web !== undefined) order.gone(web);
    expect(
      order
        .next()
        .map(({ name }) => name)
        .sort(),
    ).toEqual(["db", "worker"]);
  });
});

describe("the time for a step", () => {
  const limit = (ms: number) => ms;

  test("is in proportion to what it may take", () => {
    expect(partOf(7000, [[60_000, 10], [10_000]], limit)).toBe(6000);
    expect(partOf(1000, [[10_000]], limit)).toBe(1000);
    expect(partOf(1000, [[0], [0]], limit)).toBe(1000);
  });

  test("is never less than what it may take when there is enough for all, and leaves the others theirs", () => {
    const random = randomNumbers(3);
    for (let n = 0; n < 1000; n++) {
      const steps = Array.from({ length: 1 + random(5) }, () => Array.from({ length: 1 + random(3) }, () => random(9)));
      const needed = steps.map((step) => Math.max(...step));
      const sum = needed.reduce((a, b) => a + b, 0);
      const left = sum + random(10);
      const part = partOf(left, steps, limit);
      expect(part).toBeGreaterThanOrEqual(needed[0] ?? 0);
      expect(part).toBeLessThanOrEqual(left);
      // When it takes only what it may, there is again enough for the rest.
      expect(left - (needed[0] ?? 0)).toBeGreaterThanOrEqual(sum - (needed[0] ?? 0));
    }
  });
});
