/**
 * One happening on one line, for people: when, of what, what, and why. Columns are as wide as the names need that are
 * known from the beginning, and those that have come so far. Of a daemon that is newer, what is not known here is shown as it came.
 */

import type { RemoteEvent } from "../client/events.ts";
import { duration, size } from "../core/quantity.ts";
import { onOneLine } from "../core/terminal-text.ts";
import { lengthOf, pad } from "./names.ts";
import type { Colour, Paint } from "./paint.ts";

type Fields = RemoteEvent["fields"];

interface Told {
  /** One word. */
  readonly what: string;
  readonly colour: Colour | null;
  readonly why: string;
}

const widestName = 32;
const whatWidth = 10;

export class EventLines {
  readonly #paint: Paint;
  #nameWidth = 12;

  constructor(paint: Paint) {
    this.#paint = paint;
  }

  /** Names that are to come, as they are shown. */
  expect(names: Iterable<string>): void {
    for (const name of names)
      this.#nameWidth = Math.max(this.#nameWidth, Math.min(lengthOf(onOneLine(name)), widestName));
  }

  /** Without the end of line. */
  of(event: RemoteEvent): string {
    const name = onOneLine(shownName(event.fields));
    this.expect([name]);
    const { what, colour, why } = toldOf(event);
    const paint = this.#paint;
    const head = `${paint("dim", moment(event.at))}  ${pad(name, this.#nameWidth)}  `;
    // Blanks within a colour would stay at the end of the line.
    return why === ""
      ? head + paint(colour, what)
      : `${head}${paint(colour, pad(onOneLine(what), whatWidth))}  ${onOneLine(why)}`;
  }
}

/** In local time, with milliseconds: `2026-11-22 07:30:01.123`. */
function moment(at: number): string {
  if (Number.isNaN(at)) return "-".padEnd(23);
  const local = new Date(at - new Date(at).getTimezoneOffset() * 60_000);
  return local.toISOString().slice(0, 23).replace("T", " ");
}

/** Whose it is. */
export function shownName(fields: Fields): string {
  const group = text(fields.group);
  const name = text(fields.name);
  if (group === "") return text(fields.target) || "daemon";
  if (name === "") return `${group}:*`;
  return group === name ? name : `${group}:${name}`;
}

function toldOf({ type, fields, json }: RemoteEvent): Told {
  const why = text(fields.why);
  switch (type) {
    case "state":
      return { what: text(fields.to), colour: colourOf(fields), why: ofState(fields) };
    case "spawned":
      return { what: "spawned", colour: null, why: `pid ${fields.pid}` };
    case "killed":
      return { what: "killed", colour: "yellow", why: `SIGKILL to pid ${fields.pid}: ${why}` };
    case "waiting":
      return { what: "waiting", colour: null, why };
    case "health":
      return { what: text(fields.to), colour: fields.to === "healthy" ? "green" : "red", why };
    case "ready":
      return fields.ready === true
        ? { what: "ready", colour: "green", why }
        : { what: "not ready", colour: "yellow", why };
    case "limit":
      return { what: "limit", colour: "yellow", why: `${why}${action(fields.action)}` };
    case "trigger":
      return { what: text(fields.by), colour: "cyan", why: `${why}${action(fields.action)}` };
    case "hook":
      return fields.ok === true
        ? { what: "hook", colour: null, why: `${text(fields.hook)}_command passed` }
        : { what: "hook", colour: "red", why: `${text(fields.hook)}_command failed: ${why}` };
    case "orphans":
      return { what: "orphans", colour: "yellow", why: ofOrphans(fields) };
    case "group":
      return { what: text(fields.what), colour: "cyan", why: "group of the program list" };
    case "config":
      return { what: "config", colour: fields.what === "refused" ? "red" : "cyan", why: ofConfig(fields) };
    case "log_target":
      return {
        what: text(fields.to),
        colour: fields.to === "well" ? "green" : "red",
        why: fields.to === "well" ? "log target takes lines again" : `log target takes no lines: ${why}`,
      };
    case "daemon":
      return { what: text(fields.to), colour: "bold", why: `pid ${fields.pid}${why === "" ? "" : `; ${why}`}` };
    case "request":
      return { what: "request", colour: "failed" in fields ? "yellow" : null, why: ofRequest(fields) };
    default:
      return { what: type, colour: null, why: json };
  }
}

const text = (value: unknown): string => (typeof value === "string" ? value : "");
const action = (value: unknown): string => (value === "none" || value === undefined ? "" : `; ${String(value)}`);

function colourOf({ to, expected }: Fields): Colour | null {
  switch (to) {
    case "RUNNING":
      return "green";
    case "BACKOFF":
    case "STOPPING":
      return "yellow";
    case "FATAL":
    case "UNKNOWN":
      return "red";
    case "EXITED":
      return expected === false ? "red" : null;
    case "STARTING":
      return "cyan";
    default:
      return null;
  }
}

function ofState(fields: Fields): string {
  const { to, pid, starts, livedMs, memoryBytes, nextMs } = fields;
  const notes = [
    text(fields.why) + (fields.expected === false && to === "EXITED" ? " (not expected)" : ""),
    to === "RUNNING" && typeof pid === "number" ? `pid ${pid}` : "",
    typeof starts === "number" && starts > 1 ? `start ${starts}` : "",
    typeof livedMs === "number" ? `lived ${duration(livedMs)}` : "",
    typeof memoryBytes === "number" ? `memory ${size(memoryBytes)}` : "",
    fields.oomKilled === true ? "out of memory" : "",
    fields.core === true ? "core dumped" : "",
    typeof nextMs === "number" && nextMs > 0 && to !== "STARTING" && to !== "STOPPING"
      ? `next in ${duration(nextMs)}`
      : "",
  ];
  return notes.filter(Boolean).join("; ");
}

function ofOrphans({ signal, pids, count }: Fields): string {
  const shown = Array.isArray(pids) ? pids.filter((pid) => typeof pid === "number") : [];
  const more = typeof count === "number" ? count - shown.length : 0;
  return `${text(signal)} to what it left behind: ${shown.join(", ")}${more > 0 ? ` and ${more} more` : ""}`;
}

function ofConfig(fields: Fields): string {
  const parts = ["added", "changed", "removed"].flatMap((what) => {
    const names = fields[what];
    return Array.isArray(names) && names.length > 0 ? [`${what} ${names.join(", ")}`] : [];
  });
  const what = `program list ${text(fields.what)}`;
  const rest = [...parts, text(fields.why)].filter(Boolean).join("; ");
  return rest === "" ? what : `${what}: ${rest}`;
}

function ofRequest(fields: Fields): string {
  const signal = text(fields.signal);
  const client = text(fields.client);
  const what = `${text(fields.what)}${signal === "" ? "" : ` ${signal}`}`;
  const who = client === "" ? `by ${text(fields.by)}` : `by ${client}, ${text(fields.by)}`;
  const failed = text(fields.failed);
  return failed === "" ? `${what} ${who}` : `${what} ${who}; failed: ${failed}`;
}
