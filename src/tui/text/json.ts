/** JSON documents that programs log, one per line, laid out for people. Only what is shown is ever parsed. */
import { clean } from "./clean.ts";
import { type Line, type Span, span } from "./look.ts";

const limit = 64 * 1024;

/** The lines of a document that is an object; null for all else. */
export function prettyJson(text: string): Line[] | null {
  const from = text.indexOf("{");
  if (from === -1 || text.length > limit || !text.trimEnd().endsWith("}")) return null;
  // Something may stand before it, as a time.
  const before = text.slice(0, from);
  if (/["'`[]/.test(before)) return null;
  let value: unknown;
  try {
    value = JSON.parse(text.slice(from));
  } catch {
    return null;
  }
  const [first = "", ...rest] = JSON.stringify(value, null, 2).split("\n");
  return [[...clean(before), ...coloured(first)], ...rest.map(coloured)];
}

/** A line of what JSON.stringify lays out: blanks, perhaps a key, then a value or a bracket. */
function coloured(line: string): Line {
  const [, indent = "", key = "", value = ""] = /^( *)("(?:[^"\\]|\\.)*": )?(.*)$/s.exec(line) ?? [];
  const parts: Span[] = [span(indent)];
  if (key !== "") parts.push(...plain(key.slice(0, -2), "accent"), span(": ", "dim"));
  const look = value.startsWith('"') ? "good" : /^[-\d]/.test(value) ? "warn" : /^[tfn]/.test(value) ? "busy" : "dim";
  parts.push(...plain(value, look));
  return parts;
}

const plain = (text: string, look: Span["look"]): Line => clean(text).map((piece) => span(piece.text, look));
