/**
 * `[log_target:x]`: where lines of programs are sent over HTTP. No refusal repeats what may be a secret. Labels may name
 * the program, which is filled in for each of them; a name that is no program's is refused, as everywhere.
 */

import { isGlob } from "../core/glob.ts";
import { httpTarget } from "../core/http-target.ts";
import {
  expressionOf,
  isToken,
  type Login,
  type LogTargetSettings,
  lineFields,
  lineLabels,
  nameMarks,
  type Secret,
} from "../core/log-target.ts";
import type { GroupSettings } from "../core/program.ts";
import { repr } from "../core/python.ts";
import { size } from "../core/quantity.ts";
import { troubleWith } from "./care-checks.ts";
import { Refusal } from "./complaint.ts";
import { placeOfWord, type Section, valuePlace } from "./document.ts";
import { expand, type Names } from "./expand.ts";
import { didYouMean } from "./nearest.ts";
import { sectionName } from "./programs.ts";
import { type Evaluation, SectionReader } from "./section-reader.ts";
import { parsePairs } from "./shlex-pairs.ts";

type Reader = SectionReader<"log_target">;
type Pairs = Readonly<Record<string, string>>;

/** Loki takes 15 by default. */
const mostLabels = 15;

/** In the order of the list. */
export function readLogTargets(groups: readonly GroupSettings[], evaluation: Evaluation): LogTargetSettings[] {
  const sections = [...evaluation.document.sections.values()].filter(({ name }) => name.startsWith("log_target:"));
  if (sections.length === 0) return [];
  const known = new Set(groups.flatMap(({ name, processes }) => [name, ...processes.map(({ program }) => program)]));
  return sections.map((section) => readLogTarget(section, known, evaluation)).filter((target) => target !== null);
}

function readLogTarget(section: Section, known: ReadonlySet<string>, evaluation: Evaluation): LogTargetSettings | null {
  const local = new Map([
    ["here", evaluation.here],
    ["host_node_name", evaluation.hostName],
  ]);
  const names = [local, evaluation.environment];
  const where = ` in section ${repr(section.name)} (file: ${repr(section.place.file)})`;
  const reader: Reader = new SectionReader("log_target", section, names, evaluation, where);
  const name = sectionName(section, reader);
  const type = reader.read("type");
  const url = readUrl(reader, type);
  const programs = reader.read("programs");
  checkPrograms(reader, programs, known);
  const streams = reader.read("streams");
  const labels = readPairs(reader, "labels", [
    new Map([...Object.entries(nameMarks), ...local]),
    evaluation.environment,
  ]);
  checkLabels(reader, type, labels);
  const headers = readPairs(reader, "headers", names);
  const login = readLogin(reader);
  checkHeaders(reader, headers, login);
  const caFile = readFile(reader, "ca_file");
  const batchBytes = reader.read("batch_size");
  const batchWaitMs = reader.read("batch_wait");
  const bufferBytes = reader.read("buffer_size");
  const timeoutMs = reader.read("timeout");
  const compress = reader.read("compress");
  if (bufferBytes < 2 * batchBytes)
    reader.refuse("buffer_size holds less than two batches", {
      key: reader.entry("buffer_size") === undefined ? "batch_size" : "buffer_size",
      hint: `batch_size is ${size(batchBytes)}, buffer_size ${size(bufferBytes)}`,
    });
  if (name === null || url === null) return null;
  warnOfTransport(reader, url, caFile, login);
  const batch = { batchBytes, batchWaitMs, bufferBytes, timeoutMs, compress };
  const wanted = streams.length === 0 ? (["stdout", "stderr"] as const) : streams;
  return { name, type, url, programs, streams: wanted, labels, headers, login, caFile, ...batch };
}

function readUrl(reader: Reader, type: LogTargetSettings["type"]): string | null {
  const url = reader.read("url");
  const target = url === null ? null : httpTarget(url);
  if (url === null && (reader.expanded("url") ?? "").trim() === "")
    reader.refuse(`section [${reader.section.name}] has no url value`, {
      key: reader.entry("url") === undefined ? null : "url",
      hint: "for example url=http://loki:3100/loki/api/v1/push",
    });
  if (url === null) return null;
  if (target === null) reader.refuse("not an address for HTTP", { key: "url", hint: "http://host:port/path" });
  else if (target.auth !== null)
    reader.refuse("url has a user in it", {
      key: "url",
      hint: "write username and password, which are told to nobody",
    });
  else if (type === "loki" && target.path === "/")
    reader.warn("url has no path", "url", "Loki takes lines at /loki/api/v1/push");
  return target === null || target.auth !== null ? null : url;
}

function checkPrograms(reader: Reader, programs: readonly string[], known: ReadonlySet<string>): void {
  const entry = reader.entry("programs");
  if (entry === undefined) return;
  for (const word of programs) {
    const name = word.replace(/^-/, "");
    const expression = expressionOf(name);
    if ([...known].some((each) => expression.test(each))) continue;
    const subject = { section: reader.section.name, key: "programs" };
    if (isGlob(name)) {
      const message = `no program or group is called ${name}`;
      reader.evaluation.complaints.warn(message, placeOfWord(entry, name), subject);
    } else
      reader.refuse(`[${reader.section.name}] names unknown program ${name}`, {
        place: placeOfWord(entry, name),
        key: "programs",
        hint: didYouMean(name, known),
      });
  }
}

