/** Work of which only so much may be under way at once, by whomever it is asked for. Who waits too long is told so. */

/** It took longer than was allowed. */
class TookTooLong extends Error {
  override readonly name = "TookTooLong";
}

export class Gate {
  #free: number;
  readonly #limitMs: number;
  readonly #waiting = new Set<() => void>();

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
    this.#waiting.add(resolve);
    try {
      await this.#inTime(promise);
    } catch (error) {
      if (!this.#waiting.delete(resolve)) this.#next();
      throw error;
    }
  }

  #next(): void {
    const [next] = this.#waiting;
    if (next === undefined) {
      this.#free++;
      return;
    }
    this.#waiting.delete(next);
    next();
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
