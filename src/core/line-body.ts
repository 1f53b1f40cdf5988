/**
 * Lines as the body of a request: for Loki's push API (grafana.com/docs/loki, "Ingest logs": streams with their labels, and
 * pairs of nanoseconds and text), or as a JSON object on each line, which are those of `log_format=json` with the labels
 * beside. A line is the same text as in a stamped log.
 */
import { nanosecondsAfter } from "./line-clock.ts";
import type { Block, LineStream } from "./line-queue.ts";
import { goesOn, visible } from "./log-stamp.ts";
import type { LogTargetSettings } from "./log-target.ts";

type Type = LogTargetSettings["type"];

export const contentTypes: Readonly<Record<Type, string>> = {
  loki: "application/json",
  ndjson: "application/x-ndjson",
};

/** Of a step, in characters: some milliseconds. */
const stepLength = 512 * 1024;

/**
 * Makes one body after the other in the same memory. What becomes of a block is put there at once: thousands of small texts
 * that live until all are made would cost the garbage collector more than everything else.
 */
export class BodyWriter {
  readonly #encoder = new TextEncoder();
  readonly #iso: (ms: number) => string;
  #memory = new Uint8Array(0);
  #length = 0;

  /** @param iso a moment in milliseconds since 1970, as ISO 8601 has it */
  constructor(iso: (ms: number) => string) {
    this.#iso = iso;
  }

  /** At once. The body is good until the next one. */
  write(type: Type, blocks: readonly Block[]): Uint8Array {
    for (const _ of this.steps(type, blocks));
    return this.body;
  }

  /** By steps, between which others may have their turn. */
  *steps(type: Type, blocks: readonly Block[]): Generator<void> {
    this.#length = 0;
    let since = 0;
    for (const text of type === "loki" ? lokiTexts(blocks) : ndjsonTexts(blocks, this.#iso)) {
      this.#append(text);
      since += text.length;
      if (since < stepLength) continue;
      since = 0;
      yield;
    }
  }

  /** What the latest steps have made. */
  get body(): Uint8Array {
    return this.#memory.subarray(0, this.#length);
  }

  #append(text: string): void {
    // As much as it can be: three bytes of UTF-8 for each unit of UTF-16.
    const most = this.#length + text.length * 3;
    if (most > this.#memory.length) {
      const larger = new Uint8Array(Math.max(most, this.#memory.length * 2));
      larger.set(this.#memory.subarray(0, this.#length));
      this.#memory = larger;
    }
    this.#length += this.#encoder.encodeInto(text, this.#memory.subarray(this.#length)).written;
  }
}

function* lokiTexts(blocks: readonly Block[]): Generator<string> {
  let before = '{"streams":[';
  for (const [{ labels }, own] of byStream(blocks)) {
    before += `{"stream":${JSON.stringify(labels)},"values":[`;
    for (const block of own) {
      yield before + lokiValues(block);
      before = ",";
    }
    before = "]},";
  }
  yield "]}]}";
}

function* ndjsonTexts(blocks: readonly Block[], iso: (ms: number) => string): Generator<string> {
  for (const block of blocks) yield ndjsonLines(block, iso);
}

function byStream(blocks: readonly Block[]): ReadonlyMap<LineStream, readonly Block[]> {
  const streams = new Map<LineStream, Block[]>();
  for (const block of blocks) {
    const own = streams.get(block.stream);
    if (own === undefined) streams.set(block.stream, [block]);
    else own.push(block);
  }
  return streams;
}

const lokiValues = (block: Block): string =>
  textsOf(block)
    .map((text, line) => `["${nanosecondsAfter(block.at, line)}","${block.partial ? text + goesOn : text}"]`)
    .join(",");

function ndjsonLines(block: Block, iso: (ms: number) => string): string {
  const labels = JSON.stringify(block.stream.labels).slice(1, -1);
  const head = `{"time":"${iso(block.at.ms)}",${labels}${labels === "" ? "" : ","}"message":"`;
  const tail = block.partial ? '","partial":true}\n' : '"}\n';
  return textsOf(block)
    .map((text) => head + text + tail)
    .join("");
}

/**
 * The lines of a block, as they stand between the quotes of JSON. No newline is within a character of UTF-8, so all of
 * them become text at once; without a backslash, every newline is one of JSON's, too.
 */
function textsOf({ bytes, partial }: Block): string[] {
  const text = visible(bytes);
  if (partial) return [quoted(text)];
  const whole = text.includes("\r") ? text.replace(/\r(?=\n|$)/g, "") : text;
  return whole.includes("\\") ? whole.split("\n").map(quoted) : quoted(whole).split("\\n");
}

const quoted = (text: string): string => JSON.stringify(text).slice(1, -1);
