/**
 * Chance that can be had again: every input of a run is made from its own generator, seeded with the seed
 * of the run, the name of the target and the number of the input, so that one input can be made without
 * those before it. The generator is xoshiro128** (Blackman and Vigna, public domain reference).
 */

export class Random {
  readonly #state: Uint32Array;

  constructor(seed: number, name: string, index: number) {
    const hash = hasher(`${seed}/${name}/${index}`);
    this.#state = Uint32Array.of(hash(), hash(), hash(), hash());
  }

  /** 32 bits. */
  next(): number {
    const s = this.#state;
    const [a, b, c, d] = s as unknown as [number, number, number, number];
    const result = Math.imul(rotate(Math.imul(b, 5), 7), 9) >>> 0;
    const c1 = c ^ a;
    const d1 = d ^ b;
    s[1] = b ^ c1;
    s[0] = a ^ d1;
    s[2] = c1 ^ (b << 9);
    s[3] = rotate(d1, 11);
    return result;
  }

  /** 0 … limit - 1. */
  below(limit: number): number {
    return limit <= 1 ? 0 : Math.floor((this.next() / 2 ** 32) * limit);
  }

  chance(probability: number): boolean {
    return this.next() < probability * 2 ** 32;
  }

  pick<T>(list: readonly T[]): T {
    return list[this.below(list.length)] as T;
  }

  /** `count` texts joined. */
  many(count: number, make: () => string): string {
    let text = "";
    for (let n = 0; n < count; n++) text += make();
    return text;
  }

  /** Small most of the time, up to `limit` now and then. */
  size(limit: number): number {
    return this.below(1 + this.below(1 + this.below(limit + 1)));
  }
}

const rotate = (value: number, by: number): number => (value << by) | (value >>> (32 - by));

/** Spreads a text over as many 32-bit numbers as are asked for (FNV-1a, then the finisher of MurmurHash3). */
function hasher(text: string): () => number {
  let hash = 0x811c9dc5;
  for (let at = 0; at < text.length; at++) hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193);
  return () => {
    hash = (hash + 0x9e3779b9) | 0;
    let mixed = hash;
    mixed = Math.imul(mixed ^ (mixed >>> 16), 0x85ebca6b);
    mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35);
    return (mixed ^ (mixed >>> 16)) >>> 0;
  };
}
