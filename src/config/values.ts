/**
 * Text to value, one reader per option type. What each takes and the words of each refusal are the
 * reference's (`supervisor.datatypes`); hints are ours.
 */
import type { Dependency, Secret } from "../core/care.ts";
import { type Autorestart, type LogDestination, type LogLevel, logLevels } from "../core/program.ts";
import { shortRepr } from "../core/python.ts";
import { signalNames, signalNumber } from "../core/signals.ts";
import * as care from "./care-values.ts";
import { Refusal } from "./complaint.ts";
import { cron } from "./cron.ts";
import { didYouMean } from "./nearest.ts";
import type { Option, OptionType } from "./option.ts";
import { logFormats } from "./options.ts";
import { type Accounts, directoryName, type Paths } from "./paths.ts";
import { integer, octal, requireInteger, strip } from "./python.ts";

export interface Owner {
  readonly uid: number;
  /** null = unchanged. */
  readonly gid: number | null;
}

interface Address {
  /** Lower case; empty = every address. */
  readonly host: string;
  readonly port: number;
}

export interface Values {
  address: Address;
  autorestart: Autorestart;
  boolean: boolean;
  bytes: number;
  choice: string;
  choices: readonly string[];
  command: string;
  commandline: string;
  count: number;
  crashloop: { readonly exits: number; readonly withinMs: number };
  cron: string;
  dependencies: readonly Dependency[];
  directory: string;
  /** Milliseconds. */
  duration: number;
  endpoint: care.Endpoint;
  environment: string;
  events: readonly string[];
  exitcodes: readonly number[];
  /** As written, with `~` expanded; may be relative. */
  filename: string;
  filenames: readonly string[];
  globs: readonly string[];
  integer: number;
  level: LogLevel;
  logfile: LogDestination | { readonly type: "syslog" };
  logformat: (typeof logFormats)[number];
  names: readonly string[];
  octal: number;
  owner: Owner;
  path: string;
  patterns: string;
  percent: number;
  regexp: string;
  rlimit: care.Bounds;
  secrets: readonly Secret[];
  signal: number;
  /** Bytes. */
  size: number;
  text: string;
  timezone: string;
  url: string;
  user: number;
}

export interface Machine {
  readonly paths: Paths;
  readonly accounts: Accounts;
}

interface Written {
  readonly option: Option;
  /** The parts, where the value is written as a list of its own (YAML). */
  readonly items?: readonly string[];
}

type Reader<T> = (text: string, machine: Machine, written: Written) => T;

/** Each throws `Refusal`. */
export const readers: { readonly [T in OptionType]: Reader<Values[T]> } = {
  address,
  autorestart,
  boolean,
  bytes,
  choice: (text, _, { option }) => care.choice(text, option),
  choices: (text, _, { option, items }) => care.choices(text, option, items),
  command,
  commandline: (text) => care.commandLine(command(text)),
  count: (text, _, { option }) => care.count(text, option),
  crashloop: care.crashloop,
  cron,
  dependencies: (text, _, { items }) => care.dependencies(text, items),
  directory: (text, { paths }) => existingDirectory(text, paths),
  duration: (text, _, { option }) => care.boundedDuration(text, option),
  endpoint: care.endpoint,
  environment: (text) => text,
  events: (text) => names(text.toUpperCase()),
  exitcodes: exitCodes,
  filename: (text, { paths }) => paths.expandUser(strip(text)),
  filenames: (text, { paths }, { items }) => care.list(text, items).map((path) => paths.expandUser(path)),
  globs: (text, _, { items }) => care.list(text, items),
  integer: requireInteger,
  level,
  logfile,
  logformat: logFormat,
  names,
  octal: octalNumber,
  owner: (text, { accounts }) => owner(text, accounts),
  path: (text, { paths }) => pathInDirectory(text, paths),
  patterns: (text) => text,
  percent: (text, _, { option }) => care.percent(text, option),
  regexp: care.regexp,
  rlimit: (text, _, { option }) => care.rlimit(text, option),
  secrets: (text, { paths }, { items }) =>
    care.secrets(text, items).map(({ name, path }) => ({ name, path: paths.expandUser(path) })),
  signal,
  size: (text, _, { option }) => care.size(text, option),
  text: (text) => text,
  timezone: care.timezone,
  url: care.url,
  user: (text, { accounts }) => userId(text, accounts),
};

const yes = ["yes", "true", "on", "1"];
const no = ["no", "false", "off", "0"];

function boolean(text: string): boolean {
  const word = text.toLowerCase();
  if (yes.includes(word)) return true;
  if (no.includes(word)) return false;
  throw new Refusal(`not a valid boolean value: ${shortRepr(text)}`, commentHint(text) ?? "write true or false");
}

