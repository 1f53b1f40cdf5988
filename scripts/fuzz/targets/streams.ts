/**
 * What reads a stream in pieces: the event listener protocol, capture mode, escape sequences, lines, and
 * the client's reader of HTTP answers. However a stream is cut into reads, the outcome has to be the same;
 * where the meaning can be said in another way (a search, a regular expression), it has to be that too.
 */

import { BadReply } from "../../../src/client/failures.ts";
import { ResponseReader } from "../../../src/client/response.ts";
import { AnsiStripper } from "../../../src/core/ansi.ts";
import { type Captured, capture, endCapture, noCapture } from "../../../src/core/capture.ts";
import { busy, type Heard, hear, newListener } from "../../../src/core/listener.ts";
import { LineSplitter, longestLineBytes } from "../../../src/core/log-line.ts";
import { mutate } from "../mutate.ts";
import { Random } from "../random.ts";
import { cut, demand, demandEqual, type Input, type Target } from "../target.ts";

/** Texts hold bytes as Latin-1. */
const bytesOf = (text: string): Uint8Array => new Uint8Array(Buffer.from(text, "latin1"));
const textOf = (bytes: Uint8Array): string => Buffer.from(bytes).toString("latin1");

function streamTarget(words: readonly string[], seeds: readonly string[], check: (input: Input) => void): Target {
  return {
    deadlineMs: 2000,
    parallel: 1,
    generate(random) {
      const made = random.chance(0.5) ? random.many(random.size(40), () => random.pick(words)) : random.pick(seeds);
      const text = random.chance(0.8) ? mutate(random, made, words, seeds) : made;
      return { text: Buffer.from(text, "latin1").toString("latin1"), turn: random.next() };
    },
    check,
  };
}

const conversations = [
  "READY\n\u0001RESULT 2\nOKREADY\n\u0001RESULT 4\nFAILREADY\n",
  "READY\n\u0001RESULT 0\nREADY\n\u0001RESULT 11\nOK and more!READY\n",
  `READY\n\u0001RESULT ${"1".repeat(9)}\nOK`,
  "hello READY\n",
];

/** An event is sent wherever this byte stands, if the listener is ready for one. */
const eventSign = "\u0001";

export const listener = streamTarget(
  [
    "READY\n",
    "READY",
    "RESULT ",
    "RESULT 2\nOK",
    "RESULT 4\nFAIL",
    "OK",
    "\n",
    eventSign,
    "\u0001RESULT 3\n",
    "+7",
    " ",
    "x",
  ],
  conversations,
  ({ text, turn }) => {
    const random = new Random(turn, "cut", 0);
    const whole = converse(text, (bytes) => [bytes]);
    const pieces = converse(text, (bytes) => cut(bytes, random));
    demandEqual(pieces.listener, whole.listener, "the listener depends on how its words are cut");
    demandEqual(pieces.heard.map(withoutLine), whole.heard.map(withoutLine), "what is heard depends on how it is cut");
    for (const [n, { line = null }] of (whole.heard as { line?: string | null }[]).entries()) {
      const shorter = (pieces.heard[n] as { line?: string | null }).line ?? null;
      demand((line === null) === (shorter === null), "a line is shown or not, depending on how it is cut");
      demand(
        line === null || line.startsWith((shorter ?? "").replace(/\ufffd+$/, "")),
        "another line is shown when it is cut",
      );
    }
    demand(whole.listener.pending.length <= 1025, `the listener keeps ${whole.listener.pending.length} bytes`);
  },
);

const withoutLine = (heard: Heard): unknown => (heard.type === "violation" ? heard.type : heard);

function converse(text: string, portions: (bytes: Uint8Array) => Uint8Array[]) {
  let now = newListener;
  const all: Heard[] = [];
  for (const [n, said] of text.split(eventSign).entries()) {
    if (n > 0 && now.state === "READY") now = busy(now);
    for (const portion of portions(bytesOf(said))) {
      const { listener: next, heard } = hear(now, portion);
      now = next;
      all.push(...heard);
    }
  }
  return { listener: now, heard: all };
}

const [begin, end] = ["<!--XSUPERVISOR:BEGIN-->", "<!--XSUPERVISOR:END-->"];

export const captured = streamTarget(
  [begin, end, begin.slice(0, 12), end.slice(0, 15), "<!--", "<", "text\n", `${begin}one${end}`, "<<!--XSUPERVISOR:"],
  [`a\n${begin}message${end}b\n`, `${begin}${"long ".repeat(50)}${end}`, `${begin}never ended`],
  ({ text, turn }) => {
    const random = new Random(turn, "cut", 0);
    const maxBytes = random.pick([1, 7, 100, 1_000_000]);
    const portions = random.chance(0.1) ? [bytesOf(text)] : cut(bytesOf(text), random);
    let state = noCapture;
    const pieces: Captured[] = [];
    for (const portion of portions) {
      const next = capture(state, portion, maxBytes);
      state = next.state;
      // The next read may overwrite what the pieces are views of.
      pieces.push(...next.pieces.map((piece) => ({ ...piece, bytes: piece.bytes.slice() })));
      portion.fill(0x2a);
      demand(state.message.length <= maxBytes + 65_536, "capture keeps more than it may");
      demand(state.held.length < begin.length, "capture holds back more than a mark");
    }
    pieces.push(...endCapture(state));
    const [seen, whole] = [merged(pieces), found(text)];
    if (maxBytes >= text.length) demandEqual(seen, whole, "captured otherwise than a search would");
    // How much of a longer message is kept depends on the reads.
    const shortened = seen.length === whole.length && seen.every((piece, n) => isShortened(piece, whole[n] ?? ""));
    demand(shortened, "captured something else than a part of what a search finds");
  },
);

