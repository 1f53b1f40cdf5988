/**
 * Lines for the system's log, as syslog(3) of glibc sends them: one datagram each, `<14>Nov 22 04:05:06
 * ident: text`, facility LOG_USER and priority LOG_INFO like the reference's.
 *
 * syslog(3) waits while its reader is behind; here nobody ever does. Lines that are not taken at once
 * wait in a bounded queue, so that a burst, or a log daemon that is restarted, costs nothing; when that
 * is full, or nobody has taken a line for a while, they are dropped, counted and told of once.
 */
import type { Loss } from "../core/loss.ts";
import { closeFd, datagramSocket, type SystemError, sendTo, unixAddress } from "./libc.ts";
import { within } from "./log-file.ts";
import { causeOf, Losses } from "./log-trouble.ts";

export interface SyslogTarget {
  /** What stands in front of every line: the name of the program that sends it. */
  readonly ident: string;
  /** Of the socket where the log daemon listens; default /dev/log. */
  readonly path?: string;
}

export interface SyslogOptions extends SyslogTarget {
  /** Told once when lines start to be lost, and once when that is over. */
  readonly report: (message: string) => void;
  /** So long lines are kept for a reader that takes none; from then on one line a second is tried. Default 10 s. */
  readonly patienceMs?: number;
}

/** LOG_USER | LOG_INFO */
const priority = 14;
const months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/** The queue's limit; each line counts for its bytes and what keeping it costs. */
const limitBytes = 2 * 1024 * 1024;
const keptLineBytes = 128;
/** Most lines sent before others have their turn. */
const turnLines = 1000;
/** A slow reader's socket holds few lines: so often it is tried again at once, then ever more seldom. */
const hastyTries = 20;
const slowMs = 50;
const absentMs = 1000;
const hopelessMs = 1000;
const farewellMs = 1000;

const nothing = new Uint8Array(0);

/** Lines are refused: since when, how often up to when, and why. */
interface Trouble {
  readonly sinceMs: number;
  readonly triedMs: number;
  readonly tries: number;
  readonly cause: string;
  /** There is a reader, but it is behind. */
  readonly slow: boolean;
}

export class Syslog {
  readonly #ident: string;
  readonly #path: string;
  readonly #patienceMs: number;
  readonly #losses: Losses;
  #address: Uint8Array | null = null;
  #fd: number | null = null;
  #queue: Buffer[] = [];
  #queuedBytes = 0;
  /** null while lines are taken. */
  #trouble: Trouble | null = null;
  /** Calls off the next try; null when there will be none. */
  #callOff: (() => void) | null = null;
  #sentThisTurn = 0;
  /** Somebody waits for the queue. */
  #settled: PromiseWithResolvers<void> | null = null;
  #closed = false;

  constructor({ ident, path = "/dev/log", report, patienceMs = 10_000 }: SyslogOptions) {
    this.#ident = ident;
    this.#path = path;
    this.#patienceMs = patienceMs;
    this.#losses = new Losses(path, report, "lines");
  }