const commentHint = (text: string): string | null =>
  /^\w+[;#]/.test(text) ? "a comment after a value needs a blank before it" : null;

function autorestart(text: string): Autorestart {
  const word = text.toLowerCase();
  if (yes.includes(word)) return "always";
  if (no.includes(word)) return "never";
  if (word === "unexpected") return "unexpected";
  throw new Refusal(
    `invalid 'autorestart' value ${shortRepr(word)}`,
    commentHint(text) ?? didYouMean(word, ["unexpected", "true", "false"]) ?? "write true, false or unexpected",
  );
}

const suffixes: Readonly<Record<string, number>> = { kb: 1024, mb: 1024 ** 2, gb: 1024 ** 3 };

export function bytes(text: string): number {
  const lower = text.toLowerCase();
  const factor = suffixes[lower.slice(-2)];
  const size = factor === undefined ? requireInteger(lower) : requireInteger(lower.slice(0, -2)) * factor;
  return Math.min(size, Number.MAX_SAFE_INTEGER);
}

function exitCodes(text: string): readonly number[] {
  if (text === "") return [];
  return text.split(",").map((part) => {
    const code = integer(part);
    if (code !== null && code >= 0 && code <= 255) return code;
    throw new Refusal(`not a valid list of exit codes: ${shortRepr(text)}`, "codes are 0 to 255 with commas between");
  });
}

/** Half of what execve(2) takes of arguments and variables by default; in characters. */
const commandLimit = 1024 * 1024;

function command(text: string): string {
  if (text.length <= commandLimit) return text;
  const hint = "the system runs nothing with an argument of more than 131071 bytes; put it into a file";
  throw new Refusal(`the command has ${text.length} characters; ${commandLimit} are allowed`, hint);
}

function names(text: string): readonly string[] {
  return text === "" ? [] : text.split(",").map(strip);
}

export function level(text: string): LogLevel {
  const word = text.toLowerCase();
  const found = logLevels.find((known) => known === word);
  if (found !== undefined) return found;
  throw new Refusal(
    `bad logging level name ${shortRepr(text)}`,
    didYouMean(word, logLevels) ?? `one of ${logLevels.join(", ")}`,
  );
}

function logFormat(text: string): (typeof logFormats)[number] {
  const found = logFormats.find((known) => known === text.toLowerCase());
  if (found !== undefined) return found;
  throw new Refusal(`invalid log format ${shortRepr(text)}`, `one of ${logFormats.join(", ")}`);
}

export function logfile(text: string, { paths }: Machine): Values["logfile"] {
  const word = text.toLowerCase();
  if (word === "none" || word === "off") return { type: "none" };
  if (word === "auto") return { type: "auto" };
  if (word === "syslog") return { type: "syslog" };
  return { type: "file", path: pathInDirectory(text, paths) };
}

export function octalNumber(text: string): number {
  const value = octal(text);
  if (value !== null) return value;
  throw new Refusal(`${cut(text)} can not be converted to an octal type`, "octal digits are 0 to 7, as in 022");
}

function signal(text: string): number {
  const number = integer(text);
  const known = signalNumber(number === null ? text : String(number));
  if (known !== null) return known;
  const what = number === null ? "name" : "number";
  throw new Refusal(
    `value ${shortRepr(text)} is not a valid signal ${what}`,
    number === null ? didYouMean(strip(text).toUpperCase().replace(/^SIG/, ""), signalNames) : null,
  );
}

export function existingDirectory(text: string, paths: Paths): string {
  const path = paths.expandUser(text);
  if (paths.isDirectory(path)) return path;
  throw new Refusal(`${cut(text)} is not an existing directory`);
}

export function pathInDirectory(text: string, paths: Paths): string {
  const path = paths.expandUser(text);
  const directory = directoryName(path);
  if (directory === "" || paths.isDirectory(directory)) return path;
  throw new Refusal(
    `The directory named as part of the path ${cut(text)} does not exist`,
    `create ${cut(directory)} before the daemon starts`,
  );
}

export function userId(text: string, accounts: Accounts): number {
  const number = integer(text);
  const found = accounts.user(String(number ?? text));
  if (found !== null) return found.uid;
  throw new Refusal(`Invalid user ${number === null ? "name" : "id"} ${cut(text)}`);
}

function owner(text: string, accounts: Accounts): Owner {
  const colon = text.indexOf(":");
  if (colon < 0) return { uid: userId(text, accounts), gid: null };
  const group = text.slice(colon + 1);
  const uid = userId(text.slice(0, colon), accounts);
  const found = accounts.group(String(integer(group) ?? group));
  if (found === null) throw new Refusal(`Invalid group ${cut(group)}`);
  return { uid, gid: found.gid };
}

/** Refuses with `99999 is above upper bound (65535)`. */
export function portNumber(text: string): number {
  const port = requireInteger(text);
  if (port < 1) throw new Refusal(`${port} is below lower bound (1)`);
  if (port > 65535) throw new Refusal(`${port} is above upper bound (65535)`);
  return port;
}

function address(text: string): Address {
  const colon = text.lastIndexOf(":");
  if (colon < 0) {
    try {
      return { host: "", port: portNumber(text) };
    } catch {
      throw new Refusal(`not a valid port number: ${shortRepr(text)} `, "a port is 1 to 65535");
    }
  }
  const port = text.slice(colon + 1);
  if (port === "") throw new Refusal("no port number specified in ''");
  const host = text.slice(0, colon).toLowerCase();
  return { port: portNumber(port), host: host === "*" ? "" : host };
}

const forbidden = [" ", ":", "/"];

/** A process or group name, trimmed. */
export function processName(text: string): string {
  const name = strip(text);
  const found = forbidden.find((character) => name.includes(character));
  if (found === undefined) return name;
  throw new Refusal(`Invalid name: ${shortRepr(text)} because of character: ${shortRepr(found)}`);
}

const cut = (text: string): string => (text.length <= 4096 ? text : `${text.slice(0, 200)}…`);
