/** What TAB offers in bash, zsh and fish: from the tables, and names from whoever knows them. */
import { readdirSync, readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { commands } from "../../src/cli/commands.ts";
import { type Offers, offersFor, summary } from "../../src/cli/offers.ts";
import { bashReplies, writtenLine } from "../../src/cli/shell-line.ts";
import { syntaxOf } from "../../src/cli/syntax.ts";
import { asProcesses } from "../../src/client/replies.ts";
import { happeningTypes } from "../../src/core/happenings.ts";
import { processInfo } from "../helpers/process-info.ts";

const processes = asProcesses([processInfo("cat", "cat"), processInfo("web", "a"), processInfo("web", "b")]);
const asked: string[][] = [];

function offered(...words: string[]): Promise<Offers> {
  return offersFor(words.slice(0, -1), words.at(-1) ?? "", {
    processes: async (flags) => {
      asked.push([...flags]);
      return processes;
    },
    syntaxOf: async (command) => syntaxOf(command),
  });
}
const wordsOf = async (...words: string[]) => (await offered(...words)).words.map(({ word }) => word);

test("every command is offered, with what it does", async () => {
  const { words } = await offered("");
  expect(words.map(({ word }) => word)).toEqual(["help", ...commands.keys()]);
  for (const { word, help } of words) expect(help, word).not.toBe("");
});

test.each<[string[], string[]]>([
  [
    ["-c", "f", "help", ""],
    ["help", ...commands.keys()],
  ],
  [
    ["status", ""],
    ["cat", "web:a", "web:*", "web:b"],
  ],
  [
    ["stop", "cat", ""],
    ["web:a", "web:*", "web:b", "all"],
  ],
  [
    ["update", ""],
    ["cat", "web", "all"],
  ],
  [
    ["add", ""],
    ["cat", "web"],
  ],
  [
    ["tail", ""],
    ["cat", "web:a", "web:b"],
  ],
  [
    ["tail", "-f", "cat", ""],
    ["stdout", "stderr"],
  ],
  [["tail", "-"], ["-f"]],
  [
    ["signal", "HUP", ""],
    ["cat", "web:a", "web:*", "web:b", "all"],
  ],
  [
    ["status", "-"],
    ["--json", "--help"],
  ],
  [["health", "--timeout", ""], []],
  [["events", "--type", ""], [...happeningTypes]],
  [
    ["events", "--type", "state,hook,l"],
    happeningTypes.filter((type) => type !== "state" && type !== "hook").map((type) => `state,hook,${type}`),
  ],
  [
    ["health", "--timeout", "5s", ""],
    ["cat", "web:a", "web:*", "web:b"],
  ],
  [
    ["completion", ""],
    ["bash", "zsh", "fish"],
  ],
  [
    ["import", ""],
    ["pm2", "procfile", "supervisord", "systemd"],
  ],
  [
    ["scale", ""],
    ["cat=", "web="],
  ],
  [["scale", "web="], []],
  [["version", ""], []],
  [["nonsense", ""], []],
  [["-s", ""], []],
  [["--serverurl="], []],
])("after %j come %j", async (words, expected) => {
  expect(await wordsOf(...words)).toEqual(expected);
});

test("signals are offered by their names", async () => {
  expect(await wordsOf("signal", "")).toEqual(expect.arrayContaining(["HUP", "TERM", "USR1"]));
});

test("flags are offered by both of their names, or by the long one when that is being written", async () => {
  expect(await wordsOf("-")).toEqual(expect.arrayContaining(["-c", "--configuration", "-h", "--help"]));
  expect(await wordsOf("-i", "--")).toEqual(expect.not.arrayContaining(["-c"]));
});

test.each([
  [["-c", ""]],
  [["-ic", ""]],
  [["--configuration", ""]],
  [["--configuration=x"]],
  [["-r", ""]],
  [["check", ""]],
])("files are offered after %j", async (words) => {
  expect(await offered(...words)).toEqual({ words: [], files: true });
});

test("files are offered for what is imported, once it is said what it is", async () => {
  expect((await offered("import", "systemd", "a.service", "")).files).toBe(true);
});

test("the daemon of the flags is asked, and only for names", async () => {
  asked.length = 0;
  await offered("-c", "other.conf", "-uroot", "stop", "");
  expect(asked).toEqual([["-c", "other.conf", "-uroot"]]);
  for (const words of [[""], ["-"], ["status", "-"], ["version", ""], ["signal", ""]]) await offered(...words);
  expect(asked).toHaveLength(1);
});

test("of each command that reads options of its own, these are known", () => {
  const folder = new URL("../../src/cli/commands/", import.meta.url);
  for (const file of readdirSync(folder)) {
    const command = file.replace(/\.ts$/, "");
    const text = readFileSync(new URL(file, folder), "utf8");
    if (/arguments\.ts"|listingArguments/.test(text) && command !== "completion")
      expect(syntaxOf(command), `parse… of ${command} in src/cli/arguments.ts`).not.toBe(null);
  }
});

test("a summary is the first thing that a help text says", () => {
  expect(summary("a <name>\t\tDo it\na all\tDo all")).toBe("Do it");
  expect(summary("a [FILE]\n\t\t\tDo it,\n\t\t\tand more")).toBe("Do it");
  expect(summary("nothing")).toBe("");
});

test.each([
  ["spacectl sta", ["spacectl"], "sta", ""],
  ["spacectl  -c 'my file' ", ["spacectl", "-c", "my file"], "", ""],
  ['spacectl status "wor', ["spacectl", "status"], "wor", '"'],
  ["spacectl a\\ b c\\", ["spacectl", "a b"], "c", ""],
  [`spacectl "a\\"b" 'c\\' d`, ["spacectl", 'a"b', "c\\"], "d", ""],
])("bash's line %j is read", (line, before, current, quote) => {
  expect(writtenLine(line)).toMatchObject({ before, current, quote });
});

test.each([
  ["s web", ["web:a", "web:\\*"]],
  ["s web:", ["a", "\\*"]],
  ["s web\\:", ["web:a", "web:\\*"]],
  ['s "web:', ["web:a", "web:*"]],
  ["s 'w", ["web:a", "web:*"]],
  ["s x", []],
])("to %j bash is given %j", (line, replies) => {
  expect(bashReplies(writtenLine(line), ["web:a", "web:*", "cat"], " :=")).toEqual(replies);
});

test("bash that does not break words at colons is given them whole", () => {
  expect(bashReplies(writtenLine("s web:"), ["web:a"], " ")).toEqual(["web:a"]);
});
