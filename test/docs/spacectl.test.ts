/** docs/spacectl.md has every command of ours, all that print JSON, and the exit codes that the manual page has. */
import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { manualPages } from "../../scripts/manual.ts";
import { commands } from "../../src/cli/commands.ts";
import { syntaxOf } from "../../src/cli/syntax.ts";

const page = readFileSync(new URL("../../docs/spacectl.md", import.meta.url), "utf8");
const [, own = "", json = "", codes = ""] = page.split(/^\| (?:command|code) \|.*$/m);

/** The first word of the first cell of each row. */
const firsts = (table: string): string[] => [...table.matchAll(/^\| `?(\w+)/gm)].map(([, word = ""]) => word);

test("every command of ours is there, and no other", () => {
  expect(firsts(own)).toEqual([...commands.values()].filter(({ beyond }) => beyond).map(({ name }) => name));
});

test("those that need no daemon are marked", () => {
  const offline = firsts([...own.matchAll(/^.*\| yes \|.*$/gm)].join("\n"));
  expect(offline).toEqual([...commands.values()].filter(({ offline }) => offline).map(({ name }) => name));
});

test("every command with --json is described", () => {
  const withJson = [...commands.keys()].filter((name) =>
    syntaxOf(name)?.options.some(({ names }) => names.includes("--json")),
  );
  expect(firsts(json).toSorted()).toEqual(withJson.toSorted());
});

test("exit codes are those of the manual page", () => {
  const [, section = ""] = manualPages("2026-11-22").get("spacectl.1")?.split('.SH "EXIT STATUS"') ?? [];
  const [part = ""] = section.split(/^\.SH /m);
  const inManual = [...part.matchAll(/^\\fB(\d+)\\fR$/gm)].map(([, code = ""]) => code);
  expect(inManual.length).toBeGreaterThan(5);
  expect(firsts(codes)).toEqual(inManual);
});
