/** docs/keys.md is what the options table says, and its example works in both spellings. */
import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { keysPage } from "../../scripts/keys.ts";
import { options } from "../../src/config/options.ts";
import { complaints, config } from "../config/files.ts";

const page = readFileSync(new URL("../../docs/keys.md", import.meta.url), "utf8");

test("the page is what the options table says: run npm run schema", () => {
  expect(page).toBe(keysPage());
});

test("every key of every section that can be written in both spellings is there", () => {
  const { rpcinterface: _none, ctlplugin: _neither, ...sections } = options;
  for (const key of Object.values(sections).flatMap((keys) => Object.keys(keys)))
    expect(page).toContain(`| \`${key}\``);
});

test("every key of ours for a program has an example", () => {
  const lines = page.split("\n## ")[2]?.split("\n### ").slice(1).join("\n").split("\n") ?? [];
  const rows = lines.filter((line) => line.startsWith("| `"));
  expect(rows.length).toBeGreaterThan(50);
  expect(rows.filter((line) => !line.includes("Example: `"))).toEqual([]);
});

test("its example is fine, and the same list in ini and in YAML", async () => {
  const [, ini = "", yaml = ""] = /```ini\n(.*?)```\s+```yaml\n(.*?)```/s.exec(page) ?? [];
  expect(await complaints("example.ini", ini)).toEqual([]);
  expect(await complaints("example.yaml", yaml)).toEqual([]);
  const lists = [await config("example.ini", ini), await config("example.yaml", yaml)];
  const [first, second] = lists.map(({ daemon, groups }) => ({ daemon, groups }));
  expect(first?.groups.map(({ name }) => name)).toEqual(["db", "migrate", "web", "worker"]);
  expect(second).toEqual(first);
});
