/**
 * The program list on disk: read when somebody asks, and with `watch_config=true` also when one of its files
 * changes, or one comes that `[include]` takes. Then what has changed is applied as `update` would do it; a list
 * that is refused changes nothing.
 */
import type { ConfigChanges } from "../api/daemon.ts";
import type { Feed } from "../api/feed.ts";
import { includeFolders } from "../config/include-folders.ts";
import { same } from "../core/changes.ts";
import { daemonChanges } from "../core/daemon-changes.ts";
import { Fault } from "../core/faults.ts";
import type { Ms } from "../core/life.ts";
import type { Config } from "../core/program.ts";
import type { Clock } from "../system/clock.ts";
import type { MainLog } from "../system/main-log.ts";
import { type Watching, watchPaths } from "../system/watch.ts";
import type { Agenda, Entry } from "./agenda.ts";
import { StartError } from "./start-error.ts";
import type { Supervisor } from "./supervisor.ts";

interface Parts {
  readonly clock: Clock;
  readonly agenda: Agenda;
  readonly log: MainLog;
  readonly feed: Feed;
  /** Reads the program list; rejects with a `StartError` when it is bad. */
  readonly load: () => Promise<Config>;
  supervisor(): Supervisor;
}

/** An editor, or whoever copies several files, is done when all has been quiet for that long; */
const quietMs = 500;
/** and whoever is never done is not waited for longer than that. */
const patienceMs = 10_000;

export class ProgramList implements Entry {
  readonly #parts: Parts;
  /** What the daemon was started with. */
  readonly #started: Config;
  #config: Config;
  /** Why the list was refused when it was last read. */
  #refusal: StartError | null = null;
  #watched: { readonly files: readonly string[]; readonly includes: readonly string[] } | null = null;
  #watchings: readonly Watching[] = [];
  #due: Ms | null = null;
  #changingSince: Ms | null = null;
  #applying = false;
  #ended = false;
  /** So that nothing is told twice. */
  #complaint: string | null = null;
  #told = "";

  constructor(config: Config, parts: Parts) {
    this.#started = config;
    this.#config = config;
    this.#parts = parts;
  }

  /** Watches, if the list asks for it; until `end`. */
  begin(): void {
    this.#parts.agenda.add(this);
    this.#watch();
  }

  end(): void {
    this.#ended = true;
    this.#parts.agenda.delete(this);
    for (const watching of this.#watchings) watching.close();
    this.#watchings = [];
  }

  /** Rejects with a `StartError` when the list is bad. */
  readonly load = async (): Promise<Config> => {
    try {
      this.#config = await this.#parts.load();
      this.#refusal = null;
      return this.#config;
    } catch (error) {
      if (error instanceof StartError) this.#refusal = error;
      throw error;
    } finally {
      if (this.#watched !== null || this.#config.daemon.watchConfig) this.#watch();
    }
  };

  get due(): Ms | null {
    return this.#due;
  }

  wake(): void {
    this.#due = null;
    this.#changingSince = null;
    if (this.#applying) this.#changed();
    else void this.#apply();
  }

  #watch(): void {
    if (this.#ended) return;
    const { daemon, files, includes } = this.#config;
    // A refused list may have files that the last good one had not.
    const suspects = (this.#refusal?.complaints ?? []).map(({ file }) => file).filter((file) => file.startsWith("/"));
    const wanted = daemon.watchConfig ? { files: [...new Set([...files, ...suspects])], includes } : null;
    if (same(wanted, this.#watched)) return;
    for (const watching of this.#watchings) watching.close();
    this.#watched = wanted;
    const common = {
      changed: () => this.#changed(),
      warn: (message: string) => this.#parts.log.warn(`watch_config: ${message}`),
    };
    if (wanted === null) this.#watchings = [];
    else
      this.#watchings = [
        watchPaths({ paths: wanted.files, below: null, ...common }),
        ...includeFolders(wanted.includes).map(({ path, means }) =>
          watchPaths({
            paths: [path],
            below: { ignored: (each, root) => !means(each.slice(root.length).split("/").filter(Boolean)) },
            ...common,
          }),
        ),
      ];
    // What has changed between reading and watching.
    for (const watching of this.#watchings) void watching.settled().then(() => this.#changed());
  }

  #changed(): void {
    if (this.#ended) return;
    const now = this.#parts.clock.now();
    this.#changingSince ??= now;
    this.#due = Math.min(now + quietMs, this.#changingSince + patienceMs);
    this.#parts.agenda.changed(this);
  }

  async #apply(): Promise<void> {
    const { log } = this.#parts;
    this.#applying = true;
    try {
      const changes = await this.#parts.supervisor().reread();
      if (this.#complaint !== null) log.info("the program list can be used again");
      this.#complaint = null;
      this.#tellOfDaemon();
      await this.#bringTo(changes);
    } catch (error) {
      this.#refuse(error);
    } finally {
      this.#applying = false;
    }
  }

  /** In the order of `update`. */
  async #bringTo({ removed, changed, added }: ConfigChanges): Promise<void> {
    const supervisor = this.#parts.supervisor();
    const parts = Object.entries({ removed, changed, added }).filter(([, names]) => names.length > 0);
    if (parts.length === 0) return;
    const said = parts.map(([what, names]) => `${what} ${names.join(", ")}`).join("; ");
    this.#parts.log.info(`the program list has changed: ${said}`);
    this.#parts.feed.tell({ type: "config", what: "applied", added, changed, removed });
    for (const name of removed) await this.#attempt(name, () => remove(supervisor, name));
    for (const name of changed) await this.#attempt(name, () => supervisor.updateGroup(name));
    for (const name of added) await this.#attempt(name, async () => supervisor.addGroup(name));
  }

  /** Somebody else may be doing the same at this moment. */
  async #attempt(name: string, act: () => Promise<void>): Promise<void> {
    try {
      await act();
    } catch (error) {
      this.#parts.log.warn(`cannot apply the change of ${name}: ${(error as Error).message}`);
    }
  }

  #refuse(error: unknown): void {
    const first = this.#refusal?.complaints.find(({ severity }) => severity === "error");
    const complaint = first === undefined ? (error as Error).message : `${first.file}:${first.line}: ${first.message}`;
    if (complaint === this.#complaint) return;
    this.#complaint = complaint;
    this.#parts.log.error(`cannot apply changes of the program list, everything keeps running: ${complaint}`);
  }

  #tellOfDaemon(): void {
    const changes = daemonChanges(this.#started, this.#config).join(", ");
    if (changes === this.#told) return;
    this.#told = changes;
    if (changes !== "") this.#parts.log.warn(`changed, but kept as it was until the daemon restarts: ${changes}`);
  }
}

async function remove(supervisor: Supervisor, name: string): Promise<void> {
  const members = supervisor.group(name) ?? [];
  const stops = members.map((member) =>
    supervisor.stop(member, true, members).catch((error: unknown) => {
      if (!(error instanceof Fault) || error.fault !== "NOT_RUNNING") throw error;
    }),
  );
  await Promise.all(stops);
  supervisor.removeGroup(name);
}
