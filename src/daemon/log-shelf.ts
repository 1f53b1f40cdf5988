/** Where the output of all processes is kept: each file once, whoever shares it. */
import { resolve } from "node:path";
import type { LogPlace, LogShelf, LogUser, StockedPlace } from "../api/daemon.ts";
import type { LogArchive } from "../core/log-archive.ts";
import type { ChannelSettings } from "../core/program.ts";
import { FileArchive, rotated } from "../system/log-archive.ts";
import type { Logs } from "./logs.ts";
import type { Output } from "./output.ts";
import type { SupervisedProcess } from "./process.ts";

const channels = ["stdout", "stderr"] as const;

export class Shelf implements LogShelf {
  readonly #processes: () => readonly SupervisedProcess[];
  readonly #logs: Logs;
  #looking: Promise<StockedPlace[]> | null = null;
  #lookingNext: Promise<StockedPlace[]> | null = null;

  /** @param processes in the order in which they are shown */
  constructor(processes: () => readonly SupervisedProcess[], logs: Logs) {
    this.#processes = processes;
    this.#logs = logs;
  }

  places(): LogPlace[] {
    const byPath = new Map<string, LogPlace & { users: LogUser[] }>();
    const places: LogPlace[] = [];
    for (const process of this.#processes())
      for (const channel of channels) {
        const { group, settings } = process;
        const user = { group, name: settings.name, program: settings.program, channel };
        const place = this.#place(user, process[channel], channel === "stderr" && settings.redirectStderr);
        const shared = place.path === "" ? undefined : byPath.get(place.path);
        if (shared !== undefined) shared.users.push(user);
        else places.push(place);
        if (place.path !== "" && shared === undefined) byPath.set(place.path, place);
      }
    return places;
  }

  /** However many ask at once, there is one look, and another for those who came meanwhile. */
  stock(): Promise<StockedPlace[]> {
    if (this.#looking === null) return this.#look();
    this.#lookingNext ??= this.#looking
      .catch(() => {})
      .then(() => {
        this.#lookingNext = null;
        return this.#look();
      });
    return this.#lookingNext;
  }

  #look(): Promise<StockedPlace[]> {
    const look = this.#stocked().finally(() => {
      if (this.#looking === look) this.#looking = null;
    });
    this.#looking = look;
    return look;
  }

  async #stocked(): Promise<StockedPlace[]> {
    const places = this.places();
    const older = await rotated(places.map(({ path }) => path).filter((path) => path !== ""));
    return Promise.all(
      places.map(async (place) => {
        // What cannot be looked at is told to who wants to read it.
        const files = (await place.archive?.files({ since: null, until: null }, true).catch(() => [])) ?? [];
        return { ...place, current: files.at(-1) ?? null, older: older.has(place.path) };
      }),
    );
  }

  finder(): (path: string) => LogArchive | null {
    let places: ReadonlyMap<string, LogPlace> | null = null;
    return (path) => {
      const log = this.#logs.at(path);
      if (log !== null) return log.isFile ? new FileArchive(path, log) : null;
      places ??= new Map(this.places().map((place) => [place.path, place]));
      return places.get(path)?.archive ?? null;
    };
  }

  changed(signal: AbortSignal): Promise<void> {
    return this.#logs.changed.wait(signal);
  }

  #place(user: LogUser, { settings, path }: Output, redirected: boolean): LogPlace & { users: LogUser[] } {
    const format: LogPlace["format"] = settings.format ?? "raw";
    const absent = (missing: LogPlace["missing"], at = "") => ({
      path: at,
      users: [user],
      format,
      missing,
      archive: null,
    });
    if (redirected) return absent("redirected");
    if (settings.log.type === "none") return absent(whereTo(settings));
    if (path === "") return absent("unmade");
    const at = resolve(path);
    const log = this.#logs.at(at);
    const isFile = log === null ? !/^\/(dev|proc)\//.test(at) : log.isFile;
    if (!isFile) return absent("stream", at);
    return { path: at, users: [user], format, missing: null, archive: new FileArchive(at, log) };
  }
}

const whereTo = ({ syslog }: ChannelSettings): "syslog" | "none" => (syslog ? "syslog" : "none");
