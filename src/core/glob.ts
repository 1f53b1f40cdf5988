/**
 * Patterns of names: `*`, `?`, `[a-z]` and `[!a-z]` within one name, as in Python's fnmatch, and `**` for any
 * number of folders where a whole path is matched.
 */

export const isGlob = (text: string): boolean => /[*?[]/.test(text);

/** Whether a path, in parts, matches a pattern of paths, or is below what matches it. */
export function pathMatcher(pattern: string): (parts: readonly string[]) => boolean {
  const expressions = pattern
    .split("/")
    .filter((part) => part !== "" && part !== ".")
    .map((part) => (part === "**" ? null : nameExpression(part)));
  return (parts) => expressions.length > 0 && reaches(expressions, parts);
}

/** null is `**`. As for names, where it fails behind one, only that one takes a folder more. */
function reaches(expressions: readonly (NamePattern | null)[], parts: readonly string[]): boolean {
  let at = 0;
  let place = 0;
  let folders: { readonly at: number; place: number } | null = null;
  while (at < expressions.length) {
    const part = parts[place];
    const expression = expressions[at];
    // What is wanted behind it takes a name at least, so a path that has come to its end is too short.
    if (part === undefined) return false;
    if (expression == null) {
      folders = { at, place };
      at++;
    } else if (expression.test(part)) {
      at++;
      place++;
    } else if (folders === null) return false;
    else {
      at = folders.at + 1;
      place = ++folders.place;
    }
  }
  return true;
}

export interface NamePattern {
  test(name: string): boolean;
}

/** Any number of characters, one character, or one of these. */
type Part = "*" | "?" | { readonly one: string } | { readonly set: RegExp };

/**
 * A leading dot is nothing special here. Patterns come from clients, too: no name takes longer than its length times that of the
 * pattern, as a regular expression with several `.*` would.
 */
export function nameExpression(pattern: string): NamePattern {
  const parts = partsOf(pattern);
  return { test: (name) => matches(parts, [...name]) };
}

function partsOf(pattern: string): Part[] {
  const parts: Part[] = [];
  const chars = [...pattern];
  const lastBracket = chars.lastIndexOf("]");
  for (let at = 0; at < chars.length; at++) {
    const char = chars[at] as string;
    const end = char === "[" && at < lastBracket ? closingBracket(chars, at) : -1;
    if (char === "*") {
      if (parts.at(-1) !== "*") parts.push("*");
    } else if (char === "?") parts.push("?");
    else if (end < 0) parts.push({ one: char });
    else {
      parts.push({ set: bracket(chars.slice(at + 1, end).join("")) });
      at = end;
    }
  }
  return parts;
}

/** Where it fails behind a `*`, that one takes a character more; those before it need not be looked at again. */
function matches(parts: readonly Part[], chars: readonly string[]): boolean {
  let part = 0;
  let char = 0;
  let star: { readonly part: number; char: number } | null = null;
  while (char < chars.length) {
    const wanted = parts[part];
    if (wanted === "*") {
      star = { part, char };
      part++;
    } else if (wanted !== undefined && fits(wanted, chars[char] as string)) {
      part++;
      char++;
    } else if (star === null) return false;
    else {
      part = star.part + 1;
      char = ++star.char;
    }
  }
  return parts.slice(part).every((rest) => rest === "*");
}

function fits(part: Exclude<Part, "*">, char: string): boolean {
  if (part === "?") return true;
  return "one" in part ? part.one === char : part.set.test(char);
}

/** A bracket right after `[` or `[!` is an ordinary member. */
function closingBracket(chars: readonly string[], open: number): number {
  const first = open + (chars[open + 1] === "!" ? 2 : 1);
  return chars.indexOf("]", first + (chars[first] === "]" ? 1 : 0));
}

function bracket(members: string): RegExp {
  const negated = members.startsWith("!");
  const escaped = (negated ? members.slice(1) : members).replace(/[\\[\]^]/g, "\\$&");
  try {
    return new RegExp(`^[${negated ? "^" : ""}${escaped}]$`, "su");
  } catch {
    // A range that runs backwards matches nothing.
    return negated ? /^.$/su : /(?!)/;
  }
}
