/**
 * Asks for an overview once a second, and at once when somebody wants one. Whatever goes wrong is told and tried again:
 * the daemon may be restarting.
 */
import type { Client } from "../../client/client.ts";
import { asOverview, type RemoteOverview } from "../../client/overview.ts";
import { trouble } from "./trouble.ts";

const everyMs = 1000;
/** A daemon that takes longer is as good as gone. */
const patienceMs = 5000;

export interface OverviewTaker {
  readonly told: (overview: RemoteOverview) => void;
  readonly lost: (why: string) => void;
}

export class Overviews {
  readonly #client: Client;
  readonly #taker: OverviewTaker;
  #timer: NodeJS.Timeout | null = null;
  #isAsking = false;
  #isWanted = false;
  #isOver = false;

  constructor(client: Client, taker: OverviewTaker) {
    this.#client = client;
    this.#taker = taker;
  }

  /** Also the beginning of asking every second. */
  refresh(): void {
    this.#isWanted = true;
    if (!this.#isAsking) void this.#ask();
  }

  end(): void {
    this.#isOver = true;
    clearTimeout(this.#timer ?? undefined);
  }

  async #ask(): Promise<void> {
    clearTimeout(this.#timer ?? undefined);
    this.#isAsking = true;
    this.#isWanted = false;
    try {
      const overview = asOverview(await this.#client.call("spaced.overview", [], patienceMs));
      if (!this.#isOver) this.#taker.told(overview);
    } catch (error) {
      if (!this.#isOver) this.#taker.lost(trouble(error));
    }
    this.#isAsking = false;
    if (this.#isOver) return;
    if (this.#isWanted) void this.#ask();
    else this.#timer = setTimeout(() => void this.#ask(), everyMs);
  }
}
