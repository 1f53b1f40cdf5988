/**
 * The screen from its first frame to the key that leaves it: joins what comes (keys, overviews, lines of logs), the
 * reducer and the frames. Everything that happens is an action; nothing else changes what is shown.
 */
import { Client, type Login } from "../client/client.ts";
import type { RemoteOverview } from "../client/overview.ts";
import { asReport } from "../client/report.ts";
import { settingsOf } from "../client/settings.ts";
import { Canvas } from "./canvas.tsx";
import { Happenings } from "./feed/happenings.ts";
import { LastWords } from "./feed/last-words.ts";
import { LogStreams } from "./feed/log-streams.ts";
import { Overviews } from "./feed/overviews.ts";
import { type Outcome, perform, scale } from "./feed/requests.ts";
import { Frames } from "./frames.ts";
import type { Action } from "./state/actions.ts";
import { begun } from "./state/begin.ts";
import { type Bindings, bindingsOf, type KeyChoices } from "./state/bindings.ts";
import type { Effect } from "./state/effects.ts";
import { type Reduce, reducer } from "./state/reduce.ts";
import type { State } from "./state/state.ts";
import { logWish, reportWish, wordsWish } from "./state/wants.ts";
import { inAscii } from "./terminal/ascii.ts";
import { InputReader } from "./terminal/input.ts";
import { Screen } from "./terminal/screen.ts";
import { Terminal } from "./terminal/terminal.ts";
import { type Theme, themeFor } from "./text/theme.ts";

export interface TopOptions {
  readonly serverUrl: string;
  readonly login: Login | null;
  /** What the daemon has just told. */
  readonly overview: RemoteOverview;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly theme: string | null;
  readonly keys: KeyChoices;
  readonly mouse: boolean;
  readonly ascii: boolean;
}

/** Who moves through the table fast wants the log of the last one only. */
const settleMs = 120;
const reportPatienceMs = 5000;

/** As shells tell that a program was ended by a signal. */
const statusOf = { SIGHUP: 129, SIGINT: 130, SIGTERM: 143 } as const;

/**
 * Resolves to the exit status when the user leaves, or somebody ends us. Rejects with a mistake of ours; the terminal
 * is whole then, too.
 */
export function top(options: TopOptions): Promise<number> {
  return new Top(options).run();
}

class Top {
  readonly #options: TopOptions;
  readonly #client: Client;
  readonly #bindings: Bindings;
  readonly #reduce: Reduce;
  readonly #canvas = new Canvas();
  readonly #frames = new Frames(() => this.#draw());
  readonly #left = Promise.withResolvers<number>();
  readonly #terminal: Terminal;
  readonly #screen: Screen;
  readonly #input: InputReader;
  readonly #overviews: Overviews;
  readonly #logs: LogStreams;
  readonly #happenings: Happenings;
  readonly #lastWords: LastWords;
  #state: State;
  #theme: Theme;
  #settling: NodeJS.Timeout | null = null;
  /** What was last asked for, so that only changes are. */
  #wished = { log: "", report: "" };

