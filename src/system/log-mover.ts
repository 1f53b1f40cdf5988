/**
 * Floods: a thread that takes bytes straight from a pipe to a file, for programs that write faster
 * than a line now and then. It reads and writes synchronously, so bytes stay in one processor's cache and
 * nobody is woken per write: half the processor time of the queue in `log-file.ts`. It exists
 * only while there is a flood. A disk that hangs stops this thread but not the daemon: who waits
 * behind the stuck write is told so, and goes on through the queue.
 */
import type { Worker } from "node:worker_threads";
import { closeFd, duplicate, setPipeSize } from "./libc.ts";
import { blockBytes } from "./log-queue.ts";

/** How much one output has brought: what is read here, and what the thread reads, which counts while it moves. */
export class ByteCount {
  #here = 0;
  #there: Float64Array | null = null;

  add(bytes: number): void {
    this.#here += bytes;
  }

  get sum(): number {
    return this.#here + (this.#there?.[0] ?? 0);
  }

  /** To be shared with the thread, which adds to it. */
  get counter(): Float64Array {
    this.#there ??= new Float64Array(new SharedArrayBuffer(8));
    return this.#there;
  }
}

/** Why a move has ended: `limit` bytes are written, the flood is over, or somebody wanted it to end. */
export interface Moved {
  readonly why: "limit" | "over" | "stopped" | "failed";
  /** Bytes that were read and could not be written. */
  readonly rest: Uint8Array;
}

export interface Move {
  /** Ends it; it is done soon. */
  readonly stop: () => void;
  readonly done: Promise<Moved>;
}

type Order =
  | {
      readonly type: "move";
      readonly id: number;
      readonly pipe: number;
      readonly file: number;
      readonly limit: number;
      readonly counter: Float64Array;
    }
  | { readonly type: "stop"; readonly id: number };

interface Report extends Moved {
  readonly id: number;
}

/**
 * Size of flooded pipes and of reads from them. Measured for 2 GiB: 0.90 s of processor time, with a quarter of it
 * 0.96 s, with more no less; cat(1) takes 0.64 s, nearly all of it in the kernel's write.
 */
const bufferBytes = 512 * 1024;
/** A flood brings at least this much in each such time through all its pipes, and through each at least that. */
const tickMs = 100;
const floodBytes = 1024 * 1024;
const partBytes = 256 * 1024;
/** Without a sign of life for so long the thread counts as stuck. */
const stuckMs = 1000;
/** Without work for so long the thread is ended. */
const idleMs = 5000;
/** A thread takes so long to start, and on a busy machine some times that. */
const startMs = 100;

const nothing = new Uint8Array(0);

export class Mover {
  readonly #jobs = new Map<number, (moved: Moved) => void>();
  /** The thread's own descriptors: it never meets one that has been closed and belongs to another file by now. */
  readonly #descriptors = new Map<number, readonly [pipe: number, file: number]>();
  /** [signs of life, number of the job whose write is under way, times that jobs were taken away, never changed: for naps] */
  readonly #signs = new Int32Array(new SharedArrayBuffer(16));
  #worker: Worker | null = null;
  #timer: NodeJS.Timeout | null = null;
  #lastSign = { count: 0, atMs: 0 };
  #online = false;
  #stuck = false;
  #startedMs = 0;
  #lastId = 0;

  /** Whether there is a thread, be it on its way, busy or stuck. */
  get running(): boolean {
    return this.#worker !== null;
  }

  /** Whether the thread has been started a moment ago, and does nothing yet. */
  get starting(): boolean {
    return this.#worker !== null && !this.#online && performance.now() - this.#startedMs < startMs;
  }

  /** Whether a move can be asked for now. */
  get ready(): boolean {
    return this.#online && !this.#stuck;
  }

  /** How many moves are under way. */
  get jobs(): number {
    return this.#descriptors.size;
  }

  start(): void {
    this.#worker ??= this.#start();
  }