/** Neighbouring output is one piece, however it was read. */
function merged(pieces: readonly Captured[]): string[] {
  const all: string[] = [];
  let output = "";
  for (const { type, bytes } of pieces) {
    if (type === "output") output += textOf(bytes);
    else {
      if (output !== "") all.push(`output ${output}`);
      all.push(`message ${textOf(bytes)}`);
      output = "";
    }
  }
  return output === "" ? all : [...all, `output ${output}`];
}

/** Whether nothing but one stretch of `whole` is missing. */
function isShortened(text: string, whole: string): boolean {
  let same = 0;
  while (same < text.length && text[same] === whole[same]) same++;
  return whole.endsWith(text.slice(same));
}

/** The same by searching the whole text. */
function found(text: string): string[] {
  const all: string[] = [];
  let output = "";
  for (let at = 0; at < text.length; ) {
    const from = text.indexOf(begin, at);
    if (from < 0) {
      output += text.slice(at);
      break;
    }
    output += text.slice(at, from);
    const inside = from + begin.length;
    const until = text.indexOf(end, inside);
    if (until < 0) {
      // An unfinished message becomes output.
      output += text.slice(inside);
      break;
    }
    if (output !== "") all.push(`output ${output}`);
    all.push(`message ${text.slice(inside, until)}`);
    output = "";
    at = until + end.length;
  }
  return output === "" ? all : [...all, `output ${output}`];
}

const sequence =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: the escape is what is looked for
  /\x1b\[(?:[^HfABCDRsuJKhlpm]{0,253}[HfABCDRsuJKhlpm]|[^HfABCDRsuJKhlpm]{254}|[^HfABCDRsuJKhlpm]*$)/gs;

export const ansi = streamTarget(
  [
    "\x1b[",
    "\x1b",
    "[",
    "m",
    "\x1b[31mred\x1b[0m",
    "\x1b]0;title\x07",
    "\x1b[2J",
    "\x1b[?25l",
    "1;",
    "text\n",
    "0".repeat(300),
  ],
  ["\x1b[1;31merror\x1b[0m: no\n", "plain\n", `\x1b[${"9".repeat(260)}m\x1b[K`],
  ({ text, turn }) => {
    const random = new Random(turn, "cut", 0);
    const stripper = new AnsiStripper();
    let visible = "";
    for (const piece of cut(bytesOf(text), random)) visible += textOf(stripper.strip(piece));
    visible += textOf(stripper.end());
    demandEqual(visible, text.replace(sequence, ""), "stripped otherwise than the expression says");
  },
);

export const lines = streamTarget(
  [
    "\n",
    "line\n",
    "é",
    "\xc3",
    "\xa9",
    "\xf0\x9f\x98\x80",
    "x".repeat(1000),
    "x".repeat(longestLineBytes - 1),
    "\x80".repeat(50),
  ],
  ["one\ntwo\n", "no end", `${"é".repeat(9000)}\n`],
  ({ text, turn }) => {
    const random = new Random(turn, "cut", 0);
    const split = (portions: readonly Uint8Array[]): string[] => {
      const splitter = new LineSplitter();
      const all: string[] = [];
      for (const portion of portions) splitter.push(portion, (line) => all.push(textOf(line)));
      splitter.end((line) => all.push(textOf(line)));
      return all;
    };
    const whole = split([bytesOf(text)]);
    demandEqual(split(cut(bytesOf(text), random)), whole, "lines depend on how they are cut");
    demand(
      whole.every((line) => line.length <= longestLineBytes && !line.includes("\n")),
      "a line is too long",
    );
    demandEqual(whole.join("").length, text.replaceAll("\n", "").length, "text is lost or added");
  },
);

const answers = [
  "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello",
  "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n",
  "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n",
  "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.0 200 OK\r\n\r\nup to the end",
  "HTTP/1.1 200 OK\nContent-Length: 3\n\nabc",
];

export const response = streamTarget(
  [
    "HTTP/1.1 ",
    "200 OK",
    "\r\n",
    "\n",
    "\r\n\r\n",
    "\n\n",
    "Content-Length: ",
    "Transfer-Encoding: chunked",
    "5\r\nhello\r\n",
    "0\r\n\r\n",
    "a;ext=1\r\n",
    "y".repeat(70_000),
  ],
  answers,
  ({ text, turn }) => {
    const random = new Random(turn, "cut", 0);
    demandEqual(answerIn(cut(bytesOf(text), random)), answerIn([bytesOf(text)]), "the answer depends on how it is cut");
  },
);

/** Head, body and end; what comes after an error does not count. */
function answerIn(portions: readonly Uint8Array[]): unknown {
  const reader = new ResponseReader();
  let [head, body, ended]: [unknown, string, boolean] = [null, "", false];
  try {
    for (const portion of portions) {
      for (const part of reader.push(Buffer.from(portion))) {
        if (part.type === "head") head = part.head;
        else if (part.type === "data") body += part.data.toString("latin1");
        else ended = true;
      }
    }
    return { head, body, ended, complete: reader.finish() };
  } catch (error) {
    if (!(error instanceof BadReply)) throw error;
    return { head, body, ended, error: error.message };
  }
}
