/**
 * File patterns of `[include]`: `*`, `?`, `[a-z]` and `[!a-z]` within one part of a path, as Python's
 * glob matches them. A leading dot is matched by a dot only; braces and `**` mean nothing special.
 */
import { lstatSync, readdirSync, statSync } from "node:fs";

/** Sorted paths that match an absolute pattern, at most `limit` of them. Directories match too. */
export function glob(pattern: string, limit: number): string[] {
  if (!magic.test(pattern)) return exists(pattern) ? [pattern] : [];
  let found = [pattern.startsWith("//") && !pattern.startsWith("///") ? "//" : "/"];
  const parts = pattern.split("/").filter((part) => part !== "");
  for (const [index, part] of parts.entries()) {
    const last = index === parts.length - 1 && !pattern.endsWith("/");
    const next: string[] = [];
    for (const directory of found) {
      for (const name of magic.test(part) ? matching(directory, part) : [part]) {
        const path = directory.endsWith("/") ? directory + name : `${directory}/${name}`;
        if (magic.test(part) && last) next.push(path);
        else if (last ? exists(path) : isDirectory(path)) next.push(path);
        if (next.length >= limit) break;
      }
    }
    found = next;
  }
  return found.sort();
}

const magic = /[*?[]/;

function matching(directory: string, part: string): string[] {
  const expression = toExpression(part);
  try {
    return readdirSync(directory).filter(
      (name) => (part.startsWith(".") || !name.startsWith(".")) && expression.test(name),
    );
  } catch {
    return [];
  }
}

function toExpression(part: string): RegExp {
  let source = "";
  for (let at = 0; at < part.length; at++) {
    const char = part.charAt(at);
    if (char === "*") {
      if (part[at - 1] !== "*") source += ".*";
    } else if (char === "?") source += ".";
    else if (char === "[") {
      const end = closingBracket(part, at);
      if (end < 0) source += "\\[";
      else {
        source += bracket(part.slice(at + 1, end));
        at = end;
      }
    } else source += char.replace(/[\\^$.|+(){}\]]/, "\\$&");
  }
  return new RegExp(`^${source}$`, "su");
}

/** A bracket right after `[` or `[!` is an ordinary member. */
function closingBracket(part: string, open: number): number {
  const first = open + (part[open + 1] === "!" ? 2 : 1);
  return part.indexOf("]", first + (part[first] === "]" ? 1 : 0));
}

function bracket(members: string): string {
  const negated = members.startsWith("!");
  const escaped = (negated ? members.slice(1) : members).replace(/[\\[\]^]/g, "\\$&");
  const set = `[${negated ? "^" : ""}${escaped}]`;
  try {
    return new RegExp(set, "u").source;
  } catch {
    // A range that runs backwards matches nothing.
    return negated ? "." : "(?!)";
  }
}

function exists(path: string): boolean {
  try {
    return lstatSync(path, { throwIfNoEntry: false }) !== undefined;
  } catch {
    return false;
  }
}

function isDirectory(path: string): boolean {
  try {
    return statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false;
  } catch {
    return false;
  }
}
