/**
 * Where the output of one channel of one process goes: its log file, which others may share, the daemon's own screen and
 * syslog. Each is opened when it is needed, and told what it loses.
 */
import type { LineSplitter } from "../core/log-line.ts";
import { type LogReader, unreadable } from "../core/log-reader.ts";
import type { StampedLines } from "../core/log-stamp.ts";
import type { Loss, Stuck } from "../core/loss.ts";
import type { ChannelSettings } from "../core/program.ts";
import { autoLogMode, autoLogPath } from "../system/auto-logs.ts";
import { exists, type LogFile } from "../system/log-file.ts";
import type { ByteCount } from "../system/log-mover.ts";
import type { Syslog } from "../system/syslog.ts";
import type { OutputOptions } from "./output.ts";
import type { ScreenWriter } from "./output-screen.ts";

/** As soon as this who reads is not merely slow. */
const stuckMs = 1000;
const nothingLost: readonly Loss[] = [];

export class OutputPlaces {
  readonly #options: OutputOptions;
  /** To be called when there is room again. */
  readonly #resume: () => void;
  readonly #syslogPrefix: Uint8Array;
  #settings: ChannelSettings;
  #path: string;
  #log: LogFile | null = null;
  #screen: ScreenWriter | null = null;
  #syslog: Syslog | null = null;

  constructor(options: OutputOptions, resume: () => void) {
    this.#options = options;
    this.#resume = resume;
    this.#settings = options.settings;
    this.#syslogPrefix = Buffer.from(`${options.name} `);
    const { log } = options.settings;
    this.#path = log.type === "file" ? log.path : options.context.logs.autoPathOf(options);
  }

  get settings(): ChannelSettings {
    return this.#settings;
  }

  configure(settings: ChannelSettings): void {
    this.#settings = settings;
    if (this.#log !== null) this.#options.context.logs.rotateAs(this.#log, settings);
  }

  /** Of the log file; "" for none, or none yet. */
  get path(): string {
    return this.#path;
  }

  /** Whether one of them wants a pause. */
  get blocked(): boolean {
    return this.#log?.blocked === true || this.#screen?.log.blocked === true;
  }

  /** Which of them has taken nothing for a while, so that the program has to wait; null = none. */
  get stuck(): Stuck | null {
    const [log] = [this.#log, this.#screen?.log].filter((each) => each != null && each.stuckMs >= stuckMs);
    return log == null ? null : { path: log.path, ms: log.stuckMs };
  }

  /** What those that are open have lost, also of others who share them. */
  get losses(): readonly Loss[] {
    const found = [this.#log?.loss, this.#screen?.log.loss, this.#syslog?.loss].filter((loss) => loss != null);
    return found.length === 0 ? nothingLost : found;
  }

  /** Whether a flood can be left to the log. */
  get hasLog(): boolean {
    return this.#log !== null;
  }

  /**
   * Opens the log, creating the file; one that is open is looked for at its path again, as it may
   * have been moved since.
   * @throws Error `cannot open PATH: cause`, with the system's `code`
   */
  open(): void {
    if (this.#log !== null) void this.#log.reopen();
    else this.#openLog();
    if (this.#options.passthrough && this.#screen === null) this.#openScreen();
    if (this.#settings.syslog) this.#syslog ??= this.#options.context.logs.acquireSyslog();
  }

  /** Bytes as they have come. @param splitter of the lines for the screen; null: it gets none */
  write(bytes: Uint8Array, splitter: LineSplitter | null): void {
    this.#log?.write(bytes);
    if (this.#screen !== null && splitter !== null) this.#screen.push(splitter, bytes);
  }

  /** The line that a child has left unfinished is shown as well; the log has it. */
  end(splitter: LineSplitter): void {
    this.#screen?.end(splitter);
  }

  stamped(lines: StampedLines): void {
    if (lines.empty) return;
    this.#log?.write(Buffer.from(lines.text()));
    this.#screen?.show(lines);
  }

  readonly toSyslog = (line: Uint8Array): void => this.#syslog?.send(line, this.#syslogPrefix);

  /** Leaves the pipe `fd` to the log, until that ends by itself or by `stopMove`. */
  async move(fd: number, count: ByteCount): Promise<void> {
    await this.#log?.move(fd, count);
  }

  stopMove(): void {
    this.#log?.stopMove();
  }

  /** null when no log is kept. Before there is a file, what the reader is asked fails with ENOENT. */
  reader(): LogReader | null {
    if (this.#settings.log.type === "none") return null;
    try {
      this.find();
    } catch (error) {
      return unreadable(error);
    }
    return this.#log?.reader() ?? unreadable(Object.assign(new Error(`no file ${this.#path} yet`), { code: "ENOENT" }));
  }

  /** Opens a log that is there already. */
  find(): void {
    if (this.#log === null && this.#path !== "" && exists(this.#path)) this.#openLog();
  }

  /** Opens the log file again, for logrotate(8). @param makes also if there is none any more */
  reopen(makes: boolean): void {
    if (makes || exists(this.#path)) void this.#log?.reopen();
  }

  async clear(): Promise<void> {
    await this.#log?.clear();
  }

  async flush(): Promise<void> {
    await Promise.all([this.#log?.flush(), this.#screen?.log.flush()]);
  }

  async close(): Promise<void> {
    const [log, screen, syslog] = [this.#log, this.#screen, this.#syslog];
    this.#log = null;
    this.#screen = null;
    this.#syslog = null;
    for (const open of [log, screen?.log]) open?.onDrain.delete(this.#resume);
    const { logs } = this.#options.context;
    await Promise.all([
      log === null ? undefined : logs.release(log),
      screen === null ? undefined : logs.screen.release(screen),
      syslog === null ? undefined : logs.releaseSyslog(),
    ]);
  }

  #openLog(): void {
    const { log, maxBytes, backups, keeping } = this.#settings;
    const { name, channel, context } = this.#options;
    if (log.type === "none") return;
    const auto = log.type === "auto";
    const unmade = auto && this.#path === "";
    const path = unmade ? autoLogPath(context.childLogDir, name, channel, context.identifier) : this.#path;
    const rotation = { maxBytes, backups, ...(keeping ? { keeping } : {}), ...(auto ? { mode: autoLogMode } : {}) };
    this.#log = unmade ? context.logs.acquireNew(path, rotation) : context.logs.acquire(path, rotation);
    if (this.#log === null) return;
    this.#path = path;
    if (unmade) context.logs.nameAuto(this.#options, path);
    this.#log.onDrain.add(this.#resume);
  }

  #openScreen(): void {
    const { context, name, program, channel } = this.#options;
    try {
      this.#screen = context.logs.screen.open(name, program, channel);
      this.#screen.log.onDrain.add(this.#resume);
    } catch (error) {
      context.mainLog.warn(`output of ${name} is not passed through: ${(error as Error).message}`);
    }
  }
}
