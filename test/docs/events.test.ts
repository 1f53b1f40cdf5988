import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { happeningTypes } from "../../src/core/happenings.ts";

test("every type of entry is described, and no other", () => {
  const page = readFileSync(new URL("../../docs/events.md", import.meta.url), "utf8");
  const table = page.slice(page.indexOf("| `type` | when | fields |"));
  const described = [...table.matchAll(/^\| `(\w+)` \| (?!when)/gm)].map(([, type]) => type);
  expect(described.toSorted()).toEqual(["missed", "stream", ...happeningTypes].toSorted());
});
