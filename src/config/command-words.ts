/**
 * The words of a command with what is left of their quoting, which a splitter throws away: whether a
 * dollar or an ampersand was meant for a shell shows only there.
 */
export interface Word {
  /** As written, quotes and all. */
  readonly written: string;
  /** Without quotes; what stands in single quotes is left out, since nobody expects it to be expanded. */
  readonly open: string;
  /** Whether it has neither quotes nor backslashes. */
  readonly bare: boolean;
  /** Index into the command. */
  readonly offset: number;
}

const blank = /\s/;

/** Never refuses: a quote that is not closed reaches to the end. */
export function commandWords(command: string): readonly Word[] {
  const words: Word[] = [];
  for (let at = 0; at < command.length; ) {
    if (blank.test(command.charAt(at))) at++;
    else {
      const word = readWord(command, at);
      words.push(word);
      at += word.written.length;
    }
  }
  return words;
}

function readWord(command: string, offset: number): Word {
  let open = "";
  let bare = true;
  let at = offset;
  for (; at < command.length && !blank.test(command.charAt(at)); at++) {
    const char = command.charAt(at);
    if (char === "\\") {
      bare = false;
      at++;
    } else if (char === "'" || char === '"') {
      bare = false;
      const end = closing(command, at, char);
      if (char === '"') open += command.slice(at + 1, end);
      at = end;
    } else open += char;
  }
  const end = Math.min(at, command.length);
  return { written: command.slice(offset, end), open, bare, offset };
}

function closing(command: string, from: number, quote: string): number {
  for (let at = from + 1; at < command.length; at++) {
    if (quote === '"' && command.charAt(at) === "\\") at++;
    else if (command.charAt(at) === quote) return at;
  }
  return command.length;
}

/** `/usr/sbin/sshd` -> `sshd`. */
export const programOf = (word: Word | undefined): string => word?.open.replace(/^.*\//s, "") ?? "";
