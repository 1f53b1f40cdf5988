/**
 * Shows how the work of a command goes: asks the daemon for what happens, over connections of its own, and paints it a
 * few times a second. A daemon that does not tell (supervisord, or an older one) leaves nothing to show.
 */
import { Client } from "../../client/client.ts";
import { readEvents } from "../../client/events.ts";
import { asProcesses } from "../../client/replies.ts";
import { onInterrupt } from "../interrupts.ts";
import { paintFor } from "../paint.ts";
import type { Goal } from "../progress.ts";
import type { Session } from "../session.ts";
import { Block } from "./block.ts";
import { begin, linesOf, type News, withNews } from "./rows.ts";

const everyMs = 100;

const types = ["state", "spawned", "waiting", "killed", "orphans", "health"];

/**
 * Resolves soon after `done` aborts. Rejects when the daemon does not tell.
 * @param beganMs when the work began, by the wall clock; if the daemon's is behind, the beginning is not seen
 */
export async function watch(
  session: Session,
  goal: Goal,
  names: readonly string[],
  beganMs: number,
  done: AbortSignal,
): Promise<void> {
  const client = new Client(session.serverUrl, session.login);
  const screen = new Screen(session);
  const since = new Date(beganMs).toISOString();
  // Whoever has done its work waits for no answer.
  done.addEventListener("abort", () => client.close(), { once: true });
  const query = { since, daemon: null, last: null, follow: true, names: [], types };
  try {
    const processes = asProcesses(await client.call("supervisor.getAllProcessInfo"));
    if (done.aborted) return;
    screen.open(begin(goal, names, processes));
    await readEvents(client, query, (event) => screen.take({ type: "event", event, now: performance.now() }), done);
  } finally {
    screen.close();
    client.close();
  }
}

class Screen {
  readonly #session: Session;
  readonly #block: Block;
  readonly #news: News[] = [];
  #close: (() => void) | null = null;

  constructor(session: Session) {
    this.#session = session;
    this.#block = new Block(
      session.out,
      () => sizeOf(process.stdout).columns,
      (line) => this.take({ type: "line", line }),
    );
  }

  take(news: News): void {
    this.#news.push(news);
  }

  open(first: ReturnType<typeof begin>): void {
    const paint = paintFor(1, process.env);
    let progress = first;
    const look = (): void => {
      const now = performance.now();
      const { columns, rows } = sizeOf(process.stdout);
      progress = withNews(progress, this.#news.splice(0));
      // One line is left for the cursor, one column for terminals that break a full line.
      this.#block.show(linesOf(progress, { columns: columns - 1, lines: rows - 1, now, paint }));
    };
    const restore = this.#session.printThrough(this.#block);
    const timer = setInterval(look, everyMs);
    const release = onInterrupt(() => {
      this.close();
      // As if nobody had listened.
      process.kill(process.pid, "SIGINT");
    });
    this.#close = () => {
      clearInterval(timer);
      release();
      this.#block.erase();
      restore();
    };
  }

  /** Safe to call twice. */
  close(): void {
    this.#close?.();
    this.#close = null;
  }
}

/** A terminal may not know its size. */
const sizeOf = ({ columns, rows }: { columns?: number; rows?: number }) => ({
  columns: columns || 80,
  rows: rows || 24,
});
