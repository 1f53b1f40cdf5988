/**
 * `environment=`: KEY=value pairs cut into tokens the way Python's non-POSIX shlex does, with the
 * reference's extra word characters. Only letters, digits and `_/.+-():` make a bare word; any other
 * character is a token of its own, `#` begins a comment, and after each pair one token of any kind is
 * taken as the separator. So `A=$HOME` is `$` and `A=1;B=2` are two pairs: the same comes out here, and
 * `doubts` says where that is hardly what was meant.
 */
import { Refusal } from "./complaint.ts";

interface Doubt {
  readonly message: string;
  readonly hint: string;
}

export interface Pairs {
  readonly pairs: ReadonlyMap<string, string>;
  readonly doubts: readonly Doubt[];
}

/** Throws `Refusal`: `No closing quotation`, `Unexpected end of key/value pairs in value '…'`. */
export function parsePairs(text: string): Pairs {
  const { tokens, comment } = tokenize(text);
  const pairs = new Map<string, string>();
  const doubts: Doubt[] = [];
  for (let at = 0; at < tokens.length; at += 4) {
    const [name, equals, value, separator] = tokens.slice(at, at + 4);
    if (name === undefined || equals !== "=" || value === undefined) {
      // A value that ends too early leaves the rest of itself to be read as a pair.
      const hint = doubts[0]?.hint ?? 'pairs are KEY="value" with commas between';
      throw new Refusal(`Unexpected end of key/value pairs in value '${text}'`, hint);
    }
    const bare = value.replace(/^['"]+|['"]+$/g, "");
    pairs.set(name, bare);
    doubts.push(...pairDoubts(name, value, bare, separator));
  }
  if (comment !== null) {
    doubts.push({
      message: `environment ends at a # after ${count(text.indexOf(comment))}: it begins a comment here`,
      hint: quoteHint("NAME"),
    });
  }
  return { pairs, doubts };
}

const quoteHint = (name: string): string => `put the value in quotes: ${cut(name)}="value"`;

function pairDoubts(name: string, value: string, bare: string, separator: string | undefined): Doubt[] {
  const doubts: Doubt[] = [];
  if (separator !== undefined && separator !== ",") {
    const message = `the value of ${cut(name)} ends after ${count(bare.length)}`;
    doubts.push({ message, hint: quoteHint(name) });
  }
  if (/^(['"]).*\1$/s.test(value) && bare !== value.slice(1, -1)) {
    doubts.push({
      message: `the value of ${cut(name)} loses the quotes at its ends`,
      hint: "quotes of both kinds are taken from both ends; keep another character there",
    });
  }
  if (/^['"]/.test(name)) {
    doubts.push({ message: `the quotes are part of the name ${cut(name)}`, hint: "names stand without quotes" });
  }
  return doubts;
}

/** What stands there may be a secret, and these doubts are told by the main log. */
const count = (characters: number): string => `${characters} character${characters === 1 ? "" : "s"}`;

const cut = (text: string): string => (text.length <= 40 ? text : `${text.slice(0, 40)}…`);

const wordCharacter = /[A-Za-z0-9_/.+\-():]/;
const blanks = " \t\r\n";

/** Follows Python's `shlex.shlex(text)` with `wordchars` extended by `/.+-():`. */
function tokenize(text: string): { tokens: string[]; comment: string | null } {
  const tokens: string[] = [];
  let comment: string | null = null;
  let word = "";
  const flush = () => {
    if (word !== "") tokens.push(word);
    word = "";
  };
  for (let at = 0; at < text.length; at++) {
    const char = text.charAt(at);
    if (blanks.includes(char)) flush();
    else if (char === "#") {
      const end = text.indexOf("\n", at);
      const rest = end < 0 ? text.length : end;
      comment ??= text.slice(at, rest);
      at = rest;
    } else if ((char === '"' || char === "'") && word === "") {
      const end = text.indexOf(char, at + 1);
      if (end < 0) throw new Refusal("No closing quotation", `the ${char} is never closed`, at);
      tokens.push(text.slice(at, end + 1));
      at = end;
    } else if (wordCharacter.test(char) || char === '"' || char === "'") word += char;
    else {
      flush();
      const whole = String.fromCodePoint(text.codePointAt(at) ?? 0);
      tokens.push(whole);
      at += whole.length - 1;
    }
  }
  flush();
  return { tokens, comment };
}
