/** The list that docs/order.md shows is fine, so that whoever copies it has one that starts. */
import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { complaints, config } from "../config/files.ts";

const page = readFileSync(new URL("../../docs/order.md", import.meta.url), "utf8");

test("the example has no mistake, and is in the order of its explanation", async () => {
  const [, ini = ""] = /```ini\n(.*?)```/s.exec(page) ?? [];
  expect(await complaints("example.ini", ini)).toEqual([]);
  const { groups } = await config("example.ini", ini);
  expect(groups.map(({ name }) => name)).toEqual(["db", "migrate", "web", "worker"]);
});
