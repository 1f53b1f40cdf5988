/**
 * A draft as the YAML that people would write: keys at their places (`stdout: {logfile: …}`), quotes only
 * where they are needed, notes as comments above what they are about. What a JSON string is, YAML reads.
 */
import { optionsOf } from "../config/options.ts";
import { namedSections, singleSections } from "../config/yaml-shape.ts";
import type { Draft, Section, Value } from "./draft.ts";

/** The text of a list, with a last newline. */
export function yamlText({ notes, single, named }: Draft): string {
  const lines = comments(notes, "");
  for (const [name, section] of single) {
    // A socket need not say where it is.
    const bare = section.keys.size === 0 && name === "unix_http_server";
    if (section.keys.size === 0 && section.notes.length === 0 && !bare) continue;
    lines.push(...comments(section.notes, ""), bare ? `${name}: {}` : `${name}:`);
    lines.push(...keys(section, singleSections[name], "  "));
  }
  for (const [kind, sections] of named) {
    if (sections.size === 0) continue;
    lines.push("", `${kind}:`);
    for (const [name, section] of sections) {
      lines.push(...comments(section.notes, "  "), `  ${scalar(name)}:`);
      lines.push(...keys(section, namedSections[kind], "    "));
    }
  }
  return `${lines.join("\n").replace(/^\n/, "")}\n`;
}

/** No text of the imported file may end its comment. */
const comments = (notes: readonly string[], indent: string): string[] =>
  notes.map((note) => `${indent}# ${note.replace(/[\p{C}\u2028\u2029]+/gu, " ")}`);

/** In the order they were set; those of one group stand together, where its first one is. */
function keys(section: Section, kind: Parameters<typeof optionsOf>[0], indent: string): string[] {
  const known = optionsOf(kind);
  const places = [...section.keys].map(([key, value]) => [known[key]?.yaml ?? key, value] as const);
  const groups = Map.groupBy(places, ([place]) => place.split(".", 1)[0] ?? place);
  const lines: string[] = [];
  for (const [group, members] of groups) {
    const [first] = members;
    if (first !== undefined && first[0] === group) lines.push(...block(group, first[1], indent));
    else {
      const inner = members.map(([place, value]) => `${place.slice(group.length + 1)}: ${inline(value)}`);
      lines.push(`${indent}${group}: { ${inner.join(", ")} }`);
    }
  }
  return lines;
}

function block(key: string, value: Value, indent: string): string[] {
  if (typeof value !== "object" || Array.isArray(value)) return [`${indent}${key}: ${inline(value)}`];
  const entries = Object.entries(value);
  if (entries.length === 0) return [];
  return [`${indent}${key}:`, ...entries.map(([name, text]) => `${indent}  ${scalar(name)}: ${inline(text)}`)];
}

function inline(value: Value): string {
  if (typeof value === "string") return scalar(value);
  if (typeof value !== "object") return String(value);
  if (isList(value)) return `[${value.map(inline).join(", ")}]`;
  return `{ ${Object.entries(value).map(([name, text]) => `${scalar(name)}: ${inline(text)}`)} }`;
}

const isList = (value: Value): value is readonly (string | number)[] => Array.isArray(value);

/** Text that is nothing else without quotes, in a list and a map as well. */
const plain = /^(?:-{0,2}[A-Za-z_./]|\d+(?:ms|[smhdKMGT]B?)$)[\w./@+=-]*(?:(?: |:(?=[\w/]))[\w./@+=-]+)*$/;
const otherwise = /^(?:~|null|true|false|yes|no|on|off|y|n|\.inf|\.nan)$/i;

function scalar(text: string): string {
  return plain.test(text) && !otherwise.test(text)
    ? text
    : JSON.stringify(text).replace(/[\u007f-\u009f\u2028\u2029\ufeff\ufffe\uffff]/g, escaped);
}

const escaped = (character: string): string => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`;
