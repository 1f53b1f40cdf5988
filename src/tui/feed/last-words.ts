/**
 * Asks what the program that is wrong has written last on stderr, wherever that goes: once for each of its ends, and not more often than
 * every few seconds of one that fails again and again.
 */
import type { Client } from "../../client/client.ts";
import { tellingLine } from "../state/last-words.ts";
import type { LastWords as Words } from "../state/state.ts";
import type { WordsWish } from "../state/wants.ts";

const tailBytes = 2048;
const patienceMs = 5000;
const leastMs = 5000;

export class LastWords {
  readonly #client: Pick<Client, "call">;
  readonly #found: (words: Words) => void;
  #asked: WordsWish | null = null;
  #askedAt = 0;

  constructor(client: Pick<Client, "call">, found: (words: Words) => void) {
    this.#client = client;
    this.#found = found;
  }

  /** `now`: milliseconds, of any clock that goes on. */
  want(wish: WordsWish | null, now: number): void {
    const { id, end } = this.#asked ?? {};
    if (wish === null || (wish.id === id && (wish.end === end || now - this.#askedAt < leastMs))) return;
    this.#asked = wish;
    this.#askedAt = now;
    void this.#ask(wish);
  }

  async #ask({ id, channel }: WordsWish): Promise<void> {
    try {
      const method = channel === "stdout" ? "supervisor.readProcessStdoutLog" : "supervisor.readProcessStderrLog";
      const text = await this.#client.call(method, [id, -tailBytes, 0], patienceMs);
      if (this.#asked?.id === id) this.#found({ id, text: tellingLine(String(text)) });
    } catch {
      // It keeps no log there, or the daemon is away, which its overview tells.
    }
  }
}
