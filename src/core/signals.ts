/**
 * Signal numbers and names of Linux (signal(7)), as written in files and commands: with or without
 * SIG, in any case, or as a number.
 */
import { wholeNumber } from "./python.ts";

const names: readonly (readonly [name: string, number: number])[] = [
  ["HUP", 1],
  ["INT", 2],
  ["QUIT", 3],
  ["ILL", 4],
  ["TRAP", 5],
  ["ABRT", 6],
  ["IOT", 6],
  ["BUS", 7],
  ["FPE", 8],
  ["KILL", 9],
  ["USR1", 10],
  ["SEGV", 11],
  ["USR2", 12],
  ["PIPE", 13],
  ["ALRM", 14],
  ["TERM", 15],
  ["STKFLT", 16],
  ["CHLD", 17],
  ["CLD", 17],
  ["CONT", 18],
  ["STOP", 19],
  ["TSTP", 20],
  ["TTIN", 21],
  ["TTOU", 22],
  ["URG", 23],
  ["XCPU", 24],
  ["XFSZ", 25],
  ["VTALRM", 26],
  ["PROF", 27],
  ["WINCH", 28],
  ["POLL", 29],
  ["IO", 29],
  ["PWR", 30],
  ["SYS", 31],
  ["RTMIN", 34],
  ["RTMAX", 64],
];

const byName = new Map(names);
const byNumber = new Map<number, string>();
for (const [name, number] of names) if (!byNumber.has(number)) byNumber.set(number, name);

/** Every name that `signalNumber` knows, without SIG: for completion and "did you mean". */
export const signalNames: readonly string[] = names.map(([name]) => name);

/** `TERM`, `sigterm` or `15` -> 15; null when there is no such signal. 0 is accepted, as in the reference. */
export function signalNumber(text: string): number | null {
  const word = text.trim().toUpperCase();
  const number = wholeNumber(word);
  if (number !== null) return number === 0 || byNumber.has(number) ? number : null;
  return byName.get(word.startsWith("SIG") ? word.slice(3) : word) ?? null;
}

/** 15 -> `SIGTERM`; a number without a name -> `signal 40`. */
export function signalName(number: number): string {
  const name = byNumber.get(number);
  return name === undefined ? `signal ${number}` : `SIG${name}`;
}
