/**
 * Text to value for the types of our own keys. An empty text never comes here: it means the default, so
 * that `memory_limit=%(ENV_LIMIT)s` can be left to the environment.
 */
import type { Condition, Dependency, Secret } from "../core/care.ts";
import { shortRepr } from "../core/python.ts";
import * as quantity from "../core/quantity.ts";
import { Refusal } from "./complaint.ts";
import { duration, longestMs } from "./duration.ts";
import { didYouMean, nearest } from "./nearest.ts";
import type { Option } from "./option.ts";
import { integer, strip } from "./python.ts";

/** `null` = without limit. */
export interface Bounds {
  readonly soft: number | null;
  readonly hard?: number | null;
}

const oneOf = (words: readonly string[]): string => `one of ${words.join(", ")}`;

export function choice(text: string, { words = [] }: Option): string {
  const word = strip(text).toLowerCase();
  if (words.includes(word)) return word;
  throw new Refusal(`${shortRepr(text)} is not ${oneOf(words)}`, didYouMean(word, words));
}

/** Each once, in the order of the table. */
export function choices(text: string, option: Option, items?: readonly string[]): readonly string[] {
  const chosen = new Set(list(text, items).map((word) => choice(word, option)));
  return (option.words ?? []).filter((word) => chosen.has(word));
}

type Range = Pick<Option, "least" | "most">;

/** Refuses what is out of the option's bounds. */
function bounded(value: number, { least, most }: Range, show: (value: number) => string): number {
  if (least !== undefined && value < least) throw new Refusal(`${show(value)} is less than ${show(least)}`);
  if (most !== undefined && value > most) throw new Refusal(`${show(value)} is more than ${show(most)}`);
  return value;
}

export function count(text: string, option: Range): number {
  const number = integer(text);
  const { least = 0, most } = option;
  if (number !== null) return bounded(number, { ...option, least }, String);
  throw new Refusal(`not a whole number: ${shortRepr(text)}`, most === undefined ? null : `${least} to ${most}`);
}

export const boundedDuration = (text: string, option: Range): number =>
  bounded(duration(text), { most: longestMs, ...option }, quantity.duration);

/** 150 for `150%`. The sign is asked for: 2 could be two cores. */
export function percent(text: string, option: Range): number {
  const [, number, sign] = /^\s*(\d{1,9}(?:\.\d{1,6})?)\s*(%?)\s*$/.exec(text) ?? [];
  if (number === undefined) throw new Refusal(`not a percentage: ${shortRepr(text)}`, "percentages end in %: 50%");
  if (sign === "") {
    const cores = (option.most ?? 0) > 100 && Number(number) <= 64;
    const hint = cores ? `${Number(number) * 100}% is ${number} processors` : `did you mean ${number}%`;
    throw new Refusal(`${shortRepr(text)} has no percent sign`, hint);
  }
  return bounded(Number(number), option, (value) => `${value}%`);
}

const sizes: Readonly<Record<string, number>> = { "": 1, B: 1, KB: 1024, MB: 1024 ** 2, GB: 1024 ** 3, TB: 1024 ** 4 };

/** Bytes; 1024-based. */
export function size(text: string, option: Range): number {
  const [, number = "", unit = ""] = /^\s*(\d+(?:\.\d+)?)\s*([a-z]*)\s*$/i.exec(text) ?? [];
  const factor = Object.hasOwn(sizes, unit.toUpperCase()) ? sizes[unit.toUpperCase()] : undefined;
  if (number === "" || factor === undefined) {
    const [, prefix] = /^([KMGT])I?B?$/i.exec(unit) ?? [];
    const meant = prefix === undefined ? null : `did you mean ${number}${prefix.toUpperCase()}B`;
    throw new Refusal(`not a size: ${shortRepr(text)}`, meant ?? "sizes are 64KB, 256MB, 1GB; a bare number is bytes");
  }
  const bytes = Math.min(Math.round(Number(number) * factor), Number.MAX_SAFE_INTEGER);
  if (bytes < (option.least ?? 0) && unit === "") {
    throw new Refusal(
      `${bytes} bytes is less than ${quantity.size(option.least ?? 0)}`,
      bytes === 0 ? null : `did you mean ${number}MB`,
    );
  }
  return bounded(bytes, option, quantity.size);
}

/** `soft` or `soft:hard`; sizes may have their unit. */
export function rlimit(text: string, option: Option): Bounds {
  const parts = text.split(":").map((part) => rlimitNumber(part, text, option));
  const [soft, hard] = parts;
  if (soft === undefined || parts.length > 2) {
    throw new Refusal(`not a limit: ${shortRepr(text)}`, "write soft or soft:hard");
  }
  if (hard === undefined) return { soft };
  if ((soft ?? Infinity) > (hard ?? Infinity)) {
    throw new Refusal("the soft limit is above the hard one", "soft:hard, the lower one first");
  }
  return { soft, hard };
}

function rlimitNumber(part: string, text: string, option: Option): number | null {
  const word = strip(part).toLowerCase();
  if (word === "unlimited" || word === "infinity") return null;
  if (/^\d+$/.test(word)) return Math.min(Number(word), Number.MAX_SAFE_INTEGER);
  const hint = nearest(word, ["unlimited"]) === null ? null : "did you mean unlimited";
  if (option.sized && /^\d/.test(word)) return size(part, {});
  throw new Refusal(`not a limit: ${shortRepr(text)}`, hint ?? "a whole number or unlimited, soft or soft:hard");
}