  /**
   * Moves from `pipe` to the end of `file` until about `limit` bytes are written, the pipe runs low or
   * `stop` is called. Both stay the caller's, who keeps them open and leaves them alone meanwhile.
   */
  move(pipe: number, file: number, limit: number, count: ByteCount): Move {
    const id = ++this.#lastId;
    const { promise, resolve } = Promise.withResolvers<Moved>();
    const copies = [duplicate(pipe), duplicate(file)] as const;
    setPipeSize(pipe, bufferBytes);
    this.#jobs.set(id, resolve);
    this.#descriptors.set(id, copies);
    this.#order({ type: "move", id, pipe: copies[0], file: copies[1], limit, counter: count.counter });
    return { stop: () => this.#order({ type: "stop", id }), done: promise };
  }

  #order(order: Order): void {
    this.#worker?.postMessage(order);
    Atomics.notify(this.#signs, 3);
    this.#lastSign = { count: Atomics.load(this.#signs, 0), atMs: performance.now() };
  }

  #start(): Worker {
    const { Worker: Thread } = process.getBuiltinModule("node:worker_threads");
    const worker = new Thread(`(${moverThread.toString()})()`, {
      eval: true,
      execArgv: [],
      workerData: { signs: this.#signs, bufferBytes, blockBytes, floodBytes, partBytes, tickMs },
      resourceLimits: { maxOldGenerationSizeMb: 32, maxYoungGenerationSizeMb: 4, stackSizeMb: 1 },
    });
    worker.on("online", () => {
      this.#online = true;
    });
    worker.on("message", (report: Report) => this.#finish(report));
    worker.on("error", () => {});
    worker.on("exit", () => this.#ended(worker));
    worker.unref();
    this.#startedMs = performance.now();
    this.#lastSign = { count: Atomics.load(this.#signs, 0), atMs: performance.now() };
    this.#timer = setInterval(() => this.#watch(), tickMs * 2);
    this.#timer.unref();
    return worker;
  }

  /** The thread has nothing to do with this job any more. */
  #finish({ id, why, rest }: Report): void {
    for (const fd of this.#descriptors.get(id) ?? []) closeFd(fd);
    this.#descriptors.delete(id);
    this.#jobs.get(id)?.({ why, rest });
    this.#jobs.delete(id);
  }

  #ended(worker: Worker): void {
    if (this.#worker !== worker) return;
    this.#worker = null;
    this.#online = false;
    this.#stuck = false;
    if (this.#timer !== null) clearInterval(this.#timer);
    this.#timer = null;
    for (const id of [...this.#descriptors.keys()]) this.#finish({ id, why: "stopped", rest: nothing });
  }

  /** Looks for signs of life, and ends a thread that has nothing to do. */
  #watch(): void {
    const now = performance.now();
    const count = Atomics.load(this.#signs, 0);
    const { atMs } = this.#lastSign;
    if (count !== this.#lastSign.count) {
      this.#lastSign = { count, atMs: now };
      this.#stuck = false;
    } else if (this.#jobs.size === 0) {
      if (now - atMs < idleMs) return;
      this.#online = false;
      void this.#worker?.terminate();
    } else if (now - atMs >= stuckMs) {
      this.#stuck = true;
      const writing = Atomics.load(this.#signs, 1);
      Atomics.add(this.#signs, 2, 1);
      for (const [id, finish] of this.#jobs) {
        if (id === writing) continue;
        this.#jobs.delete(id);
        finish({ why: "stopped", rest: nothing });
      }
    }
  }
}

/** The thread: its text is all that it gets, so it may not mention anything outside of itself. */
function moverThread(): void {
  const { parentPort, workerData } = process.getBuiltinModule("node:worker_threads");
  const { readSync, writeSync } = process.getBuiltinModule("node:fs");
  interface Work {
    readonly id: number;
    readonly pipe: number;
    readonly file: number;
    readonly limit: number;
    readonly counter: Float64Array;
    readonly era: number;
    moved: number;
    /** `moved` at the last tick. */
    before: number;
  }
  const { signs, bufferBytes, blockBytes, floodBytes, partBytes, tickMs } = workerData as {
    signs: Int32Array;
    bufferBytes: number;
    blockBytes: number;
    floodBytes: number;
    partBytes: number;
    tickMs: number;
  };
  const buffer = Buffer.allocUnsafeSlow(bufferBytes);
  const works = new Map<number, Work>();
  const none = new Uint8Array(0);
  // Pipes are left to fill for a while between two looks: long enough for large reads, short enough not to run full.
  let napMs = 0.1;
  let rested = false;
  let running = false;
  let tickAt = 0;
  Error.stackTraceLimit = 0;

  const finish = (work: Work, why: "limit" | "over" | "stopped" | "failed", rest: Uint8Array) => {
    works.delete(work.id);
    parentPort?.postMessage({ id: work.id, why, rest });
  };
  const read = ({ pipe, limit, moved }: Work): number => {
    try {
      // A file grows beyond its limit by one block at most.
      return readSync(pipe, buffer, 0, Math.min(bufferBytes, Math.max(blockBytes, limit - moved)), null);
    } catch (error) {
      return (error as NodeJS.ErrnoException).code === "EAGAIN" ? -1 : 0;
    }
  };
  /** Bytes moved; 0 when there are none, or this work is at its end. */
  const move = (work: Work): number => {
    if (work.era !== Atomics.load(signs, 2)) {
      finish(work, "stopped", none);
      return 0;
    }
    const count = read(work);
    if (count <= 0) {
      if (count === 0) finish(work, "over", none);
      return 0;
    }
    work.counter[0] = (work.counter[0] ?? 0) + count;
    Atomics.store(signs, 1, work.id);
    let written = 0;
    try {
      while (written < count) written += writeSync(work.file, buffer, written, count - written);
    } catch {
      finish(work, "failed", Uint8Array.from(buffer.subarray(written, count)));
      return 0;
    } finally {
      Atomics.store(signs, 1, 0);
      work.moved += written;
    }
    if (work.moved >= work.limit) finish(work, "limit", none);
    return count;
  };
  const turn = () => {
    Atomics.add(signs, 0, 1);
    let most = 0;
    let full = [...works.values()];
    // What is full is read again, and only that: many small reads would cost more than they bring, and hold up writers.
    for (let round = 0; round < 16 && full.length > 0; round++) {
      const again: Work[] = [];
      for (const work of full) {
        const count = move(work);
        if (count >= bufferBytes / 2 && works.has(work.id)) again.push(work);
        if (round === 0) most = Math.max(most, count);
      }
      full = again;
    }
    // What the first round finds tells whether the nap before it was too long or too short.
    if (rested && most === bufferBytes) napMs = Math.max(napMs / 2, 0.05);
    else if (rested && most < bufferBytes / 4) napMs = Math.min(napMs * 1.5, 2);
    const now = performance.now();
    if (now >= tickAt) {
      tickAt = now + tickMs;
      let all = 0;
      for (const work of works.values()) all += work.moved - work.before;
      for (const work of [...works.values()]) {
        if (all < floodBytes || work.moved - work.before < partBytes) finish(work, "over", none);
        work.before = work.moved;
      }
    }
    running = works.size > 0;
    if (!running) return;
    rested = full.length === 0;
    if (rested) Atomics.wait(signs, 3, 0, napMs);
    setImmediate(turn);
  };
  parentPort?.on("message", (order: Order) => {
    const { id } = order;
    if (order.type === "stop") {
      const stopped = works.get(id);
      if (stopped !== undefined) finish(stopped, "stopped", none);
      return;
    }
    const { pipe, file, limit, counter } = order;
    works.set(id, { id, pipe, file, limit, counter, era: Atomics.load(signs, 2), moved: 0, before: 0 });
    if (running) return;
    running = true;
    tickAt = performance.now() + tickMs;
    turn();
  });
}
