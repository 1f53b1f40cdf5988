import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { jsonSchema } from "../../scripts/schema.ts";
import { options, sectionKind } from "../../src/config/options.ts";

test("the checked-in JSON Schema is what the options table says: run node scripts/schema.ts", () => {
  const file = new URL("../../conf.d/spaced.schema.json", import.meta.url);
  expect(JSON.parse(readFileSync(file, "utf8"))).toEqual(JSON.parse(JSON.stringify(jsonSchema())));
});

test("every key of every section has a help text and an own place in YAML", () => {
  for (const [kind, keys] of Object.entries(options)) {
    const places = Object.entries(keys).map(([key, { yaml = key }]: [string, { yaml?: string }]) => yaml);
    expect(new Set(places).size, kind).toBe(places.length);
    for (const [key, { help }] of Object.entries(keys)) expect(help, key).toMatch(/^[A-Z].*\.$/);
  }
});

test.each([
  ["program:x", "program"],
  ["program", null],
  ["Program:x", null],
  ["supervisord", "supervisord"],
  ["supervisord:x", null],
  ["unix_http_server:2", "unix_http_server"],
  ["fcgi-program:a:b", "fcgi-program"],
])("the header %s is of kind %s", (name, kind) => {
  expect(sectionKind(name)).toBe(kind);
});
