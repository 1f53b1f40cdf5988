/** What is fuzzed, seen from the runner: how an input is made and what has to be true of it. */
import { inspect, isDeepStrictEqual } from "node:util";
import type { Random } from "./random.ts";

/** `text` is what is made smaller when something is found; `turn` decides everything else about the check. */
export interface Input {
  readonly text: string;
  readonly turn: number;
}

export interface Target {
  /** An input may take that long, on a machine that has other things to do. */
  readonly deadlineMs: number;
  /** How many inputs are checked at the same time. */
  readonly parallel: number;
  generate(random: Random): Input;
  /** Throws, or rejects, when something is not as it should be. */
  check(input: Input): void | Promise<void>;
  /** After each batch; throws like `check`. */
  afterBatch?(): Promise<void>;
  end?(): Promise<void>;
}

/** Something is not as it should be. */
export class Finding extends Error {
  override readonly name = "Finding";
}

export function demand(holds: boolean, what: string): asserts holds {
  if (!holds) throw new Finding(what);
}

export function demandEqual(one: unknown, other: unknown, what: string): void {
  if (isDeepStrictEqual(one, other)) return;
  const [first, second] = [one, other].map((value) => inspect(value, { depth: 8, maxStringLength: 300 }));
  throw new Finding(`${what}:\n  ${first}\n  ${second}`);
}

/** `bytes` in pieces whose ends `random` picks; some are empty. */
export function cut(bytes: Uint8Array, random: Random): Uint8Array[] {
  const pieces: Uint8Array[] = [];
  const longest = random.pick(bytes.length > 4000 ? [30, 1000, 5000] : [1, 2, 3, 8, 30, 1000]);
  for (let at = 0; at < bytes.length; ) {
    const length = random.below(longest + 1);
    pieces.push(bytes.slice(at, at + length));
    at += length;
  }
  return pieces;
}
