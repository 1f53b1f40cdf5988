/**
 * `events [-f] [NAMES] [--since 10m] [-n N] [--type TYPES] [--json]`: what has happened, and with -f what happens, until
 * Ctrl-C. With -f the end of a connection, or of the daemon, is told and survived: nothing comes twice, and what the
 * daemon still knows is not lost.
 */
import { setTimeout as delay } from "node:timers/promises";
import { type EventsQuery, type RemoteEvent, readEvents } from "../../client/events.ts";
import { BadReply, ConnectionFailure, Disconnected, HttpFailure } from "../../client/failures.ts";
import { asProcesses } from "../../client/replies.ts";
import type { EventsArguments } from "../arguments.ts";
import { EventLines, shownName } from "../event-line.ts";
import { onInterrupt } from "../interrupts.ts";
import { displayName, isGlob, parseName, words } from "../names.ts";
import { shownOn } from "../output.ts";
import { paintFor } from "../paint.ts";
import { exitStatus, type Session } from "../session.ts";
import { tellUntold, upcheck } from "../upcheck.ts";

/** Of -f without -n and --since, as `tail -f` shows the end of what is there. */
const usualLast = 10;
/** Between two tries to reach a daemon that is gone. */
const shortestPauseMs = 100;
const longestPauseMs = 2000;

export async function run(session: Session, argument: string): Promise<undefined> {
  const asked = await parsed(session, words(argument));
  if (asked === null || !(await upcheck(session))) return;
  const names = await known(session, asked.names);
  if (names === null) return;
  const { since, follow } = asked;
  // For people a child is no news beside STARTING and RUNNING, unless they ask for it.
  const types = asked.types.length > 0 || asked.json ? asked.types : ["!spawned"];
  const last = asked.last ?? (follow && since === null ? usualLast : null);
  const query: EventsQuery = { since, last, follow, types, names, daemon: null };
  const watching = new Watching(session, asked.json);
  if (follow && !asked.json && names.length === 0)
    watching.expect(asProcesses(await session.call("getAllProcessInfo")).map(displayName));
  const abort = new AbortController();
  const release = onInterrupt(() => abort.abort());
  try {
    await watching.watch(query, abort.signal);
  } finally {
    release();
  }
  if (abort.signal.aborted && !asked.json) session.out.line("");
}

async function parsed(session: Session, given: readonly string[]): Promise<EventsArguments | null> {
  const { parseEvents } = await import("../arguments.ts");
  const result = parseEvents(given);
  if (result.type === "shown") session.out.write(result.text);
  else if (result.type === "refused") {
    session.out.errorLine(result.text);
    session.status = exitStatus.invalidArguments;
  } else session.machineReadable = result.value.json;
  return result.type === "parsed" ? result.value : null;
}

/** Those that there are; globs may mean what has gone, or is still to come. null when there is nothing to look for. */
async function known(session: Session, names: readonly string[]): Promise<readonly string[] | null> {
  const plain = names.filter((name) => !isGlob(name));
  if (names.length === 0 || names.includes("all")) return [];
  const all = plain.length === 0 ? [] : asProcesses(await session.call("getAllProcessInfo"));
  const unknown = plain.filter((text) => {
    const { group, name } = parseName(text);
    return !all.some(
      (process) =>
        (process.group === group && (name === null || process.name === name)) ||
        process.group === text ||
        process.name === text,
    );
  });
  for (const name of unknown) session.fail(`${name}: ERROR (no such process)`, exitStatus.unknown);
  const found = names.filter((name) => !unknown.includes(name));
  return found.length === 0 ? null : found;
}

/** One look at the events, over as many connections as it takes. */
class Watching {
  readonly #session: Session;
  readonly #json: boolean;
  readonly #lines: EventLines;
  /** Which start of the daemon the last stream was of, and the last number seen of it. */
  #daemon: string | null = null;
  #serial: number | null = null;
  /** All that there is, until the width of its names is known; null = each line goes out at once. */
  #held: RemoteEvent[] | null = null;
  #isLost = false;
  #pauseMs = shortestPauseMs;

