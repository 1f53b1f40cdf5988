/**
 * Writes docs/keys.md, the tables of docs/metrics.md, and conf.d/spaced.schema.json: the YAML form of a program list as a JSON Schema, for editors. It comes
 * from the options table, so what an editor offers is what the daemon reads; a test holds the two together.
 */

import { execFileSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { conditions } from "../src/config/care-values.ts";
import type { Option, OptionType } from "../src/config/option.ts";
import { logFormats, optionsOf, type SectionKind } from "../src/config/options.ts";
import { namedSections, singleSections } from "../src/config/yaml-shape.ts";
import { eventTypes } from "../src/core/events.ts";
import { logLevels } from "../src/core/program.ts";
import { signalNames } from "../src/core/signals.ts";
import { keysPage } from "./keys.ts";
import { metricsPage } from "./metrics.ts";
import { topPage } from "./top-keys.ts";

type Schema = Readonly<Record<string, unknown>>;

/** Any value may be put together from names: `%(ENV_PORT)s`. */
const expansion = { type: "string", pattern: "%\\(" };

const word = (words: readonly string[]): Schema => ({ anyOf: [{ enum: words }, expansion] });
const number = (pattern: string): Schema => ({
  anyOf: [{ type: "integer" }, { type: "string", pattern: `^\\s*${pattern}\\s*$` }, expansion],
});
const plain: Schema = { type: ["string", "number", "boolean"] };
const listOf = (item: Schema): Schema => ({ anyOf: [{ type: "string" }, { type: "array", items: item }] });

const truth = ["yes", "true", "on", "1", "no", "false", "off", "0"];

const textOf = (pattern: string): Schema => ({ type: "string", pattern });
const decimal = "\\s*[0-9]+(\\.[0-9]+)?\\s*";

/** What differs from key to key is said at the key: the words of a choice, the bounds of a count. */
const types: Readonly<Record<Exclude<OptionType, "choice" | "choices" | "count">, Schema>> = {
  address: { type: ["integer", "string"] },
  autorestart: { anyOf: [{ type: "boolean" }, word(["unexpected", ...truth])] },
  boolean: { anyOf: [{ type: "boolean" }, word(truth)] },
  bytes: number("[+-]?[0-9_]+\\s*([kKmMgG][bB])?"),
  command: listOf(plain),
  commandline: listOf(plain),
  crashloop: { anyOf: [textOf("^\\s*[0-9]+\\s*/"), expansion] },
  cron: { type: "string" },
  dependencies: {
    anyOf: [
      { type: "string" },
      { type: "array", items: { type: "string" } },
      { type: "object", additionalProperties: { anyOf: [{ enum: [...conditions, null] }, expansion] } },
    ],
  },
  directory: { type: "string" },
  duration: {
    anyOf: [{ type: "number", minimum: 0 }, textOf(`^(${decimal}|(${decimal}(ms|s|m|h|d)\\s*)+)$`), expansion],
  },
  endpoint: { anyOf: [{ type: "integer", minimum: 1, maximum: 65535 }, textOf("^(.*:)?[0-9]+$"), expansion] },
  environment: {
    anyOf: [{ type: "object", additionalProperties: { type: ["string", "number", "boolean", "null"] } }, listOf(plain)],
  },
  events: listOf({ enum: eventTypes }),
  exitcodes: {
    anyOf: [{ type: "integer", minimum: 0, maximum: 255 }, listOf({ type: "integer", minimum: 0, maximum: 255 })],
  },
  filename: { type: "string" },
  filenames: listOf({ type: "string" }),
  globs: listOf({ type: "string" }),
  integer: number("[+-]?[0-9_]+"),
  level: word(logLevels),
  logfile: { type: "string" },
  logformat: word(logFormats),
  names: listOf({ type: "string", pattern: "^[^ :/,]*$" }),
  octal: number("(0[oO])?[0-7]+"),
  owner: { type: ["string", "integer"] },
  path: { type: "string" },
  patterns: listOf({ type: "string" }),
  percent: { anyOf: [textOf(`^${decimal}%{1,2}\\s*$`), expansion] },
  regexp: { type: "string", format: "regex" },
  rlimit: {
    anyOf: [{ type: "integer", minimum: 0 }, textOf("^\\s*([0-9]|[uU]nlimited|UNLIMITED)[^:]*(:[^:]+)?$"), expansion],
  },
  secrets: {
    anyOf: [
      { type: "string" },
      { type: "array", items: textOf("^[^=]+=") },
      {
        type: "object",
        propertyNames: { pattern: "^[A-Za-z_][A-Za-z0-9_]*$" },
        additionalProperties: { type: "string" },
      },
    ],
  },
  signal: { anyOf: [{ type: "integer" }, word([...signalNames, ...signalNames.map((name) => `SIG${name}`)])] },
  size: { anyOf: [{ type: "integer", minimum: 0 }, textOf(`^${decimal}([kKmMgGtT]?[bB])?\\s*$`), expansion] },
  text: plain,
  timezone: { type: "string" },
  url: { anyOf: [textOf("^\\s*[hH][tT][tT][pP][sS]?://"), expansion] },
  user: { type: ["string", "integer"] },
};

/** The schema of the YAML form. */
export function jsonSchema(): Schema {
  const properties: Record<string, Schema> = {};
  for (const [name, kind] of Object.entries(singleSections)) properties[name] = { $ref: `#/$defs/${kind}` };
  for (const [name, kind] of Object.entries(namedSections)) {
    properties[name] = { type: "object", additionalProperties: { $ref: `#/$defs/${kind}` } };
  }
  properties.include = { anyOf: [{ $ref: "#/$defs/include" }, types.patterns] };
  const kinds = [...Object.values(singleSections), ...Object.values(namedSections)];
  return {
    $schema: "https://json-schema.org/draft/2020-12/schema",
    title: "A program list of spaced",
    type: "object",
    properties,
    patternProperties: { "^x-": {} },
    additionalProperties: false,
    $defs: {
      ...Object.fromEntries(kinds.map((kind) => [kind, sectionSchema(kind)])),
      ...Object.fromEntries(Object.entries(types).map(([type, shape]) => [`type-${type}`, shape])),
    },
  };
}

function sectionSchema(kind: SectionKind): Schema {
  const properties: Record<string, Schema> = {};
  const nested = new Map<string, Record<string, Schema>>();
  for (const [key, option] of Object.entries(optionsOf(kind))) {
    properties[key] = optionSchema(option);
    const [group, rest] = option.yaml?.split(".", 2) ?? [];
    if (group === undefined || rest === undefined) continue;
    const members = nested.get(group) ?? {};
    members[rest] = optionSchema(option);
    nested.set(group, members);
  }
  for (const [group, members] of nested) {
    const shape = { type: "object", properties: members, additionalProperties: false };
    const flat = properties[group];
    properties[group] = flat === undefined ? shape : { anyOf: [flat, shape] };
  }
  return { type: ["object", "null"], properties: { ...properties, "<<": {} }, additionalProperties: false };
}

function optionSchema(option: Option): Schema {
  const { help, fallback, example } = option;
  return {
    ...shapeOf(option),
    description: help,
    ...(fallback === null || fallback === "" ? {} : { default: fallback }),
    ...(example === undefined ? {} : { examples: [example] }),
  };
}

function shapeOf({ type, words = [], least = 0, most }: Option): Schema {
  if (type === "choice") return word(words);
  if (type === "choices") return listOf({ enum: words });
  if (type !== "count") return { $ref: `#/$defs/type-${type}` };
  const range = { minimum: least, ...(most === undefined ? {} : { maximum: most }) };
  return { anyOf: [{ type: "integer", ...range }, textOf("^\\s*[+-]?[0-9]+\\s*$"), expansion] };
}

if (import.meta.main) {
  const root = fileURLToPath(new URL("..", import.meta.url));
  const file = `${root}conf.d/spaced.schema.json`;
  writeFileSync(file, JSON.stringify(jsonSchema(), null, 2));
  execFileSync(`${root}node_modules/.bin/biome`, ["format", "--write", file], { stdio: "inherit" });
  writeFileSync(`${root}docs/keys.md`, keysPage());
  const metrics = `${root}docs/metrics.md`;
  writeFileSync(metrics, metricsPage(readFileSync(metrics, "utf8")));
  const top = `${root}docs/top.md`;
  writeFileSync(top, topPage(readFileSync(top, "utf8")));
}
