/**
 * Files of variables: each is read or refused with a line of its own and a sentence that quotes none of it; line
 * ends of either kind mean the same; and what was read, written again in quotes, is read as the same.
 */
import { EnvFileError, parseEnvFile, type Variables } from "../../../src/core/env-file.ts";
import { mutate } from "../mutate.ts";
import { demand, demandEqual, type Input, type Target } from "../target.ts";

const samples = [
  "A=1\nexport B=two words # c\r\nC: x\n\n# comment\n  D = v  \n",
  "A='a # $b \\' q' # c\nB=\"l1\nl2\\n\\$x \\q\\\"\"\nC\nD=a#b\nE=\nF= # c\nG=a=b\n",
  'KEY="-----BEGIN KEY-----\r\nMIIB\r\n-----END KEY-----\r\n"\nURL=postgres://u:p@h/db?x=1#y\n',
];
const words = [
  "=",
  ":",
  "#",
  " #",
  "'",
  '"',
  "\\",
  "\\n",
  "\\'",
  '\\"',
  "\n",
  "\r\n",
  "export ",
  "A",
  "\uFEFF",
  "$A",
  "\0",
];

export const envFiles: Target = {
  deadlineMs: 500,
  parallel: 1,
  generate: (random) => ({ text: mutate(random, random.pick(samples), words, samples), turn: 0 }),
  check({ text }: Input): void {
    const read = attempt(text);
    if (read instanceof EnvFileError) {
      demand(read.line >= 1 && read.line <= text.split("\n").length, `line ${read.line} is none of the file`);
      return;
    }
    for (const [name, value] of read) {
      demand(/^[\w.[\]-]+$/.test(name), `${name} is no name`);
      demand(!value.includes("\0"), `${name} holds a NUL byte`);
    }
    const plain = text.replaceAll("\r", "");
    demandEqual(attempt(plain.replaceAll("\n", "\r\n")), attempt(plain), "CR LF and LF differ");
    const quoted = [...read].map(([name, value]) => `${name}="${escaped(value)}" # again\n`).join("");
    demandEqual(attempt(quoted), read, "written again, it is another");
  },
};

const escaped = (value: string): string =>
  value.replace(/["\\$\r]/g, (character) => (character === "\r" ? "\\r" : `\\${character}`));

function attempt(text: string): Variables | EnvFileError {
  try {
    return parseEnvFile(text);
  } catch (error) {
    if (error instanceof EnvFileError) return error;
    throw error;
  }
}
