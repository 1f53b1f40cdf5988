/** What the daemon tells of what happens, as lines for people: those of the screen and of the web page. Pure. */
import { perhaps, type Struct } from "../../client/replies.ts";
import { life, plural } from "../text/figures.ts";
import { displayName } from "./state.ts";

export interface Told {
  readonly serial: number;
  /** Milliseconds since 1970, the daemon's clock. */
  readonly at: number;
  /** `group:name`; null when it is about no process. */
  readonly id: string | null;
  readonly name: string;
  /** Of a request, what it is about, as it was asked: a process, a group; "" = all, or the daemon. */
  readonly target: string;
  readonly what: string;
  readonly why: string;
  readonly tone: "good" | "busy" | "warn" | "bad" | "idle";
}

const happeningsKept = 500;

/** null for what cannot be understood. */
export function asTold(raw: Struct): Told | null {
  const serial = perhaps(raw.serial, "number");
  const at = Date.parse(text(raw, "time"));
  if (serial === null || Number.isNaN(at)) return null;
  const group = perhaps(raw.group, "string");
  const name = perhaps(raw.name, "string");
  const id = group === null || name === null ? null : `${group}:${name}`;
  const shown = group === null || name === null ? (group ?? "") : displayName({ group, name });
  const says = words[String(raw.type)] ?? (() => ({ what: String(raw.type), tone: "idle" as const }));
  const { what, tone } = says(raw);
  return {
    serial,
    at,
    id,
    name: shown,
    target: text(raw, "target"),
    what,
    why: perhaps(raw.why, "string") ?? "",
    tone,
  };
}

interface Said {
  readonly what: string;
  readonly tone: Told["tone"];
}

const text = (raw: Struct, key: string): string => perhaps(raw[key], "string") ?? "";

const words: Readonly<Record<string, (raw: Struct) => Said>> = {
  state: stateWords,
  spawned: (raw) => ({ what: `has a child, pid ${perhaps(raw.pid, "number") ?? 0}`, tone: "busy" }),
  killed: () => ({ what: "is sent SIGKILL", tone: "warn" }),
  waiting: () => ({ what: "waits", tone: "busy" }),
  health: ({ to }) => ({ what: `is ${to}`, tone: to === "healthy" ? "good" : "bad" }),
  ready: ({ ready }) =>
    ready === true ? { what: "is ready", tone: "good" } : { what: "will not be ready", tone: "bad" },
  limit: (raw) => ({
    what: `over its ${text(raw, "limit").replace("_", " ")} limit: ${text(raw, "action")}`,
    tone: "warn",
  }),
  trigger: (raw) => ({ what: `${text(raw, "by")}: ${text(raw, "action")}`, tone: "busy" }),
  hook: (raw) => ({
    what: `${text(raw, "hook")} command ${raw.ok === true ? "done" : "failed"}`,
    tone: raw.ok === true ? "idle" : "bad",
  }),
  orphans: (raw) => ({
    what: `${text(raw, "signal")} to ${plural(perhaps(raw.count, "number") ?? 0, "process", "processes")} left behind`,
    tone: "warn",
  }),
  group: (raw) => ({ what: `group ${text(raw, "what")}`, tone: "busy" }),
  config: (raw) => ({ what: `program list ${text(raw, "what")}`, tone: raw.what === "refused" ? "bad" : "busy" }),
  log_target: ({ to }) =>
    to === "well"
      ? { what: "log target takes lines again", tone: "good" }
      : { what: "log target takes no lines", tone: "warn" },
  daemon: (raw) => ({ what: `the daemon is ${text(raw, "to")}`, tone: raw.to === "RUNNING" ? "good" : "warn" }),
  request: (raw) => ({
    what: [
      "asked for:",
      text(raw, "what"),
      text(raw, "target"),
      text(raw, "signal"),
      `by ${clientOf(raw)}`,
      text(raw, "failed") === "" ? "" : `(refused: ${text(raw, "failed")})`,
    ]
      .filter((part) => part !== "")
      .join(" "),
    tone: text(raw, "failed") === "" ? "idle" : "warn",
  }),
};

/** Browsers call themselves everything. */
function clientOf(raw: Struct): string {
  const client = text(raw, "client");
  const by = text(raw, "by");
  if (client.includes("Mozilla/")) return `a browser (${by})`;
  return client === "" ? by : `${client} (${by})`;
}

const stateTones: Readonly<Record<string, Told["tone"]>> = {
  RUNNING: "good",
  STARTING: "busy",
  STOPPING: "busy",
  BACKOFF: "warn",
  STOPPED: "idle",
  FATAL: "bad",
  UNKNOWN: "bad",
};

function stateWords(raw: Struct): Said {
  const to = text(raw, "to");
  const livedMs = perhaps(raw.livedMs, "number");
  const after = livedMs === null ? "" : ` after ${life(livedMs)}`;
  const tone = to === "EXITED" ? (raw.expected === false ? "bad" : "idle") : (stateTones[to] ?? "idle");
  return { what: `${to}${after}`, tone };
}

/** Those that have all these words; `!word`: that do not have it. */
export function fitting(told: readonly Told[], filter: string): readonly Told[] {
  const words = filter
    .toLowerCase()
    .split(/\s+/)
    .filter((word) => word !== "" && word !== "!");
  if (words.length === 0) return told;
  return told.filter(({ name, what, why }) => {
    const text = `${name} ${what} ${why}`.toLowerCase();
    return words.every((word) => (word.startsWith("!") ? !text.includes(word.slice(1)) : text.includes(word)));
  });
}

/** Latest first, so many of them; what is told twice, after a connection was lost, is there once. */
export function withTold(
  before: readonly Told[],
  fresh: readonly Told[],
  kept: number = happeningsKept,
): readonly Told[] {
  const known = new Set(before.map(({ serial }) => serial));
  const added = fresh.filter(({ serial }) => !known.has(serial));
  if (added.length === 0) return before;
  return [...added, ...before].sort((a, b) => b.serial - a.serial).slice(0, kept);
}
