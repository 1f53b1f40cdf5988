/** A short run of the fuzzer with a seed of its own: long ones are `npm run fuzz`. HTTP is in `http.test.ts`, as it waits. */
import { afterAll, expect, test } from "vitest";
import { run, targetOf } from "../../scripts/fuzz/run.ts";
import { targets } from "../../scripts/fuzz/targets.ts";

const names = Object.keys(targets).filter((name) => name !== "http");

afterAll(async () => {
  await Promise.all(names.map((name) => targetOf(name).end?.()));
});

test.each(names)(
  "%s: nothing is found in 2000 generated inputs",
  async (name) => {
    expect(await run(name, 20261122, 0, 2000)).toBeNull();
  },
  60_000,
);
