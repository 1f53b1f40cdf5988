/**
 * One output channel of one process, through all its lives: from the pipe of each child to the log
 * file, to the daemon's own screen and to whoever taps it.
 *
 * Order is kept: what a child has written comes before what its successor writes. Memory is bounded:
 * while a log does not take its bytes, pipes are not read, and the children wait.
 */
import { AnsiStripper } from "../core/ansi.ts";
import { type Captured, capture, endCapture, noCapture } from "../core/capture.ts";
import { LineSplitter } from "../core/log-line.ts";
import type { LogReader } from "../core/log-reader.ts";
import { LineStamper } from "../core/log-stamp.ts";
import type { Loss, Stuck } from "../core/loss.ts";
import type { ChannelSettings } from "../core/program.ts";
import { bytesRepr, decoded } from "../core/python.ts";
import { within } from "../system/log-file.ts";
import { ByteCount } from "../system/log-mover.ts";
import { PipeReader } from "../system/log-source.ts";
import type { MainLog } from "../system/main-log.ts";
import type { Shipment } from "./log-shipment.ts";
import type { Logs } from "./logs.ts";
import { OutputPlaces } from "./output-places.ts";
import { isCaughtUp, type Source } from "./output-source.ts";

export interface OutputContext {
  readonly stripAnsi: boolean;
  readonly childLogDir: string;
  readonly identifier: string;
  readonly logs: Logs;
  readonly mainLog: MainLog;
  /** Milliseconds since 1970, for lines that are stamped. */
  readonly wall: () => number;
}

export interface OutputOptions {
  /** Section that the process is of. */
  readonly program: string;
  readonly name: string;
  readonly channel: "stdout" | "stderr";
  readonly settings: ChannelSettings;
  readonly passthrough: boolean;
  readonly context: OutputContext;
}

/** Pipes of dead children that live descendants hold open; beyond that the oldest is closed. */
const lingeringPipes = 4;

/** How long a log may take for what dead children have left in their pipes. */
const patienceMs = 2000;
/** Most reads, of a pipe's full size each, of what is left in it when it is closed. */
const lastReads = 8;

export class Output {
  /**
   * Gets every piece of output, without escape sequences if those are stripped. The bytes are good
   * only during the call; a copy here would make a flood cost the memory of all of it.
   */
  onData: ((bytes: Buffer, pid: number) => void) | null = null;
  /**
   * For a program that speaks a protocol: gets what it writes as it is read, when the log has it; `onData` gets nothing.
   * There are no marks of capture mode in that, and what the log is spared, as escape sequences are, an answer is not.
   */
  onSpoken: ((bytes: Uint8Array) => void) | null = null;
  /** Gets each message that a program put between the marks of capture mode, which no log gets. */
  onMessage: ((bytes: Buffer, pid: number) => void) | null = null;
  /** Gets what `onData` gets, for whoever looks for a line in it. */
  lookout: ((bytes: Uint8Array, pid: number) => void) | null = null;
  /** How much its children have written. */
  readonly bytes = new ByteCount();
  readonly #options: OutputOptions;
  readonly #places: OutputPlaces;
  readonly #sources: Source[] = [];
  #shipment: Shipment | null = null;
  /** Somebody waits for what dead children have left. */
  #catching: PromiseWithResolvers<void> | null = null;
  /** While a flood is left to the log, no pipe is read here. */
  #move: Promise<void> | null = null;

  constructor(options: OutputOptions) {
    this.#options = options;
    this.#places = new OutputPlaces(options, () => this.#goOn());
  }

  get settings(): ChannelSettings {
    return this.#places.settings;
  }

