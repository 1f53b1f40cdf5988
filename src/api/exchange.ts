/** One request and its answer: what every route needs of them, within bounds of size and time. */
import type { IncomingMessage, ServerResponse } from "node:http";
import { Fault } from "../core/faults.ts";
import type { HttpServerSettings, LogLevel } from "../core/program.ts";
import type { Visitor } from "./authentication.ts";
import type { ReplyBudget } from "./budget.ts";
import type { Daemon } from "./daemon.ts";
import { STATUS_CODES } from "./http.ts";

/** What all requests of a server share. */
export interface Server {
  readonly daemon: Daemon;
  readonly settings: HttpServerSettings;
  readonly log: (level: LogLevel, message: string) => void;
  readonly budget: ReplyBudget;
  /** Logs being followed now. */
  streams: number;
  /** By clients of /logs/follow, each log once for each of them. */
  followed: number;
  /** Clients of /events. */
  eventStreams: number;
}

export interface Exchange {
  readonly server: Server;
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly visitor: Visitor;
  /** Decoded, with one leading slash. */
  readonly path: string;
  readonly query: URLSearchParams;
}

/** Answered as an error page with this status. */
export class HttpError extends Error {
  override readonly name = "HttpError";
  readonly status: number;
  /** For 401. */
  readonly challenges: readonly string[];

  constructor(status: number, explanation?: string, challenges: readonly string[] = []) {
    super(explanation ?? STATUS_CODES[status] ?? "");
    this.status = status;
    this.challenges = challenges;
  }
}

/** Longest body of a request. */
const BODY_LIMIT_BYTES = 1024 * 1024;
const PATIENCE_BYTES = 8 * BODY_LIMIT_BYTES;

/** An answer of which no byte is taken for so long, or at most twice as long, is given up. */
export const stalledMs = 15_000;

/**
 * The whole body, of known length or in chunks. Throws `HttpError` 411 for neither, 413 beyond the limit;
 * its time is bounded by the server.
 */
export async function readBody({ request }: Exchange): Promise<Buffer> {
  const { "content-length": length, "transfer-encoding": encoding } = request.headers;
  if (length === undefined && encoding === undefined) throw new HttpError(411);
  if (Number(length ?? 0) > BODY_LIMIT_BYTES) throw new HttpError(413);
  const chunks: Buffer[] = [];
  let size = 0;
  const whole = Promise.withResolvers<void>();
  // What is too much is still taken for a while: who is cut off while writing never reads why.
  request.on("data", (chunk: Buffer) => {
    size += chunk.length;
    if (size <= BODY_LIMIT_BYTES) chunks.push(chunk);
    else if (size > PATIENCE_BYTES) whole.reject(new HttpError(413));
  });
  request.once("end", whole.resolve).once("close", () => whole.reject(new HttpError(400)));
  await whole.promise;
  if (size > BODY_LIMIT_BYTES) throw new HttpError(413);
  return Buffer.concat(chunks);
}

/**
 * Takes a body that nobody wants, so that a client which is still writing it can read why: closing at
 * once would break its pipe instead. Not for bodies beyond the limit; its time is bounded by the server.
 */
export async function discardBody({ request }: Exchange): Promise<void> {
  if (Number(request.headers["content-length"] ?? 0) > BODY_LIMIT_BYTES) return;
  const over = Promise.withResolvers<void>();
  request.once("close", over.resolve).once("end", over.resolve).resume();
  await over.promise;
}

/** Takes room for an answer of that size until it has left. Throws `HttpError` 503 where too much is under way. */
export function takeRoom({ server, response }: Exchange, bytes: number): void {
  const reply = server.budget.open();
  response.once("close", () => reply.release());
  try {
    reply.reserve(bytes);
  } catch (error) {
    throw error instanceof Fault ? new HttpError(503, error.message) : error;
  }
  if (response.destroyed) reply.release();
}

export function send(
  { request, response }: Exchange,
  status: number,
  type: string,
  body: string | Buffer | readonly Buffer[],
  headers: Readonly<Record<string, string>> = {},
): void {
  if (response.destroyed || response.headersSent) return;
  const parts: readonly Buffer[] =
    typeof body === "string" ? [Buffer.from(body)] : Buffer.isBuffer(body) ? [body] : body;
  const length = parts.reduce((sum, part) => sum + part.length, 0);
  response.writeHead(status, { ...headers, "Content-Type": type, "Content-Length": length });
  response.setTimeout(stalledMs, () => response.destroy());
  const sent = request.method === "HEAD" ? [] : parts;
  for (const part of sent.slice(0, -1)) response.write(part);
  response.end(sent.at(-1));
}

/** What was asked for may stand on it: whatever a browser takes it for, nothing of it is run. */
const inert = { "X-Content-Type-Options": "nosniff", "Content-Security-Policy": "default-src 'none'" };

/** To the byte as supervisor 4.2.5 writes them: clients know these pages by their words. */
export function sendError(exchange: Exchange, status: number, explanation: string, headers = {}): void {
  const escaped = explanation.replace(/[&<>]/g, (character) => `&#${character.charCodeAt(0)};`);
  const page =
    "<head>\r\n<title>Error response</title>\r\n</head>\r\n<body>\r\n<h1>Error response</h1>\r\n" +
    `<p>Error code ${status}.\r\n<p>Message: ${escaped}.\r\n</body>\r\n`;
  send(exchange, status, "text/html", page, { ...inert, ...headers });
}
