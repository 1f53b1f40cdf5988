/** A short run of the fuzzer against the HTTP server. */
import { afterAll, expect, test } from "vitest";
import { run, targetOf } from "../../scripts/fuzz/run.ts";

afterAll(() => targetOf("http").end?.());

test("http: nothing is found in 1600 generated connections", async () => {
  expect(await run("http", 20261122, 0, 1600)).toBeNull();
}, 60_000);
