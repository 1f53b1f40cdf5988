/** Checks a range of the inputs of one target, in batches, and makes what was found smaller. */
import { setImmediate as turnOfLoop } from "node:timers/promises";
import { Random } from "./random.ts";
import type { Input, Target } from "./target.ts";
import { targets } from "./targets.ts";

export interface Found {
  readonly index: number;
  readonly message: string;
}

const batchMs = 100;

export function inputOf(name: string, seed: number, index: number): Input {
  return targetOf(name).generate(new Random(seed, name, index));
}

export function targetOf(name: string): Target {
  const target = targets[name];
  if (target === undefined) throw new Error(`unknown target ${name}: one of ${Object.keys(targets).join(", ")}`);
  return target;
}

/**
 * Inputs `from` to `to - 1`. `onBatch` is told the range of each batch before it is checked, so that
 * whoever watches knows where to look when nothing is heard any more.
 */
export async function run(
  name: string,
  seed: number,
  from: number,
  to: number,
  onBatch: (from: number, to: number) => void = () => undefined,
  batchLimit = Number.POSITIVE_INFINITY,
): Promise<Found | null> {
  const target = targetOf(name);
  let size = Math.min(batchLimit, target.parallel);
  for (let at = from; at < to; ) {
    const until = Math.min(to, at + size);
    onBatch(at, until);
    const began = performance.now();
    const found = await batch(name, seed, at, until);
    if (found !== null) return found;
    if (target.parallel === 1) {
      const perInput = (performance.now() - began) / (until - at);
      size = Math.min(batchLimit, Math.max(1, Math.min(size * 2, Math.floor(batchMs / perInput))));
    }
    at = until;
    await turnOfLoop();
  }
  return null;
}

async function batch(name: string, seed: number, from: number, to: number): Promise<Found | null> {
  const target = targetOf(name);
  if (target.parallel === 1) {
    for (let index = from; index < to; index++) {
      const message = await verdict(name, inputOf(name, seed, index));
      if (message !== null) return { index, message };
    }
  } else {
    const indexes = Array.from({ length: to - from }, (_, n) => from + n);
    const messages = await Promise.all(indexes.map((index) => verdict(name, inputOf(name, seed, index))));
    const bad = messages.findIndex((message) => message !== null);
    if (bad >= 0) return { index: from + bad, message: messages[bad] ?? "" };
  }
  try {
    await target.afterBatch?.();
    return null;
  } catch (error) {
    const message = textOf(error);
    if (to - from === 1) return { index: from, message };
    // One of them left something behind: find out which.
    for (let index = from; index < to; index++) {
      const found = await batch(name, seed, index, index + 1);
      if (found !== null) return found;
    }
    return { index: from, message: `${message} (inputs ${from} to ${to - 1} together)` };
  }
}

/** What is wrong with one input, or null. Slowness has to show three times: the machine may be busy. */
export async function verdict(name: string, input: Input): Promise<string | null> {
  const target = targetOf(name);
  let fastest = Number.POSITIVE_INFINITY;
  for (let tries = 0; tries < 3; tries++) {
    const began = performance.now();
    try {
      await target.check(input);
    } catch (error) {
      return textOf(error);
    }
    fastest = Math.min(fastest, performance.now() - began);
    if (fastest <= target.deadlineMs) return null;
  }
  return `takes ${Math.round(fastest)} ms`;
}

function textOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.name === "Finding" ? error.message : (error.stack ?? error.message);
}

const shrinkMs = 20_000;

/** The same trouble with less text: pieces are left out, large ones first, as long as anything is still wrong. */
export async function shrink(input: Input, check: (input: Input) => Promise<string | null>): Promise<Input> {
  const deadline = performance.now() + shrinkMs;
  let text = input.text;
  for (let size = Math.ceil(text.length / 2); size >= 1 && performance.now() < deadline; size = smaller(size)) {
    for (let at = 0; at < text.length && performance.now() < deadline; ) {
      const without = text.slice(0, at) + text.slice(at + size);
      if ((await check({ ...input, text: without })) !== null) text = without;
      else at += size;
    }
  }
  return { ...input, text };
}

const smaller = (size: number): number => (size === 1 ? 0 : Math.ceil(size / 2));
