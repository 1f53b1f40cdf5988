/**
 * Commands that were written for a shell. There is none: a command is split into words and run, so what a
 * shell would do with `&&`, `$PORT` or `cd` is done by nobody, and the program is handed it as an argument.
 * Only what cannot be meant otherwise is doubted.
 */
import { commandWords, programOf, type Word } from "./command-words.ts";

export interface Doubt {
  readonly message: string;
  readonly hint: string;
  /** Where in the command, and how long. */
  readonly offset: number;
  readonly length: number;
}

/** These run what they are given by a shell or as code, here or elsewhere. */
const evaluators =
  /^(?:(?:ba|da|a|z|k|mk|fi|tc|c)?sh|busybox|su|runuser|eval|expect|xargs|find|envsubst|jq|java|(?:g|m)?awk|perl|ruby|php|node|python|tclsh)[\d.]*$/;
/** These join their arguments to one line for a shell. */
const joiners = /^(?:ssh|autossh|sshpass|rsh|mosh|watch|script|parallel)$/;

/** Words of the shell that are no programs, and what to write instead. */
const builtins: Readonly<Record<string, string>> = {
  cd: "directory=/where/to, and the rest of the line as command",
  source: "command=bash -c '. FILE && exec PROGRAM'",
  ".": "command=sh -c '. FILE && exec PROGRAM'",
  export: 'environment=NAME="value"',
  set: 'environment=NAME="value"',
  exec: "leave it out: nothing stands between the daemon and the program",
  umask: "umask=022",
  ulimit: "rlimit_nofile=65536 and the like, or sh -c 'ulimit …; exec PROGRAM'",
  eval: "command=sh -c '…'",
  if: "command=sh -c '…'",
  while: "command=sh -c '…'",
  until: "command=sh -c '…'",
  for: "command=sh -c '…'",
};

const operator = /^(?:&&|\|\||[|&;]|(?:\d|&)?>{1,2}(?:&\d|[\w./-]+)?|<(?:\/[\w./-]+)?)$/;
/** Capitals only, as variables of the environment are written: nginx and awk have dollars of their own. */
const variable = /\$(?:\{([A-Z_][A-Z0-9_]*)\}|([A-Z_][A-Z0-9_]*))|^\$[@*]$/;

/** At most one doubt of each kind: what is wrong is the line as a whole. */
export function shellDoubts(command: string): readonly Doubt[] {
  const words = commandWords(command);
  const first = words[0];
  if (first === undefined) return [];
  const begin = beginning(first, command);
  if (begin !== null) return [begin];
  const found = [strayOperator(words), brokenLine(words, command)];
  if (!words.some((word) => evaluators.test(programOf(word)))) found.push(unexpanded(words));
  return found.filter((doubt) => doubt !== null);
}

function beginning(word: Word, command: string): Doubt | null {
  const place = { offset: word.offset, length: word.written.length };
  const [, name] = /^([A-Za-z_]\w*)=/.exec(word.written) ?? [];
  if (name !== undefined) {
    const message = `${name}=… is taken for the name of the program: there is no shell`;
    return { message, hint: `environment=${name}="value"`, offset: word.offset, length: name.length + 1 };
  }
  const hint = builtins[word.open];
  // Without anything behind it, it may be somebody's program.
  if (hint !== undefined && word.bare && command.trim() !== word.open)
    return { message: `${word.open} is a word of the shell and no program: there is no shell`, hint, ...place };
  if (word.open.startsWith("~/") && word.written.startsWith("~"))
    return { message: "~ is not expanded in a command", hint: "%(ENV_HOME)s/…, or the whole path", ...place };
  return null;
}

function strayOperator(words: readonly Word[]): Doubt | null {
  if (words.some((word) => joiners.test(programOf(word)))) return null;
  const at = words.findIndex((word, index) => index > 0 && word.bare && isOperator(word.open));
  const word = words[at];
  if (word === undefined) return null;
  const last = word.open === "&" && at === words.length - 1;
  let hint = "command=sh -c '…' with the whole line in quotes";
  if (last) hint = "leave it out: the program has to stay in the foreground";
  else if (word.open.endsWith(";"))
    hint = "put what belongs together in quotes, as in 'daemon off;', or the whole line in sh -c '…'";
  return {
    message: `${word.open} is passed to ${programOf(words[0])} as an argument: there is no shell`,
    hint,
    offset: word.offset,
    length: word.written.length,
  };
}

/** `daemon off;` without its quotes; not the end of an address that has a `;` of its own. */
const isOperator = (word: string): boolean => operator.test(word) || /^[\w./-]+;$/.test(word);

function brokenLine(words: readonly Word[], command: string): Doubt | null {
  const word = words.find(({ written }) => written.startsWith("\\\n") || written === "\\");
  if (word === undefined || !command.slice(word.offset).startsWith("\\\n")) return null;
  const message = "the line break becomes a part of the next argument: a \\ does not continue a line here";
  return { message, hint: "leave the \\ out: an indented line continues the value", offset: word.offset, length: 1 };
}

function unexpanded(words: readonly Word[]): Doubt | null {
  for (const word of words) {
    if (blank.test(word.open)) continue;
    const found = variable.exec(word.open);
    if (found === null) continue;
    const name = found[1] ?? found[2];
    const at = Math.max(0, word.written.indexOf(found[0]));
    const message = `${found[0]} is passed as it stands: there is no shell`;
    const hint = name === undefined ? "write the arguments themselves" : `%(ENV_${name})s`;
    return { message, hint, offset: word.offset + at, length: found[0].length };
  }
  return null;
}

const blank = /\s/;
