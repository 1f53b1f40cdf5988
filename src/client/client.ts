/**
 * Asks a daemon, ours or the reference: XML-RPC calls and the streams of `tail -f`.
 *
 * A call is XML. Ours may answer in JSON (the Accept header offers it), which costs a fraction; the
 * XML parser is loaded only when XML comes back. Connections are kept for the next call until
 * `close`; calls made at the same time get one each.
 */
import type { Socket } from "node:net";
import { encodeCall } from "../protocol/encode.ts";
import { type Address, parseAddress } from "./address.ts";
import { connect, exchange, type ResponseTaker } from "./connection.ts";
import { BadReply, ConnectionFailure, Disconnected, HttpFailure, RemoteFault } from "./failures.ts";
import type { Head } from "./response.ts";

export interface Login {
  readonly username: string;
  readonly password: string;
}

/** Enough for the whole of a large log in one answer; beyond it the daemon is not to be trusted. */
const replyLimitBytes = 256 * 1024 * 1024;
/** For calls that the daemon answers at once. */
const promptlyMs = 60_000;
/** Calls that take as long as the processes take: startsecs, stopwaitsecs. */
const unhurried = /^supervisor\.(start|stop|signal|shutdown|restart|reload|removeProcess|addProcess)/;

/** What ends later than this after a request has been read: it may have been acted on, and is not asked again. */
const unreadMs = 500;

const isBroken = (error: unknown): boolean =>
  error instanceof Disconnected ||
  (error instanceof ConnectionFailure && (error.code === "EPIPE" || error.code === "ECONNRESET"));

export class Client {
  readonly #address: Address;
  readonly #authorization: string;
  readonly #idle = new Set<Socket>();
  readonly #busy = new Set<Socket>();

  /** Throws `BadAddress`; connects when first asked. */
  constructor(serverUrl: string, login: Login | null) {
    this.#address = parseAddress(serverUrl);
    this.#authorization =
      login === null
        ? ""
        : `Authorization: Basic ${Buffer.from(`${login.username}:${login.password}`).toString("base64")}\r\n`;
  }

  /**
   * The value a method returns, as plain data. Throws `RemoteFault` when the daemon refuses,
   * `HttpFailure` for a status other than 200, `ConnectionFailure`, `Disconnected`, `BadReply`.
   * `deadlineMs` overrides how long the answer may take; null = as long as it takes.
   */
  async call(
    method: string,
    params: readonly (string | number | boolean | readonly string[])[] = [],
    deadlineMs = unhurried.test(method) ? null : promptlyMs,
  ): Promise<unknown> {
    const body = encodeCall(method, params);
    const request = `POST /RPC2 ${this.#headers("application/json, text/xml")}Content-Type: text/xml\r\nContent-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`;
    const reply = new Reply();
    const head = await this.#exchange(request, (chunk) => reply.push(chunk), deadlineMs);
    const text = reply.whole.toString("utf8");
    return head.headers.get("content-type")?.startsWith("application/json") ? fromJson(text) : await fromXml(text);
  }

  /** What stands at an address. Throws as `call` does; `path` is already encoded. */
  async get(path: string): Promise<Buffer> {
    const reply = new Reply();
    const request = `GET ${path} ${this.#headers("*/*")}\r\n`;
    await this.#exchange(request, (chunk) => reply.push(chunk), promptlyMs);
    return reply.whole;
  }

  /**
   * Hands on what a streaming path (`/logtail/NAME/stdout`, `/mainlogtail`) sends, until the daemon
   * ends it or `signal` aborts; then it resolves. Throws as `call` does. `path` is already encoded.
   * @param json what to post there; without it nothing is
   */
  async follow(
    path: string,
    data: (chunk: Buffer) => void | Promise<void>,
    signal: AbortSignal,
    { accept = "*/*", json }: { readonly accept?: string; readonly json?: string } = {},
  ): Promise<void> {
    const aborted = new Promise<void>((resolve) => signal.addEventListener("abort", () => resolve(), { once: true }));
    const headers = this.#headers(accept);
    const request =
      json === undefined
        ? `GET ${path} ${headers}\r\n`
        : `POST ${path} ${headers}Content-Type: application/json\r\nContent-Length: ${Buffer.byteLength(json)}\r\n\r\n${json}`;
    const stream = this.#exchange(request, data, null, signal);
    // Whoever aborts does not wait for a slow taker of the last bytes.
    await Promise.race([stream, aborted]).catch((error: unknown) => {
      if (!signal.aborted) throw error;
    });
  }

