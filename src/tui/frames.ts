/**
 * When a frame is drawn. What a key changes is seen at once; all else waits, so that there are at most 20 frames a
 * second, and fewer where drawing takes long: half of the time at least is left for other things.
 */

const shortestMs = 50;

export class Frames {
  readonly #draw: () => void;
  #timer: NodeJS.Timeout | null = null;
  #immediate: NodeJS.Immediate | null = null;
  #lastEnd = 0;
  #lastCostMs = 0;

  constructor(draw: () => void) {
    this.#draw = draw;
  }

  /** `atOnce`: somebody has pressed a key. Keys that came together are one frame. */
  want(atOnce: boolean): void {
    if (this.#immediate !== null) return;
    if (atOnce) {
      clearTimeout(this.#timer ?? undefined);
      this.#timer = null;
      this.#immediate = setImmediate(() => this.#frame());
    } else if (this.#timer === null) {
      const pause = Math.max(shortestMs - this.#lastCostMs, 2 * this.#lastCostMs);
      this.#timer = setTimeout(() => this.#frame(), Math.max(0, this.#lastEnd + pause - performance.now()));
    }
  }

  end(): void {
    clearTimeout(this.#timer ?? undefined);
    clearImmediate(this.#immediate ?? undefined);
  }

  #frame(): void {
    this.#timer = null;
    this.#immediate = null;
    const begin = performance.now();
    this.#draw();
    this.#lastEnd = performance.now();
    this.#lastCostMs = this.#lastEnd - begin;
  }
}