  constructor(options: TopOptions) {
    this.#options = options;
    this.#client = new Client(options.serverUrl, options.login);
    this.#bindings = bindingsOf(options.keys);
    this.#reduce = reducer(this.#bindings);
    this.#theme = themeFor(options.theme, options.environment);
    this.#terminal = new Terminal({
      typed: (text) => this.#guarded(() => this.#input.push(text)),
      resized: (size) => this.#do({ type: "resized", size }),
      ended: (signal) => this.#left.resolve(statusOf[signal]),
      failed: (error) => this.#left.reject(error),
    });
    this.#screen = new Screen((text) => this.#terminal.write(options.ascii ? inAscii(text) : text));
    this.#input = new InputReader((input) => this.#do({ ...input, at: Date.now() }, true));
    this.#overviews = new Overviews(this.#client, {
      told: (overview) => this.#told(overview),
      lost: (why) => this.#do({ type: "lost", why, at: Date.now() }),
    });
    this.#logs = new LogStreams(
      this.#client,
      () => this.#frames.want(false),
      (key, text) => this.#do({ type: "log-trouble", key, text }),
    );
    this.#lastWords = new LastWords(this.#client, (words) => this.#do({ type: "words", words }));
    this.#happenings = new Happenings(this.#client, {
      told: (told) => this.#do({ type: "happened", told }),
      feed: (feed) => this.#do({ type: "feed", feed }),
    });
    this.#state = begun({
      address: options.serverUrl,
      size: this.#terminal.size,
      overview: options.overview,
      theme: this.#theme.name,
      mouse: options.mouse,
      now: Date.now(),
    });
  }

  async run(): Promise<number> {
    this.#terminal.open();
    this.#terminal.setMouse(this.#state.mouse);
    try {
      this.#draw();
      this.#wish();
      this.#overviews.refresh();
      this.#happenings.begin();
      return await this.#left.promise;
    } finally {
      this.#frames.end();
      clearTimeout(this.#settling ?? undefined);
      this.#overviews.end();
      this.#logs.end();
      this.#happenings.end();
      this.#input.end();
      this.#terminal.close();
      this.#client.close();
      this.#canvas.close();
    }
  }

  #do(action: Action, atOnce = action.type === "resized"): void {
    this.#guarded(() => {
      const before = this.#state;
      const [after, ...effects] = this.#reduce(before, action);
      this.#state = after;
      if (after.theme !== before.theme) this.#theme = themeFor(after.theme, this.#options.environment);
      if (action.type === "resized") this.#screen.forget();
      this.#terminal.setMouse(after.mouse);
      for (const effect of effects) this.#perform(effect);
      if (after === before) return;
      this.#frames.want(atOnce);
      this.#settling ??= setTimeout(() => this.#wish(), settleMs);
    });
  }

  /** A mistake of ours ends the screen; it is told when the terminal is whole again. */
  #guarded(work: () => void): void {
    try {
      work();
    } catch (error) {
      this.#left.reject(error);
    }
  }

  #draw(): void {
    this.#guarded(() => {
      const taken = this.#logs.take(Date.now());
      if (taken !== null) [this.#state] = this.#reduce(this.#state, { type: "lines", ...taken });
      const frame = this.#canvas.draw({
        state: this.#state,
        bindings: this.#bindings,
        theme: this.#theme,
        now: Date.now(),
      });
      this.#screen.show(frame, this.#state.size.rows);
    });
  }

  #told(overview: RemoteOverview): void {
    const { pid, startedAt } = this.#state.overview;
    this.#do({ type: "overview", overview, at: Date.now() });
    if (overview.pid !== pid || overview.startedAt !== startedAt) this.#happenings.begin();
    // What was told of the selected one is as old as the last overview.
    this.#wished.report = "";
    this.#wish();
  }

  /** Follows the logs and asks for the report that the screen wants to see now. */
  #wish(): void {
    clearTimeout(this.#settling ?? undefined);
    this.#settling = null;
    this.#lastWords.want(wordsWish(this.#state), performance.now());
    const log = logWish(this.#state);
    const logs = `${log.key} ${log.streams.map(({ id, channel }) => `${id} ${channel}`).join()}`;
    if (logs !== this.#wished.log) this.#logs.follow(log);
    const report = reportWish(this.#state) ?? "";
    if (report !== "" && report !== this.#wished.report) void this.#askReport(report);
    this.#wished = { log: logs, report };
  }

  async #askReport(id: string): Promise<void> {
    try {
      const call = (method: string, params: readonly string[]) => this.#client.call(method, params, reportPatienceMs);
      const [report, settings] = await Promise.all([
        call("spaced.report", [id]).then(asReport),
        settingsOf({ call }, id),
      ]);
      this.#do({ type: "report", id, report, settings });
    } catch {
      // Its overview tells whether the daemon is there; a report that is not there is not shown.
    }
  }

  #perform(effect: Effect): void {
    switch (effect.type) {
      case "request":
        void this.#request(effect);
        break;
      case "scale":
        void scale(this.#client, effect.program, effect.copies).then((outcome) => this.#finished(effect.job, outcome));
        break;
      case "refresh":
        this.#overviews.refresh();
        break;
      case "redraw":
        this.#screen.forget();
        this.#frames.want(true);
        break;
      case "suspend":
        this.#terminal.suspend();
        break;
      case "quit":
        this.#left.resolve(0);
        break;
    }
  }

  async #request({ job, request }: Extract<Effect, { type: "request" }>): Promise<void> {
    const { processes } = this.#state.overview;
    const seen = setTimeout(() => this.#overviews.refresh(), settleMs);
    const outcome = await perform(this.#client, request, processes, (done) =>
      this.#do({ type: "progress", job, done }),
    );
    clearTimeout(seen);
    this.#finished(job, outcome);
  }

  #finished(job: number, { text, isGood }: Outcome): void {
    this.#do({ type: "finished", job, text, tone: isGood ? "good" : "bad", at: Date.now() });
  }
}
