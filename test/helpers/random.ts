/** The same numbers for the same seed: `random(n)` is a whole number from 0 to n - 1. */
export function randomNumbers(seed: number): (n: number) => number {
  let state = (seed * 2_654_435_761 + 12_345) & 0x7fffffff;
  return (n) => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) & 0x7fffffff;
    return (state >> 8) % n;
  };
}