  /** Drops every connection; the next call makes a new one. */
  close(): void {
    for (const socket of [...this.#idle, ...this.#busy]) socket.destroy();
    this.#idle.clear();
  }

  #headers(accept: string): string {
    const host = this.#address.type === "unix" ? "localhost" : this.#address.host;
    return `HTTP/1.1\r\nHost: ${host}\r\nUser-Agent: spacectl\r\nAccept: ${accept}\r\n${this.#authorization}`;
  }

  async #exchange(
    request: string,
    data: ResponseTaker["data"],
    deadlineMs: number | null,
    signal?: AbortSignal,
  ): Promise<Head> {
    let answered = false;
    const taker: ResponseTaker = {
      head: ({ status, reason }) => {
        answered = true;
        if (status !== 200) throw new HttpFailure(status, reason);
      },
      data,
    };
    const kept = this.#take();
    if (kept !== null) {
      const since = Date.now();
      try {
        return await this.#exchangeOn(kept, request, taker, deadlineMs, signal);
      } catch (error) {
        // The daemon may have ended a kept connection just now; then a new one gets the request.
        if (answered || signal?.aborted || !isBroken(error) || Date.now() - since > unreadMs) throw error;
      }
    }
    const socket = await connect(this.#address);
    // Once in its life, however many requests it serves.
    socket.once("close", () => this.#idle.delete(socket));
    return this.#exchangeOn(socket, request, taker, deadlineMs, signal);
  }

  async #exchangeOn(
    socket: Socket,
    request: string,
    taker: ResponseTaker,
    deadlineMs: number | null,
    signal: AbortSignal | undefined,
  ): Promise<Head> {
    const abort = (): void => void socket.destroy();
    if (signal?.aborted) abort();
    signal?.addEventListener("abort", abort);
    this.#busy.add(socket);
    try {
      const head = await exchange(socket, request, taker, deadlineMs);
      if (head.reusable) this.#keep(socket);
      else socket.destroy();
      return head;
    } finally {
      signal?.removeEventListener("abort", abort);
      this.#busy.delete(socket);
    }
  }

  #take(): Socket | null {
    for (const socket of this.#idle) {
      this.#idle.delete(socket);
      if (!socket.destroyed && socket.writable) return socket;
    }
    return null;
  }

  /** An idle connection is read, so that we notice when the daemon ends it. */
  #keep(socket: Socket): void {
    this.#idle.add(socket);
    socket.resume();
  }
}

/** A whole answer, within bounds. */
class Reply {
  readonly #chunks: Buffer[] = [];
  #bytes = 0;

  push(chunk: Buffer): void {
    this.#bytes += chunk.length;
    if (this.#bytes > replyLimitBytes) throw new BadReply("the answer is longer than 256 MB");
    this.#chunks.push(chunk);
  }

  get whole(): Buffer {
    return Buffer.concat(this.#chunks);
  }
}

function fromJson(text: string): unknown {
  let answer: unknown;
  try {
    answer = JSON.parse(text);
  } catch {
    throw new BadReply("the answer is not valid JSON");
  }
  if (typeof answer === "object" && answer !== null) {
    if ("fault" in answer) throw faultFrom(answer.fault);
    if ("result" in answer) return answer.result;
  }
  throw new BadReply("the answer has neither a result nor a fault");
}

function faultFrom(fault: unknown): Error {
  if (typeof fault === "object" && fault !== null && "code" in fault && "text" in fault) {
    return new RemoteFault(Number(fault.code), String(fault.text));
  }
  return new BadReply("the answer has a fault without code and text");
}

async function fromXml(text: string): Promise<unknown> {
  const { decodeResponse, XmlRpcFault } = await import("../protocol/decode.ts");
  try {
    return decodeResponse(text);
  } catch (error) {
    if (error instanceof XmlRpcFault) throw new RemoteFault(error.code, error.text);
    throw new BadReply(error instanceof Error ? error.message : "the answer is not XML-RPC");
  }
}
