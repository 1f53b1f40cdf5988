import { expect, test } from "vitest";
import { noTally } from "../../src/core/tally.ts";
import { Lifetime } from "../../src/daemon/lifetime.ts";

const process = (name: string, startFailures: number, stdout = 0) => ({
  group: "g",
  settings: { name },
  counts: {
    tally: startFailures === 0 ? noTally : { ...noTally, startFailures },
    outputBytes: { stdout, stderr: 0 },
  },
});

test("what is counted of a process goes on with the next one of its name", () => {
  const lifetime = new Lifetime(0);
  expect(lifetime.enter("g", "a").tally).toBe(noTally);
  lifetime.leave(process("a", 3, 7));
  expect(lifetime.enter("g", "a")).toMatchObject({ tally: { startFailures: 3 }, outputBytes: { stdout: 7 } });
  expect(lifetime.enter("h", "a").tally).toBe(noTally);
});

test("one that leaves twice counts once, though another has its name by then", () => {
  const lifetime = new Lifetime(0);
  const first = process("a", 1);
  lifetime.leave(first);
  lifetime.leave(process("a", 2));
  lifetime.leave(first);
  expect(lifetime.enter("g", "a").tally.startFailures).toBe(2);
});

test("of those that never come back the last thousand are remembered", () => {
  const lifetime = new Lifetime(0);
  for (let n = 0; n < 1500; n++) lifetime.leave(process(`p${n}`, 1));
  const known = Array.from({ length: 1500 }, (_, n) => lifetime.enter("g", `p${n}`).tally !== noTally);
  expect(known.filter(Boolean)).toHaveLength(1000);
  expect([known[499], known[500]]).toEqual([false, true]);
});

test("reloads are counted by how they went, and the last good one is remembered", async () => {
  const lifetime = new Lifetime(10);
  expect(lifetime.reloads).toEqual({ succeeded: 0, failed: 0, ok: true, goodAt: 10 });
  await lifetime.reload(
    async () => ({}) as never,
    () => 20,
  );
  await expect(
    lifetime.reload(
      () => Promise.reject(new Error("bad")),
      () => 30,
    ),
  ).rejects.toThrow("bad");
  expect(lifetime.reloads).toEqual({ succeeded: 1, failed: 1, ok: false, goodAt: 20 });
});
