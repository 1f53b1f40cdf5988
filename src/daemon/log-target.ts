/**
 * One `[log_target:x]`: gathers lines to batches and sends them, one after the other, so that they arrive in their order. What is not
 * taken is sent again, after ever longer times, as long as there is memory for it; what is refused is dropped. Loaded
 * with the first target of a list.
 */
import type { LogTargetStatus } from "../api/measurements.ts";
import { httpTarget } from "../core/http-target.ts";
import type { Ms } from "../core/life.ts";
import { BodyWriter, contentTypes } from "../core/line-body.ts";
import { LineClock } from "../core/line-clock.ts";
import { type Block, LineQueue, type LineStream } from "../core/line-queue.ts";
import { type Labels, type LogTargetSettings, shownPlace } from "../core/log-target.ts";
import type { Loss } from "../core/loss.ts";
import { size } from "../core/quantity.ts";
import { backoffMs, retryAfterMs, verdictOf } from "../core/retry.ts";
import { version } from "../core/version.ts";
import type { Clock } from "../system/clock.ts";
import { gzipped } from "../system/gzip.ts";
import { HttpPoster, type PostOutcome } from "../system/http-post.ts";
import { within } from "../system/log-file.ts";
import type { MainLog } from "../system/main-log.ts";
import type { Agenda, Entry } from "./agenda.ts";
import type { Feed } from "./feed.ts";
import { authorization, certificatesOf, secretsOf, secretsOfPath, withoutSecrets } from "./log-target-login.ts";
import { TargetTrouble, type TroubleKind } from "./log-target-trouble.ts";

/** Of one life of the daemon; a target lives through several. */
export interface TargetSurroundings {
  readonly clock: Clock;
  readonly agenda: Agenda;
  readonly log: Pick<MainLog, "info" | "warn">;
  readonly feed: Pick<Feed, "tell">;
}

type Phase =
  | { readonly type: "idle" }
  /** A line waits for others. */
  | { readonly type: "gathering"; readonly due: Ms }
  | { readonly type: "sending" }
  /** Until it is tried again. */
  | { readonly type: "resting"; readonly due: Ms }
  /** Nothing is sent any more. */
  | { readonly type: "ended" };

/** A request that could not be made is one that has failed. */
type Sent = PostOutcome | { readonly type: "failed"; readonly cause: "preparation"; readonly why: string };

const rememberedStreams = 10_000;

export class LogTarget implements Entry {
  #settings: LogTargetSettings;
  #around: TargetSurroundings;
  readonly #queue: LineQueue;
  readonly #streams = new Map<string, LineStream>();
  readonly #trouble: TargetTrouble;
  #poster: HttpPoster | null = null;
  /** Counts the changes after which nothing is to be sent that was begun before. */
  #round = 0;
  /** While there is something to be sent. */
  #writer: BodyWriter | null = null;
  #phase: Phase = { type: "idle" };
  /** How long the making of the last body has held up everything else. */
  #busyMs = 0;
  /** In a row. */
  #failures = 0;
  #failing: { readonly why: string; readonly since: number } | null = null;
  readonly #counts = { sentLines: 0, sentBytes: 0, dropped: { overflow: 0, refused: 0, end: 0 } };
  readonly #refusals: Record<string, number> = {};
  /** null = nothing was dropped. */
  #loss: Loss | null = null;
  /** Somebody waits for the last line. */
  #emptied: PromiseWithResolvers<void> | null = null;

  constructor(settings: LogTargetSettings, around: TargetSurroundings) {
    this.#settings = settings;
    this.#around = around;
    this.#queue = new LineQueue(settings.bufferBytes);
    this.#trouble = new TargetTrouble((text) => this.#around.log.warn(`log target ${this.#settings.name} ${text}`));
    around.agenda.add(this);
  }

  get settings(): LogTargetSettings {
    return this.#settings;
  }

  /** In a further life of the daemon. */
  join(around: TargetSurroundings): void {
    this.#around.agenda.delete(this);
    this.#around = around;
    around.agenda.add(this);
  }

  /** Goes on with what waits as the list says now. */
  configure(settings: LogTargetSettings): void {
    this.#settings = settings;
    this.#lose("overflow", this.#queue.limit(settings.bufferBytes), () => this.#overflowText);
    this.#renew();
    // What another address has done says nothing of this one.
    this.#failures = 0;
    const { type } = this.#phase;
    if (type === "resting") this.#become({ type, due: this.#now });
    else if (type === "gathering")
      this.#become({ type, due: Math.min(this.#phase.due, this.#now + settings.batchWaitMs) });
  }