/** A list of NAME="value", each value expanded by itself where YAML tells them apart. */
function readPairs(reader: Reader, key: "labels" | "headers", names: Names): Pairs {
  const entry = reader.entry(key);
  if (entry === undefined) return {};
  const { complaints } = reader.evaluation;
  const subject = { section: reader.section.name, key };
  const read = (): Pairs => {
    if (entry.pairs !== undefined)
      return Object.fromEntries(entry.pairs.map(([name, value]) => [name, expanded(value, names, key)]));
    const text = expanded(entry.value, names, key);
    let parsed: ReturnType<typeof parsePairs>;
    try {
      parsed = parsePairs(text);
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      throw new Refusal(`${key} cannot be read`, 'pairs are NAME="value" with commas between');
    }
    for (const { message, hint } of parsed.doubts)
      complaints.warn(message.replace(/^environment/, key), valuePlace(entry), { ...subject, hint });
    return Object.fromEntries(parsed.pairs);
  };
  return reader.attempt(key, read, {});
}

/** Without the value in what it refuses, which may hold what is secret. */
function expanded(text: string, names: Names, key: string): string {
  try {
    return expand(text, names, key);
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    const known = [...(names[0]?.keys() ?? []), "ENV_X"].map((name) => `%(${name})s`).join(", ");
    const unknown = error.message.includes("cannot be expanded") ? `known here: ${known}` : null;
    throw new Refusal(`${key} cannot be expanded`, error.hint ?? unknown, error.offset);
  }
}

function checkLabels(reader: Reader, type: LogTargetSettings["type"], labels: Pairs): void {
  const refuse = (message: string, hint: string | null = null) => reader.refuse(message, { key: "labels", hint });
  for (const name of Object.keys(labels)) {
    if (!/^[A-Za-z_][A-Za-z0-9_]*$/.test(name) || name.startsWith("__"))
      refuse(`${JSON.stringify(name)} is no name of a label`, "letters, digits and _, not __ in front");
    if (type === "ndjson" && lineFields.includes(name)) refuse(`${name} is a field that every line has`);
  }
  const all = Object.entries({ ...Object.fromEntries(lineLabels.map((name) => [name, name])), ...labels });
  const count = all.filter(([, value]) => value !== "").length;
  if (count > mostLabels) refuse(`${count} labels are more than the ${mostLabels} that Loki takes`);
  if (count === 0 && type === "loki") refuse("no label is left", "Loki wants at least one");
}

/** Of how a request is made, which is not for a list to say. */
const reserved = /^(host|connection|content-length|content-encoding|transfer-encoding|expect|te|trailer|upgrade)$/i;

function checkHeaders(reader: Reader, headers: Pairs, login: Login | null): void {
  const refuse = (message: string, hint: string | null = null) => reader.refuse(message, { key: "headers", hint });
  for (const [name, value] of Object.entries(headers)) {
    if (!/^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/.test(name)) refuse(`${JSON.stringify(name)} is no name of a header`);
    else if (reserved.test(name)) refuse(`the header ${name} is ours to set`);
    else if (!/^[\t\x20-\x7e]*$/.test(value)) refuse(`the header ${name} holds what no header can`);
    else if (/^authorization$/i.test(name) && login !== null) refuse(`${name} is what username and token make`);
  }
}

function readLogin(reader: Reader): Login | null {
  const username = reader.read("username");
  const password = readSecret(reader, "password", "password_file");
  const token = readSecret(reader, "token", "token_file");
  if (token !== null && (username !== null || password !== null))
    reader.refuse("username and token are two ways to log in", { key: "username", hint: "keep one of them" });
  else if ((username === null) !== (password === null))
    reader.refuse(username === null ? "there is a password and no username" : "there is a username and no password", {
      key: username === null ? null : "username",
      hint: "write both, or neither",
    });
  if (username?.includes(":")) reader.refuse("no username has a colon in it", { key: "username" });
  if (token !== null) return { type: "bearer", token };
  return username === null || password === null ? null : { type: "basic", username, password };
}

function readSecret(reader: Reader, key: "password" | "token", fileKey: "password_file" | "token_file"): Secret | null {
  const text = reader.read(key);
  const file = readFile(reader, fileKey);
  if (text !== null && file !== null)
    reader.refuse(`${key} and ${fileKey} are two`, { key: fileKey, hint: "keep one" });
  if (key === "token" && text !== null && !isToken(text))
    reader.refuse("token is not a token", { key, hint: "letters, digits and signs, no blanks" });
  if (file !== null) return { file };
  return text === null ? null : { text };
}

function readFile(reader: Reader, key: "password_file" | "token_file" | "ca_file"): string | null {
  const path = reader.read(key);
  if (path === null) return null;
  const absolute = reader.evaluation.machine.paths.absolute(path);
  const trouble = troubleWith(absolute);
  if (trouble !== null) reader.warn(`cannot read ${absolute}: ${trouble}`, key, "nothing is sent without it");
  return absolute;
}

function warnOfTransport(reader: Reader, url: string, caFile: string | null, login: Login | null): void {
  const target = httpTarget(url);
  if (target === null || target.secure) return;
  if (caFile !== null) reader.warn("ca_file has no effect without https", "ca_file");
  if (login === null || "socketPath" in target.at || /^(localhost|127\..*|::1)$/.test(target.at.host)) return;
  const what = login.type === "basic" ? "username and password go" : "token goes";
  reader.warn(`${what} over the network as plain text`, "url", "use https");
}
