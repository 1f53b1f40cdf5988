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
  const matches = (parts: readonly string[], at: number, place: number): boolean => {
    const expression = expressions[at];
    if (expression === undefined) return true;
    if (expression === null)
      return at === expressions.length - 1
        ? place < parts.length
        : parts.some((_, next) => next >= place && matches(parts, at + 1, next));
    const part = parts[place];
    return part !== undefined && expression.test(part) && matches(parts, at + 1, place + 1);
  };
  return (parts) => expressions.length > 0 && matches(parts, 0, 0);
}

/** A leading dot is nothing special here. */
export function nameExpression(part: string): RegExp {
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