  get status(): LogTargetStatus {
    const { name, type, url } = this.#settings;
    const { bytes: queueBytes } = this.#queue;
    const counts = { ...this.#counts, failures: this.#refusals };
    return { name, type, place: shownPlace(url), failing: this.#failing, queueBytes, ...counts };
  }

  /** What was dropped, of all programs together; null = nothing. */
  get loss(): Loss | null {
    return this.#loss === null ? null : { ...this.#loss, open: this.#trouble.open };
  }

  /** The one for all lines with these labels. */
  stream(labels: Labels): LineStream {
    const key = JSON.stringify(labels);
    const known = this.#streams.get(key);
    if (known !== undefined) return known;
    // Names come and go; whoever has one of these keeps it.
    if (this.#streams.size >= rememberedStreams) this.#streams.clear();
    const made = { labels, clock: new LineClock() };
    this.#streams.set(key, made);
    return made;
  }

  /** Never waits, and never throws. */
  take(block: Block): void {
    this.#lose("overflow", this.#queue.push(block), () => this.#overflowText);
    const { batchBytes, batchWaitMs } = this.#settings;
    const full = this.#queue.holds(batchBytes);
    if (this.#phase.type === "idle" || (full && this.#phase.type === "gathering" && this.#phase.due > this.#now))
      this.#become({ type: "gathering", due: full ? this.#now : this.#now + batchWaitMs });
  }

  get due(): Ms | null {
    const phaseDue = "due" in this.#phase ? this.#phase.due : null;
    const { due } = this.#trouble;
    return phaseDue === null || due === null ? (phaseDue ?? due) : Math.min(phaseDue, due);
  }

  wake(): void {
    const now = this.#now;
    if (this.#trouble.due !== null && this.#trouble.due <= now) this.#trouble.wake();
    if ("due" in this.#phase && this.#phase.due <= now) void this.#send();
  }

  /** Sends what waits, as far as that goes within `limitMs`; the rest is lost, and told. */
  async end(limitMs: number): Promise<void> {
    this.#emptied = Promise.withResolvers();
    this.#failures = 0;
    if ("due" in this.#phase) this.#become({ ...this.#phase, due: this.#now });
    if (this.#phase.type !== "idle") await within(limitMs, this.#emptied.promise);
    this.#around.agenda.delete(this);
    this.#phase = { type: "ended" };
    this.#renew();
    const left = this.#queue.clear();
    this.#counts.dropped.end += left;
    const lost = this.#trouble.end() + left;
    const why = this.#failing?.why ?? (left > 0 ? "time is over" : "it did not keep up");
    if (lost > 0) this.#around.log.warn(`log target ${this.#settings.name}: ${linesOf(lost)} lost by its end: ${why}`);
  }

  get #now(): Ms {
    return this.#around.clock.now();
  }

  get #ended(): boolean {
    return this.#phase.type === "ended";
  }

  get #place(): string {
    return shownPlace(this.#settings.url);
  }

  get #overflowText(): string {
    const { bufferBytes } = this.#settings;
    return `does not keep up: more than ${size(bufferBytes)} wait (buffer_size), and the oldest lines are dropped`;
  }

  #become(phase: Phase): void {
    this.#phase = phase;
    this.#around.agenda.changed(this);
  }

  async #send(): Promise<void> {
    this.#phase = { type: "sending" };
    const batch = this.#queue.take(this.#settings.batchBytes);
    let sent: Sent;
    try {
      sent = await this.#deliver(batch);
    } catch (error) {
      sent = { type: "failed", cause: "preparation", why: (error as Error).message };
    }
    // After the end all has been counted.
    if (!this.#ended) this.#judge(sent);
  }

  /** @throws Error when the request cannot be made */
  async #deliver(batch: readonly Block[]): Promise<PostOutcome> {
    const settings = this.#settings;
    const { url, caFile, timeoutMs, compress } = settings;
    const round = this.#round;
    const target = httpTarget(url);
    if (target === null) throw new Error("no address");
    this.#writer ??= new BodyWriter((ms) => new Date(ms).toISOString());
    const text = await this.#write(this.#writer, batch);
    const body = compress ? await gzipped(text, timeoutMs) : text;
    const headers = await headersOf(settings);
    const ca = this.#poster === null ? await certificatesOf(caFile) : null;
    // What has been changed meanwhile is not for the address of before, nor what has been given up.
    if (round !== this.#round) return { type: "failed", cause: "aborted", why: "it was given up" };
    this.#poster ??= new HttpPoster(target, ca);
    const outcome = await this.#poster.post(headers, body, timeoutMs);
    if (outcome.type !== "answered") return outcome;
    this.#counts.sentBytes += body.length;
    return { ...outcome, text: withoutSecrets(outcome.text, [...secretsOfPath(target.path), ...secretsOf(headers)]) };
  }

  async #write(writer: BodyWriter, batch: readonly Block[]): Promise<Uint8Array> {
    this.#busyMs = 0;
    const steps = writer.steps(this.#settings.type, batch);
    for (let over = false; !over; ) {
      const begin = this.#now;
      over = steps.next().done === true;
      this.#busyMs += this.#now - begin;
      if (!over) await new Promise(setImmediate);
    }
    return writer.body;
  }

  #judge(sent: Sent): void {
    const verdict = sent.type === "answered" ? verdictOf(sent.status) : "later";
    const why = sent.type === "failed" ? sent.why : `HTTP ${sent.status}${sent.text === "" ? "" : `: ${sent.text}`}`;
    if (verdict === "taken") {
      this.#counts.sentLines += this.#queue.settle();
      this.#failures = 0;
      this.#fail(null);
      this.#trouble.well();
      this.#goOn(0);
    } else if (verdict === "refused") {
      this.#count(sent);
      const lines = this.#queue.settle();
      this.#failures = 0;
      this.#fail(why);
      this.#lose("refused", lines, () => `has refused ${linesOf(lines)}, dropped: ${this.#place}: ${why}`);
      // One refusal does not say that the next is to come at once, unless there is no time left.
      this.#goOn(this.#emptied === null ? this.#settings.batchWaitMs : 0);
    } else {
      this.#queue.restore();
      // It has been made anew, or is to end.
      if (sent.type === "failed" && sent.cause === "aborted") {
        this.#goOn(0);
        return;
      }
      this.#count(sent);
      this.#failures++;
      this.#fail(why);
      const { bufferBytes } = this.#settings;
      this.#trouble.add(
        "failing",
        0,
        this.#now,
        () => `takes no lines: ${this.#place}: ${why}; at most ${size(bufferBytes)} wait`,
      );
      if (sent.type === "failed") this.#renew();
      const asked = sent.type === "answered" ? this.#asked(sent.retryAfter) : 0;
      this.#become({ type: "resting", due: this.#now + Math.max(backoffMs(this.#failures, Math.random()), asked) });
    }
  }

  #asked(header: string | null): number {
    // Nobody waits that long for an end.
    return this.#emptied === null ? (retryAfterMs(header, this.#around.clock.wall(), parseDate) ?? 0) : 0;
  }

  /** After a batch: with what has come meanwhile. */
  #goOn(leastMs: number): void {
    const { batchBytes, batchWaitMs } = this.#settings;
    if (this.#queue.empty) {
      this.#writer = null;
      this.#become({ type: "idle" });
      this.#emptied?.resolve();
    } else {
      const soon = this.#emptied !== null || this.#queue.holds(batchBytes);
      // In a flood, reading what programs write has as much of the processor as sending it.
      const pauseMs = soon ? this.#busyMs : batchWaitMs;
      this.#become({ type: "gathering", due: this.#now + Math.max(leastMs, pauseMs) });
    }
  }

