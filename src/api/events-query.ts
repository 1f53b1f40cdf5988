/** What a client of /events wants to hear, and from where on. */
import { setImmediate as turn } from "node:timers/promises";
import { nameExpression } from "../core/glob.ts";
import { type HappeningType, happeningTypes } from "../core/happenings.ts";
import { HttpError } from "./exchange.ts";
import type { Entry, Feed } from "./feed.ts";
import { splitName } from "./names.ts";

type Since =
  /** Everything that is remembered. */
  | { readonly type: "all" }
  /** What has come after this one, which the client has seen; `daemon`: of which start, where it says so. */
  | { readonly type: "serial"; readonly serial: number; readonly daemon: string | null }
  | { readonly type: "time"; readonly wallMs: number };

export interface Wanted {
  readonly since: Since;
  /** Only so many of the latest of what is there; null = all. */
  readonly last: number | null;
  readonly follow: boolean;
  readonly types: readonly HappeningType[] | null;
  readonly names: NameMatcher | null;
}

/** A query may have so many names. */
const namesLimit = 100;
/** So many entries are looked at at a stretch: whatever is asked for, the daemon goes on with its work in between. */
export const batchSize = 100;

/** @throws HttpError 400 for what cannot be understood */
export function readQuery(query: URLSearchParams, lastEventId: string | string[] | undefined, live: boolean): Wanted {
  const names = listOf(query.get("names"));
  if (names !== null && names.length > namesLimit) throw new HttpError(400, `names= has more than ${namesLimit} names`);
  return {
    since: sinceOf(query, lastEventId),
    // Whoever comes again wants all that it has missed.
    last: isString(lastEventId) ? null : countOf(query.get("last")),
    follow: followOf(query.get("follow"), live),
    types: typesOf(listOf(query.get("types"))),
    names: names === null ? null : anyOf(names.map(nameMatcher)),
  };
}

const listOf = (text: string | null): string[] | null => {
  const items = text?.split(",").flatMap((item) => item.trim() || []) ?? [];
  return items.length === 0 ? null : items;
};

/** `!type` = all but that. */
function typesOf(listed: readonly string[] | null): readonly HappeningType[] | null {
  if (listed === null) return null;
  const unknown = listed.find((type) => !happeningTypes.some((known) => known === type.replace(/^!/, "")));
  if (unknown !== undefined) throw new HttpError(400, `types=${unknown}: the types are ${happeningTypes.join(", ")}`);
  const isOfAll = listed.every((type) => type.startsWith("!"));
  return happeningTypes.filter((type) => (isOfAll || listed.includes(type)) && !listed.includes(`!${type}`));
}

function followOf(text: string | null, live: boolean): boolean {
  if (text === null) return live;
  if (text === "0" || text === "1") return text === "1";
  throw new HttpError(400, "follow= is 0 or 1");
}

/** A browser that comes again asks for the same address, and says in a header how far it was. */
function sinceOf(query: URLSearchParams, lastEventId: string | string[] | undefined): Since {
  const daemon = query.get("daemon");
  if (isString(lastEventId) && isSerial(lastEventId)) return { type: "serial", serial: Number(lastEventId), daemon };
  const since = query.get("since");
  if (since === null || since === "") return { type: "all" };
  if (isSerial(since)) return { type: "serial", serial: Number(since), daemon };
  const wallMs = /^\d{4}-\d\d/.test(since) ? Date.parse(since) : Number.NaN;
  if (Number.isNaN(wallMs)) throw new HttpError(400, "since= is a serial number, or a time as 2026-01-31T12:00:00Z");
  return { type: "time", wallMs };
}

function countOf(text: string | null): number | null {
  if (text === null || text === "") return null;
  if (!/^\d{1,6}$/.test(text)) throw new HttpError(400, "last= is a number");
  return Number(text);
}

const isString = (value: unknown): value is string => typeof value === "string";

const isSerial = (text: string): boolean => /^\d{1,16}$/.test(text);

type NameMatcher = (group: string, name: string | null) => boolean;

/** Remembers what it has found of each name: there are far fewer of them than entries. */
function anyOf(matchers: readonly NameMatcher[]): NameMatcher {
  const known = new Map<string, boolean>();
  return (group, name) => {
    const key = `${group}\0${name ?? ""}`;
    let found = known.get(key);
    if (found === undefined) {
      found = matchers.some((matches) => matches(group, name));
      if (known.size >= knownLimit) known.clear();
      known.set(key, found);
    }
    return found;
  };
}

const knownLimit = 2000;

/** `name`, `group`, `group:name`, `group:*`, and globs of each. What is told of a group itself belongs to all of it. */
function nameMatcher(text: string): NameMatcher {
  const { group, name } = splitName(text);
  const ofGroup = nameExpression(group);
  if (!text.includes(":"))
    return (itsGroup, itsName) => ofGroup.test(itsGroup) || (itsName !== null && ofGroup.test(itsName));
  const ofName = name === null ? null : nameExpression(name);
  return (itsGroup, itsName) =>
    ofGroup.test(itsGroup) && (ofName === null || (itsName !== null && ofName.test(itsName)));
}

export function isWanted({ happening }: Entry, { types, names }: Wanted): boolean {
  if (types !== null && !types.includes(happening.type)) return false;
  if (names === null) return true;
  if (!("group" in happening)) return false;
  const name = "name" in happening ? happening.name : null;
  return names(happening.group, name);
}

/** The serial number after which everything is to be told. */
export async function beginning(feed: Feed, wanted: Wanted): Promise<number> {
  const from = beginningOf(feed, wanted.since);
  if (wanted.last === null) return from;
  const end = feed.latest;
  if (wanted.last === 0) return end;
  const serials: number[] = [];
  for (let place = from; place < end; await turn()) {
    const entries = feed.after(place, batchSize);
    for (const entry of entries) if (entry.serial <= end && isWanted(entry, wanted)) serials.push(entry.serial);
    place = entries.at(-1)?.serial ?? end;
  }
  const first = serials.at(-wanted.last) ?? serials[0];
  return first === undefined ? end : first - 1;
}

function beginningOf(feed: Feed, since: Since): number {
  switch (since.type) {
    case "all":
      return feed.oldest - 1;
    case "serial": {
      // What came before the daemon began is not there to be missed; a clock that was set back gives low numbers again.
      const another = since.serial > feed.latest || (since.daemon !== null && since.daemon !== feed.id);
      return another ? feed.first - 1 : Math.max(since.serial, feed.first - 1);
    }
    case "time":
      return feed.before(since.wallMs);
  }
}