  constructor(session: Session, json: boolean) {
    this.#session = session;
    this.#json = json;
    this.#lines = new EventLines(paintFor(1, process.env));
  }

  expect(names: Iterable<string>): void {
    this.#lines.expect(names);
  }

  /** Throws what cannot pass by itself. */
  async watch(query: EventsQuery, signal: AbortSignal): Promise<void> {
    if (!query.follow && !this.#json) this.#held = [];
    try {
      await this.#watch(query, signal);
    } finally {
      await this.#release();
    }
  }

  async #watch(query: EventsQuery, signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      try {
        await readEvents(this.#session.client, this.#resumed(query), (event) => this.#take(event), signal);
        if (!query.follow || signal.aborted) return;
        this.#lose("the daemon ends, or restarts");
      } catch (error) {
        if (isUnknownThere(error)) return await tellUntold(this.#session);
        if (!query.follow || this.#daemon === null || !mayPass(error)) throw error;
        this.#lose(`the connection to the daemon broke${error instanceof ConnectionFailure ? ` (${error.code})` : ""}`);
      }
      this.#session.disconnect();
      await delay(this.#pauseMs, undefined, { signal }).catch(() => undefined);
      this.#pauseMs = Math.min(2 * this.#pauseMs, longestPauseMs);
    }
  }

  #resumed(query: EventsQuery): EventsQuery {
    if (this.#daemon === null || this.#serial === null) return query;
    return { ...query, since: String(this.#serial), last: null, daemon: this.#daemon };
  }

  async #take(event: RemoteEvent): Promise<void> {
    if (event.type === "stream") this.#connected(event);
    else if (event.type === "missed")
      this.#tell(`${event.fields.count} events are missing: they had left the memory of the daemon`);
    if (event.serial !== null) this.#serial = event.serial;
    if (this.#json) await this.#out(event.json);
    else if (event.serial === null) return;
    else if (this.#held !== null) this.#held.push(event);
    else await this.#out(this.#lines.of(event));
  }

  async #release(): Promise<void> {
    const held = this.#held ?? [];
    this.#held = null;
    this.#lines.expect(held.map(({ fields }) => shownName(fields)));
    for (const event of held) await this.#out(this.#lines.of(event));
  }

  #connected({ fields }: RemoteEvent): void {
    const daemon = String(fields.daemon);
    if (this.#isLost)
      this.#tell(daemon === this.#daemon ? "connected again" : `connected to a daemon started anew, pid ${fields.pid}`);
    // What was there before the first look at it is not wanted, or comes now.
    if (this.#daemon === null || daemon !== this.#daemon)
      this.#serial = this.#daemon === null ? Number(fields.latest) : 0;
    this.#daemon = daemon;
    this.#isLost = false;
    this.#pauseMs = shortestPauseMs;
  }

  #lose(why: string): void {
    if (!this.#isLost) this.#tell(`${why}; waiting for it`);
    this.#isLost = true;
  }

  /** About the stream itself: on standard error, so that what is on standard output is events alone. */
  #tell(text: string): void {
    this.#session.out.errorLine(paintFor(2, process.env)("yellow", `-- ${text} --`));
  }

  #out(line: string): Promise<void> {
    return this.#session.out.stream(Buffer.from(`${shownOn(1, line)}\n`));
  }
}

const isUnknownThere = (error: unknown): boolean => error instanceof HttpFailure && error.status === 404;

/** The daemon is away, restarts, or has too many who look on at the moment. */
const mayPass = (error: unknown): boolean =>
  error instanceof ConnectionFailure ||
  error instanceof Disconnected ||
  error instanceof BadReply ||
  (error instanceof HttpFailure && error.status >= 500);
