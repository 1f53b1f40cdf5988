/**
 * A server that takes lines over HTTP as Loki's push API and receivers of NDJSON do, and is strict about it: what is not as
 * their documentation says becomes an error of the test. How it answers can be said for each request.
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import { gunzipSync } from "node:zlib";

/** A line as it has arrived. */
export interface PushedLine {
  readonly labels: Readonly<Record<string, string>>;
  readonly text: string;
  /** Nanoseconds since 1970. */
  readonly at: bigint;
}

export interface PushRequest {
  readonly path: string;
  readonly headers: IncomingMessage["headers"];
  readonly lines: readonly PushedLine[];
}

/** Answers a request, or does something else to it; true = its lines were taken. */
export type PushAnswer = (response: ServerResponse, request: PushRequest) => boolean;

export const take: PushAnswer = (response) => {
  response.writeHead(204).end();
  return true;
};

export const answer =
  (status: number, headers: Readonly<Record<string, string>> = {}, body = ""): PushAnswer =>
  (response) => {
    response.writeHead(status, headers).end(body);
    return false;
  };

export class PushReceiver {
  /** All of them, with those whose lines were not taken. */
  readonly requests: PushRequest[] = [];
  readonly taken: PushedLine[] = [];
  /** What was not as it should be. */
  readonly mistakes: string[] = [];
  /** For the next requests, one each; then `usual`. */
  readonly next: PushAnswer[] = [];
  usual: PushAnswer = take;
  #server: Server | null = null;
  readonly #sockets = new Set<Socket>();
  #port = 0;

  get url(): string {
    return `http://127.0.0.1:${this.#port}/loki/api/v1/push`;
  }

  get texts(): string[] {
    return this.taken.map(({ text }) => text);
  }

  /** Listens; again at the port of before. */
  async start(at: number | string = this.#port): Promise<void> {
    const server = createServer((request, response) => {
      const parts: Buffer[] = [];
      request.on("data", (bytes: Buffer) => parts.push(bytes));
      request.on("end", () => this.#arrived(request, Buffer.concat(parts), response));
    });
    server.on("connection", (socket) => this.#sockets.add(socket));
    this.#server = server;
    await new Promise<void>((resolve) => {
      if (typeof at === "string") server.listen(at, resolve);
      else server.listen(at, "127.0.0.1", resolve);
    });
    if (typeof at !== "string") this.#port = (server.address() as AddressInfo).port;
  }

  /** Nobody listens any more, and connections are reset. */
  async stop(): Promise<void> {
    for (const socket of this.#sockets) socket.resetAndDestroy();
    this.#sockets.clear();
    await new Promise((resolve) => this.#server?.close(resolve));
    this.#server = null;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#server !== null) await this.stop();
  }

  #arrived({ url = "", method, headers }: IncomingMessage, body: Buffer, response: ServerResponse): void {
    const expect = (fine: boolean, what: string) => {
      if (!fine) this.mistakes.push(`${what}: ${body.toString().slice(0, 200)}`);
    };
    expect(method === "POST", `method ${method}`);
    expect(Number(headers["content-length"]) === body.length, "content-length");
    let lines: PushedLine[] = [];
    try {
      const text = (headers["content-encoding"] === "gzip" ? gunzipSync(body) : body).toString();
      lines = headers["content-type"] === "application/json" ? lokiLines(text) : ndjsonLines(text);
    } catch (error) {
      this.mistakes.push((error as Error).message);
    }
    const request = { path: url, headers, lines };
    this.requests.push(request);
    if ((this.next.shift() ?? this.usual)(response, request)) this.taken.push(...lines);
  }
}

/** `{"streams": [{"stream": {"label": "value"}, "values": [["<nanoseconds>", "<line>"], …]}]}`: grafana.com/docs/loki, "Ingest logs". */
function lokiLines(text: string): PushedLine[] {
  const { streams, ...rest } = JSON.parse(text);
  check(Object.keys(rest).length === 0 && Array.isArray(streams) && streams.length > 0, "streams");
  const seen = new Set<string>();
  return streams.flatMap(({ stream, values, ...more }: Record<string, unknown>) => {
    check(Object.keys(more).length === 0, "a stream has more than its labels and values");
    check(typeof stream === "object" && stream !== null && Object.keys(stream).length > 0, "labels");
    const labels = stream as Record<string, string>;
    for (const [name, value] of Object.entries(labels))
      check(/^[a-zA-Z_][a-zA-Z0-9_]*$/.test(name) && typeof value === "string" && value !== "", `label ${name}`);
    check(!seen.has(JSON.stringify(labels)), "a stream is there twice");
    seen.add(JSON.stringify(labels));
    check(Array.isArray(values) && values.length > 0, "values");
    let last = 0n;
    return (values as unknown[]).map((value): PushedLine => {
      check(Array.isArray(value) && value.length === 2 && value.every((part) => typeof part === "string"), "a value");
      const [time, line] = value as [string, string];
      check(/^\d{19}$/.test(time) && BigInt(time) > last, `time ${time} after ${last}`);
      last = BigInt(time);
      return { labels, text: line, at: last };
    });
  });
}

function ndjsonLines(text: string): PushedLine[] {
  check(text.endsWith("\n"), "the last line has no end");
  return text
    .slice(0, -1)
    .split("\n")
    .map((line) => {
      const { time, message, partial: _partial, ...labels } = JSON.parse(line);
      check(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/.test(time) && typeof message === "string", `line ${line}`);
      return { labels, text: message, at: BigInt(Date.parse(time)) * 1_000_000n };
    });
}

function check(fine: boolean, what: string): void {
  if (!fine) throw new Error(`not as documented: ${what}`);
}
