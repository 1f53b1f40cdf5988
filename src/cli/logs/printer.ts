/** How a line of a log is shown: behind the name of whose it is, or as one JSON object. */
import { visible } from "../../core/log-stamp.ts";
import type { When } from "../../core/log-when.ts";
import { coloured, palette } from "../../core/palette.ts";
import { harmless } from "../../core/terminal-text.ts";
import { displayName, lengthOf, pad } from "../names.ts";
import { shownOn } from "../output.ts";
import type { Line } from "./line.ts";
import type { Source } from "./source.ts";

export interface PrintOptions {
  readonly json: boolean;
  readonly prefix: boolean;
  readonly timestamps: boolean;
  readonly colours: boolean;
  /** Bytes are left as they are. */
  readonly raw: boolean;
}

/** Longer names push their lines to the right. */
const widest = 32;
const red = 31;
const newline = Buffer.from("\n");
/** Times that are further apart are told. */
const vagueMs = 1000;
const momentWidth = "2026-11-22T08:41:33.123Z".length;

export class Printer {
  readonly #options: PrintOptions;
  readonly #programs: readonly string[];
  #width = 0;

  /** @param programs all there are, so that each keeps its colour whichever are shown */
  constructor(options: PrintOptions, programs: readonly string[]) {
    this.#options = options;
    this.#programs = [...new Set(programs)].sort();
  }

  /** Makes room for their names. */
  fit(sources: readonly Source[]): void {
    for (const { label, process, log } of sources) {
      const names = process === null && log.format !== "raw" ? log.users.map(displayName) : [label];
      for (const name of names) this.#width = Math.min(widest, Math.max(this.#width, lengthOf(name)));
    }
  }

  /** Each with its newline. */
  print(lines: readonly Line[]): Buffer {
    const { json, raw } = this.#options;
    if (json) return Buffer.from(lines.map((line) => `${shownOn(1, asJson(line))}\n`).join(""));
    if (!raw) return Buffer.from(lines.map((line) => `${this.#before(line)}${this.#text(line)}\n`).join(""));
    return Buffer.concat(lines.flatMap((line) => [Buffer.from(this.#before(line)), line.bytes, newline]));
  }

  #text({ bytes }: Line): string {
    return harmless(visible(bytes), this.#options.colours);
  }

  #before(line: Line): string {
    const { prefix, timestamps, colours } = this.#options;
    const time = timestamps ? `${moment(line.when)} ` : "";
    if (!prefix) return time;
    const { source } = line;
    const name = pad(harmless(nameOf(line), false), this.#width);
    const bar = line.channel === "stderr" ? "!" : "|";
    if (!colours) return `${time}${name} ${bar} `;
    const colour = palette[Math.max(0, this.#programs.indexOf(source.program)) % palette.length] as number;
    return `${time}${coloured(name, colour)} ${coloured(bar, bar === "!" ? red : colour)} `;
  }
}

/** Of one of several that share a file, when the line says which. */
function nameOf({ source, process }: Line): string {
  if (source.process !== null || process === null) return source.label;
  const user = source.log.users.find(({ name }) => name === process);
  return user === undefined ? source.label : displayName(user);
}

/** In local time. */
function moment({ at, from, to }: When): string {
  if (at === null) return pad("?", momentWidth);
  const text = localTime(at);
  return to - from < vagueMs ? text : pad(`~${text.replace(/\.\d{3}/, "")}`, momentWidth);
}

function localTime(at: number): string {
  const minutes = -new Date(at).getTimezoneOffset();
  const shown = new Date(at + minutes * 60_000).toISOString();
  if (minutes === 0) return shown;
  const two = (n: number): string => String(n).padStart(2, "0");
  const zone = `${minutes < 0 ? "-" : "+"}${two(Math.trunc(Math.abs(minutes) / 60))}:${two(Math.abs(minutes) % 60)}`;
  return shown.replace("Z", zone);
}

function asJson(line: Line): string {
  const { source, when, process, channel, bytes } = line;
  const user = source.process ?? source.log.users.find(({ name }) => name === process) ?? null;
  const group = user?.group ?? null;
  const { at, from, to } = when;
  const iso = (ms: number): string => new Date(ms).toISOString();
  return JSON.stringify({
    time: at === null ? null : iso(at),
    ...(to - from < vagueMs ? {} : { notBefore: from === 0 ? null : iso(from), notAfter: iso(to) }),
    program: source.program,
    group,
    process: user?.name ?? null,
    stream: channel,
    message: visible(bytes.at(-1) === carriageReturn ? bytes.subarray(0, -1) : bytes),
  });
}

const carriageReturn = 0x0d;