  #lose(kind: Exclude<TroubleKind, "failing">, lines: number, text: () => string): void {
    if (lines === 0) return;
    this.#counts.dropped[kind] += lines;
    const until = this.#around.clock.wall();
    const { lost, since } = this.#loss ?? { lost: 0, since: until };
    const cause = this.#failing?.why ?? "it does not keep up";
    this.#loss = { path: this.#place, lost: lost + lines, unit: "lines", cause, since, until, open: true };
    this.#trouble.add(kind, lines, this.#now, text);
  }

  #count(sent: Sent): void {
    const reason = sent.type === "failed" ? sent.cause : String(sent.status);
    this.#refusals[reason] = (this.#refusals[reason] ?? 0) + 1;
  }

  /** For who looks on, only when it is another than before. */
  #fail(why: string | null): void {
    const before = this.#failing;
    this.#failing = why === null ? null : { why, since: before?.since ?? this.#around.clock.wall() };
    if ((before === null) === (why === null)) return;
    const to = why === null ? "well" : "failing";
    this.#around.feed.tell({ type: "log_target", target: this.#settings.name, to, ...(why === null ? {} : { why }) });
  }

  /** The next request is made on a connection of its own, by what files say then. */
  #renew(): void {
    this.#round++;
    this.#poster?.close();
    this.#poster = null;
  }
}

/** A date of HTTP; `Date.parse` takes almost anything for one. */
const parseDate = (text: string): number => (/^[A-Za-z]{3,9},? /.test(text) ? Date.parse(text) : Number.NaN);

async function headersOf({ type, headers, login, compress }: LogTargetSettings): Promise<Record<string, string>> {
  const own = new Set(Object.keys(headers).map((name) => name.toLowerCase()));
  const usual = {
    "user-agent": `spaced/${version}`,
    "content-type": contentTypes[type],
    ...(compress ? { "content-encoding": "gzip" } : {}),
    ...(login === null ? {} : { authorization: await authorization(login) }),
  };
  return { ...Object.fromEntries(Object.entries(usual).filter(([name]) => !own.has(name))), ...headers };
}

const linesOf = (lines: number): string => (lines === 1 ? "one line" : `${lines} lines`);
