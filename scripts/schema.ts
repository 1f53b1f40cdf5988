/**
 * Writes conf.d/spaced.schema.json: the YAML form of a program list as a JSON Schema, for editors. It comes
 * from the options table, so what an editor offers is what the daemon reads; a test holds the two together.
 */

import { execFileSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { logFormats, type Option, type OptionType, optionsOf, type SectionKind } from "../src/config/options.ts";
import { namedSections, singleSections } from "../src/config/yaml-shape.ts";
import { eventTypes } from "../src/core/events.ts";
import { logLevels } from "../src/core/program.ts";
import { signalNames } from "../src/core/signals.ts";

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

const types: Readonly<Record<OptionType, Schema>> = {
  address: { type: ["integer", "string"] },
  autorestart: { anyOf: [{ type: "boolean" }, word(["unexpected", ...truth])] },
  boolean: { anyOf: [{ type: "boolean" }, word(truth)] },
  bytes: number("[+-]?[0-9_]+\\s*([kKmMgG][bB])?"),
  command: listOf(plain),
  directory: { type: "string" },
  environment: {
    anyOf: [{ type: "object", additionalProperties: { type: ["string", "number", "boolean", "null"] } }, listOf(plain)],
  },
  events: listOf({ enum: eventTypes }),
  exitcodes: {
    anyOf: [{ type: "integer", minimum: 0, maximum: 255 }, listOf({ type: "integer", minimum: 0, maximum: 255 })],
  },
  integer: number("[+-]?[0-9_]+"),
  level: word(logLevels),
  logfile: { type: "string" },
  logformat: word(logFormats),
  names: listOf({ type: "string", pattern: "^[^ :/,]*$" }),
  octal: number("(0[oO])?[0-7]+"),
  owner: { type: ["string", "integer"] },
  path: { type: "string" },
  patterns: listOf({ type: "string" }),
  signal: { anyOf: [{ type: "integer" }, word([...signalNames, ...signalNames.map((name) => `SIG${name}`)])] },
  text: plain,
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
    properties[group] = { type: "object", properties: members, additionalProperties: false };
  }
  return { type: ["object", "null"], properties: { ...properties, "<<": {} }, additionalProperties: false };
}

function optionSchema({ type, help, fallback }: Option): Schema {
  return { $ref: `#/$defs/type-${type}`, description: help, ...(fallback === null ? {} : { default: fallback }) };
}

if (import.meta.main) {
  const root = fileURLToPath(new URL("..", import.meta.url));
  const file = `${root}conf.d/spaced.schema.json`;
  writeFileSync(file, JSON.stringify(jsonSchema(), null, 2));
  execFileSync(`${root}node_modules/.bin/biome`, ["format", "--write", file], { stdio: "inherit" });
}
