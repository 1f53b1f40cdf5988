/** Work of which only so much may be under way at once, by whomever it is asked for. Who waits too long is told so. */

/** It took longer than was allowed. */
class TookTooLong extends Error {
  override readonly name = "TookTooLong";
}

export class Gate {
  #free: number;
  readonly #limitMs: number;
  readonly #waiting: (() => void)[] = [];

  /** @param limitMs for the turn to come, and again for the work */
  constructor(atOnce: number, limitMs: number) {
    this.#free = atOnce;
    this.#limitMs = limitMs;
  }

  /** Work that is late is left alone, and keeps its place until it is over. @throws TookTooLong */
  async take<T>(work: () => Promise<T>): Promise<T> {
    await this.#turn();
    const done = work().finally(() => this.#next());
    done.catch(() => {});
    return this.#inTime(done);
  }

  async #turn(): Promise<void> {
    if (this.#free > 0) {
      this.#free--;
      return;
    }
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#waiting.push(resolve);
    try {
      await this.#inTime(promise);
    } catch (error) {
      const at = this.#waiting.indexOf(resolve);
      if (at >= 0) this.#waiting.splice(at, 1);
      else this.#next();
      throw error;
    }
  }

  #next(): void {
    const next = this.#waiting.shift();
    if (next === undefined) this.#free++;
    else next();
  }

  async #inTime<T>(work: Promise<T>): Promise<T> {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(() => reject(new TookTooLong("the disk does not answer")), this.#limitMs);
    });
    try {
      return await Promise.race([work, late]);
    } finally {
      clearTimeout(timer);
    }
  }
}
