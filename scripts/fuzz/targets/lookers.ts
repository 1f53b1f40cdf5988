/**
 * What people and programs that look on send, and what they are sent: queries for events, streams of events and logs, lines
 * for terminals, moments and unfinished command lines as people type them, and the ELF files that are linked anew.
 */
import { readFileSync } from "node:fs";
import { beginning, isWanted, readQuery } from "../../../src/api/events-query.ts";
import { HttpError } from "../../../src/api/exchange.ts";
import { momentOf, NoMoment } from "../../../src/cli/logs/moment.ts";
import { offersFor } from "../../../src/cli/offers.ts";
import { bashReplies, writtenLine } from "../../../src/cli/shell-line.ts";
import type { Client } from "../../../src/client/client.ts";
import { type RemoteEvent, readEvents } from "../../../src/client/events.ts";
import { BadReply } from "../../../src/client/failures.ts";
import { FrameReader } from "../../../src/client/log-frames.ts";
import { nameExpression } from "../../../src/core/glob.ts";
import { LineCutter, longestLine } from "../../../src/core/line-cutter.ts";
import { harmless } from "../../../src/core/terminal-text.ts";
import { Feed } from "../../../src/daemon/feed.ts";
import { withoutLibatomic } from "../../build/libatomic.ts";
import { mutate } from "../mutate.ts";
import { Random } from "../random.ts";
import { cut, demand, demandEqual, type Input, type Target } from "../target.ts";

function textTarget(
  words: readonly string[],
  seeds: readonly string[],
  check: (input: Input) => void | Promise<void>,
): Target {
  return {
    deadlineMs: 1000,
    parallel: 1,
    generate(random) {
      const made = random.chance(0.5) ? random.many(random.size(30), () => random.pick(words)) : random.pick(seeds);
      return { text: random.chance(0.85) ? mutate(random, made, words, seeds) : made, turn: random.next() };
    },
    check,
  };
}

const feed = new Feed(1, () => 1_790_000_000_000);
for (let n = 0; n < 300; n++)
  feed.tell({ type: "waiting", group: `g${n % 7}`, name: `${"a0".repeat(n % 40)}${n}`, why: "" });
feed.tell({ type: "config", what: "read" });

