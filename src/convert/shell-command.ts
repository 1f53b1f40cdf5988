/**
 * Command lines that were written for a shell. One without anything of a shell in it becomes plain words;
 * any other is run by `/bin/sh -c`, with `exec` where it ends in one program, so that signals reach that.
 */
import { split } from "shlex";
import { literals } from "./draft.ts";

export interface ShellCommand {
  /** For `command`, with % doubled. */
  readonly words: readonly string[];
  /** Whether a shell stays between the daemon and the program: signals must go to the group. */
  readonly shellStays: boolean;
}

/** What makes a shell do something; quotes alone do not. */
const special = /[$`\\|&;<>()*?~#{}[\]!\n]/;

export function shellCommand(text: string): ShellCommand {
  const line = text.trim();
  if (!special.test(line) && !startsWithVariable.test(line)) {
    try {
      return { words: literals(split(line)), shellStays: false };
    } catch {
      // A quote that is not closed is the shell's to complain about.
    }
  }
  const { script, shellStays } = withExec(line);
  return { words: literals(["/bin/sh", "-c", script]), shellStays };
}

/** The line for `sh -c`, its last program in the place of the shell where that means the same. */
export function withExec(line: string): { readonly script: string; readonly shellStays: boolean } {
  const at = line.lastIndexOf("&&");
  const [before, last] = at < 0 ? ["", line] : [`${line.slice(0, at + 2)} `, line.slice(at + 2).trim()];
  // Quotes, brackets and operators may hide where the last command begins: then it is left as it is.
  const simple = !/[;|&()`\n]|\$\(|^(?:\{|!|if|for|while|until|case|cd|exec|export|set|eval)\b/.test(last);
  const whole = !/[;|`\n'"]|(?:^|[^&])&(?:[^&]|$)/.test(before);
  if (/^exec\s/.test(last) && whole) return { script: line, shellStays: false };
  if (!simple || !whole || last === "") return { script: line, shellStays: true };
  return { script: `${before}exec ${startsWithVariable.test(last) ? "env " : ""}${last}`, shellStays: false };
}

const startsWithVariable = /^[A-Za-z_]\w*=/;

/** One word for a shell. */
export const quoted = (word: string): string =>
  /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'"'"'`)}'`;
