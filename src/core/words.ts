/**
 * A command line cut into words the way the reference cuts it: Python's `shlex.split`, POSIX rules without
 * comments. A shell differs in places that list files do have: `$'a'` is `$a`, a backslash before a line's end
 * is that line's end, and in double quotes a backslash stays unless a quote or a backslash follows.
 */

const blanks = " \t\r\n";

/** @throws Error `No closing quotation`, `No escaped character` */
export function splitWords(text: string): string[] {
  const words: string[] = [];
  let word: string | null = null;
  let quote = "";
  for (let at = 0; at < text.length; at++) {
    const char = text.charAt(at);
    if (quote === "'" ? char === quote : char === '"' && quote !== "") quote = "";
    else if (char === "\\" && quote !== "'") {
      const next = text.charAt(++at);
      if (next === "") throw new Error("No escaped character");
      word = (word ?? "") + (quote === "" || next === "\\" || next === '"' ? next : char + next);
    } else if (quote !== "") word = (word ?? "") + char;
    else if (char === "'" || char === '"') {
      quote = char;
      word ??= "";
    } else if (!blanks.includes(char)) word = (word ?? "") + char;
    else if (word !== null) {
      words.push(word);
      word = null;
    }
  }
  if (quote !== "") throw new Error("No closing quotation");
  return word === null ? words : [...words, word];
}
