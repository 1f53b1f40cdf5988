/** docs/compatibility.md names all there is and nothing else: each of its tables against the table in the program. */
import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { perform } from "../../src/api/operations.ts";
import { routes } from "../../src/api/server.ts";
import { commands } from "../../src/cli/commands.ts";
import { parseFlags } from "../../src/cli/flags.ts";
import { usage } from "../../src/cli/usage.ts";
import { parseDaemonFlags } from "../../src/config/flags.ts";
import { options, optionsOf, type SectionKind, sectionSpelling } from "../../src/config/options.ts";
import { eventTypes, includes } from "../../src/core/events.ts";
import { faultCodes } from "../../src/core/faults.ts";
import { signalNames } from "../../src/core/signals.ts";
import { FakeDaemon } from "../helpers/fake-daemon.ts";

interface Row {
  /** What stands in backticks in the first cell, or the cell itself. */
  readonly names: readonly string[];
  readonly first: string;
  readonly status: string;
  readonly remark: string;
}

const text = readFileSync(new URL("../../docs/compatibility.md", import.meta.url), "utf8");

/** Rows by the heading they stand under and by what their table is of: `## HTTP` has a table of paths and one of parts. */
const tables = new Map<string, Row[]>();
let heading = "";
let kind = "";
for (const line of text.split("\n")) {
  if (line.startsWith("#")) heading = line.replace(/^#+ /, "").replaceAll("`", "");
  const cells = /^\|(.*)\|$/
    .exec(line)?.[1]
    ?.split(" | ")
    .map((cell) => cell.replace(/^ *\|? *| *\|? *$/g, ""));
  if (cells === undefined) kind = "";
  else if (kind === "") kind = cells[0] ?? "";
  else if (!/^-+$/.test(cells[0] ?? "")) {
    const [first = "", status = "", remark = ""] = cells;
    const named = [...first.matchAll(/`([^`]+)`/g)].map(([, name]) => name ?? "");
    const rows = tables.get(`${heading}: ${kind}`) ?? [];
    rows.push({ names: named.length > 0 ? named : [first], first, status, remark });
    tables.set(`${heading}: ${kind}`, rows);
  }
}

const rowsOf = (table: string): readonly Row[] => tables.get(table) ?? [];
const namesIn = (table: string): string[] => rowsOf(table).flatMap(({ names }) => names);

/** The same names, none twice. */
function expectNames(table: string, expected: Iterable<string>): void {
  expect(namesIn(table).toSorted()).toEqual([...expected].sort());
}

test("every row has a status, and a remark when it is not the same", () => {
  const rows = [...tables.values()].flat();
  expect(rows.length).toBeGreaterThan(200);
  expect(rows.filter(({ status }) => !["same", "better", "not supported"].includes(status))).toEqual([]);
  expect(rows.filter(({ status, remark }) => status !== "same" && remark === "")).toEqual([]);
});

describe("every key of every section is there, and no other", () => {
  const shared = ["fcgi-program", "eventlistener"];
  const theirs = (Object.keys(options) as SectionKind[]).filter((kind) => kind !== "log_target");
  test.each(theirs)("%s", (section) => {
    const spelling = sectionSpelling(section);
    const known = Object.entries(optionsOf(section)).filter(([, { ours }]) => ours === undefined);
    const own = known.filter(([key]) => !shared.includes(section) || !Object.hasOwn(options.program, key));
    expectNames(
      `[${spelling}${spelling.endsWith(":") ? "x" : ""}]: key`,
      own.map(([key]) => key),
    );
  });

  test("no other section is described", () => {
    const headings = [...tables.keys()].filter((table) => table.endsWith(": key"));
    expect(headings).toHaveLength(theirs.length);
  });
});

/** Flags in the lines of a help text that begin with one. */
const flagsIn = (help: string): string[] =>
  help.split("\n").flatMap((line) => line.match(/^ *(-\S.*?)(?: {2}|$)/)?.[1]?.match(/(?<![\w-])--?[\w?]+/g) ?? []);

test("every flag of the daemon is there, and no other", () => {
  const parsed = parseDaemonFlags(["-h"]);
  expectNames("Flags of spaced: flag", flagsIn(parsed.type === "help" ? parsed.text : ""));
});

test("every flag of the control program is there, and no other", () => {
  expect(parseFlags(["-?"])).toBe("help");
  expectNames("Flags of spacectl: flag", ["-?", ...flagsIn(usage("spacectl")).filter((flag) => flag !== "--json")]);
});

test("every command is there, and no other", () => {
  const reference = [...commands.values()].filter(({ beyond }) => beyond === undefined);
  expectNames("Commands: command", ["help", ...reference.map(({ name }) => name)]);
});

test("every method is there, and no other", async () => {
  const reply = { reserve: () => undefined, release: () => undefined };
  const request = { daemon: new FakeDaemon(), mayChange: false, reply, onBug: () => undefined };
  expectNames("Methods: method", (await perform(request, "system.listMethods", [])) as string[]);
});

test("every fault is there with its number, and no other", () => {
  const faults = Object.entries(faultCodes).map(([name, code]) => `\`${code}\` ${name}`);
  expect(rowsOf("Faults: code").map(({ first }) => first)).toEqual(faults);
});

test("every event is there, and no other", () => {
  expectNames(
    "Types: event",
    eventTypes.filter((name) => includes(["EVENT"], name)),
  );
});

test("every address of the server is there, and no other", () => {
  const answering = namesIn("HTTP: path").map((example) => {
    const [method, address = ""] = example.split(" ");
    const { pathname, searchParams } = new URL(address, "http://x");
    const found = routes.find(
      (route) =>
        route.method === method &&
        route.path.test(pathname) &&
        (route.parameter === undefined || searchParams.has(route.parameter)),
    );
    expect(found, example).toBeDefined();
    return found;
  });
  expect(routes.filter((route) => !answering.includes(route))).toEqual([]);
});

test("signals are called by their names", () => {
  const names = namesIn("Signals: signal");
  expect(names).toContain("SIGTERM");
  expect(names.filter((name) => !signalNames.includes(name.replace(/^SIG/, "")))).toEqual([]);
});