  /** Takes its lines to targets elsewhere. */
  set shipment(shipment: Shipment | null) {
    this.#shipment = shipment;
    if (shipment !== null) this.#places.stopMove();
    // What was begun before is not joined to what comes when there is one again.
    else for (const source of this.#sources) source.shipped = null;
  }

  /** Takes other settings of rotation, events and the format of lines for the same log. */
  configure(settings: ChannelSettings): void {
    const { format } = this.settings;
    this.#places.configure(settings);
    if (settings.format === format) return;
    this.#places.stopMove();
    for (const source of this.#sources) {
      this.#endLines(source);
      source.stamper = this.#newStamper();
    }
  }

  /** Of the log file; "" for none, or none yet. */
  get path(): string {
    return this.#places.path;
  }

  /** Where it waits because nobody takes it. */
  get stuck(): Stuck | null {
    return this.#places.stuck;
  }

  /** What could not be written where it goes. */
  get losses(): readonly Loss[] {
    const elsewhere = this.#shipment?.losses ?? [];
    return elsewhere.length === 0 ? this.#places.losses : [...this.#places.losses, ...elsewhere];
  }

  /**
   * Opens the log, creating the file; one that is open is looked for at its path again, as it may
   * have been moved since.
   * @throws Error `cannot open PATH: cause`, with the system's `code`
   */
  open(): void {
    this.#places.open();
  }

  /**
   * Takes over the read end of the pipe of a new child, or of a command that belongs to it. What is returned is
   * to be called when that has died: it takes all that was written, unless the log is behind, in which case
   * that waits its turn before anything of the next child. Descendants that hold the pipe open are read on.
   * @param tap for a command: gets what it writes. That goes to the log, too, but is no word of the program's: to no
   *   listener, no event, no look-out for readiness
   */
  attach(fd: number, pid: number, tap: Source["tap"] = null): () => void {
    const source: Source = {
      reader: new PipeReader(
        fd,
        (bytes) => this.#take(source, bytes),
        () => this.#finish(source),
      ),
      pid,
      tap,
      stripper: this.#options.context.stripAnsi ? new AnsiStripper() : null,
      splitter: this.#options.passthrough ? new LineSplitter() : null,
      stamper: this.#newStamper(),
      syslogSplitter: this.settings.syslog ? new LineSplitter() : null,
      shipped: null,
      capture: tap === null && this.onSpoken === null && this.settings.captureMaxBytes > 0 ? noCapture : null,
      exited: false,
      drained: false,
    };
    this.#sources.push(source);
    if (this.#move !== null) this.#places.stopMove();
    this.#goOn();
    return () => this.#hungUp(source);
  }

  /** null when no log is kept. Before there is a file, what the reader is asked fails with ENOENT. */
  reader(): LogReader | null {
    return this.#places.reader();
  }

  /** Opens the log file again, for logrotate(8). While nobody writes to it none is made, as in the reference. */
  reopen(): void {
    this.#places.reopen(this.#sources.length > 0);
  }

  /** Empties the log file; nothing happens to rotated ones. @throws Error `cannot clear PATH: cause` */
  async clear(): Promise<void> {
    this.#places.find();
    await this.#caughtUp(patienceMs);
    await this.#places.clear();
  }

  /** Resolves when all that dead children have written is on disk, or within some seconds. */
  async flush(): Promise<void> {
    await this.#caughtUp(patienceMs);
    await this.#places.flush();
  }

  /** Takes what is in the pipes, closes them, and then the log. */
  async close(): Promise<void> {
    if (this.#move !== null) {
      this.#places.stopMove();
      await within(patienceMs, this.#move);
    }
    for (const source of [...this.#sources]) {
      // Also when the log wants a pause: a pipe holds little, and this is its last chance.
      for (let reads = 0; reads < lastReads && source.reader.drain() === "paused"; ) reads++;
      this.#finish(source);
    }
    this.#catching?.resolve();
    await this.#places.close();
  }

  /** Its writer has died. */
  #hungUp(source: Source): void {
    if (source.exited || !this.#sources.includes(source)) return;
    source.exited = true;
    this.#places.stopMove();
    this.#goOn();
    const [oldest, ...others] = this.#sources.filter(({ exited }) => exited);
    if (oldest === undefined || others.length < lingeringPipes) return;
    if (!oldest.drained) {
      const { name, channel } = this.#options;
      this.#options.context.mainLog.warn(
        `'${name}' ${channel}: the end of what pid ${oldest.pid} wrote is lost, because the log is stuck`,
      );
    }
    this.#finish(oldest);
  }

  get #blocked(): boolean {
    return this.#move !== null || this.#places.blocked;
  }

  /** Reads on, the oldest pipe first, as far as the log takes it. */
  #goOn(): void {
    if (!this.#catchUp()) return;
    for (const source of this.#sources) source.reader.resume();
  }

  /** Takes what dead children have left; false when the log wants a pause. */
  #catchUp(): boolean {
    for (const source of [...this.#sources]) {
      if (this.#blocked) break;
      if (!source.exited || source.drained) continue;
      const outcome = source.reader.drain();
      if (outcome === "paused") break;
      source.drained = true;
      if (outcome === "ended") this.#finish(source);
    }
    if (this.#sources.every(isCaughtUp)) this.#catching?.resolve();
    if (this.#blocked) this.#pause();
    return !this.#blocked;
  }

  async #caughtUp(limitMs: number): Promise<void> {
    if (this.#sources.every(isCaughtUp)) return;
    this.#catching ??= Promise.withResolvers();
    const { promise } = this.#catching;
    await within(limitMs, promise);
    this.#catching = null;
  }

  #pause(): void {
    for (const source of this.#sources) source.reader.pause();
  }

  /** False when there should be a pause. */
  #take(source: Source, bytes: Buffer): boolean {
    this.bytes.add(bytes.length);
    source.tap?.(bytes);
    this.#deliver(source, source.stripper === null ? bytes : source.stripper.strip(bytes));
    if (source.tap === null) this.onSpoken?.(bytes);
    if (source.reader.takeFlood()) this.#offload(source);
    if (!this.#blocked) return true;
    this.#pause();
    return false;
  }

  /** Leaves a flood to the log itself, if it goes nowhere else. */
  #offload(source: Source): void {
    const plain =
      source.stripper === null &&
      source.splitter === null &&
      source.stamper === null &&
      source.syslogSplitter === null &&
      source.capture === null &&
      source.tap === null &&
      this.lookout === null &&
      this.onSpoken === null &&
      this.onData === null &&
      this.#shipment === null;
    if (!this.#places.hasLog || !plain || this.#sources.length > 1 || this.#options.context.mainLog.enabled("debug"))
      return;
    this.#move = this.#places.move(source.reader.fd, this.bytes).finally(() => {
      this.#move = null;
      this.#goOn();
    });
  }

  #deliver(source: Source, bytes: Uint8Array): void {
    if (source.capture === null) this.#record(source, bytes);
    else {
      const { state, pieces } = capture(source.capture, bytes, this.settings.captureMaxBytes);
      source.capture = state;
      for (const piece of pieces) this.#sort(source, piece);
    }
  }

  #sort(source: Source, { type, bytes }: Captured): void {
    if (type === "output") this.#record(source, bytes);
    else this.onMessage?.(Buffer.from(bytes), source.pid);
  }

  #record(source: Source, bytes: Uint8Array): void {
    if (bytes.length === 0) return;
    if (source.stamper === null) this.#places.write(bytes, source.splitter);
    else this.#places.stamped(source.stamper.push(bytes, this.#time));
    source.syslogSplitter?.push(bytes, this.#places.toSyslog);
    if (this.#shipment !== null) {
      source.shipped ??= new LineSplitter();
      this.#shipment.push(source.shipped, bytes);
    }
    const { context, name, channel } = this.#options;
    if (context.mainLog.enabled("debug")) {
      const text = this.onSpoken === null ? decoded(bytes) : bytesRepr(bytes);
      context.mainLog.debug(`'${name}' ${channel} output:\n${text}`);
    }
    if (source.tap !== null) return;
    this.lookout?.(bytes, source.pid);
    if (this.onSpoken !== null) return;
    this.onData?.(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength), source.pid);
  }

  #newStamper(): LineStamper | null {
    const { program, name, channel } = this.#options;
    const { format } = this.settings;
    return format === undefined ? null : new LineStamper(format, { program, process: name, stream: channel });
  }

  /** ISO 8601, UTC, to the millisecond. */
  get #time(): string {
    return new Date(this.#options.context.wall()).toISOString();
  }

  /** Takes the line that has been left unfinished. */
  #endLines({ stamper, splitter }: Source): void {
    if (stamper !== null) this.#places.stamped(stamper.end(this.#time));
    else if (splitter !== null) this.#places.end(splitter);
  }

  /** Nothing more comes from there. */
  #finish(source: Source): void {
    const at = this.#sources.indexOf(source);
    if (at < 0) return;
    this.#sources.splice(at, 1);
    source.reader.close();
    if (source.stripper !== null) this.#deliver(source, source.stripper.end());
    if (source.capture !== null) for (const piece of endCapture(source.capture)) this.#sort(source, piece);
    this.#endLines(source);
    source.syslogSplitter?.end(this.#places.toSyslog);
    if (source.shipped !== null) this.#shipment?.end(source.shipped);
  }
}
