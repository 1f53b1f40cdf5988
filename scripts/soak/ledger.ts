/**
 * Accounts for every line of the writers: across all rotated files of a writer, oldest first, the numbers of each
 * of its lives begin with 1 and go on without gap or repetition, at least to the last one it had acknowledged.
 */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

export interface Account {
  readonly lines: number;
  readonly lives: number;
  readonly files: number;
  /** What is wrong, at most ten sentences. */
  readonly faults: readonly string[];
}

/** @param directory holds `NAME.log`, `NAME.log.1` … and the folder `acks` */
export function account(directory: string, name: string): Account {
  const faults: string[] = [];
  const last = new Map<string, number>();
  let lines = 0;
  let torn = 0;
  let carry = "";
  const files = logFiles(directory, name);
  // A life that is cut off may leave part of a line, which the next line then continues: hence no anchors.
  const pattern = new RegExp(`${name} (\\d+-\\d+) (\\d+) -{40}\\n`, "g");
  for (const file of files) {
    const text = carry + readFileSync(join(directory, file), "latin1");
    let end = 0;
    for (const match of text.matchAll(pattern)) {
      if (match.index > end) torn++;
      end = match.index + match[0].length;
      const [, life = "", number = ""] = match;
      const expected = (last.get(life) ?? 0) + 1;
      if (Number(number) !== expected && faults.length < 10)
        faults.push(`${file}: line ${number} of life ${life} where ${expected} was expected`);
      last.set(life, Number(number));
      lines++;
    }
    carry = text.slice(end);
  }
  if (torn > last.size) faults.push(`${name}: ${torn} torn lines in ${last.size} lives`);
  for (const [life, number] of acknowledged(directory, name))
    if ((last.get(life) ?? 0) < number && faults.length < 10)
      faults.push(`${name}: life ${life} has ${last.get(life) ?? 0} lines in the logs, ${number} were written`);
  return { lines, lives: last.size, files: files.length, faults };
}

/** Oldest first: the highest number to `.1`, then the live file. */
function logFiles(directory: string, name: string): string[] {
  const number = (file: string): number => Number(/\.log\.(\d+)$/.exec(file)?.[1] ?? 0);
  return readdirSync(directory)
    .filter((file) => file === `${name}.log` || file.startsWith(`${name}.log.`))
    .sort((a, b) => number(b) - number(a));
}

function acknowledged(directory: string, name: string): [life: string, number: number][] {
  const folder = join(directory, "acks");
  return readdirSync(folder)
    .filter((file) => file.startsWith(`${name}.`))
    .map((file) => [file.slice(name.length + 1), Number(readFileSync(join(folder, file), "utf8"))]);
}
