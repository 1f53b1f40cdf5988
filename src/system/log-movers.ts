/**
 * The threads that floods are left to. One is enough for one flood; when several come at a time, as many
 * are started as leave half of the processors to the programs, and each move goes to the one with the fewest.
 */
import { availableParallelism } from "node:os";
import { type ByteCount, type Move, Mover } from "./log-mover.ts";

export class Movers {
  readonly #movers: readonly Mover[];

  constructor(limit = Math.max(1, Math.min(4, availableParallelism() >> 1))) {
    this.#movers = Array.from({ length: limit }, () => new Mover());
  }

  /** Whether a move can be asked for now. Whoever asks when all have something to do has another thread started, and asks again. */
  ready(): boolean {
    if (this.#movers.every((mover) => mover.jobs > 0 || !mover.running))
      this.#movers.find((mover) => !mover.running)?.start();
    // One that is on its way will soon take its part.
    return this.#movers.some((mover) => mover.ready) && !this.#movers.some((mover) => mover.starting);
  }

  /** As `Mover.move`; to be asked for when `ready`. */
  move(pipe: number, file: number, limit: number, count: ByteCount): Move {
    const [least] = this.#movers.filter((mover) => mover.ready).sort((a, b) => a.jobs - b.jobs);
    return (least as Mover).move(pipe, file, limit, count);
  }
}