export function crashloop(text: string): { readonly exits: number; readonly withinMs: number } {
  const [, exits, time] = /^\s*(\d{1,6})\s*\/\s*(\S.*)$/s.exec(text) ?? [];
  if (exits === undefined || time === undefined || Number(exits) < 1) {
    throw new Refusal(`not a number of exits in a time: ${shortRepr(text)}`, "for example 5/60s");
  }
  const withinMs = bounded(duration(time), { least: 1, most: longestMs }, quantity.duration);
  return { exits: Number(exits), withinMs };
}

export const conditions = ["started", "healthy", "completed"] as const satisfies readonly Condition[];

/** `db:healthy, migrate:completed, group:name, cache`; without a condition `started` is meant. */
export function dependencies(text: string, items?: readonly string[]): readonly Dependency[] {
  const found = list(text, items).map((item) => {
    const parts = item.split(":").map(strip);
    const last = parts.length > 1 ? parts.at(-1)?.toLowerCase() : undefined;
    const condition = conditions.find((known) => known === last);
    if (condition !== undefined) parts.pop();
    const on = parts.join(":");
    if (parts.length <= 2 && parts.every((part) => /^[^\s:/]+$/.test(part))) {
      return { on, condition: condition ?? "started" };
    }
    const offset = Math.max(0, text.indexOf(item));
    throw new Refusal(`not a dependency: ${shortRepr(item)}`, "NAME:started, NAME:healthy or NAME:completed", offset);
  });
  return found.filter(
    ({ on, condition }, index) =>
      found.findIndex((other) => other.on === on && other.condition === condition) === index,
  );
}

/** Parts between commas and line ends; or the items of a list that is written as one. */
export function list(text: string, items: readonly string[] | undefined): readonly string[] {
  const parts = (items ?? text.split(/[,\n]/)).map(strip);
  if (items !== undefined && parts.includes("")) throw new Refusal("an item of the list is empty");
  return parts.filter((part) => part !== "");
}

const variable = /^[A-Za-z_][A-Za-z0-9_]*$/;

export function secrets(text: string, items?: readonly string[]): readonly Secret[] {
  const found = new Map<string, string>();
  for (const item of list(text, items)) {
    const equals = item.indexOf("=");
    const [name, path] = [strip(item.slice(0, Math.max(0, equals))), strip(item.slice(equals + 1))];
    const offset = Math.max(0, text.indexOf(item));
    if (equals < 0 || path === "") {
      throw new Refusal(`not a secret: ${shortRepr(item)}`, "NAME=/path of the file that holds it", offset);
    }
    if (!variable.test(name)) throw new Refusal(`${shortRepr(name)} is no name of a variable`, null, offset);
    if (found.has(name)) throw new Refusal(`${name} appears twice`, null, offset);
    found.set(name, path);
  }
  return [...found].map(([name, path]) => ({ name, path }));
}

export function url(text: string): string {
  const given = strip(text);
  const parsed = URL.parse(given);
  if (parsed !== null && (parsed.protocol === "http:" || parsed.protocol === "https:")) return given;
  const meant = `http://${/^[/:]/.test(given) ? "localhost" : ""}${given}`;
  const hint = given.includes("://") || URL.parse(meant) === null ? "http://host:port/path" : `did you mean ${meant}`;
  throw new Refusal(`not an address for HTTP: ${shortRepr(text)}`, hint);
}

export interface Endpoint {
  readonly host: string;
  readonly port: number;
}

/** `host:port`, `[::1]:port`, or a port of this machine. */
export function endpoint(text: string): Endpoint {
  const [, inBrackets, bare, digits = ""] = /^(?:(?:\[([^\s\]]+)\]|([^\s:/[\]]+)|):)?(\d+)$/.exec(strip(text)) ?? [];
  const port = digits.length > 5 ? 0 : Number(digits);
  if (port >= 1 && port <= 65535) return { host: inBrackets ?? bare ?? "localhost", port };
  throw new Refusal(
    digits === "" ? `not a port: ${shortRepr(text)}` : `port ${digits.slice(0, 40)} is not 1 to 65535`,
    /^\w+:\/\//.test(text) ? "host:port, without a scheme in front" : "host:port, as in localhost:5432",
  );
}

/** The text of a regular expression that the engine takes. */
export function regexp(text: string): string {
  try {
    return new RegExp(text).source && text;
  } catch (error) {
    const why = error instanceof Error ? error.message.replace(/^.*: /s, "") : String(error);
    throw new Refusal(`not a regular expression: ${why}`, /^\/.*\/[a-z]*$/.test(text) ? "no slashes around it" : null);
  }
}

/** An IANA name, as the runtime spells it. */
export function timezone(text: string): string {
  const given = strip(text);
  try {
    new Intl.DateTimeFormat("en", { timeZone: given });
    return given;
  } catch {
    const known = ["UTC", ...Intl.supportedValuesOf("timeZone")];
    const hint = didYouMean(given, known) ?? "a name such as Europe/Berlin or UTC";
    throw new Refusal(`no time zone ${shortRepr(given)}`, hint);
  }
}

/** A command whose quotes are closed; whether its program is there shows when it runs. */
export function commandLine(text: string): string {
  let quote = "";
  for (let at = 0; at < text.length; at++) {
    const char = text.charAt(at);
    if (char === "\\" && quote !== "'") {
      if (++at === text.length) throw new Refusal("No escaped character", "a backslash at the end", at - 1);
    } else if (quote === "" ? char === '"' || char === "'" : char === quote) quote = quote === "" ? char : "";
  }
  if (quote !== "") throw new Refusal("No closing quotation", `the ${quote} is never closed`, text.lastIndexOf(quote));
  return text;
}
