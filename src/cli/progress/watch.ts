/**
 * Shows how the work of a command goes: asks the daemon for what happens, over connections of its own, and paints it a
 * few times a second until the work is done. A daemon that does not tell (supervisord, or an older one) is not waited for.
 */
import { setTimeout as delay } from "node:timers/promises";
import { Client } from "../../client/client.ts";
import { type EventsQuery, readEvents } from "../../client/events.ts";
import { asProcesses, type RemoteProcess } from "../../client/replies.ts";
import { onInterrupt } from "../interrupts.ts";
import { paintFor } from "../paint.ts";
import type { Goal } from "../progress.ts";
import type { Session } from "../session.ts";
import { Block } from "./block.ts";
import { begin, linesOf, type Progress, withEvent, withLine } from "./rows.ts";

/** How long the work waits for the daemon to begin to tell. */
const patienceMs = 500;
/** What is done by then is not worth a look. */
const firstLookMs = 250;
const everyMs = 100;

const query: EventsQuery = {
  since: null,
  daemon: null,
  last: 0,
  follow: true,
  names: [],
  types: ["state", "spawned", "waiting", "killed", "orphans", "health"],
};

export async function watchWork<T>(
  session: Session,
  goal: Goal,
  names: readonly string[],
  work: () => Promise<T>,
): Promise<T> {
  const client = new Client(session.serverUrl, session.login);
  const gone = new AbortController();
  const screen = new Screen(session, goal, names);
  const told = screen.listen(client, gone.signal);
  try {
    await screen.prepare(client);
    return await screen.during(work);
  } finally {
    gone.abort();
    client.close();
    await told;
  }
}

class Screen {
  readonly #session: Session;
  readonly #goal: Goal;
  readonly #names: readonly string[];
  readonly #connected = Promise.withResolvers<void>();
  #progress: Progress = begin("change", [], []);

  constructor(session: Session, goal: Goal, names: readonly string[]) {
    this.#session = session;
    this.#goal = goal;
    this.#names = names;
  }

  /** Until `signal` aborts, or the daemon does not tell any more. Never rejects. */
  async listen(client: Client, signal: AbortSignal): Promise<void> {
    try {
      await readEvents(
        client,
        query,
        (event) => {
          if (event.type === "stream") this.#connected.resolve();
          this.#progress = withEvent(this.#progress, event, performance.now());
        },
        signal,
      );
    } catch {
      // The command itself tells what is wrong with the daemon.
    } finally {
      this.#connected.resolve();
    }
  }

  /** Everything from now on will be seen. */
  async prepare(client: Client): Promise<void> {
    const late = new AbortController();
    await Promise.race([
      this.#connected.promise,
      delay(patienceMs, undefined, { signal: late.signal }).catch(() => {}),
    ]);
    late.abort();
    this.#progress = begin(this.#goal, this.#names, await processesOf(client));
  }

  async during<T>(work: () => Promise<T>): Promise<T> {
    const { stdout } = process;
    const paint = paintFor(1, process.env);
    const from = performance.now() + firstLookMs;
    const block = new Block(
      this.#session.out,
      () => sizeOf(stdout).columns,
      (line) => {
        this.#progress = withLine(this.#progress, line);
      },
    );
    const look = (): void => {
      const now = performance.now();
      if (now < from) return;
      const { columns, rows } = sizeOf(stdout);
      // One line is left for the cursor, one column for terminals that break a full line.
      block.show(linesOf(this.#progress, { columns: columns - 1, lines: rows - 1, now, paint }));
    };
    const timer = setInterval(look, everyMs);
    const release = onInterrupt(() => {
      block.erase();
      release();
      // As if nobody had listened.
      process.kill(process.pid, "SIGINT");
    });
    try {
      return await this.#session.printThrough(block, work);
    } finally {
      clearInterval(timer);
      release();
      block.erase();
    }
  }
}

/** A terminal may not know its size. */
const sizeOf = ({ columns, rows }: { columns?: number; rows?: number }) => ({
  columns: columns || 80,
  rows: rows || 24,
});

/** None when they cannot be had: the work itself will tell why. */
async function processesOf(client: Client): Promise<readonly RemoteProcess[]> {
  try {
    return asProcesses(await client.call("supervisor.getAllProcessInfo", [], patienceMs));
  } catch {
    return [];
  }
}
