/**
 * Lines of one output on their way to the targets that take them. They are cut where they come in and kept as they are: what a
 * request needs is made of them when it is sent, so that lines which a target does not keep up with cost next to nothing.
 */
import type { Block, LineStream } from "../core/line-queue.ts";
import type { LineSplitter } from "../core/log-line.ts";
import type { Loss } from "../core/loss.ts";

export interface Taker {
  readonly stream: LineStream;
  readonly target: {
    /** Takes a copy. */
    take(block: Block): void;
    readonly loss: Loss | null;
  };
}

export class Shipment {
  readonly #takers: readonly Taker[];
  readonly #wall: () => number;

  /** @param wall milliseconds since 1970 */
  constructor(takers: readonly Taker[], wall: () => number) {
    this.#takers = takers;
    this.#wall = wall;
  }

  /** What its targets have lost, also of others. */
  get losses(): readonly Loss[] {
    return this.#takers.map(({ target }) => target.loss).filter((loss) => loss !== null);
  }

  /** Takes the lines that `bytes` complete. */
  push(splitter: LineSplitter, bytes: Uint8Array): void {
    splitter.pushRuns(bytes, this.#ship);
  }

  /** Takes the line that a child has left unfinished. */
  end(splitter: LineSplitter): void {
    splitter.end((line, partial) => this.#ship(line, 1, partial));
  }

  readonly #ship = (bytes: Uint8Array, lines: number, partial: boolean): void => {
    const now = this.#wall();
    for (const { stream, target } of this.#takers)
      target.take({ stream, at: stream.clock.take(now, lines), bytes, lines, partial });
  };
}
