/**
 * Turns of those who write to the same pipe or terminal, each through a descriptor of its own: the daemon's log and the
 * lines of programs on /dev/stdout. The kernel takes a batch in parts, and a batch ends where a block is full; without
 * turns another's line would stand amidst one of its lines.
 */
import * as fs from "node:fs";

/** `written` counts from the start of the batch, also when there is an error. */
export type Written = (error: NodeJS.ErrnoException | null, written: number) => void;

type Put = (buffers: readonly Buffer[], done: Written) => void;

/** Who has begun a line keeps its turn for so long without a line end: what has none is not lines. */
const looseLimitBytes = 256 * 1024;

/** Who waits, by device and inode of the file; no entry while nobody writes. */
const queues = new Map<string, (() => void)[]>();

export class StreamTurns {
  readonly #key: string;
  readonly #put: Put;
  #writing = false;
  #held = false;
  /** Bytes since the last line end. */
  #loose = 0;

  /** `put` writes to `fd`, and calls back later. */
  constructor(fd: number, put: Put) {
    const { dev, ino } = fs.fstatSync(fd);
    this.#key = `${dev}:${ino}`;
    this.#put = put;
  }

  /** Writes a batch; who waits comes after its last line end, or at its end if nothing follows at once. */
  write(buffers: readonly Buffer[], done: Written): void {
    this.#writing = true;
    this.#take(() => {
      const [lines, rest] = this.#isAwaited ? cut(buffers) : [[], buffers];
      if (lines.length === 0) {
        this.#putRest(rest, 0, done);
        return;
      }
      this.#put(lines, (error, written) => {
        this.give();
        if (error !== null || rest.length === 0) this.#over(error, written, done);
        else this.#take(() => this.#putRest(rest, written, done));
      });
    });
  }

  /** Whoever waits may write now. */
  give(): void {
    if (!this.#held) return;
    this.#held = false;
    this.#loose = 0;
    const next = queues.get(this.#key)?.shift();
    if (next === undefined) queues.delete(this.#key);
    else next();
  }

  get #isAwaited(): boolean {
    return (queues.get(this.#key)?.length ?? 0) > 0;
  }

  #putRest(buffers: readonly Buffer[], before: number, done: Written): void {
    this.#put(buffers, (error, written) => {
      const [lines, rest] = cut(buffers);
      const open = rest.reduce((sum, { length }) => sum + length, 0);
      this.#loose = lines.length > 0 ? open : this.#loose + open;
      if (error !== null || this.#loose === 0 || this.#loose > looseLimitBytes) this.give();
      this.#over(error, before + written, done);
    });
  }

  #over(error: NodeJS.ErrnoException | null, written: number, done: Written): void {
    this.#writing = false;
    done(error, written);
    if (!this.#writing) this.give();
  }

  #take(go: () => void): void {
    if (this.#held) {
      go();
      return;
    }
    const mine = () => {
      this.#held = true;
      go();
    };
    const queue = queues.get(this.#key);
    if (queue === undefined) {
      queues.set(this.#key, []);
      mine();
    } else queue.push(mine);
  }
}

const lineFeed = 0x0a;

/** A batch up to its last line end, and what comes after it. */
function cut(buffers: readonly Buffer[]): [lines: readonly Buffer[], rest: readonly Buffer[]] {
  for (let at = buffers.length - 1; at >= 0; at--) {
    const buffer = buffers[at] as Buffer;
    const end = buffer.lastIndexOf(lineFeed) + 1;
    if (end === 0) continue;
    if (end === buffer.length) return [buffers.slice(0, at + 1), buffers.slice(at + 1)];
    return [
      [...buffers.slice(0, at), buffer.subarray(0, end)],
      [buffer.subarray(end), ...buffers.slice(at + 1)],
    ];
  }
  return [[], buffers];
}
