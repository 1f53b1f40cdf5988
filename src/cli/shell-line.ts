/** A command line as bash hands it over while it is written: split into words, and words written back into it. */

export interface WrittenLine {
  /** Whole words, without their quotes, the program first. */
  readonly before: readonly string[];
  /** The unfinished word, without its quotes, */
  readonly current: string;
  /** and as it stands there. */
  readonly raw: string;
  /** The quote that is open in it; "" = none. */
  readonly quote: string;
}

/** `line`: up to the cursor. */
export function writtenLine(line: string): WrittenLine {
  const before: string[] = [];
  let [current, raw, quote] = ["", "", ""];
  for (let at = 0; at < line.length; at++) {
    const char = line.charAt(at);
    if (quote === "" && /\s/.test(char)) {
      if (raw !== "") before.push(current);
      [current, raw] = ["", ""];
      continue;
    }
    raw += char;
    if (char === quote) quote = "";
    else if (quote === "" && (char === '"' || char === "'")) quote = char;
    else if (char === "\\" && quote !== "'" && at + 1 < line.length) {
      at++;
      raw += line.charAt(at);
      current += line.charAt(at);
    } else if (char !== "\\" || quote === "'") current += char;
  }
  return { before, current, raw, quote };
}

/**
 * Those of `words` that begin as the current one does, as bash is to put them in: quoted as that is, and without what
 * stands before the last of `breaks` (COMP_WORDBREAKS), where a word begins for bash.
 */
export function bashReplies({ current, raw, quote }: WrittenLine, words: readonly string[], breaks: string): string[] {
  const cut = quote === "" ? lastBreak(raw, breaks) : 0;
  const kept = writtenLine(raw.slice(0, cut)).current.length;
  return words.filter((word) => word.startsWith(current)).map((word) => quoted(word.slice(kept), quote));
}

/** Where the last word of bash's begins. Colons and equals signs break words, blanks and quotes have been seen to. */
function lastBreak(raw: string, breaks: string): number {
  for (let at = raw.length - 1; at >= 0; at--)
    if (":=".includes(raw.charAt(at)) && breaks.includes(raw.charAt(at)) && raw.charAt(at - 1) !== "\\") return at + 1;
  return 0;
}

function quoted(word: string, quote: string): string {
  if (quote === "'") return word;
  return word.replace(quote === '"' ? /[\\"$`]/g : /[^\w./:@%+=,-]/g, (char) => `\\${char}`);
}
