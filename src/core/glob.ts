/**
 * Patterns of names: `*`, `?`, `[a-z]` and `[!a-z]` within one name, as in Python's fnmatch, and `**` for any
 * number of folders where a whole path is matched.
 */

export const isGlob = (text: string): boolean => /[*?[]/.test(text);

/** Whether a path, in parts, matches a pattern of paths, or is below what matches it. */
export function pathMatcher(pattern: string): (parts: readonly string[]) => boolean {
  const names = pattern.split("/").filter((part) => part !== "" && part !== ".");
  if (names.length === 0) return () => false;
  const wanted = names.map((part, at) => {
    if (part !== "**") return nameExpression(part);
    // At the end it stands for what is in a folder, which is not the folder itself.
    return at === names.length - 1 ? anyName : "*";
  });
  return (parts) => matches([...wanted, "*"], parts, (expression, part) => expression.test(part));
}

export interface NamePattern {
  test(name: string): boolean;
}

const anyName: NamePattern = { test: () => true };

/** Any number of characters, one character, or one of these. */
type Part = "*" | "?" | { readonly one: string } | { readonly set: RegExp };

/**
 * A leading dot is nothing special here. Patterns come from clients, too: no name takes longer than its length times that of the
 * pattern, as a regular expression with several `.*` would.
 */
export function nameExpression(pattern: string): NamePattern {
  const parts = partsOf(pattern);
  return { test: (name) => matches(parts, [...name], fits) };
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

/**
 * Whether items are what is wanted, where `*` is any number of them. Where it fails behind a `*`, that one takes one more; those
 * before it need not be looked at again.
 */
function matches<Wanted, Item>(
  wanted: readonly (Wanted | "*")[],
  items: readonly Item[],
  fits: (one: Wanted, item: Item) => boolean,
): boolean {
  let [at, place] = [0, 0];
  let star: { readonly at: number; place: number } | null = null;
  while (place < items.length) {
    const one = wanted[at];
    if (one === "*") {
      star = { at, place };
      at++;
    } else if (one !== undefined && fits(one as Wanted, items[place] as Item)) {
      at++;
      place++;
    } else if (star === null) return false;
    else {
      at = star.at + 1;
      place = ++star.place;
    }
  }
  return wanted.slice(at).every((rest) => rest === "*");
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
