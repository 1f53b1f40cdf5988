import { expect, test } from "vitest";
import { compareGroups, same } from "../../src/core/changes.ts";
import type { GroupSettings } from "../../src/core/program.ts";

const group = (name: string, processes: unknown[] = []): GroupSettings =>
  ({ kind: "program", name, priority: 999, processes }) as never;

test("groups are added, changed and removed by name and by all that is in them", () => {
  const active = [
    group("stays", [{ command: "a", environment: { A: "1" } }]),
    group("changes", [{ command: "a" }]),
    group("leaves"),
  ];
  const wanted = [
    group("arrives"),
    group("stays", [{ environment: { A: "1" }, command: "a" }]),
    group("changes", [{ command: "b" }]),
  ];
  expect(compareGroups(active, wanted)).toEqual({ added: ["arrives"], changed: ["changes"], removed: ["leaves"] });
});

test.each([
  [{ a: [1, { b: null }] }, { a: [1, { b: null }] }, true],
  [{ a: 1 }, { a: 1, b: undefined }, false],
  [[1, 2], [1, 2, 3], false],
  [{}, [], false],
  [null, {}, false],
  ["1", 1, false],
])("%j and %j: same is %s", (a, b, expected) => {
  expect(same(a, b)).toBe(expected);
  expect(same(b, a)).toBe(expected);
});