  /** Sends `before` and `line`, which hold no newline, as one message. Takes a copy. */
  send(line: Uint8Array, before: Uint8Array = nothing): void {
    if (this.#closed) return;
    const tooSoon = this.#hopeless && performance.now() - (this.#trouble?.triedMs ?? 0) < hopelessMs;
    const full = this.#queuedBytes + before.length + line.length + keptLineBytes > limitBytes;
    if (tooSoon || full) {
      this.#losses.add(1, this.#trouble?.cause ?? "lines come too fast");
      return;
    }
    const head = Buffer.from(`<${priority}>${localTime()} ${this.#ident}: `);
    const message = withoutNuls(Buffer.concat([head, before, line]));
    this.#queue.push(message);
    this.#queuedBytes += cost(message);
    if (this.#callOff === null) this.#drain();
  }

  /** What was lost since it was opened; null = nothing. */
  get loss(): Loss | null {
    return this.#losses.all;
  }

  /** Resolves when all lines are sent or lost, at the latest after `limitMs`; at once when nobody is there to take them. */
  async flush(limitMs = farewellMs): Promise<void> {
    this.#retry();
    if (this.#queue.length === 0 || this.#trouble?.slow === false) return;
    this.#settled ??= Promise.withResolvers();
    await within(limitMs, this.#settled.promise);
  }

  /** Sends what waits, as far as that goes within `limitMs`. */
  async close(limitMs = farewellMs): Promise<void> {
    await this.flush(limitMs);
    this.#closed = true;
    this.#callOff?.();
    this.#loseAll("nobody takes it in time");
    if (this.#fd !== null) closeFd(this.#fd);
    this.#fd = null;
  }

  get #hopeless(): boolean {
    return this.#trouble !== null && this.#trouble.triedMs - this.#trouble.sinceMs >= this.#patienceMs;
  }

  #retry(): void {
    this.#callOff?.();
    this.#callOff = null;
    this.#drain();
  }

  /** Sends until the queue is empty, a line is refused, or it is the turn of others. */
  #drain(): void {
    let sent = 0;
    try {
      for (; sent < this.#queue.length && this.#sentThisTurn < turnLines; sent++) {
        if (this.#sentThisTurn++ === 0) setImmediate(() => this.#nextTurn());
        this.#deliver(this.#queue[sent] as Buffer);
      }
      this.#forget(sent);
    } catch (error) {
      this.#forget(sent);
      this.#refused(error as SystemError);
    }
    if (this.#queue.length === 0) this.#settled?.resolve();
    if (this.#queue.length === 0) this.#settled = null;
  }

  #nextTurn(): void {
    const more = this.#sentThisTurn >= turnLines;
    this.#sentThisTurn = 0;
    if (more && this.#callOff === null && !this.#closed) this.#drain();
  }

  /** @throws SystemError when nobody takes it now */
  #deliver(message: Buffer): void {
    this.#address ??= unixAddress(this.#path);
    this.#fd ??= datagramSocket();
    try {
      sendTo(this.#fd, message, this.#address);
    } catch (error) {
      if ((error as SystemError).code !== "EMSGSIZE") throw error;
      this.#losses.add(1, causeOf(error));
      return;
    }
    this.#trouble = null;
    this.#losses.wrote();
  }

  #refused(error: SystemError): void {
    const triedMs = performance.now();
    const { sinceMs, tries } = this.#trouble ?? { sinceMs: triedMs, tries: 0 };
    const slow = error.code === "EAGAIN" || error.code === "ENOBUFS";
    const cause = slow ? "its reader is too slow" : causeOf(error);
    this.#trouble = { sinceMs, triedMs, tries: tries + 1, cause, slow };
    if (this.#hopeless) this.#loseAll(cause);
    else this.#callOff = callLater(() => this.#retry(), delayOf(this.#trouble));
    if (!slow) this.#settled?.resolve();
  }

  /** The first lines of the queue are done with. */
  #forget(count: number): void {
    if (count === 0) return;
    for (const message of this.#queue.splice(0, count)) this.#queuedBytes -= cost(message);
  }

  #loseAll(cause: string): void {
    if (this.#queue.length > 0) this.#losses.add(this.#queue.length, this.#trouble?.cause ?? cause);
    this.#forget(this.#queue.length);
  }
}

/** 0 = as soon as others have had their turn. */
function delayOf({ tries, slow }: Trouble): number {
  const patient = slow ? tries - hastyTries : tries;
  return patient < 0 ? 0 : Math.min(2 ** Math.min(patient, 10), slow ? slowMs : absentMs);
}

function callLater(act: () => void, delayMs: number): () => void {
  if (delayMs === 0) {
    const immediate = setImmediate(act);
    return () => clearImmediate(immediate);
  }
  const timer = setTimeout(act, delayMs);
  return () => clearTimeout(timer);
}

const cost = (message: Uint8Array): number => message.length + keptLineBytes;

/** Some log daemons take what follows a NUL for another message, with a priority of its own. */
function withoutNuls(message: Buffer): Buffer {
  for (let at = message.indexOf(0); at >= 0; at = message.indexOf(0, at)) message[at] = 0x20;
  return message;
}

/** `Nov 22 04:05:06`, day padded with a blank; made once a second. */
const second = { at: -1, text: "" };

function localTime(): string {
  const now = new Date();
  const at = Math.floor(now.getTime() / 1000);
  if (second.at !== at) {
    const two = (number: number) => String(number).padStart(2, "0");
    const day = String(now.getDate()).padStart(2);
    second.at = at;
    second.text = `${months[now.getMonth()]} ${day} ${two(now.getHours())}:${two(now.getMinutes())}:${two(now.getSeconds())}`;
  }
  return second.text;
}