/** GET /events. */
export const query = textTarget(
  [
    "names=",
    "types=",
    "last=",
    "since=",
    "follow=",
    "daemon=",
    "state,",
    "*",
    "?",
    "[a-",
    "]",
    "[!",
    ",",
    ":",
    "&",
    "a0",
    "%2a",
    "0",
  ],
  [
    "follow=1&last=10&names=web,worker:*,db-?&types=state,limit",
    `since=${feed.first + 3}&daemon=${feed.id}`,
    "since=2026-01-31T12:00:00Z&names=*a*0*a*0*a*0*9",
    "names=[a-z]*,[!g]?:[]a]*&last=0",
  ],
  async ({ text, turn }) => {
    let wanted: ReturnType<typeof readQuery>;
    try {
      wanted = readQuery(new URLSearchParams(text), turn % 3 === 0 ? text.slice(0, 20) : undefined, turn % 2 === 0);
    } catch (error) {
      if (!(error instanceof HttpError)) throw error;
      demandEqual(error.status, 400, "a query is refused otherwise");
      return;
    }
    const place = await beginning(feed, wanted);
    demand(place >= feed.first - 1 && place <= feed.latest, `it begins at ${place}`);
    const found = feed.after(place, 1000).filter((entry) => isWanted(entry, wanted));
    demand(wanted.last === null || found.length <= Math.max(0, wanted.last), "there are more than the last ones");
    const whole = nameExpression(text);
    demand(/[*?[]/.test(text) || whole.test(text), "a name without wildcards does not fit itself");
  },
);

const portionsOf = (text: string, turn: number): Buffer[] =>
  cut(Buffer.from(text), new Random(turn, "cut", 0)).map((piece) => Buffer.from(piece));

/** The client's readers of what has no end. */
export const streams = textTarget(
  [
    '{"length":3}\n',
    "abc",
    '{"begins":[]}\n',
    "\n",
    "{",
    "}",
    "data: ",
    '{"type":"state"}',
    "\n\n",
    ":\n\n",
    "id: 1\n",
    "[]",
    "null",
  ],
  [
    '{"begins":[null],"now":1}\n{"log":0,"file":"1","from":0,"length":4,"marks":[[0,1,2]]}\none\n{"changed":true}\n',
    'retry: 2000\ndata: {"type":"stream","daemon":"a","latest":3,"time":"2026-01-31T12:00:00Z"}\n\nid: 3\ndata: {"serial":3,"type":"state"}\n\n:\n\n',
    '{"length":1e9}\n{"length":-1}\n{"length":"3"}\nabc',
  ],
  async ({ text, turn }) => {
    const portions = portionsOf(text, turn);
    demandEqual(framesOf(portions), framesOf([Buffer.from(text)]), "frames depend on how they are cut");
    demandEqual(await eventsOf(portions), await eventsOf([Buffer.from(text)]), "events depend on how they are cut");
  },
);

function framesOf(portions: readonly Buffer[]): unknown[] {
  const reader = new FrameReader();
  const found: unknown[] = [];
  try {
    for (const portion of portions)
      for (const { head, bytes } of reader.push(portion)) found.push([head, bytes.toString("latin1")]);
  } catch (error) {
    if (!(error instanceof BadReply)) throw error;
    found.push("bad");
  }
  return found;
}

async function eventsOf(portions: readonly Buffer[]): Promise<unknown[]> {
  const found: unknown[] = [];
  const client = {
    follow: async (_path: string, take: (chunk: Buffer) => Promise<void>) => {
      for (const portion of portions) await take(portion);
    },
  };
  const wanted = { since: null, daemon: null, last: null, follow: true, names: [], types: [] };
  const take = ({ type, serial, json }: RemoteEvent) => void found.push([type, serial, json]);
  try {
    await readEvents(client as unknown as Client, wanted, take, new AbortController().signal);
  } catch (error) {
    if (!(error instanceof BadReply)) throw error;
    found.push("bad");
  }
  return found;
}

const colours = new RegExp(`${String.fromCharCode(27)}\\[[\\d;:]*m`, "g");
const harmful = /[\p{Cc}\u200e\u200f\u202a-\u202e\u2066-\u2069\u2028\u2029]/u;

/** Lines of logs on their way to a terminal. */
export const shown = textTarget(
  [
    "\x1b[",
    "31m",
    "2J",
    "\x9b",
    "\x1b]0;",
    "\x07",
    "\x1b\\",
    "\r",
    "\n",
    "\x90",
    "\x9c",
    "\u202e",
    "text",
    "\x1bP",
    ";",
    "?",
    "\x1b",
  ],
  ["\x1b[31mred\x1b[0m\n", "10%\r50%\r100%\n", "\x1b]8;;http://x\x07link\x1b]8;;\x07\n", "\x1b[1;2;3;4;5;6;7;8mall"],
  ({ text, turn }) => {
    demandEqual(linesOf(portionsOf(text, turn)), linesOf([Buffer.from(text)]), "lines depend on how they are cut");
    for (const line of text.split("\n")) {
      const plain = harmless(line, false);
      demand(!harmful.test(plain.replaceAll("\t", "")), `harm is left: ${JSON.stringify(plain)}`);
      const coloured = harmless(line, true).replace(colours, "");
      demand(!harmful.test(coloured.replaceAll("\t", "")), `harm is left with colours: ${JSON.stringify(coloured)}`);
      demandEqual(harmless(plain, false), plain, "another text the second time");
    }
  },
);

function linesOf(portions: readonly Buffer[]): unknown[] {
  const cutter = new LineCutter();
  const lines: unknown[] = [];
  let offset = 0;
  const take = (line: Uint8Array, end: number): void => {
    demand(line.length <= longestLine, `a line of ${line.length} bytes`);
    lines.push([Buffer.from(line).toString("latin1"), end]);
  };
  for (const portion of portions) {
    cutter.push(portion, offset, take);
    offset += portion.length;
  }
  cutter.end(take);
  return lines;
}

const now = Date.UTC(2026, 10, 22, 12);
const processes = ["web:web", "worker:w_0", "a b:$(c)"].map((full) => {
  const [group = "", name = ""] = full.split(":");
  const times = { pid: 1, start: 1, stop: 0, now: 2, exitStatus: 0 };
  return { group, name, state: 20, stateName: "RUNNING", description: "", spawnError: "", ...times };
});

/** What people type: moments, and command lines that TAB is pressed in. */
export const typed = textTarget(
  [
    "spacectl ",
    "start ",
    "stop ",
    "scale ",
    "-c ",
    "--configuration=",
    "'",
    '"',
    "\\",
    "worker:",
    "$(",
    " ",
    "10m",
    "14:30",
    "T",
    "-",
    "Z",
    "today",
  ],
  [
    "10m",
    "1h30m",
    "14:30",
    "2026-11-22T14:30:00Z",
    "2026-02-30",
    "yesterday",
    "spacectl -c s.conf status 'worker:",
    'spacectl scale "wor',
  ],
  async ({ text, turn }) => {
    try {
      const at = momentOf(text, now);
      demand(Number.isFinite(at), `${JSON.stringify(text)} is the moment ${at}`);
    } catch (error) {
      if (!(error instanceof NoMoment)) throw error;
    }
    const line = writtenLine(text);
    const sources = { processes: async () => processes, syntaxOf: async () => null };
    const offers = await offersFor(line.before.slice(1), line.current, sources);
    const words = offers.words.map(({ word }) => word);
    const replies = bashReplies(line, words, turn % 2 === 0 ? " \t\n\"'><=;|&(:" : " ");
    demand(replies.length <= words.length, "more replies than words");
    for (const reply of replies)
      demand(
        line.quote !== "" || !/(^|[^\\])[$`();&|<> ]/.test(reply),
        `a shell would take ${reply} for more than a word`,
      );
  },
);

const program = readFileSync("/bin/true").toString("latin1");

/** Files that are linked anew, of which one in two is whole as far as it goes. */
export const elf: Target = {
  deadlineMs: 1000,
  parallel: 1,
  generate(random) {
    const bytes = Buffer.from(program, "latin1");
    for (let times = random.size(30); times > 0; times--)
      bytes[random.below(random.chance(0.7) ? 1024 : bytes.length)] = random.below(256);
    const length = random.chance(0.2) ? random.below(bytes.length) : bytes.length;
    return { text: bytes.toString("latin1", 0, length), turn: 0 };
  },
  check({ text }) {
    const bytes = Buffer.from(text, "latin1");
    try {
      withoutLibatomic(bytes);
    } catch (error) {
      demand(error instanceof Error && !(error instanceof TypeError), String(error));
      demandEqual(bytes.toString("latin1"), text, "a file that was refused is another one");
    }
  },
};
