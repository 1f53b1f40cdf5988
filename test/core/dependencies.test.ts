import { describe, expect, test } from "vitest";
import { DependencyNames, type Dependent, groupsNeededFirst } from "../../src/core/dependencies.ts";

const process = (name: string, dependsOn: readonly string[] = [], program = name): Dependent => ({
  name,
  program,
  care: { dependsOn: dependsOn.map((on) => ({ on, condition: "started" as const })) },
});

/** Groups of one process each that has the group's name. */
const alone = (dependencies: Readonly<Record<string, readonly string[]>>) =>
  new DependencyNames(
    Object.entries(dependencies).map(([name, dependsOn]) => ({ name, processes: [process(name, dependsOn)] })),
  );

const round = (names: DependencyNames<Dependent>) =>
  names.cycle()?.map(({ group, process }) => `${group}:${process.name}`);

describe("a name means", () => {
  const names = new DependencyNames([
    { name: "worker", processes: [process("w_0", [], "worker"), process("w_1", [], "worker")] },
    { name: "app", processes: [process("web"), process("db")] },
    { name: "db2", processes: [process("web")] },
  ]);

  test.each([
    ["worker", ["worker:w_0", "worker:w_1"]],
    ["web", ["app:web", "db2:web"]],
    ["app", ["app:web", "app:db"]],
    ["app:*", ["app:web", "app:db"]],
    ["worker:w_1", ["worker:w_1"]],
    ["w_1", []],
    ["app:w_1", []],
    ["constructor", []],
  ])("%s: %j", (name, members) => {
    expect(names.named(name).map(({ group, process }) => `${group}:${process.name}`)).toEqual(members);
  });

  test("a program before a group that has its name", () => {
    const both = new DependencyNames([
      { name: "a", processes: [process("x")] },
      { name: "b", processes: [process("a")] },
    ]);
    expect(both.named("a").map(({ group }) => group)).toEqual(["b"]);
  });
});

describe("a circle", () => {
  test("is found and begins and ends with the same process", () => {
    expect(round(alone({ db: [], web: ["api"], api: ["db", "cache"], cache: ["web"] }))).toEqual([
      "web:web",
      "api:api",
      "cache:cache",
      "web:web",
    ]);
  });

  test("is found behind what leads to it", () => {
    expect(round(alone({ a: ["b"], b: ["c"], c: ["b"] }))).toEqual(["b:b", "c:c", "b:b"]);
  });

  test("can be one process that waits for itself or for its own group", () => {
    expect(round(alone({ a: ["a"] }))).toEqual(["a:a", "a:a"]);
    const own = new DependencyNames([{ name: "g", processes: [process("x", ["g"]), process("y")] }]);
    expect(round(own)).toEqual(["g:x", "g:x"]);
  });

  test("is none where two wait for the same one", () => {
    expect(round(alone({ a: ["b", "c"], b: ["d"], c: ["d"], d: [] }))).toBeUndefined();
  });

  test("is none where a process waits for the one before it in its own program", () => {
    const processes = [process("w_0", [], "w"), process("w_1", ["w:w_0"], "w"), process("w_2", ["w:w_1"], "w")];
    expect(round(new DependencyNames([{ name: "w", processes }]))).toBeUndefined();
  });

  test("is none for names that nobody has", () => {
    expect(round(alone({ a: ["nobody"] }))).toBeUndefined();
  });

  test("costs no more than the names have members, however many wait for however many, and however long the chain", () => {
    const many = Array.from({ length: 2000 }, (_, index) => process(`a${index}`, ["b"], "a"));
    const awaited = Array.from({ length: 2000 }, (_, index) => process(`b${index}`, ["c0"], "b"));
    const chain = Array.from({ length: 20_000 }, (_, index) => process(`c${index}`, [`c${index + 1}`]));
    const groups = [many, awaited, [...chain, process("c20000", ["a"])]];
    const names = new DependencyNames(groups.map((processes, index) => ({ name: `g${index}`, processes })));
    expect(names.cycle()).toHaveLength(20_004);
  });
});

test("groups come after those they need, by way of others, too, and stay as they were where nobody needs anybody", () => {
  const group = (name: string, ...needs: string[]) => ({ name, processes: [process(`${name}1`, needs)] });
  const names = (groups: readonly { name: string }[]) => groups.map(({ name }) => name);
  const list = [group("api", "migrate:migrate1"), group("cron"), group("db"), group("migrate", "db1")];
  expect(names(groupsNeededFirst(list))).toEqual(["db", "migrate", "api", "cron"]);
  expect(names(groupsNeededFirst(list.toReversed()).toReversed())).toEqual(["api", "cron", "migrate", "db"]);
  const plain = [group("b"), group("a")];
  expect(groupsNeededFirst(plain)).toBe(plain);
});
